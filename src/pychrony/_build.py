"""What the compiled module was built from, and which reports its libchrony knows."""

from ._binding import ffi, lib
from .models import LibchronyInfo

__version__ = ffi.string(lib.pychrony_get_version()).decode()

REPORTS = {
    ffi.string(lib.chrony_get_report_name(number)).decode(): number
    for number in range(lib.chrony_get_number_supported_reports())
}


def libchrony_info() -> LibchronyInfo:
    """Return which libchrony this package was built with, the bundled one or the system's.

    It asks no chronyd.
    """
    return LibchronyInfo(
        kind=ffi.string(lib.pychrony_get_libchrony_kind()).decode(),
        version=ffi.string(lib.pychrony_get_libchrony_version()).decode(),
    )


def report_names() -> tuple[str, ...]:
    """Return the names of the reports that this libchrony knows. It takes no connection.

    Returns:
        libchrony's own names in its order, for `ChronyConnection.read_record` and `read_records`.

    Example:
        >>> "tracking" in report_names()
        True

    """
    return tuple(REPORTS)
