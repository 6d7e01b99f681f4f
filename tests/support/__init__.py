"""What several test modules share: real daemons and what they need around them."""
