"""A small issuer of tokens for tests: metadata and keys over HTTP, and tokens as one wants them."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl

from joserfc import jwt
from joserfc.jwk import Key, KeySet, RSAKey

from shared.access.issuer_settings import IssuerSettings

AUDIENCE, CLIENT = "https://alumni.example/api", "alumnibus"
_KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
METADATA, KEYS = "/.well-known/openid-configuration", "/keys"


class SmallIssuer:
    """What it answers is in `answers`, by path; `asked` are the paths that were asked for, `posted` are forms."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = _KEY
        self.asked: list[str] = []
        self.posted: list[dict[str, str]] = []
        self.talks = Event()
        self.talks.set()
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.publish(self.key)

    @property
    def settings(self) -> IssuerSettings:
        """It as it is configured."""
        return IssuerSettings(issuer=self.url, name="Tests", client_id=CLIENT, audience=AUDIENCE)

    def publish(self, *keys: Key, **metadata: Any) -> None:
        """Answer with these keys from now on."""
        said = {"issuer": self.url, "jwks_uri": f"{self.url}{KEYS}", **metadata}
        self.answer(METADATA, said)
        self.answer(KEYS, KeySet(list(keys)).as_dict(private=False))

    def answer(self, path: str, body: Any, status: int = 200, **headers: str) -> None:
        """Answer so at this path from now on."""
        self.answers[path] = status, headers, json.dumps(body).encode()

    def issue(self, header: Mapping[str, Any] | None = None, key: Key | None = None, **claims: Any) -> str:
        """An access token for the subject "kim", or as these say; a claim that is None is left out."""
        now = int(time.time())
        usual = {"iss": self.url, "sub": "kim", "aud": AUDIENCE, "iat": now, "exp": now + 300}
        given = {name: value for name, value in (usual | claims).items() if value is not None}
        signing = key or self.key
        head = {"alg": "RS256", "typ": "at+jwt", "kid": signing.kid, **(header or {})}
        head = {name: value for name, value in head.items() if value is not None}
        return jwt.encode(head, given, signing, algorithms=[head["alg"]], default_type=None)


@contextmanager
def running_issuer() -> Iterator[SmallIssuer]:
    """An issuer on this machine, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            issuer.talks.wait(30)
            status, headers, body = issuer.answers.get(self.path, (404, {}, b"{}"))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            issuer.posted.append(dict(parse_qsl(form)))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = SmallIssuer(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield issuer
        issuer.talks.set()
        server.shutdown()
        thread.join()
