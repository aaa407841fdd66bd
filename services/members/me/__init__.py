"""One's own pages: what waits, what is known of one, the addresses, and leaving."""
