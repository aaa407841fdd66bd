"""Organisations as this service needs them: a replica of what members publishes."""

from collections.abc import Mapping, Sequence

from shared.contracts.members import Organisation
from shared.contracts.refusals import Refused
from shared.folding import fold_text
from shared.messaging.message import Message
from shared.postgres.pool import Tx


async def project_organisations(tx: Tx, messages: Sequence[Message[Organisation]]) -> None:
    """Take over the newest state of each organisation; what is older than the stored one changes nothing."""
    newest = {m.key: m for m in sorted(messages, key=lambda m: m.sequence)}
    await tx.execute(
        "DELETE FROM organisation WHERE organisation = ANY($1)",
        [key for key, m in newest.items() if m.data is None],
    )
    latest = [(m.data, m.sequence) for m in newest.values() if m.data is not None]
    await tx.execute(
        """
        INSERT INTO organisation (organisation, name, kind, country, search, sequence)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
        ON CONFLICT (organisation) DO UPDATE SET (name, kind, country, search, sequence)
            = (excluded.name, excluded.kind, excluded.country, excluded.search, excluded.sequence)
        WHERE organisation.sequence < excluded.sequence""",
        [o.organisation for o, _ in latest],
        [o.name for o, _ in latest],
        [o.kind for o, _ in latest],
        [o.country for o, _ in latest],
        [fold_text(f"{o.name} {o.organisation}") for o, _ in latest],
        [sequence for _, sequence in latest],
    )


async def require_organisations(tx: Tx, organisations: Sequence[str]) -> list[str]:
    """The names of these organisations. Raises `Refused`, naming those that are not known here."""
    found = await read_names(tx)
    missing = [organisation for organisation in organisations if organisation not in found]
    if missing:
        raise Refused(
            "organisation-unknown",
            "An organisation is not known here; one that was added just now may need a moment.",
            organisations=missing,
        )
    return [found[organisation] for organisation in organisations]


async def read_names(tx: Tx) -> Mapping[str, str]:
    """Every organisation's name by its slug."""
    rows = await tx.fetch("SELECT organisation, name FROM organisation ORDER BY organisation")
    return {row["organisation"]: row["name"] for row in rows}
