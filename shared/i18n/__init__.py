"""Languages: which one a person is answered in, and texts, numbers, days and times as it writes them."""
