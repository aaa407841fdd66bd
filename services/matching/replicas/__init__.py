"""What matching keeps of other services' data."""
