"""The libchrony that this package was built with, and the reports that it knows."""

from __future__ import annotations

from typing import TypeAlias

from ..models import LibchronyInfo
from .compiled import LIBCHRONY_KIND, LIBCHRONY_VERSION, REPORTS, VERSION
from .questions import Question, every

# A record by libchrony's own names for its fields.
Fields: TypeAlias = dict[str, int | float | str]

__version__ = VERSION


def libchrony_info() -> LibchronyInfo:
    """Return which libchrony this package was built with, the bundled one or the system's.

    It asks no chronyd.
    """
    return LibchronyInfo(kind=LIBCHRONY_KIND, version=LIBCHRONY_VERSION)


def report_names() -> tuple[str, ...]:
    """Return the names of the reports that this libchrony knows. It takes no connection.

    Returns:
        libchrony's own names in its order, for `ChronyConnection.read_record` and `read_records`.

    Example:
        >>> "tracking" in report_names()
        True

    """
    return tuple(REPORTS)


def any_record(report: str, index: int) -> Question[Fields]:
    """Return the question for one record of any report.

    Raises:
        ValueError: There is no such report or index.

    """
    _check_report(report)
    if not isinstance(index, int) or not 0 <= index < 2**31:
        raise ValueError(f"index must be an integer from 0 on, not {index!r}")
    return Question(report, dict, index=index)


def any_records(report: str) -> Question[list[Fields]]:
    """Return the question for all records of any report.

    Raises:
        ValueError: There is no such report.

    """
    _check_report(report)
    return every(report, dict)


def _check_report(report: str) -> None:
    if report not in REPORTS:
        raise ValueError(f"report {report!r} is none of {', '.join(REPORTS)}")
