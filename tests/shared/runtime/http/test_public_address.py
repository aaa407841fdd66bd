"""Where a service says that it is reached."""

import pytest
from pydantic import ValidationError

from shared.runtime.settings import Settings

DATABASE, KAFKA = "postgresql://members@127.0.0.1/alumnibus", "127.0.0.1:9092"


@pytest.mark.parametrize(
    ("host", "public_url", "origin"),
    [
        ("127.0.0.1", None, "http://127.0.0.1:8100"),
        ("0.0.0.0", None, "http://localhost:8100"),
        ("::1", None, "http://[::1]:8100"),
        ("0.0.0.0", "https://alumni.example", "https://alumni.example"),
        ("0.0.0.0", "http://alumni.example:8443", "http://alumni.example:8443"),
    ],
)
def test_a_service_is_reached_at_its_public_address_else_where_it_listens(
    host: str, public_url: str | None, origin: str
) -> None:
    settings = Settings(database=DATABASE, kafka=KAFKA, http_host=host, http_port=8100, public_url=public_url)

    assert settings.origin == origin


@pytest.mark.parametrize(
    "url", ["alumni.example", "https://alumni.example/", "https://a@b", "ftp://a", "https://"]
)
def test_what_is_no_origin_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="public_url"):
        Settings(database=DATABASE, kafka=KAFKA, public_url=url)
