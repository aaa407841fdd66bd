"""A company's proxy that opens TLS to inspect it: it answers for any host, with a certificate of its own CA."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

from deploy.local.ports import LOOPBACK


class InspectedConnection(SimpleHTTPRequestHandler):
    """Takes a tunnel's TLS itself, and serves a folder in it."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args: object, tls: ssl.SSLContext, directory: str) -> None:
        self._tls = tls
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]

    def do_CONNECT(self) -> None:
        """Open the tunnel; a client that doesn't trust the certificate ends it."""
        self.send_response(200)
        self.end_headers()
        try:
            self.connection = self._tls.wrap_socket(self.request, server_side=True)
        except ssl.SSLError:
            self.close_connection = True
            return
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.close_connection = False

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        """The test's output is no place for these."""


@contextmanager
def inspecting_proxy(ca: trustme.CA, host: str, folder: Path) -> Iterator[str]:
    """The proxy's URL; it serves `folder` as `host` with a certificate of `ca`."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert(host).configure_cert(tls)
    handler = partial(InspectedConnection, tls=tls, directory=str(folder))
    with ThreadingHTTPServer((LOOPBACK, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{LOOPBACK}:{server.server_port}"
        server.shutdown()
        thread.join()
