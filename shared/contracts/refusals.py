"""How a service says no: refusals with a stable code, the same for requests and for messages."""

from collections.abc import Mapping
from typing import Any


class Refused(Exception):
    """A rule said no. Nothing was changed.

    `code` is stable and kebab-case; it is the last part of the problem type (RFC 9457).
    `detail` is a sentence for a person. `facts` are further members of the problem document.
    Neither may hold personal data: both are logged.
    """

    status = 409
    headers: Mapping[str, str] = {}

    def __init__(self, code: str, detail: str, **facts: Any) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.facts: Mapping[str, Any] = facts


class Unauthenticated(Refused):
    """Nobody in particular asks, or by what doesn't count (any more). The header is RFC 6750's, section 3."""

    status = 401
    headers: Mapping[str, str] = {"WWW-Authenticate": 'Bearer realm="alumnibus"'}


class Forbidden(Refused):
    """This isn't for whoever asks."""

    status = 403


class NotFound(Refused):
    """The thing that was named does not exist."""

    status = 404


class Gone(Refused):
    """The thing was there, and isn't any more."""

    status = 410


class Invalid(Refused):
    """The command can't be understood, or breaks a rule by itself."""

    status = 422


class TooLarge(Refused):
    """More than this endpoint takes."""

    status = 413


class TooMany(Refused):
    """It was asked for too often. Nothing was done, and it may be tried again, in an hour if nothing else is said."""

    status = 429
    headers: Mapping[str, str] = {"Retry-After": "3600"}


class TookTooLong(Refused):
    """It wasn't done within the time that it may take. Nothing was changed, and it may be tried again."""

    status = 503


class Unavailable(Refused):
    """What is needed for this is away. Nothing was changed, and it may be tried again soon."""

    status = 503
    headers: Mapping[str, str] = {"Retry-After": "5"}


class Malformed(Refused):
    """The request can't be read at all."""

    status = 400
