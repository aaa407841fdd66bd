"""Whoever tries the platform in containers without a Docker engine is told so in one sentence."""

import pytest

from tests.compose.stack import DockerFailed, require_docker


def test_without_an_engine_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(DockerFailed, match=r"^No Docker engine with compose answers: [^.]*\.$"):
        require_docker()


def test_without_docker_the_same_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DockerFailed, match=r"^No Docker engine with compose answers: [^.]*\.$"):
        require_docker()
