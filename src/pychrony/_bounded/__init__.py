"""Time with its error."""
