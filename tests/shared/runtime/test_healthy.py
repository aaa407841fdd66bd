"""A container's health check tells by its exit code whether all parts of the service beside it are ready."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from deploy.local.home import CHECKOUT
from deploy.local.ports import free_port


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A service that gives this answer to `/readyz/all` alone; its port."""

    class Probe(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz/all" else 404)
            self.end_headers()
            self.wfile.write(b'{"ready": "perhaps"}')

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Probe)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def check_health(port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-S", "-m", "shared.runtime.healthy"],
        cwd=CHECKOUT,
        env=os.environ | {"ALUMNIBUS_HTTP_PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_a_service_is_as_healthy_as_its_parts_are_ready(status: int, code: int) -> None:
    with answering(status) as port:
        done = check_health(port)
    assert (done.returncode, done.stdout) == (code, '{"ready": "perhaps"}\n')


def test_a_service_that_does_not_answer_is_unhealthy_and_one_sentence_says_so() -> None:
    port = free_port()
    done = check_health(port)
    assert (done.returncode, done.stderr) == (1, f"no answer on port {port} (ConnectionRefusedError)\n")
