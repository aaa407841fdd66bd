"""What an address asks a page or a feed for: parameters that a model declares, and links that carry them on."""

from collections.abc import Iterator
from typing import Annotated, Any, Self, TypeVar, get_origin
from urllib.parse import urlencode

from fastapi import Request
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, WithJsonSchema
from starlette.datastructures import QueryParams

from shared.i18n.languages import LANGUAGES, preferred_language
from shared.web.cookies import LANGUAGE

QueryT = TypeVar("QueryT", bound=BaseModel)


def _require_page_language(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError("not a language of the pages")
    return code


PageLanguage = Annotated[
    str, AfterValidator(_require_page_language), WithJsonSchema({"type": "string", "enum": list(LANGUAGES)})
]


class PageQuery(BaseModel):
    """The parameters that every page and feed knows; a service's own add theirs, each with a default.

    `lang` is the language that the address names; links keep it then.
    """

    model_config = ConfigDict(frozen=True)

    lang: PageLanguage | None = None

    def negotiate_language(self, request: Request) -> str:
        """The language to answer in: the address's, else the one chosen before, else what the client likes best."""
        chosen = self.lang or request.cookies.get(LANGUAGE)
        return preferred_language(chosen, request.headers.get("accept-language", ""))

    def in_language(self, language: str) -> Self:
        """The same in another language, which the address then names."""
        return self.model_copy(update={"lang": language})

    def build_link(self, path: str) -> str:
        """The address of this query at `path`; defaults are left out, so that equal queries have equal addresses."""
        query = urlencode([*self._list_parameters(), *([("lang", self.lang)] if self.lang else [])])
        return f"{path}?{query}" if query else path

    def _list_parameters(self) -> Iterator[tuple[str, str]]:
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if name == "lang" or value == field.default:
                continue
            for single in value if isinstance(value, tuple) else (value,):
                yield name, "1" if single is True else str(single)


def read_valid(model: type[QueryT], query: QueryParams) -> QueryT:
    """What is valid of a query. Dropped are unknown parameters, and each value that the model would refuse.

    Of a parameter that takes one value the last valid one counts, of a list as many as it may hold.
    """
    kept: dict[str, Any] = {}
    for name, value in query.multi_items():
        field = model.model_fields.get(name)
        if field is None:
            continue
        many = get_origin(field.annotation) is tuple
        tried = {name: (*kept.get(name, ()), value) if many else value}
        if _is_valid(model, tried):
            kept |= tried
    return model.model_validate(kept)


def _is_valid(model: type[BaseModel], values: dict[str, Any]) -> bool:
    try:
        model.model_validate(values)
    except ValidationError:
        return False
    return True
