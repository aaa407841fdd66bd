"""Drains of a backlog: by each contestant, by the naive one's receiving half alone, and stage by stage."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from bench import backlog, work
from bench.backlog import drain_backlog
from bench.child import running_child
from bench.contestants import NAIVE, OURS, Contestant, stop_children
from bench.environment import ContestSetup, Environment, fresh_environment
from bench.sizes import Sizes

Measurements = dict[str, Any]


async def measure_drain(
    setup: ContestSetup,
    contestant: Contestant,
    messages: int,
    environment: AbstractAsyncContextManager[Environment] | None = None,
) -> Measurements:
    """A backlog in the outbox, from the relay's start to the last effect; in a fresh environment if none is given."""
    async with (
        environment or fresh_environment(setup) as own,
        contestant.running_pair(own) as (owner, reader),
    ):
        insert = await owner.call("fill_backlog", backlog=messages, members=Sizes.member_count(messages))
        await reader.call("start_consumer")
        children = {"owner": owner, "reader": reader}
        measured = await drain_backlog(setup, own, children, "start_relay", messages)
        measured |= await own.read_ledger()
        await stop_children(owner, reader)
    return measured | {"insert": insert["rate"]}


async def measure_naive_drain(setup: ContestSetup, messages: int) -> Measurements:
    """A backlog of commands on a topic; each is handled, published, and stored by the other process."""
    async with fresh_environment(setup) as environment, NAIVE.running_pair(environment) as (owner, reader):
        await backlog.publish_commands(environment, messages)
        await reader.call("start_consumer")
        children = {"owner": owner, "reader": reader}
        measured = await drain_backlog(setup, environment, children, "start_subscriber", messages)
        measured |= await environment.read_ledger()
        await stop_children(owner, reader)
    return measured


async def measure_naive_half(setup: ContestSetup, messages: int) -> Measurements:
    """A backlog of cards on their topic; only received and stored, one by one."""
    async with (
        fresh_environment(setup) as environment,
        running_child(NAIVE.reader, environment.as_arguments) as reader,
    ):
        await reader.call("connect", schema=work.READER)
        await backlog.publish_cards(environment, messages)
        measured = await drain_backlog(setup, environment, {"reader": reader}, "start_consumer", messages)
        await stop_children(reader)
    return measured


async def measure_serial_limit(setup: ContestSetup, messages: int) -> Measurements:
    """The same backlog, stage by stage, each with the whole backlog."""
    async with fresh_environment(setup) as environment:
        async with running_child(OURS.owner, environment.as_arguments) as owner:
            await owner.call("connect", schema=work.OWNER)
            insert = await owner.call("fill_backlog", backlog=messages, members=Sizes.member_count(messages))
            await owner.call("shut_down")
        async with running_child("bench.serial", environment.as_arguments) as alone:
            await environment.connection.execute("CHECKPOINT")
            stages = await alone.call("time_stages", backlog=messages)
        ledger = await environment.read_ledger()
    limit = 1 / sum(1 / rate for rate in stages.values())
    return {"rate": limit, "stages": {"insert": insert["rate"], **stages}, **ledger}
