"""Read a report by the pychrony that is installed, of a simulated chronyd, and say which it is.

    python read_report.py [VERSION]

With a version, another one's is a failure. An import alone would prove too little.
"""

import sys

import pychrony
from pychrony.testing import SimulatedChronyd, make_tracking

made = make_tracking(stratum=7)
with SimulatedChronyd(made) as server:
    read = pychrony.get_tracking(server.address)
if read != made:
    sys.exit(f"chronyd reported {made}, but what was read is {read}")
if sys.argv[1:] not in ([], [pychrony.__version__]):
    sys.exit(f"this is pychrony {pychrony.__version__}, not {sys.argv[1]}")
info = pychrony.libchrony_info()
print(pychrony.__version__, info.kind, info.version)
