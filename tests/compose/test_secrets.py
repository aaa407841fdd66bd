"""Secrets are made at the first start; a process sees its own, and whoever may ask Docker sees none."""

import json
from urllib.parse import urlsplit

import pytest

from tests.compose.stack import Stack

pytestmark = pytest.mark.compose
OWN = {
    "postgres": {"password"},
    "kafka": {
        "kafka/password",
        "kafka/listener.pem",
        "kafka-admin/alumnibus_kafka_password",
        "kafka-admin/ca.pem",
    },
    "members": {
        "alumnibus_database",
        "alumnibus_kafka_password",
        "alumnibus_public_id_secret",
        "alumnibus_session_keys",
        "alumnibus_session_next_key",
        "alumnibus_session_signing_key",
    },
    "events": {"alumnibus_database", "alumnibus_kafka_password", "alumnibus_session_keys"},
    "matching": {"alumnibus_database", "alumnibus_kafka_password", "alumnibus_session_keys"},
    "notifications": {
        "alumnibus_database",
        "alumnibus_kafka_password",
        "alumnibus_session_keys",
        "alumnibus_smtp",
    },
}
# An authority's certificate and public keys are everybody's, and the mail server of the tests has no password.
NO_SECRETS = {"kafka-admin/ca.pem", "alumnibus_session_keys", "alumnibus_smtp"}


def read_secrets(stack: Stack) -> dict[str, str]:
    """Every secret that a process of the stack reads, by process and name; of a DSN its password, of a key its first
    line."""
    return {
        f"{process}/{name}": _find_secret(stack.inside(process, "cat", f"/run/secrets/{name}"))
        for process, names in OWN.items()
        for name in names - NO_SECRETS
    }


def _find_secret(text: str) -> str:
    if text.startswith("-----BEGIN PRIVATE KEY"):
        return text.splitlines()[1]
    return urlsplit(text).password or text


@pytest.mark.parametrize("process", OWN)
def test_a_process_sees_its_own_secrets_alone(stack: Stack, process: str) -> None:
    found = stack.inside(process, "sh", "-c", "cd /run/secrets && find * -type f")
    assert set(found.split()) == OWN[process]
    assert stack.inside(process, "sh", "-c", "ls -A /secrets/* 2>/dev/null | grep -v : | wc -w") == "0\n"


def test_no_secret_is_in_what_docker_tells_or_in_an_environment(stack: Stack) -> None:
    secrets = read_secrets(stack)
    told = {service: json.dumps([stack.inspect(service)]) for service in stack.services}
    told |= {
        f"environment in {service}": stack.inside(
            service, "sh", "-c", "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline"
        )
        for service in OWN
    }
    told["logs"] = stack.compose("logs", "--no-color")
    told["files of compose"] = stack.compose("config")
    found = [
        (where, name) for name, secret in secrets.items() for where, text in told.items() if secret in text
    ]
    assert found == []


def test_a_service_is_refused_at_anothers_schema(stack: Stack) -> None:
    program = (
        "import asyncio, asyncpg\n"
        "async def main():\n"
        "    connection = await asyncpg.connect(open('/run/secrets/alumnibus_database').read())\n"
        "    try:\n"
        "        await connection.fetch('SELECT * FROM members.member')\n"
        "    except asyncpg.InsufficientPrivilegeError:\n"
        "        print('refused')\n"
        "asyncio.run(main())\n"
    )
    assert stack.inside("events", "python", "-c", program) == "refused\n"


def test_another_start_makes_none_anew_but_the_listeners_certificate(stack: Stack) -> None:
    before = read_secrets(stack)
    stack.start()
    after = read_secrets(stack)
    assert [name for name in before if after[name] != before[name]] == ["kafka/kafka/listener.pem"]


def test_an_operators_mail_server_is_given_without_a_trace(stack: Stack) -> None:
    before = stack.inside("notifications", "cat", "/run/secrets/alumnibus_smtp")
    put = (
        "run",
        "--rm",
        "-T",
        "secrets",
        "deploy.secrets",
        "put",
        "/secrets",
        "notifications",
        "alumnibus_smtp",
    )
    stack.compose(*put, given="smtp://user:geheim@mail:1025\n")
    try:
        assert "geheim" in stack.inside("notifications", "cat", "/run/secrets/alumnibus_smtp")
        assert "geheim" not in json.dumps(stack.inspect("notifications"))
    finally:
        stack.compose(*put, given=before)
