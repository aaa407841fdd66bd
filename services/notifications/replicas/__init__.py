"""What other services published last, kept for texts, for addresses and for comparing: one table for each topic."""
