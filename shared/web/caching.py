"""What a client has already is not sent again: entity tags and dates (RFC 9110)."""

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import Request


def build_validators(content: bytes, changed_at: datetime) -> dict[str, str]:
    """The headers by which a client can ask later whether this content has changed."""
    return {
        "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        "Last-Modified": format_datetime(changed_at.astimezone(UTC), usegmt=True),
    }


def is_unchanged(request: Request, tag: str, changed_at: datetime) -> bool:
    """Whether the client has this already (RFC 9110, 13.2.2: a tag outweighs a date)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or tag in (known.strip().removeprefix("W/") for known in tags.split(","))
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except (ValueError, OverflowError):
        return False
    return since.tzinfo is not None and changed_at.replace(microsecond=0) <= since
