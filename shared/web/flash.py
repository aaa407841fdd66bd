"""What a page says once about what was just done. It travels in a cookie as a key and counts, never as text."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from fastapi import Request

from shared.i18n.texts import Texts
from shared.web.cookies import FLASH

_WRITTEN = re.compile(r"([a-z]+)\.([a-z-]{1,40})((?:\.\d{1,9}){0,3})")
# The message itself, or what says it with its counts.
Message = str | Callable[..., str]


@dataclass(frozen=True, slots=True)
class Flash:
    """A message of a site by its key, with up to three counts."""

    site: str
    key: str
    counts: tuple[int, ...] = ()

    def write(self) -> str:
        """As it stands in the cookie: members.imported.120.3"""
        return ".".join([self.site, self.key, *map(str, self.counts)])

    @classmethod
    def read(cls, request: Request) -> Self | None:
        """What the browser brought, if it is written as one."""
        match = _WRITTEN.fullmatch(request.cookies.get(FLASH, ""))
        return match and cls(match[1], match[2], tuple(map(int, match[3].split(".")[1:])))

    def say(self, messages: Mapping[str, Message], texts: Texts) -> str | None:
        """The message with its counts; None where no message has this key, or others than these counts."""
        message = messages.get(self.key)
        if message is None or isinstance(message, str):
            return message and texts.translate(message)
        try:
            return message(texts, *self.counts)
        except TypeError:
            return None
