"""A partner reads what its organisation is given, and every client shows the error that refuses the rest."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest
import trustme

from deploy.kafka.client_files import LIBRDKAFKA
from shared.contracts.catalogue import OFFER, PROFILE, TOPICS, outbound
from tests.conftest import SecuredKafka
from tests.partner.clients import read_one, start_java, write_one
from tests.partner.node import try_by_node

READABLE = [*(topic for topic in TOPICS if topic.audience == "public"), outbound("giz")]
INNER = [*(topic for topic in TOPICS if topic.audience == "internal"), outbound("daad")]
REFUSED = "TOPIC_AUTHORIZATION_FAILED"


def test_librdkafka_reads_public_topics_and_the_own_one_from_the_beginning(giz: Path) -> None:
    for topic in READABLE:
        assert read_one(giz, topic.name) == "{}", topic.name


def test_librdkafka_is_refused_every_other_topic(giz: Path) -> None:
    assert {topic.name: read_one(giz, topic.name) for topic in INNER} == {t.name: REFUSED for t in INNER}


def test_a_partner_writes_nowhere(giz: Path) -> None:
    assert {write_one(giz, topic.name) for topic in (OFFER, outbound("giz"), PROFILE)} == {REFUSED}


@pytest.mark.parametrize("group", ["events", "daad.portal", "portal"])
def test_a_partner_takes_no_part_in_groups_of_others(giz: Path, group: str) -> None:
    assert read_one(giz, OFFER.name, group=group) == "GROUP_AUTHORIZATION_FAILED"


@pytest.mark.parametrize("wrong", [{"sasl.password": "guessed"}, {"sasl.username": "partner.nobody"}])
def test_nobody_signs_in_with_a_wrong_name_or_password(giz: Path, wrong: dict[str, str]) -> None:
    assert read_one(giz, OFFER.name, **wrong) == "_AUTHENTICATION"


@pytest.mark.parametrize("listener", ["admin", "partners"])
def test_no_listener_lets_anybody_in_without_signing_in(
    giz: Path, network: SecuredKafka, listener: str
) -> None:
    servers = getattr(network, listener).servers
    plain = {"bootstrap.servers": servers, "security.protocol": "PLAINTEXT", "socket.timeout.ms": 1000}
    encrypted = {"bootstrap.servers": servers, "security.protocol": "SSL", "socket.timeout.ms": 1000}

    assert read_one(giz, OFFER.name, **plain) in ("_TRANSPORT", "_ALL_BROKERS_DOWN")
    assert read_one(giz, OFFER.name, **encrypted) in ("_SSL", "_TRANSPORT", "_ALL_BROKERS_DOWN")


def test_a_listener_of_another_authority_is_not_believed(giz: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))

    assert read_one(giz, OFFER.name, **{"ssl.ca.location": str(other)}) == "_SSL"


def test_kafkas_own_client_reads_and_says_what_is_refused(giz: Path, network: SecuredKafka) -> None:
    wrong = giz / "wrong.properties"
    wrong.write_text((giz / "client.properties").read_text().replace('password="', 'password="not'))
    reading = ["--bootstrap-server", network.partners.servers, "--from-beginning", "--max-messages", "1"]
    tried = {
        "allowed": start_java(giz, *reading, "--topic", OFFER.name, "--group", "giz.java"),
        "inner": start_java(giz, *reading, "--topic", PROFILE.name, "--group", "giz.java"),
        "group": start_java(giz, *reading, "--topic", OFFER.name, "--group", "events"),
        "password": start_java(
            giz, *reading, "--topic", OFFER.name, "--group", "giz.java", settings=wrong.name
        ),
    }
    told = {what: finish(process) for what, process in tried.items()}

    assert "{}" in told["allowed"].splitlines()
    assert f"Not authorized to access topics: [{PROFILE.name}]" in told["inner"]
    assert "Not authorized to access group: events" in told["group"]
    assert "SaslAuthenticationException: Authentication failed" in told["password"]


def finish(process: "subprocess.Popen[str]") -> str:
    told, _ = process.communicate(timeout=60)
    return told


async def test_the_client_for_node_reads_and_says_what_is_refused(giz: Path) -> None:
    settings = str(giz / LIBRDKAFKA)
    tried = (("giz.node", OFFER), ("giz.node", PROFILE), ("events", OFFER))
    (code, told, _), *refused = await asyncio.gather(
        *(try_by_node("read.mjs", settings, group, topic.name) for group, topic in tried)
    )

    assert (code, json.loads(told)["event"]["type"]) == (0, "EventScheduled")
    assert refused == [(1, "", "Topic authorization failed.\n"), (1, "", "Group authorization failed.\n")]
