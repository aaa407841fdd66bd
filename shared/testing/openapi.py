"""Any request that fits a service's interface is answered as it promises, and any other is refused."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import UUID, uuid4

import httpx
import uvicorn

from shared.runtime.http.connections import ClientConnection
from shared.runtime.http.schema_samples import build_sample
from shared.testing.access import add_account
from shared.testing.services import EVERYTHING, Running
from shared.testing.signed_in_app import SignedInApp
from shared.testing.waiting import eventually

SEED = 2026
EXAMPLES = int(os.environ.get("EXAMPLES", "15"))
_COMMAND = (sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()")
# 410: a command is repeated with the key that it had, and its person was erased meanwhile.
_CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "410", "429", "5xx"]
# An organisation's page for browsers, which the door lets nobody reach as a part of the interface.
[[operations]]
include-path = "/organisations/{organisation}"
[operations.checks]
unsupported_method.enabled = false
[parameters]
"""


async def check_interface(
    service: Running,
    *,
    options: Sequence[str] = (),
    parameters: Mapping[str, UUID | str] | None = None,
    member: UUID | None = None,
    account: UUID | None = None,
) -> None:
    """Let schemathesis try `EXAMPLES` requests on each operation of a service, as a member who holds all mandates,
    with an account of its own or this one.

    Then the examples that its page shows are sent. Raises AssertionError with what was found, and with the operations
    that refused each request as not for this person. The same seed makes the same requests. `options` are further ones
    of its command line, `parameters` values for parts of paths by name.
    """
    member = member or uuid4()
    account = account or await add_account(service.pool, EVERYTHING, member)
    app = SignedInApp(service.app, account, member)
    async with serve_app(app) as url:
        status, found = await _run_schemathesis(f"{url}/openapi.json", options, parameters or {})
        assert status == 0, found
        await _send_examples(url)
    refused = app.list_refused()
    assert not refused, refused


async def _send_examples(url: str) -> None:
    """A command's example may ask for what isn't there, but not be misunderstood."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        document = (await http.get("/openapi.json")).json()
        shapes = document["components"]["schemas"]
        for path, method, operation in _list_commands(document):
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            values = {
                each["name"]: build_sample(each["schema"], shapes, whole=False)
                for each in operation["parameters"]
                if each["in"] == "path"
            }
            body = build_sample(schema, shapes, whole=False)
            answer = await http.request(method, path.format(**values), json=body)
            understood = answer.status_code < 500 and answer.status_code != 422
            assert understood, (method, path, body, answer.text)


def _list_commands(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if "application/json" in operation.get("requestBody", {}).get("content", {}):
                yield path, method, operation


@asynccontextmanager
async def serve_app(
    app: Any, connection: type[ClientConnection] = ClientConnection, **options: Any
) -> AsyncIterator[str]:
    """The base URL of the app behind real HTTP, on a port of its own; `options` are further ones of uvicorn's."""
    # uvicorn binds by itself: on a socket made elsewhere asyncio leaves Nagle's algorithm on, 40 ms a request.
    config = uvicorn.Config(
        app, port=0, lifespan="off", log_config=None, access_log=False, http=connection, **options
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    try:
        await eventually(started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


async def _run_schemathesis(
    url: str, options: Sequence[str], parameters: Mapping[str, UUID | str]
) -> tuple[int | None, str]:
    settings = ("--no-color", f"--seed={SEED}", "--generation-deterministic", "--phases=coverage,fuzzing")
    with NamedTemporaryFile("w", suffix=".toml") as config:
        config.write(_CONFIG + "".join(f'"path.{name}" = "{value}"\n' for name, value in parameters.items()))
        config.flush()
        command = (*_COMMAND, f"--config-file={config.name}", "run", url, *settings)
        process = await asyncio.create_subprocess_exec(
            *(*command, f"--max-examples={EXAMPLES}", *options),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
    return process.returncode, output.decode(errors="replace")
