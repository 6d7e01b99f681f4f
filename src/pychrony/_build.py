"""What the compiled module was built from."""

from ._binding import ffi, lib
from .models import LibchronyInfo

__version__ = ffi.string(lib.pychrony_get_version()).decode()


def libchrony_info() -> LibchronyInfo:
    """Return which libchrony this package was built with, the bundled one or the system's.

    It asks no chronyd.
    """
    return LibchronyInfo(
        kind=ffi.string(lib.pychrony_get_libchrony_kind()).decode(),
        version=ffi.string(lib.pychrony_get_libchrony_version()).decode(),
    )
