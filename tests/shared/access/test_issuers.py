"""What issuers publish is fetched with bounds, kept, and fetched again for new keys; a silent one holds nobody up."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OctKey
from pydantic import ValidationError

from shared.access.issuer_settings import IssuerSettings
from shared.access.issuers import Issuer, IssuerAway
from shared.runtime.settings import AccessSettings
from shared.testing.access import SESSION_KEYS
from shared.testing.issuer import KEYS, METADATA, SmallIssuer, running_issuer

SECOND = ECKey.generate_key("P-256", {"kid": "second"})


class Clock:
    """A clock that one sets."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def small() -> Iterator[SmallIssuer]:
    with running_issuer() as running:
        yield running


async def test_what_is_published_is_kept_for_an_hour(small: SmallIssuer) -> None:
    issuer = Issuer(small.settings, clock := Clock())

    for _ in range(3):
        assert await issuer.find_key("first")
    assert small.asked == [METADATA, KEYS]

    clock.now += 3_601
    assert await issuer.find_key("first")
    assert small.asked == [METADATA, KEYS] * 2


async def test_a_new_key_is_found_at_once_and_made_up_ones_are_asked_for_once_a_minute(
    small: SmallIssuer,
) -> None:
    issuer = Issuer(small.settings, clock := Clock())
    assert await issuer.find_key("second") is None

    small.publish(small.key, SECOND)
    small.asked.clear()
    for n in range(50):
        assert await issuer.find_key(f"made up {n}") is None
    assert small.asked == []
    clock.now += 61
    assert await issuer.find_key("second")
    assert small.asked == [METADATA, KEYS]


async def test_keys_that_cant_be_fetched_again_count_for_a_day(small: SmallIssuer) -> None:
    issuer = Issuer(small.settings, clock := Clock())
    await issuer.read_published()
    small.answer(METADATA, {}, 500)

    clock.now += 86_000
    assert await issuer.find_key("first")
    clock.now += 1_000
    with pytest.raises(IssuerAway):
        await issuer.find_key("first")
    small.publish(small.key)
    clock.now += 6
    assert await issuer.find_key("first")


async def test_nobody_waits_for_a_silent_issuer_but_two_for_two_seconds(small: SmallIssuer) -> None:
    small.talks.clear()
    issuer = Issuer(small.settings)

    async def ask() -> float:
        begun = asyncio.get_running_loop().time()
        with pytest.raises(IssuerAway):
            await issuer.read_published()
        return asyncio.get_running_loop().time() - begun

    waited = sorted(await asyncio.gather(*(ask() for _ in range(20))))

    assert waited[17] < 1 < waited[18] < waited[19] < 4
    assert small.asked == [METADATA]


@pytest.mark.parametrize(
    ("path", "status", "body", "headers"),
    [
        (METADATA, 302, {}, {"Location": "/elsewhere"}),
        (KEYS, 307, {}, {"Location": "/elsewhere"}),
        (METADATA, 404, {}, {}),
        (METADATA, 200, [], {}),
        (METADATA, 200, {"issuer": "https://another.example", "jwks_uri": "http://127.0.0.1:1/"}, {}),
        (METADATA, 200, {"jwks_uri": "http://alumni.example/keys"}, {}),
        (METADATA, 200, {"jwks_uri": "file:///etc/passwd"}, {}),
        (KEYS, 200, {"keys": "none"}, {}),
        (KEYS, 200, {"keys": [{}] * 101}, {}),
        (KEYS, 200, {"keys": [], "padding": "x" * 300_000}, {}),
        (KEYS, 200, {"keys": []}, {"Content-Encoding": "gzip"}),
    ],
)
async def test_no_redirect_is_followed_and_nothing_else_is_believed(
    small: SmallIssuer, path: str, status: int, body: object, headers: dict[str, str]
) -> None:
    said = (
        {"issuer": small.url, **body}
        if isinstance(body, dict) and path == METADATA and status == 200
        else body
    )
    small.answer("/elsewhere", {"issuer": small.url, "jwks_uri": f"{small.url}{KEYS}", "keys": []})
    small.answer(path, said, status, **headers)

    with pytest.raises(IssuerAway):
        await Issuer(small.settings).read_published()

    assert "/elsewhere" not in small.asked


async def test_keys_that_are_secret_other_or_for_something_else_sign_nothing(small: SmallIssuer) -> None:
    other = ECKey.generate_key("P-256", {"kid": "encrypts", "use": "enc"})
    shared = OctKey.generate_key(256, {"kid": "shared"}).as_dict(private=True)
    short = {"kty": "RSA", "kid": "short", "n": "s" + "X" * 169 + "w", "e": "AQAB"}
    good = small.key.as_dict(private=False)
    small.answer(
        KEYS, {"keys": [other.as_dict(private=False), shared, short, {"kty": "new"}, 5, {"kty": "RSA"}, good]}
    )

    published = await Issuer(small.settings).read_published()

    assert published.keys.keys() == {"first"}


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://idp.example"},
        {"issuer": "https://kim:secret@idp.example"},
        {"issuer": "http://127.0.0.1.example"},
        {"issuer": "ftp://idp.example"},
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"audience": "alumnibus"},
        {"unknown": "field"},
    ],
)
def test_what_isnt_safe_cant_be_configured_and_no_secret_is_told(change: dict[str, object]) -> None:
    said = {
        "issuer": "https://idp.example",
        "name": "IdP",
        "client_id": "alumnibus",
        "client_secret": "hush-hush",
    }

    with pytest.raises(ValidationError) as caught:
        AccessSettings(session_keys=SESSION_KEYS, issuers=[said | change])

    assert "hush" not in str(caught.value)


def test_several_are_configured_by_one_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (secret := tmp_path / "secret").write_text("hush-hush\n")
    monkeypatch.setenv("ALUMNIBUS_SESSION_KEYS", SESSION_KEYS)
    monkeypatch.setenv(
        "ALUMNIBUS_ISSUERS",
        '[{"issuer": "https://a.example", "name": "A", "client_id": "x", "client_secret": "hush-hush"},'
        f' {{"issuer": "http://[::1]:8080/b", "name": "B", "client_id": "y", "client_secret_file": "{secret}"}}]',
    )

    first, second = AccessSettings().issuers

    assert (first.read_secret(), second.read_secret()) == ("hush-hush", "hush-hush")
    assert "hush" not in repr((first, second))
    assert IssuerSettings(issuer="https://c.example", name="C", client_id="z").read_secret() is None
