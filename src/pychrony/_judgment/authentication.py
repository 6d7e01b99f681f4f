"""Sources that are to be authenticated, where that fails."""

from __future__ import annotations

from collections.abc import Iterator

from ..models import AuthData, AuthMode, Finding, FindingCode, KeyType, Source, Verdict
from .inquiry import Facts, follows_nothing
from .reasons import lacks_keys
from .sources import call, is_usable


def find_failing(facts: Facts) -> Iterator[Finding]:
    """Yield a finding for each source whose authentication fails."""
    sources = {source.address: source for source in facts.sources}
    n_rejected = {
        data.address: data.rx_messages for data in facts.ntp_data or () if not data.rx_valid
    }
    for data in facts.auth_data or ():
        source = sources.get(data.address)
        if source is None:
            continue
        failure = None
        if data.mode is AuthMode.SYMMETRIC_KEY:
            failure = _find_key_failure(data, n_rejected.get(data.address, 0))
        elif _fails_to_get_keys(facts, source, data):
            failure = _describe_establishment(data)
        if failure is not None:
            yield Finding(
                FindingCode.AUTHENTICATION_FAILING,
                Verdict.WARNING,
                f"{call(source)} cannot be authenticated: {failure}",
                source=source.address,
            )


def _find_key_failure(data: AuthData, n_rejected: int) -> str | None:
    """Return why a symmetric key fails.

    A chronyd does not answer at all where it has another key. Other servers do.
    """
    if data.key_type is KeyType.NONE:
        return f"chronyd's keyfile has no key {data.key_id}"
    if n_rejected:
        return f"none of its answers bears key {data.key_id}"
    return None


def _fails_to_get_keys(facts: Facts, source: Source, data: AuthData) -> bool:
    """Return whether the establishment of NTS keys has failed, and is not only under way.

    It takes a second or two, with which a source begins, and is tried again much later: after 16
    seconds where the server cannot be connected to, after many minutes where its certificate is
    not trusted. A second attempt says that the first one failed. So does the first one of a source
    without answers, where another source has meanwhile been measured often enough to be used.
    """
    if not lacks_keys(data):
        return False
    others = not follows_nothing(facts.tracking) or any(map(is_usable, facts.sources))
    return data.attempts > 1 or (others and not source.is_reachable())


def _describe_establishment(data: AuthData) -> str:
    attempts = f"{data.attempts} attempt{'' if data.attempts == 1 else 's'}"
    refused = ", and the server refused the last ones (NTS NAK)" if data.nak else ""
    return f"no NTS keys after {attempts}{refused}"
