"""Where one goes after signing in is a page of ours, whatever the address says."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.sign_in.rules import choose_back

OURS = "https://network.example.org"


@given(st.text() | st.text("/\\.:@?#%\t\n ae", max_size=12).map(lambda text: f"/{text}"))
def test_nobody_is_led_to_another_site(path: str) -> None:
    where = urlsplit(urljoin(f"{OURS}/sign-in", choose_back(path).replace("\\", "/")))

    assert (where.scheme, where.netloc) == ("https", "network.example.org")


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", ""]
)
def test_what_isnt_a_path_of_ours_is_passed_over(path: str) -> None:
    assert choose_back(path) == "/me"


@pytest.mark.parametrize("path", ["/", "/events/x?lang=de#day", "/organisations/daad/members?q=%C3%BC"])
def test_a_page_of_ours_is_where_one_goes(path: str) -> None:
    assert choose_back(path) == path


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/session/renewed.svg", "/api/members/mandates"])
def test_nobody_comes_back_to_what_is_no_page_to_stay_at(path: str) -> None:
    assert choose_back(path) == "/me"
