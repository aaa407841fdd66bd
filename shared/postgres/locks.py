"""Advisory locks: PostgreSQL has one space of them for a whole database, so each key is of a schema."""


def lock_key(name: str) -> str:
    """SQL for the key of the lock `name` of the session's schema: other services' locks of this name are others."""
    return f"hashtext('{name} ' || current_schema())"


def lock_key_of(text: str) -> str:
    """SQL for the key of a lock of each value of the SQL `text`, such as an address, in the session's schema."""
    return f"hashtextextended(current_schema() || ' ' || {text}, 0)"
