"""The four services, their mail server, and a database and topics of their own, on a stage's servers."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

import asyncpg

from deploy.kafka.topics import create_topics
from deploy.local.children import Program
from deploy.local.database import prepare_database
from deploy.local.home import CHECKOUT
from deploy.local.ports import LOOPBACK, free_port
from deploy.postgres.roles import SERVICES
from shared.contracts.catalogue import TOPICS, outbound
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool, session_settings
from shared.testing.kafka import delete_topics
from tests.faults.environment import in_database, mend_servers
from tests.faults.platform.signed_in import make_known
from tests.faults.processes import Process
from tests.faults.stage import Stage

PARTNER = "giz"
MIGRATION_SECONDS = 60.0
# One account asks for all.
UNLIMITED = {"ALUMNIBUS_ACCOUNT_LIMIT": "1000000 per second"}


@dataclass(frozen=True)
class Platform:
    """`pools` look into each service's schema as a superuser; `mailbox` is the Maildir of every mail that was taken."""

    stage: Stage
    kafka: Kafka
    services: Mapping[str, Process]
    mail_server: Process
    pools: Mapping[str, Pool]
    mailbox: Path


@asynccontextmanager
async def running_platform(stage: Stage) -> AsyncIterator[Platform]:
    """All services, ready; what they had is gone when the block ends."""
    name = f"platform_{token_hex(4)}"
    kafka = replace(stage.kafka, prefix=f"{name}.")
    dsns = prepare_database(stage.servers.postgres, name, {service: token_hex(16) for service in SERVICES})
    topics = await create_topics(kafka, [*TOPICS, outbound(PARTNER)])
    async with AsyncExitStack() as pools:
        platform = _build_platform(
            stage,
            kafka,
            dsns,
            {
                service: await pools.enter_async_context(_looking_into(stage, name, service))
                for service in SERVICES
            },
        )
        try:
            await _start_platform(platform)
            yield platform
        finally:
            for process in (*platform.services.values(), platform.mail_server):
                process.kill_unwanted()
            await mend_servers(stage.servers)
            await delete_topics(kafka, topics)
    await _drop_database(stage.servers.postgres, name)


def _build_platform(
    stage: Stage, kafka: Kafka, dsns: Mapping[str, str], pools: Mapping[str, Pool]
) -> Platform:
    smtp_port, mailbox = free_port(), stage.folder / "mail"
    own = {
        "members": {"ALUMNIBUS_PUBLIC_ID_SECRET": token_hex(32)},
        "events": {"ALUMNIBUS_RELEASE_SECONDS": "1", "ALUMNIBUS_RELEASE_MINIMUM": "1"},
        "notifications": {
            "ALUMNIBUS_SMTP": f"smtp://{LOOPBACK}:{smtp_port}",
            "ALUMNIBUS_PARTNERS": PARTNER,
            "ALUMNIBUS_LEASE_SECONDS": "5",
        },
    }
    services = {
        service: stage.add_process(
            service,
            "serve",
            dsn=dsns[service],
            environment=UNLIMITED | {"ALUMNIBUS_TOPIC_PREFIX": kafka.prefix} | own.get(service, {}),
            program=(f"services.{service}",),
        )
        for service in SERVICES
    }
    mail_server = stage.add_process("mailbox", program=("deploy.local.mailbox", str(mailbox), str(smtp_port)))
    mail_server.arguments = (str(mail_server.port),)
    return Platform(stage, kafka, services, mail_server, pools, mailbox)


async def _start_platform(platform: Platform) -> None:
    await asyncio.gather(*(_migrate_service(process) for process in platform.services.values()))
    await make_known(platform.pools)
    processes = (*platform.services.values(), platform.mail_server)
    await asyncio.gather(*(process.start_and_wait() for process in processes))


async def _migrate_service(process: Process) -> None:
    command = (sys.executable, "-m", *process.program, "migrate")
    environment = {**process.environment, "ALUMNIBUS_HTTP_PORT": str(process.port)}
    program = Program(process.name, command, process.log, CHECKOUT, environment)
    migration = process.children.start(program)
    code = await asyncio.to_thread(migration.wait_for_end, MIGRATION_SECONDS)
    assert code == 0, f"{process.name} did not migrate; its log is {process.log}"


@asynccontextmanager
async def _looking_into(stage: Stage, database: str, schema: str) -> AsyncIterator[Pool]:
    """A pool that keeps no connection while its server is away."""
    async with asyncpg.create_pool(
        in_database(stage.servers.postgres, database),
        min_size=0,
        max_size=2,
        command_timeout=60,
        server_settings=session_settings(schema, "faults"),
    ) as pool:
        yield pool


async def _drop_database(superuser: str, name: str) -> None:
    connection = await asyncpg.connect(superuser)
    try:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()
