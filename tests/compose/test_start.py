"""One command brings everything up, also a second time, and says where it is."""

import httpx
import pytest

from tests.compose.stack import Stack

pytestmark = pytest.mark.compose
SERVICES = ("members", "events", "matching", "notifications")
# On two cores that others use too; the images are there.
COLD_SECONDS = 120


def test_all_is_healthy_and_every_job_is_done(stack: Stack) -> None:
    assert stack.first_start_seconds < COLD_SECONDS
    assert all(stack.is_healthy(service) for service in stack.lasting if stack.find(service))
    assert {job: stack.inspect(job)["State"]["ExitCode"] for job in stack.jobs} == dict.fromkeys(
        stack.jobs, 0
    )


def test_pages_and_interfaces_have_one_origin(stack: Stack) -> None:
    with httpx.Client(verify=stack.trust) as client:
        assert "text/html" in client.get(f"{stack.origin}/").headers["content-type"]
        for service in SERVICES:
            assert client.get(f"{stack.urls[service]}/statistics").status_code == 200
            assert client.get(f"{stack.urls[service]}/openapi.json").status_code == 200


def test_another_start_does_nothing_over_again(stack: Stack) -> None:
    before = {service: stack.find(service) for service in stack.lasting}
    stack.start()
    assert {service: stack.find(service) for service in stack.lasting} == before
