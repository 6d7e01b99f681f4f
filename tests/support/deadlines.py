"""How late things may be on a busy computer, and answers that come when a test wants it."""

from pychrony.testing import Faults

MARGIN = 2.0  # seconds past the deadline, until a call has ended
PATIENT = 60.0  # seconds: a timeout for what must happen
HELD = Faults(delay=3600.0)  # no answer comes until the server has other faults
