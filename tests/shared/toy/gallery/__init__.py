"""Pages that use every part of the kit, for the tests that look at them."""
