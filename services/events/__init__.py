"""What organisations offer to members: gatherings, registrations, waiting lists."""
