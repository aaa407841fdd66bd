"""Regional desks, and who sits at them."""
