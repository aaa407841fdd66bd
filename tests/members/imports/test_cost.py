"""What a list or a mapping costs grows as it does, however it was made to cost more."""

import io
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.members.imports import chunks, csv_reader, layouts, mappings
from shared.contracts.refusals import Refused, TooLarge
from shared.runtime.service import Service
from shared.testing.services import running_service
from tests.members.crowds import watched_loop
from tests.members.uploads import describe_organisations, post_list

MAPPING = b'organisation = "daad"\n[columns]\nname = "name"\nemail = "mail"\n'
HEADER = b"name,mail\n"
LIST_BYTES = 8_000
GROWTH, CALLS = 2.5, 3_000
# Keys of as many dots as a line may have, in lines of nothing else; without that limit it was 137 MB.
MAPPING_MEMORY = 25_000_000
BLOCKED_SECONDS = 0.5

SIGNS = [
    b'"',
    b'""',
    b",",
    b"\n",
    b"\r\n",
    b"\r",
    b"a",
    b" ",
    b"\0",
    b"\xc3\xbc",
    b"\xe4",
    b"\x1a",
    b"\xff\xfe",
]
LINES = [b'a","\n', b'"\n' + b"b\n" * 40, b'"\n' + b"b\n" * 98 + b'"\n', b"\xe2\x80\x8b,\n", b'="a"\n']
UNITS = st.lists(st.sampled_from(SIGNS + LINES), min_size=1, max_size=5).map(b"".join)
KEYS = st.sampled_from(
    [b"a.", b'"a".', b"[", b"[[", b"{a=", b"[[],", b"a=1\n", b"[a]\n", b"a . ", b"1_", b'"""']
)


def count_calls(work: Callable[[], object]) -> int:
    """How many functions are called, which is the same each time, unlike seconds."""
    calls = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


def read_list(content: bytes) -> None:
    """Read a list as an upload does."""
    mapping, file = mappings.parse_mapping(MAPPING), io.BytesIO(content)
    with suppress(Refused, TooLarge):
        header = layouts.find_header(file, mapping)
        for _ in chunks.encode_chunks(csv_reader.read_rows(file, header, mapping), mapping):
            pass


@settings(max_examples=15, deadline=None)
@given(unit=UNITS)
@example(unit=b'a","\n')
def test_a_list_of_twice_the_length_costs_twice_as_much(unit: bytes) -> None:
    times = LIST_BYTES // len(unit)
    once = count_calls(lambda: read_list(HEADER + unit * times))
    twice = count_calls(lambda: read_list(HEADER + unit * times * 2))

    assert twice <= GROWTH * once + CALLS


@settings(max_examples=15, deadline=None)
@given(
    key=KEYS,
    times=st.sampled_from([10, 40, 49, 480, 990, 40_000]),
    end=st.sampled_from([b"a{n} = 1\n", b"b{n}]\n"]),
)
@example(key=b"a.", times=48, end=b"a{n} = 1\n")
@example(key=b"a.", times=990, end=b"a{n} = 1\n")
@example(key=b"a.", times=40_000, end=b"a{n} = 1\n")
def test_no_mapping_takes_more_memory_than_a_service_has(key: bytes, times: int, end: bytes) -> None:
    line = key * times
    number = max(1, mappings.MAPPING_BYTES // (len(line) + len(end) + 5))
    content = b"".join(b"k%d." % n + line + end.replace(b"{n}", b"%d" % n) for n in range(number))
    tracemalloc.start()
    try:
        with suppress(Refused):
            mappings.parse_mapping(content[: mappings.MAPPING_BYTES])
        assert tracemalloc.get_traced_memory()[1] < MAPPING_MEMORY
    finally:
        tracemalloc.stop()


def test_no_list_has_more_lines_than_can_be_read_while_somebody_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(csv_reader, "LIST_LINES", 1_000)
    row, mapping = b'"\n' + b"b\n" * 97 + b'",\n', mappings.parse_mapping(MAPPING)

    def read(rows: int) -> list[Any]:
        file = io.BytesIO(HEADER + row * rows)
        return list(csv_reader.read_rows(file, layouts.find_header(file, mapping), mapping))

    assert len(read(10)) == 10
    with pytest.raises(TooLarge, match="list-too-long"):
        read(20)


async def test_the_service_lives_while_hostile_lists_come(service: Service) -> None:
    hostile = [b'a","\n' * 20_000, b'"\n' + b"\n" * 2_100_000, b"," * 4_000_000, b'"' * 4_000_000]
    async with running_service(service, only=["api"]) as members:
        await describe_organisations(members)
        async with watched_loop() as loop:
            statuses = [(await post_list(members, HEADER + body, MAPPING)).status_code for body in hostile]
            assert (await members.http.get("/livez")).status_code == 200

        assert loop.longest < BLOCKED_SECONDS
        assert statuses == [202, 413, 202, 202]
