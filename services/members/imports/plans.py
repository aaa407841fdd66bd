"""Plans: what the chunks of a dry run have found so far, kept until it ends, so that each is a short transaction."""

import asyncio
import json
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.members.members.audience_ids import AudienceIds
from services.members.members.joining import JoinMember, require_email_key
from services.members.members.known_members import JoinOutcome, KnownMembers, load_known
from services.members.members.rules import AffiliationKey
from services.members.members.same_person import PersonName
from services.members.members.statements import AffiliationFacts, Statement
from shared.postgres.pool import Tx

# The second is of the version before, which may have begun what this one ends.
_TABLES = ("planned_statement", "planned_affiliation")
_PLANNED = (JoinOutcome.JOINED, JoinOutcome.AFFILIATED, JoinOutcome.CHANGED, JoinOutcome.SUGGESTED)


async def plan_joins(
    tx: Tx, audience_ids: AudienceIds, import_: UUID, commands: Sequence[JoinMember]
) -> list[JoinOutcome]:
    """What would become of each command after all that this import has planned; no member is changed or locked."""
    keyed = [(require_email_key(command), command.statement) for command in commands]
    keys = [email_key for email_key, _ in keyed]
    known = await load_known(tx, audience_ids, keys, {command.organisation for command in commands})
    await _replay_planned(tx, import_, known, keys)
    outcomes = await asyncio.to_thread(lambda: [known.decide_join(*each)[1] for each in keyed])
    await tx.copy_records_to_table(
        "planned_statement",
        columns=("import", "email_key", *PersonName._fields, *AffiliationKey._fields, "said"),
        records=[
            (import_, email_key, *said.name, *said.affiliation, _encode(said))
            for (email_key, said), outcome in zip(keyed, outcomes, strict=True)
            if outcome in _PLANNED
        ],
    )
    return outcomes


async def erase_planned(tx: Tx, import_: UUID, email_key: str) -> None:
    """Delete what is planned for this address."""
    for table in _TABLES:
        await tx.execute(f"DELETE FROM {table} WHERE import = $1 AND email_key = $2", import_, email_key)


async def delete_plan(tx: Tx, import_: UUID) -> None:
    """Delete all that is planned."""
    for table in _TABLES:
        await tx.execute(f"DELETE FROM {table} WHERE import = $1", import_)


async def _replay_planned(tx: Tx, import_: UUID, known: KnownMembers, email_keys: Sequence[str]) -> None:
    rows = await tx.fetch(
        """
        SELECT email_key, said, given_name, family_name, organisation, programme, role FROM planned_statement
        WHERE import = $1 AND email_key = ANY($2) ORDER BY place""",
        import_,
        email_keys,
    )
    for email_key, said, given_name, family_name, *affiliation in rows:
        facts, profile = _decode(said)
        name = PersonName(given_name, family_name)
        known.decide_join(email_key, Statement(name, AffiliationKey(*affiliation), facts, profile))


def _encode(said: Statement) -> str:
    return json.dumps([said.facts._asdict(), said.profile], default=date.isoformat)


def _decode(said: str) -> tuple[AffiliationFacts, dict[str, Any]]:
    facts, profile = json.loads(said)
    day = facts.get("completed_on")
    return AffiliationFacts(**facts | {"completed_on": day and date.fromisoformat(day)}), profile
