"""The libchrony that this package was built with."""

from ..models import LibchronyInfo
from .handle import LIBCHRONY_KIND, LIBCHRONY_VERSION, REPORTS, VERSION

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
