"""Kafka's jars come only as the committed list has them, and a refused download is one clear sentence."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext

from deploy.local import jars, kafka
from deploy.local.failure import Failed
from deploy.local.home import reset_home
from deploy.local.ports import LOOPBACK
from deploy.local.servers import running_servers as started
from tests.deploy.inspecting_proxy import inspecting_proxy

JAR = "org.example:thing:1.0"
CONTENT = b"the jar that was listed"
CENTRAL = urlsplit(MAVEN_CENTRAL_URL)
DOWNLOAD = """
import sys
from pathlib import Path
from deploy.local import jars
jars.LIST = Path(sys.argv.pop())
sys.exit(jars.main())
"""


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


def publish_jar(repository: Path, content: bytes) -> None:
    (repository / "org/example/thing/1.0/thing-1.0.jar").write_bytes(content)


def test_a_listed_jar_is_kept(repository: Path, context: MavenContext, folder: Path) -> None:
    publish_jar(repository, CONTENT)
    jars.fetch_jar(context, JAR, folder)

    assert (folder / "thing-1.0.jar").read_bytes() == CONTENT
    assert jars.list_missing(folder) == []


def test_a_jar_that_was_changed_on_its_way_is_refused(
    repository: Path, context: MavenContext, folder: Path
) -> None:
    publish_jar(repository, b"something else")

    with pytest.raises(Failed, match=r"is not the file that list\.sha256 lists"):
        jars.fetch_jar(context, JAR, folder)

    assert jars.list_missing(folder) == [JAR]


def test_a_refused_download_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "DOWNLOADS", tmp_path / "downloads")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("ALUMNIBUS_KAFKA_JARS", raising=False)
    monkeypatch.delenv("ALUMNIBUS_KAFKA", raising=False)

    with pytest.raises(Failed) as failed, started(tmp_path / "home", durable=False):
        pass
    reset_home(tmp_path / "home")

    assert failed.value.sentence.startswith(
        "Kafka could not be downloaded from Maven Central: check the network"
    )
    assert "ProxyError" in failed.value.log_tail


@pytest.fixture
def system_ca(tmp_path: Path) -> Path:
    """The file that stands for the system's certificates."""
    return tmp_path / "system.pem"


def download_behind(proxy: str, system_ca: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """The download's process, on a computer that reaches the world by this proxy only."""
    own = {
        "HTTPS_PROXY": proxy,
        "SSL_CERT_FILE": str(system_ca),
        "SSL_CERT_DIR": str(system_ca.parent / "none"),
    }
    usual = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = (sys.executable, "-c", DOWNLOAD, str(folder), str(jars.LIST))
    return subprocess.run(command, env=usual | own, capture_output=True, text=True, timeout=60, check=False)


def test_a_proxy_whose_certificate_authority_the_system_trusts_is_accepted(
    repository: Path, folder: Path, system_ca: Path, tmp_path: Path
) -> None:
    publish_jar(repository, CONTENT)
    (tmp_path / "central").mkdir()
    (tmp_path / "central" / CENTRAL.path.strip("/")).symlink_to(repository)
    companys = trustme.CA()
    companys.cert_pem.write_to_path(system_ca)

    with inspecting_proxy(companys, str(CENTRAL.hostname), tmp_path / "central") as proxy:
        downloaded = download_behind(proxy, system_ca, folder)

    assert (downloaded.returncode, downloaded.stderr) == (0, "")
    assert (folder / "thing-1.0.jar").read_bytes() == CONTENT


def test_a_proxy_whose_certificate_authority_nobody_knows_is_refused(
    repository: Path, folder: Path, system_ca: Path, tmp_path: Path
) -> None:
    trustme.CA().cert_pem.write_to_path(system_ca)

    with inspecting_proxy(trustme.CA(), str(CENTRAL.hostname), repository) as proxy:
        refused = download_behind(proxy, system_ca, folder)

    assert refused.returncode == 1
    assert "CERTIFICATE_VERIFY_FAILED" in refused.stderr
    assert jars.list_missing(folder) == [JAR]
