"""Whatever bytes come to any service, as a body or in an address: its answer is short, true and below 500, its log one
line."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from shared.testing.services import Running

COMMANDED = ["members", "events", "matching"]
LONGEST_ANSWER = 12_000
ID = "018f0000-0000-7000-8000-000000000000"


class Operation(NamedTuple):
    """One that a service offers; `fields` are those of its body or the parameters of its query."""

    method: str
    path: str
    fields: list[str]


def nest(opening: bytes, closing: bytes, depth: int) -> bytes:
    return opening * depth + b"1" + closing * depth


STRANGE = {
    **{f"{depth} lists": nest(b"[", b"]", depth) for depth in (480, 900, 40_000)},
    **{f"{depth} objects": nest(b'{"a":', b"}", depth) for depth in (480, 900, 40_000)},
    "never closed": b"[" * 40_000,
    "not a number": b"NaN",
    "infinite": b"-Infinity",
    "more than a float": b"1e999",
    "4,000 digits": b"9" * 4_000,
    "40,000 digits": b"9" * 40_000,
    "half a pair": b'"\\ud800"',
    "null letter": b'"\\u0000"',
    "not UTF-8": b'"\xff"',
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "a long text": b'"' + b"x" * 40_000 + b'"',
    "a long list": b"[" + b"1," * 40_000 + b"1]",
    "many keys": b"{" + b",".join(b'"%x":1' % n for n in range(5_000)) + b"}",
    "a long key": b'{"' + b"k" * 40_000 + b'":1}',
    "the same key": b"{" + b'"a":1,' * 8_000 + b'"a":2}',
    "a key of half a pair": b'{"\\udc00":1}',
    "cut off": b"nul",
    "with a byte order mark": b"\xef\xbb\xbf[]",
    "in UTF-16": "[]".encode("utf-16"),
    "nothing": b"",
}


def list_operations(running: Running) -> Iterator[Operation]:
    document = running.app.openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content:
                schema = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
                yield Operation(method, path, list(schema["properties"]))
            elif method == "get":
                queried = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
                yield Operation(method, path, queried)


def list_commands(running: Running) -> list[Operation]:
    return [each for each in list_operations(running) if each.method != "get"]


async def send(running: Running, method: str, path: str, body: bytes = b"", **more: bytes) -> httpx.Response:
    """The answer, of which all is true that must be true of each; `more` are headers."""
    headers = {name.replace("_", "-").encode(): value for name, value in more.items()}
    headers |= {b"content-type": b"application/json"} if body else {}
    with capture_logs() as lines:
        answer = await running.http.request(method, path, content=body, headers=headers)
    assert answer.status_code < 500, (method, path, body[:200])
    assert [line["event"] for line in lines] == ["request.serve.done"], (method, path, body[:200])
    if answer.is_client_error:
        assert len(answer.content) < LONGEST_ANSWER, (method, path, body[:200])
        assert answer.json()["status"] == answer.status_code
    return answer


def fill(path: str, value: str = ID) -> str:
    return re.sub(r"\{\w+\}", value, path)


@pytest.mark.parametrize("service", COMMANDED)
async def test_strange_json_is_refused_wherever_it_stands(
    every_service: Mapping[str, Running], service: str
) -> None:
    running = every_service[service]
    for method, path, fields in list_commands(running):
        for name, value in STRANGE.items():
            refused = [await send(running, method, fill(path), value)]
            refused.append(
                await send(running, method, fill(path), b'{"%b":%b}' % (fields[0].encode(), value))
            )
            assert all(answer.is_client_error for answer in refused), (path, name)


@pytest.mark.parametrize(
    "value", ["%00", "%ED%A0%80", "%ff", "%F4%90%80%80", "%", "9" * 5000, "%0d%0aSet-Cookie:a"]
)
async def test_strange_bytes_in_an_address_are_refused_or_passed_over(
    every_service: Mapping[str, Running], value: str
) -> None:
    for running in every_service.values():
        for method, path, fields in list_operations(running):
            await send(running, method, fill(path, value), b"{}" if method != "get" else b"")
            for field in fields if method == "get" else ():
                await send(running, method, f"{fill(path)}?{field}={value}")
            await send(running, method, f"{fill(path)}?" + "&".join(f"{value}{n}=1" for n in range(10)))


async def test_of_many_errors_the_first_are_told_and_how_many_they_are(
    every_service: Mapping[str, Running],
) -> None:
    answer = await send(every_service["members"], "post", "/members", STRANGE["many keys"])

    told = answer.json()
    assert len(told["errors"]) == 20
    assert re.search("first 20 of its 5[0-9]{3} errors", told["detail"])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.sampled_from(
        [ID, "de", "2098-02-30T25:61", "9999-12-31T23:59", "1e5", "=1+1", "a@b", "DE", 10**400]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize("service", COMMANDED)
@settings(deadline=None, max_examples=30)
@given(data=st.data())
async def test_no_body_breaks_any_endpoint(
    every_service: Mapping[str, Running], service: str, data: st.DataObject
) -> None:
    running = every_service[service]
    method, path, fields = data.draw(st.sampled_from(list(list_commands(running))))
    fitting = st.fixed_dictionaries({}, optional=dict.fromkeys(fields, JSON))
    body = data.draw(st.binary(max_size=30) | (fitting | JSON).map(lambda value: json.dumps(value).encode()))
    key = data.draw(
        st.binary(max_size=10) | st.sampled_from([b"k" * 10_000, b"\xc3\x28", b"k", b"\x7f", b" "])
    )
    await send(running, method, fill(path), body, idempotency_key=key)
