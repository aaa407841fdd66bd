"""What is logged of a request tells where it went and what failed, and quotes nothing that was sent."""

import pytest

from shared.messaging.kafka import Kafka
from tests.shared.toy.processes import serving


async def test_no_log_line_of_a_request_that_fails_quotes_what_was_sent(
    dsn: str, kafka: Kafka, capfd: pytest.CaptureFixture[str]
) -> None:
    async with serving(dsn, kafka, only=["api"]) as life:
        failed = await life.http.get("/failures/Beispiel", params={"more": "Musterhaft"})
    written = capfd.readouterr().err

    assert failed.status_code == 500
    for expected in ("request.serve.failed", "request.serve.done", "/failures/{words}", "ValueError"):
        assert expected in written
    for sent in ("Beispiel", "Musterhaft"):
        assert sent not in written
