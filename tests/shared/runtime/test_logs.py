"""What is logged tells where a request went and what failed, quotes nothing that was sent, and isn't said too often."""

import asyncio
import json
import logging
import subprocess
import sys

import pytest

from shared.messaging.kafka import Kafka
from shared.runtime.logs import REPEAT_SECONDS, leave_out_repeats
from tests.shared.runtime import quoting
from tests.shared.toy.processes import Life, serving


async def test_no_log_line_of_a_request_that_fails_quotes_what_was_sent(
    dsn: str, kafka: Kafka, capfd: pytest.CaptureFixture[str]
) -> None:
    async with serving(dsn, kafka, only=["api"]) as life:
        id_ = {"X-Correlation-ID": "office-7"}
        failed = await life.http.get("/failures/Beispiel", params={"more": "Musterhaft"}, headers=id_)
        refused = await exchange(life, b"GET /failures/Beispiel HTTP/9.9\r\nX: Musterhaft\r\n\r\n")
    written = capfd.readouterr().err

    assert refused.startswith(b"HTTP/1.1 400 ")
    assert failed.status_code == 500
    assert failed.headers["x-correlation-id"] == "office-7"
    for expected in ("request.serve.failed", "request.serve.done", "/failures/{words}", "ValueError"):
        assert expected in written
    for sent in ("Beispiel", "Musterhaft"):
        assert sent not in written
    lines = [json.loads(line) for line in written.splitlines() if "request.serve" in line]
    ids = {
        line["event"]: line["correlation_id"]
        for line in lines
        if not line.get("route", "").startswith("/readyz")
    }
    assert ids == {"request.serve.failed": "office-7", "request.serve.done": "office-7"}


async def exchange(life: Life, sent: bytes) -> bytes:
    """All that a service's process answers to these bytes until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", life.http.base_url.port)
    writer.write(sent)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer


def test_a_sentence_of_the_client_of_kafka_passes_once_in_ten_seconds_with_the_number_left_out() -> None:
    now = 0.0
    passes = leave_out_repeats(lambda: now)

    def said(logger: str, sentence: str, node: int) -> tuple[bool, int]:
        record = logging.LogRecord(logger, logging.ERROR, "", 0, sentence, (node,), None)
        return passes(record), getattr(record, "left_out", 0)

    found = []
    while now < 3 * REPEAT_SECONDS:
        found += [said("aiokafka", "Unable to connect to %s", n) for n in range(4)]
        now += 1
    assert [entry for entry in found if entry[0]] == [(True, 0), (True, 39), (True, 39)]
    assert said("aiokafka", "Unable to update %s", 1) == (True, 0)
    assert said("aiokafka.cluster", "Unable to connect to %s", 1) == (True, 0)
    assert [said("services.events", "the same", 1)[0] for _ in range(3)] == [True] * 3


def test_whatever_fails_however_is_a_bounded_line_of_its_kind_and_place_without_its_words() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", quoting.__name__], stderr=subprocess.PIPE, text=True, check=False
    )
    lines = [json.loads(line) for line in ended.stderr.splitlines()]

    assert ended.returncode == 1
    assert quoting.NAME not in ended.stderr
    assert max(len(line) for line in ended.stderr.splitlines()) < 10_000
    assert [(line.get("logger"), line["event"]) for line in lines] == [
        (None, "toy.work.failed"),
        ("uvicorn.error", "Exception in ASGI application"),
        ("aiokafka", "It failed: LookupError"),
        ("aiokafka", "It failed: 'LookupError'"),
        (None, "toy.work.failed"),
        ("uvicorn.error", "Exception in ASGI application"),
        ("uvicorn.error", "An error ended it."),
        (None, "toy.work.failed"),
        ("asyncio", "Task exception was never retrieved"),
        ("asyncio", "Exception in callback fail_unseen.<locals>.<lambda>"),
        (None, "process.error.uncaught"),
        (None, "process.error.uncaught"),
        (None, "process.warning.raised"),
        (None, "process.error.uncaught"),
    ]
    assert [line["exception"].splitlines()[-1] for line in lines[:2]] == ["ValueError"] * 2
    assert "\nLookupError\nbecause of\n" in lines[0]["exception"]
