"""A page with a form, as docs/pages.md shows it."""
