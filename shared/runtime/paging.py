"""Lists in pages: an opaque cursor says where the next page begins."""

import base64
import json
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel

from shared.contracts.refusals import NotFound
from shared.runtime.commands import require_storable

T = TypeVar("T")
LARGEST = 2**63 - 1


class Page(BaseModel, Generic[T]):
    """One page; `next` is the cursor of the one after it, None at the end."""

    items: list[T]
    next: str | None = None


class PageRequest:
    """What the client asks for: at most `limit` items after the key `after` (None: from the beginning)."""

    def __init__(self, limit: int, after: list[Any] | None) -> None:
        self.limit = limit
        self.after = after

    def cursor_parts(self, *kinds: type[str | int | UUID]) -> list[Any]:
        """The parts of the key to begin after, each of its kind; each None at the beginning.

        Raises `NotFound` for a key that the list can't have.
        """
        if self.after is None:
            return [None] * len(kinds)
        try:
            return [_convert_part(kind, part) for kind, part in zip(kinds, self.after, strict=True)]
        except (ValueError, TypeError):
            raise _unknown_cursor() from None

    def build_page(self, items: list[T], keys: list[list[Any]]) -> "Page[T]":
        """A page of `items`, of which one more than `limit` was asked for to know whether there is a next one."""
        more = len(items) > self.limit
        return Page(items=items[: self.limit], next=encode_cursor(keys[self.limit - 1]) if more else None)


def encode_cursor(key: list[Any]) -> str:
    """The cursor of a key."""
    return base64.urlsafe_b64encode(json.dumps(key, default=str).encode()).decode().rstrip("=")


def _convert_part(kind: type[str | int | UUID], part: object) -> object:
    if kind is UUID:
        return UUID(str(part))
    if type(part) is not kind:
        raise TypeError
    if isinstance(part, int) and abs(part) > LARGEST:
        raise ValueError
    return require_storable(part) if isinstance(part, str) else part


def _unknown_cursor() -> NotFound:
    return NotFound("cursor-unknown", "This cursor was not made here. Begin without one.")


def decode_cursor(cursor: str) -> list[Any]:
    """The key of a cursor. Raises `NotFound` for one that we didn't make."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        key = None
    if not isinstance(key, list):
        raise _unknown_cursor()
    return key


def _page_request(
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> PageRequest:
    return PageRequest(limit, decode_cursor(cursor) if cursor else None)


PageRequestDep = Annotated[PageRequest, Depends(_page_request)]
