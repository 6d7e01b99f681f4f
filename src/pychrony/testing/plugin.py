"""pytest's fixtures by a name in the package, for `pytest_plugins` and `-p` without autoloading."""

from _pychrony_pytest import chronyd_address, simulated_chronyd

__all__ = ["chronyd_address", "simulated_chronyd"]
