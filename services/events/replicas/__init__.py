"""What this service keeps of other services' data."""
