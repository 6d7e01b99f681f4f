"""How late a call may end on a busy computer."""

MARGIN = 2.0  # seconds past the deadline
