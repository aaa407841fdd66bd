"""The base of every contract: unknown fields are ignored, values are frozen."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


def N_(text: str) -> str:
    """The text as it is: marks what is translated where it is shown, as gettext's tools expect it."""
    return text


class Contract(BaseModel):
    """A published shape. Fields are only ever added, with defaults; anything else is a new topic version."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
