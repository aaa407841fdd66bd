"""Organisations that run the network, and their programmes."""

from collections.abc import Collection, Mapping, Sequence

import asyncpg
from pydantic import ConfigDict, Field

from shared.access.principal import Principal
from shared.contracts import catalogue
from shared.contracts.members import Organisation, OrganisationKind
from shared.contracts.model import Slug
from shared.contracts.refusals import NotFound
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Name
from shared.runtime.paging import Page, PageRequest
from shared.runtime.vocabulary_types import KnownCountry, KnownLanguage


class DescribeOrganisation(Command):
    """An organisation as it describes itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "German Academic Exchange Service",
                    "kind": "institute",
                    "country": "DE",
                    "languages": ["de", "en"],
                }
            ]
        }
    )

    name: Name
    kind: OrganisationKind
    country: KnownCountry
    host_country: KnownCountry | None = None
    jurisdiction: list[KnownCountry] = Field(default=[], max_length=60)
    languages: list[KnownLanguage] = Field(default=[], max_length=30)


class NameProgramme(Command):
    """A programme's name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Managers' Training"}]})

    name: Name


async def describe_organisation(
    tx: Tx, asker: Principal, organisation: Slug, command: DescribeOrganisation
) -> Organisation:
    """Add an organisation or change what is known of it; the same again publishes nothing.

    Raises `Forbidden` for a coordinator of others.
    """
    _require_theirs(asker, organisation)
    stored = await tx.fetchrow("SELECT * FROM organisation WHERE organisation = $1 FOR UPDATE", organisation)
    described = Organisation(organisation=organisation, **command.model_dump())
    if stored is not None and Organisation.model_validate(dict(stored)) == described:
        return described
    row = await tx.fetchrow(
        """
        INSERT INTO organisation (organisation, name, kind, country, host_country, jurisdiction, languages)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (organisation) DO UPDATE SET (name, kind, country, host_country, jurisdiction, languages, version)
            = (excluded.name, excluded.kind, excluded.country, excluded.host_country, excluded.jurisdiction,
               excluded.languages, organisation.version + 1)
        RETURNING *""",
        described.organisation,
        described.name,
        described.kind,
        described.country,
        described.host_country,
        described.jurisdiction,
        described.languages,
    )
    assert row is not None
    await outbox.put_all(tx, [_build_message(row)])
    return described


async def build_messages(tx: Tx, organisations: Sequence[Slug]) -> Sequence[Outgoing]:
    """The messages that publish these organisations as they are."""
    rows = await tx.fetch(
        "SELECT * FROM organisation WHERE organisation = ANY($1) ORDER BY organisation", organisations
    )
    return [_build_message(row) for row in rows]


async def name_programme(
    tx: Tx, asker: Principal, organisation: Slug, programme: Slug, command: NameProgramme
) -> None:
    """Add a programme or change its name. Raises `NotFound` for an unknown organisation, `Forbidden` for a coordinator
    of others."""
    _require_theirs(asker, organisation)
    await require_organisation(tx, organisation)
    await tx.execute(
        "INSERT INTO programme (organisation, programme, name) VALUES ($1, $2, $3)"
        " ON CONFLICT (organisation, programme) DO UPDATE SET name = excluded.name",
        organisation,
        programme,
        command.name,
    )


def _require_theirs(asker: Principal, organisation: Slug) -> None:
    if not asker.is_operator:
        asker.require_coordinator(organisation)


async def require_organisation(tx: Tx, organisation: Slug) -> None:
    """Raises `NotFound` unless the organisation exists."""
    if not await tx.fetchval("SELECT true FROM organisation WHERE organisation = $1", organisation):
        raise NotFound("organisation-unknown", "No organisation has this name.")


async def list_organisations(tx: Tx, paging: PageRequest) -> Page[Organisation]:
    """Organisations by their slug."""
    rows = await tx.fetch(
        "SELECT * FROM organisation WHERE $1::text IS NULL OR organisation > $1 ORDER BY organisation LIMIT $2",
        paging.cursor_parts(str)[0],
        paging.limit + 1,
    )
    found: Sequence[Organisation] = [Organisation.model_validate(dict(row)) for row in rows]
    return paging.build_page(list(found), [[o.organisation] for o in found])


async def read_names(tx: Tx) -> Mapping[Slug, str]:
    """Every organisation's name by its slug."""
    rows = await tx.fetch("SELECT organisation, name FROM organisation ORDER BY organisation")
    return {row["organisation"]: row["name"] for row in rows}


async def read_programmes(tx: Tx, of: Collection[Slug]) -> Mapping[tuple[Slug, Slug], str]:
    """The names of these organisations' programmes, by the organisation's slug and their own."""
    rows = await tx.fetch(
        "SELECT organisation, programme, name FROM programme WHERE organisation = ANY($1)", list(of)
    )
    return {(row["organisation"], row["programme"]): row["name"] for row in rows}


async def list_missions(tx: Tx) -> Sequence[tuple[Slug, str]]:
    """Every mission, slug and name, by name."""
    rows = await tx.fetch(
        "SELECT organisation, name FROM organisation WHERE kind = $1 ORDER BY name, organisation",
        OrganisationKind.MISSION,
    )
    return [(row["organisation"], row["name"]) for row in rows]


def _build_message(row: asyncpg.Record) -> Outgoing:
    organisation = Organisation.model_validate(dict(row))
    type = "OrganisationAdded" if row["version"] == 1 else "OrganisationChanged"
    return Outgoing(catalogue.ORGANISATION, organisation.organisation, type, row["version"], organisation)
