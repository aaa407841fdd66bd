"""The work that every contestant does: a synthetic member's card changes, and another schema stores the change."""

import asyncio
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from uuid_utils.compat import uuid7

from shared.contracts import catalogue, members
from shared.messaging.message import Message
from shared.postgres.pool import Tx

OWNER, READER = "members", "events"
ORIGIN = "http://localhost"
THEMES = ("culture", "economic-cooperation", "research", "town-twinning")
CHANGED = "MemberChanged"
NAME = "Synthetic Person"
NOTHING = "SELECT $1::bigint"
EARLY = "SELECT pg_current_xact_id()"


class Card(members.Profile):
    """A member's profile with its version, by which arrivals are counted. All persons are synthetic."""

    version: int


class Command(BaseModel):
    """What asks a service to change one card."""

    member: UUID


CARD = replace(catalogue.PROFILE, name="bench.card.v1", model=Card)
COMMAND = replace(catalogue.PROFILE, name="bench.command.v1", kind="log", personal=False)

TABLES = {
    OWNER: "CREATE TABLE card (member uuid PRIMARY KEY, version bigint NOT NULL, name text NOT NULL)",
    READER: (
        "CREATE TABLE effect (position bigint GENERATED ALWAYS AS IDENTITY, member uuid NOT NULL,"
        " version bigint NOT NULL, name text NOT NULL)"
    ),
}

CHANGE = """
INSERT INTO card AS c (member, version, name)
SELECT m.member, 1, $2 FROM unnest($1::uuid[]) WITH ORDINALITY AS m(member, ordinal) ORDER BY m.ordinal
ON CONFLICT (member) DO UPDATE SET version = c.version + 1, name = excluded.name
RETURNING member, version"""

_INSERT_EFFECTS = """
INSERT INTO effect (member, version, name)
SELECT n.member, n.version, n.name
FROM unnest($1::uuid[], $2::bigint[], $3::text[]) WITH ORDINALITY AS n(member, version, name, ordinal)
ORDER BY n.ordinal"""


def member_id(number: int) -> UUID:
    """The id of a synthetic member, the same at every call."""
    return UUID(int=random.Random(number).getrandbits(128), version=4)


def build_card(who: UUID, version: int) -> Card:
    """A full profile, about 900 bytes as JSON."""
    affiliation = members.Affiliation(
        organisation="example-foundation", programme="synthetic-fellowship", cohort=2019, organisation_id=who
    )
    return Card(
        member=who,
        given_name="Synthetic",
        family_name="Person",
        email=f"{who}@example.org",
        language="de",
        origin="BR",
        residence="DE",
        languages=("de", "en", "pt"),
        themes=THEMES,
        regions=("south-america",),
        advises=True,
        affiliations=(affiliation, affiliation),
        version=version,
    )


async def change_cards(tx: Tx, who: Sequence[UUID]) -> list[Card]:
    """Change these members' cards, in one statement; locks their rows. `who` has no member twice."""
    return build_cards(dict(row) for row in await tx.fetch(CHANGE, who, NAME))


def build_cards(rows: Iterable[Mapping[str, Any]]) -> list[Card]:
    """The cards that the statement CHANGE returned."""
    return [build_card(row["member"], row["version"]) for row in rows]


async def begin_early(tx: Tx, seconds: float) -> None:
    """Take the transaction's id so many seconds before it goes on; nothing at all for 0."""
    if seconds:
        await tx.execute(EARLY)
        await asyncio.sleep(seconds)


def cloud_event_attributes(card: Card) -> dict[str, str]:
    """The CloudEvents attributes of a card's message, as ours has them, for relays by others."""
    return {
        "ce_specversion": "1.0",
        "ce_id": str(uuid7()),
        "ce_type": CHANGED,
        "ce_source": f"/alumnibus/{OWNER}",
        "ce_subject": str(card.member),
        "ce_time": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "ce_sequence": f"{10**15 + card.version:020d}",
        "ce_partitionkey": str(card.member),
        "ce_dataschema": catalogue.locate_schema(ORIGIN, CARD.name),
    }


async def insert_effects(tx: Tx, cards: Sequence[Card]) -> None:
    """The effect: a row for each arrival, in order."""
    await tx.execute(
        _INSERT_EFFECTS,
        [card.member for card in cards],
        [card.version for card in cards],
        [card.family_name for card in cards],
    )


async def apply_messages(tx: Tx, messages: Sequence[Message[Card]]) -> None:
    """Our consumer's handler of messages."""
    await insert_effects(tx, [message.data for message in messages if message.data is not None])
