"""Requests as strangers send them: any bytes in path, query and headers cost nothing, and turn no link elsewhere."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Message

from shared.testing.services import Running

Header = tuple[bytes, bytes]
PATHS = ["/", "/events/westbalkan", "/events/westbalkan.ics", "/partners", "/offers", "/statistics"]
FEEDS = ["/offers.ics", "/offers.atom", "/offers.csv", "/offers.json"]
HOSTS = [
    "evil.example",
    "evil.example:80",
    "[",
    "[::1",
    "evil.example/path",
    "a@b",
    "",
    "\xff",
    "alumni.example",
]
NAMES = [
    b"host", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-for", b"forwarded", b"x-original-url", b"origin",
    b"accept", b"accept-language", b"accept-encoding", b"if-none-match", b"if-modified-since", b"if-match", b"if-range",
    b"range", b"cookie", b"content-type", b"content-length", b"authorization", b"referer", b"user-agent", b"hx-request",
    b"x-correlation-id", b"traceparent", b"date", b"expect", b"te", b"x-unknown",
]  # fmt: skip
VALUES = st.binary(max_size=30) | st.sampled_from(
    [
        *(host.encode("latin-1") for host in HOSTS), b"*", b"W/", b'"', b"bytes=0-1", b"de;q=2", b"de;q=", b"*;q=0",
        b"Mon, 04 May 99999999999999999999 12:30:00 GMT", b"Mon, 04 May 2026 12:30:00 +99999999", b"1e999", b"-1",
        b"a" * 5000, b"\xff\xfe", b"\xed\xa0\x80", b"javascript:alert(1)", b"multipart/form-data", b"identity;q=0",
    ]
)  # fmt: skip
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=4)
# The HTTP server lets no other bytes through in an address.
QUERIES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20).map(
    str.encode
) | st.lists(
    st.sampled_from(
        [b"q=%ED%A0%80", b"lang=%ff", b"q=%00", b"page=1e9", b"month=%", b"=", b"q=%25&view=months"]
    )
).map(b"&".join)
TARGETS = st.sampled_from(PATHS + FEEDS) | st.builds(
    lambda path, rest: path + rest,
    st.sampled_from(["/events/", "/static/", "/offers/", "/"]),
    st.text(max_size=10),
)


async def send(
    year: Running, path: str, query: bytes = b"", headers: Sequence[Header] = ()
) -> tuple[int, dict[str, str], bytes]:
    """What the app answers to a request that no client library would send: status, headers, body."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def take(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(errors="replace"), "root_path": "", "query_string": query,
        "headers": list(headers), "client": ("203.0.113.9", 1), "server": ("127.0.0.1", 1),
    }  # fmt: skip
    await year.app(scope, receive, take)
    start, *bodies = sent
    answered = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    return start["status"], answered, b"".join(body.get("body", b"") for body in bodies)


@settings(deadline=None, max_examples=60)
@given(
    TARGETS,
    QUERIES,
    HEADERS,
)
async def test_no_request_breaks_anything(
    year: Running, path: str, query: bytes, headers: Sequence[Header]
) -> None:
    status, answered, content = await send(year, path, query, headers)

    assert status < 500
    assert b"evil.example" not in content or b"evil.example" in path.encode() + query
    # The id of a request is the one that it came with.
    assert "evil.example" not in str(
        {name: value for name, value in answered.items() if name != "x-correlation-id"}
    )


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(PATHS + FEEDS), HEADERS)
async def test_a_header_that_nobody_understands_changes_no_answer(
    year: Running, path: str, headers: Sequence[Header]
) -> None:
    heeded = (b"hx-request", b"accept-language", b"authorization")
    ignored = [pair for pair in headers if pair[0] not in heeded]
    plain, strange = await send(year, path), await send(year, path, headers=ignored)

    assert strange[0] in (200, 304)
    if strange[0] == 200 and path != "/offers":  # whose answer says when it was read
        assert strange[2] == plain[2]
    assert strange[1].get("etag") == plain[1].get("etag")


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/partners", "/", "/events/westbalkan", "/offers/", *FEEDS])
async def test_links_lead_to_the_service_whoever_it_is_asked_as(year: Running, path: str, host: str) -> None:
    foreign = host.encode("latin-1")
    headers = [(b"host", foreign), (b"x-forwarded-host", foreign), (b"x-forwarded-proto", b"ftp")]
    status, answered, content = await send(year, path, headers=headers)

    assert status in (200, 307)
    unfolded = content.replace(b"\r\n ", b"")  # a calendar's lines
    links = [
        *re.findall(rb"(?:https?|webcal|ftp)://[^/\s\"<]+", unfolded),
        answered.get("location", "").encode(),
    ]
    assert {urlsplit(link).netloc for link in links} <= {b"alumni.example", b"schema.org", b"www.w3.org", b""}
    assert (await send(year, path))[2] == content
