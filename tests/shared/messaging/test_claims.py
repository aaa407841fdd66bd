"""What any owner sends is believed, and what anybody else sends is refused, on every topic."""

from typing import Any

import pytest
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.catalogue import ERASURE, PROFILE, TOPICS, Topic
from shared.messaging import claims
from shared.messaging.claims import RefusedRecord, check_claims, check_sequence
from shared.messaging.consumer.batch import parse_record
from shared.messaging.consumer.generations import HeardGenerations
from shared.messaging.outbox import GENERATION, LAST_VERSION

topics = st.sampled_from(TOPICS)
generations = st.integers(1, claims.LAST_GENERATION)
versions = st.integers(0, claims.MOST_VERSIONS)


def record(topic: Topic, headers: list[tuple[str, bytes]], value: bytes | None = b"{}") -> Any:
    return ConsumerRecord(topic.name, 0, 0, 0, 0, b"key", value, None, 3, 2, headers)


@given(topics, generations, versions, st.booleans())
def test_whatever_an_owner_reaches_is_believed(
    topic: Topic, generation: int, version: int, gone: bool
) -> None:
    check_sequence(topic, generation * GENERATION + version, gone=gone)
    check_sequence(ERASURE, generation * GENERATION + LAST_VERSION, gone=False)
    check_sequence(PROFILE, generation * GENERATION + LAST_VERSION, gone=True)


@given(topics, generations, st.integers(claims.MOST_VERSIONS + 1, LAST_VERSION - 1), st.booleans())
def test_a_version_between_those_that_are_made_and_the_last_is_refused(
    topic: Topic, generation: int, version: int, gone: bool
) -> None:
    with pytest.raises(RefusedRecord):
        check_sequence(topic, generation * GENERATION + version, gone=gone)


@given(topics, st.sampled_from([topic.source for topic in TOPICS]) | st.text("/aeghilmntuv", max_size=20))
def test_any_other_source_than_the_owners_is_refused_and_its_own_never_for_its_source(
    topic: Topic, source: str
) -> None:
    headers = [("ce_source", source.encode()), ("ce_sequence", b"1")]
    found = parse_record(topic, record(topic, headers))

    assert found.message is None
    assert (found.refused is None) == (source == topic.source)


@given(topics, st.lists(st.tuples(st.text("ce_sourc\xfc\0"), st.binary())), st.none() | st.binary())
def test_whatever_bytes_come_without_the_owners_source_are_refused_and_park_nothing(
    topic: Topic, headers: list[tuple[str, bytes]], value: bytes | None
) -> None:
    foreign = [(name, held) for name, held in headers if held != topic.source.encode()]

    assert parse_record(topic, record(topic, foreign, value)).refused is not None


def test_each_topic_names_the_field_that_is_its_key_and_a_log_has_no_tombstones() -> None:
    for topic in TOPICS:
        assert topic.identity in topic.model.model_fields
        if topic.kind == "log":
            with pytest.raises(RefusedRecord):
                check_claims(topic, record(topic, []), {"source": topic.source}, gone=True)


@given(st.lists(st.integers(1, 40), min_size=1))
def test_each_generation_is_heard_that_is_no_jump_and_a_jump_changes_nothing(numbers: list[int]) -> None:
    heard, newest = HeardGenerations({PROFILE.owner: 1}, []), 1
    for number in numbers:
        try:
            heard.hear(PROFILE, number * GENERATION + 1)
        except RefusedRecord:
            assert number > newest + claims.GENERATIONS_UNHEARD
        else:
            assert number <= newest + claims.GENERATIONS_UNHEARD
            newest = max(newest, number)
