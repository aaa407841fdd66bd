"""Kafka's jars come only as the committed list has them, and a refused download is one clear sentence."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from jgo.maven import MavenContext

from deploy.local import jars, kafka
from deploy.local.failure import Failed
from deploy.local.home import forget
from deploy.local.ports import LOOPBACK
from deploy.local.servers import servers as started

JAR = "org.example:thing:1.0"
CONTENT = b"the jar that was listed"


class Silent(SimpleHTTPRequestHandler):
    """Serves a folder without a line for each request."""

    def log_message(self, format: str, *args: object) -> None:
        """The test's output is no place for these."""


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Path]:
    """A Maven repository on loopback, as its folder; jgo's context for it is made by `context`."""
    folder = tmp_path / "repository"
    (folder / "org/example/thing/1.0").mkdir(parents=True)
    with HTTPServer((LOOPBACK, 0), partial(Silent, directory=str(folder))) as server:
        (tmp_path / "url").write_text(f"http://{LOOPBACK}:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder
        server.shutdown()
        thread.join()


@pytest.fixture
def context(repository: Path, tmp_path: Path) -> MavenContext:
    return MavenContext(repo_cache=tmp_path / "cache", remote_repos={"here": (tmp_path / "url").read_text()})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for jars, with a list of one jar."""
    listed = tmp_path / "list.sha256"
    listed.write_text(f"{hashlib.sha256(CONTENT).hexdigest()}  {JAR}\n")
    monkeypatch.setattr(jars, "LIST", listed)
    (tmp_path / "jars").mkdir()
    return tmp_path / "jars"


def publish(repository: Path, content: bytes) -> None:
    (repository / "org/example/thing/1.0/thing-1.0.jar").write_bytes(content)


def test_a_listed_jar_is_kept(repository: Path, context: MavenContext, folder: Path) -> None:
    publish(repository, CONTENT)
    jars.fetch(context, JAR, folder)

    assert (folder / "thing-1.0.jar").read_bytes() == CONTENT
    assert jars.missing(folder) == []


def test_a_jar_that_was_changed_on_its_way_is_refused(
    repository: Path, context: MavenContext, folder: Path
) -> None:
    publish(repository, b"something else")

    with pytest.raises(Failed, match=r"is not the file that list\.sha256 lists"):
        jars.fetch(context, JAR, folder)

    assert jars.missing(folder) == [JAR]


def test_a_refused_download_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "DOWNLOADS", tmp_path / "downloads")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("ALUMNIBUS_KAFKA_JARS", raising=False)
    monkeypatch.delenv("ALUMNIBUS_KAFKA", raising=False)

    with pytest.raises(Failed) as failed, started(tmp_path / "home", durable=False):
        pass
    forget(tmp_path / "home")

    assert failed.value.sentence.startswith(
        "Kafka could not be downloaded from Maven Central: check the network"
    )
    assert "ProxyError" in failed.value.log_tail
