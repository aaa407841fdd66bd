"""Codes of the shared vocabulary as types: what the vocabulary doesn't know is invalid."""

from collections.abc import Callable, Collection
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints, WithJsonSchema

from shared.contracts import vocabulary


def require_one_of(codes: Collection[str]) -> tuple[Callable[[str], str], dict[str, Any]]:
    """A validator that takes these codes alone, and the JSON Schema that says so."""

    def require_known(code: str) -> str:
        if code not in codes:
            raise ValueError("not a word of the shared vocabulary")
        return code

    return require_known, {"type": "string", "enum": sorted(codes)}


EXACT = StringConstraints(strip_whitespace=False)
_is_kind, _kind = require_one_of(vocabulary.kinds())
_is_theme, _theme = require_one_of(vocabulary.themes())
_is_country, _country = require_one_of(vocabulary.countries())
_is_language, _language = require_one_of(vocabulary.languages())
_is_region, _region = require_one_of(vocabulary.regions())
_is_world_region, _world_region = require_one_of(vocabulary.world_regions())

Kind = Annotated[str, EXACT, AfterValidator(_is_kind), WithJsonSchema(_kind)]
Theme = Annotated[str, EXACT, AfterValidator(_is_theme), WithJsonSchema(_theme)]
KnownCountry = Annotated[str, EXACT, AfterValidator(_is_country), WithJsonSchema(_country)]
KnownLanguage = Annotated[str, EXACT, AfterValidator(_is_language), WithJsonSchema(_language)]
KnownRegion = Annotated[str, EXACT, AfterValidator(_is_region), WithJsonSchema(_region)]
WorldRegion = Annotated[str, EXACT, AfterValidator(_is_world_region), WithJsonSchema(_world_region)]
