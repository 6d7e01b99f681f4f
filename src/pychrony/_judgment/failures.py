"""The judgment of a chronyd that gave no answer."""

from __future__ import annotations

import errno

from ..exceptions import (
    ChronyConnectionError,
    ChronyDataError,
    ChronyError,
    ChronyPermissionError,
    ChronyTimeoutError,
)
from ..models import Finding, FindingCode, Verdict

# chronyd is not there. What else the system may say is the matter of whoever asks.
_NOT_THERE = (
    *(errno.ENOENT, errno.ENOTDIR, errno.ECONNREFUSED),
    *(errno.EHOSTUNREACH, errno.EHOSTDOWN),
)

# This computer is short of something, so that it has not asked everywhere.
_SHORT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


def judge_failure(error: ChronyError) -> Finding:
    """Return the finding that an exception of `check` stands for."""
    code = _code(error)
    return Finding(code, _SEVERITIES.get(code, Verdict.UNKNOWN), str(error))


_SEVERITIES = {
    FindingCode.NOT_RUNNING: Verdict.CRITICAL,
    FindingCode.NO_ANSWER: Verdict.CRITICAL,
}


def _code(error: ChronyError) -> FindingCode:
    if isinstance(error, ChronyDataError):
        return FindingCode.NOT_UNDERSTOOD
    if isinstance(error, ChronyPermissionError) and error.errno is None:
        return FindingCode.REFUSED
    if isinstance(error, ChronyTimeoutError):
        return FindingCode.NO_ANSWER
    causes = error.failures or (error,)
    if any(isinstance(each, OSError) and each.errno in _SHORT for each in causes):
        return FindingCode.CANNOT_ASK
    # Where the command port is closed, a socket that this user may not use has no chronyd either,
    # most likely. Where it has one, this user never gets an answer, and soon knows.
    if any(map(_is_not_there, causes)):
        return FindingCode.NOT_RUNNING
    if isinstance(error, ChronyPermissionError):
        return FindingCode.NOT_PERMITTED
    return FindingCode.CANNOT_ASK


def _is_not_there(error: ChronyError) -> bool:
    return isinstance(error, ChronyConnectionError) and error.errno in _NOT_THERE
