"""What an endpoint takes and how much of it is the endpoint's to say: nothing else is read."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import NamedTuple

import httpx
import pytest
from structlog.testing import capture_logs

from deploy.postgres.roles import SERVICES
from shared.runtime.http.bodies import JSON_BYTES
from shared.testing.services import Running

MEGABYTE = b"x" * 1_000_000
ID = "018f0000-0000-7000-8000-000000000000"
FORM = "multipart/form-data; boundary=b"


class Sent(NamedTuple):
    """A request's answer, and how much of its body was asked for."""

    status: int
    read: int


class Endless(httpx.AsyncByteStream):
    """A body as long as anybody reads it, to a gigabyte."""

    def __init__(self) -> None:
        self.read = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(1000):
            self.read += len(MEGABYTE)
            yield MEGABYTE


async def send(running: Running, path: str, *, method: str = "POST", **headers: str) -> Sent:
    """Send an endless body, which counts what is read of it."""
    body = Endless()
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    framed = given if "content-length" in given else given | {"transfer-encoding": "chunked"}
    with capture_logs() as lines:
        answer = await running.http.request(method, path, content=body, headers=framed)
    assert [line["status"] for line in lines] == [answer.status_code]
    assert (lines[0]["route"] == "unknown") == (answer.status_code == 404)
    return Sent(answer.status_code, body.read)


def list_paths(running: Running, media_type: str) -> Iterator[tuple[str, str]]:
    for path, operations in running.app.openapi()["paths"].items():
        for method, operation in operations.items():
            if media_type in operation.get("requestBody", {}).get("content", {}):
                yield method.upper(), "/".join(ID if "{" in part else part for part in path.split("/"))


@pytest.mark.parametrize(
    "media_type",
    [FORM, "multipart/x", "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json", ""],
)
async def test_no_endpoint_reads_another_media_type(
    every_service: Mapping[str, Running], media_type: str
) -> None:
    for running in every_service.values():
        for method, path in list_paths(running, "application/json"):
            assert await send(running, path, method=method, content_type=media_type) == Sent(415, 0), path
    json = await send(every_service["members"], "/imports", content_type="application/json")
    assert json == Sent(415, 0)


async def test_a_body_that_says_it_is_too_long_is_refused_unread(
    every_service: Mapping[str, Running],
) -> None:
    for running in every_service.values():
        for method, path in list_paths(running, "application/json"):
            for length in (JSON_BYTES + 1, 10**30):
                said = {"content_type": "application/json", "content_length": str(length)}
                assert await send(running, path, method=method, **said) == Sent(413, 0), path
    members = every_service["members"]
    assert await send(members, "/imports", content_type=FORM, content_length="50000001") == Sent(413, 0)


async def test_a_body_that_turns_out_too_long_is_read_no_further(
    every_service: Mapping[str, Running],
) -> None:
    for running in every_service.values():
        for method, path in list_paths(running, "application/json"):
            sent = await send(running, path, method=method, content_type="application/json; charset=utf-8")
            assert sent == Sent(413, len(MEGABYTE)), path


@pytest.mark.parametrize("service", SERVICES)
async def test_a_body_that_nothing_takes_is_not_read(
    every_service: Mapping[str, Running], service: str
) -> None:
    running = every_service[service]
    for media_type in (FORM, "application/json"):
        assert await send(running, "/statistics", method="GET", content_type=media_type) == Sent(200, 0)
        assert await send(running, "/statistics", content_type=media_type) == Sent(405, 0)
        assert await send(running, "/nothing", content_type=media_type) == Sent(404, 0)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"--b",
        b"--b\r\n" * 10_000,
        b"--b\r\nContent-Disposition: form-data; name=list\r\n\r\n" + MEGABYTE,
        b'--b\r\nContent-Disposition: form-data; name="list"; filename="\xff"\r\n\r\n1\r\n--b--',
        b"--b\r\n" + b"X: y\r\n" * 10_000,
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n1\r\n' * 5000 + b"--b--",
        b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n1\r\n' * 5000 + b"--b--",
    ],
    ids=["empty", "begun", "hollow", "no file", "not UTF-8", "many headers", "many files", "many fields"],
)
@pytest.mark.parametrize("media_type", [FORM, "multipart/form-data", 'multipart/form-data; boundary="\xff"'])
async def test_an_upload_that_is_none_is_refused(
    every_service: Mapping[str, Running], content: bytes, media_type: str
) -> None:
    headers = {b"content-type": media_type.encode("latin-1")}
    answer = await every_service["members"].http.post("/imports", content=content, headers=headers)

    assert answer.is_client_error
    assert len(answer.content) < 5000
