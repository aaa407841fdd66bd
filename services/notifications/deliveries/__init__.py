"""The delivery log: each notification once, where it stands, and why."""
