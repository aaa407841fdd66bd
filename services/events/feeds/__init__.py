"""The offers as feeds: calendar, Atom, table, linked data."""
