"""Sources that are to be authenticated, where that fails."""

from __future__ import annotations

from collections.abc import Iterator

from ..models import AuthData, AuthMode, Finding, FindingCode, Verdict
from .inquiry import Facts


def find_failing(facts: Facts) -> Iterator[Finding]:
    """Yield a finding for each source whose authentication fails."""
    for data in facts.auth_data or ():
        if _is_failing(data):
            yield Finding(
                FindingCode.AUTHENTICATION_FAILING,
                Verdict.WARNING,
                f"NTS key establishment with {data.name or data.address} fails",
                source=data.address,
            )


def _is_failing(data: AuthData) -> bool:
    return data.mode is AuthMode.NTS and data.cookies == 0 and data.attempts > 0
