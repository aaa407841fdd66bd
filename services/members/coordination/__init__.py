"""What an organisation's coordinators find first: what waits for them, and what was done."""
