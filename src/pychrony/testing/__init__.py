"""A simulated chronyd for the tests of programs that ask one, and records to put in it.

- `SimulatedChronyd` answers on a real socket as chronyd 4.8 does
- `Faults` is what it gets wrong on request
- `make_tracking` makes the record it gives

For example:

    with SimulatedChronyd(make_tracking(stratum=2), address="127.0.0.1") as server:
        with ChronyConnection(server.address) as connection:
            assert connection.get_tracking().stratum == 2
        server.faults = Faults(silent=True)
        ...  # how does your program bear it?
"""

from ._factories import make_tracking
from ._server import Faults, SimulatedChronyd

__all__ = ["Faults", "SimulatedChronyd", "make_tracking"]
