"""What a query asks for: the valid part of anything, and links that ask for the same again."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field
from starlette.datastructures import QueryParams

from shared.web.query import PageQuery, read_valid

Sort = Literal["green", "white", "black"]


class TeaQuery(PageQuery):
    """Which teas to show."""

    sort: Annotated[tuple[Sort, ...], Field(max_length=2)] = ()
    organic: bool = False
    page: Annotated[int, Field(ge=1)] = 1


QUERIES = st.builds(
    TeaQuery,
    lang=st.sampled_from([None, "de", "en"]),
    sort=st.lists(st.sampled_from(["green", "white", "black"]), max_size=2).map(tuple),
    organic=st.booleans(),
    page=st.integers(1, 10**6),
)


@pytest.mark.parametrize(
    ("query", "valid"),
    [
        ("", TeaQuery()),
        ("sort=green&sort=mud&sort=white", TeaQuery(sort=("green", "white"))),
        ("sort=green&sort=white&sort=black", TeaQuery(sort=("green", "white"))),
        ("organic=yes&organic=perhaps", TeaQuery(organic=True)),
        ("page=0&page=3&page=x", TeaQuery(page=3)),
        ("lang=xx&utm_source=letter&sorte=green", TeaQuery()),
        ("lang=de&sort=", TeaQuery(lang="de")),
    ],
)
def test_what_is_valid_of_a_query_counts(query: str, valid: TeaQuery) -> None:
    assert read_valid(TeaQuery, QueryParams(query)) == valid


@given(QUERIES)
def test_a_link_asks_for_the_same_again(query: TeaQuery) -> None:
    link = query.build_link("/teas")

    assert urlsplit(link).path == "/teas"
    assert read_valid(TeaQuery, QueryParams(urlsplit(link).query)) == query


@given(st.lists(st.tuples(st.sampled_from([*TeaQuery.model_fields, "other"]), st.text(max_size=3))))
def test_any_query_can_be_read(pairs: list[tuple[str, str]]) -> None:
    read_valid(TeaQuery, QueryParams(pairs))


def test_defaults_are_left_out_of_links_and_the_language_comes_last() -> None:
    assert TeaQuery().build_link("/") == "/"
    assert TeaQuery(lang="de", organic=True, page=2).build_link("/") == "/?organic=1&page=2&lang=de"
    assert TeaQuery(sort=("black",)).in_language("en").build_link("/") == "/?sort=black&lang=en"
