"""How late a call may end on a busy computer."""

MARGIN = 0.5  # seconds past the deadline
