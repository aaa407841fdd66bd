"""Imports: an office's list is taken, read by its mapping, and its rows become members."""
