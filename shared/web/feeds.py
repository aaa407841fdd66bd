"""How a feed is answered: with a name to save it as, and not again to who has it already."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from fastapi import Request, Response

from shared.web.caching import build_validators, is_unchanged

FeedT = TypeVar("FeedT")


@dataclass(frozen=True, slots=True)
class FeedFormat(Generic[FeedT]):
    """How a feed is written, and what it is called and saved as."""

    write: Callable[[FeedT], bytes]
    media_type: str
    filename: str


async def answer_feed(
    request: Request, format: FeedFormat[FeedT], feed: FeedT, *, changed_at: datetime, language: str
) -> Response:
    """The feed in this format, or 304; `changed_at` is when anything in it changed last."""
    content = await asyncio.to_thread(format.write, feed)  # a long calendar takes half a second
    validators = build_validators(content, changed_at)
    headers = validators | {
        "Cache-Control": "public, max-age=60",
        "Vary": "Accept-Language",
        "Content-Language": language,
    }
    if is_unchanged(request, validators["ETag"], changed_at):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'inline; filename="{format.filename}"'
    return Response(content, media_type=format.media_type, headers=headers)
