"""Traces cost nothing where nobody wants them, and nothing waits for a collector."""

import json
import socket
import time
from collections.abc import Iterator

import pytest

from deploy.local.ports import LOOPBACK, free_port
from shared.messaging.kafka import Kafka
from shared.traces.export import END_SECONDS
from tests.shared.toy.processes import serving
from tests.trace_receiver import receiving

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
LOADED_WITH_TRACES = ("opentelemetry.sdk", "opentelemetry.exporter", "google.protobuf", "requests")
# Four spans are a batch.
SOON = {
    "OTEL_BSP_SCHEDULE_DELAY": "20",
    "OTEL_BSP_MAX_QUEUE_SIZE": "16",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "4",
}
# A busy machine included. If each request waited for a second, it were forty.
REQUESTS_SECONDS = 10.0
# All of a process's work ends with SIGTERM within this time.
USUAL_END_SECONDS = 5.0


@pytest.fixture
def silent() -> Iterator[str]:
    """A collector that takes connections, and never says a word."""
    with socket.create_server((LOOPBACK, 0)) as listening:
        yield f"http://{LOOPBACK}:{listening.getsockname()[1]}"


@pytest.fixture
def gone() -> str:
    """A collector that isn't there."""
    return f"http://{LOOPBACK}:{free_port()}"


async def test_nothing_is_loaded_where_no_endpoint_is_set(
    dsn: str, corner: Kafka, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    async with serving(dsn, corner) as toy:
        (await toy.http.post("/tallies/a")).raise_for_status()

    loaded = {line.rpartition("|")[2].strip() for line in capfd.readouterr().err.splitlines() if "|" in line}
    assert "shared.traces.spans" in loaded
    assert not loaded & {*LOADED_WITH_TRACES, "shared.traces.export"}


async def test_what_was_done_before_the_end_is_sent(
    dsn: str, corner: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as receiver:
        monkeypatch.setenv(ENDPOINT, receiver.address)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000")
        async with serving(dsn, corner, only=["api"]) as toy:
            (await toy.http.post("/tallies/a")).raise_for_status()

        assert [(span.service, span.name) for span in receiver.spans if "POST" in span.name] == [
            ("toy", "POST /tallies/{tally}")
        ]


@pytest.mark.parametrize(("state", "seconds", "sentences"), [("silent", 30, 0), ("gone", 1, 1)])
async def test_nothing_waits_for_a_collector_and_its_absence_is_said_once(
    state: str,
    seconds: int,
    sentences: int,
    dsn: str,
    corner: Kafka,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    told = SOON | {ENDPOINT: request.getfixturevalue(state), "OTEL_EXPORTER_OTLP_TIMEOUT": f"{seconds}"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    async with serving(dsn, corner, only=["api"]) as toy:
        began = time.monotonic()
        for _ in range(40):
            (await toy.http.post("/tallies/a")).raise_for_status()
        asked = time.monotonic()
        toy.process.terminate()
        await toy.process.wait()
        ended = time.monotonic()

    assert asked - began < REQUESTS_SECONDS
    assert ended - asked < USUAL_END_SECONDS + END_SECONDS
    said = [line for line in capfd.readouterr().err.splitlines() if "export" in line]
    assert [json.loads(line)["event"] for line in said] == ["traces.export.failed"] * sentences
