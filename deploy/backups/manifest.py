"""What a backup says of itself, and whether this build can take it."""

import re
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ValidationError

import services
from deploy.postgres.roles import SERVICES
from shared.postgres.migrate import digest_migration, read_migrations
from shared.runtime.service import migration_folders

# As `pg_restore` prints each schema's table of the migrations that were applied.
_TABLE = re.compile(
    r"^COPY (\w+)\.migration \(name, digest, at\) FROM stdin;\n(.*?)^\\\.$", re.DOTALL | re.MULTILINE
)


class Refused(Exception):
    """The backup can't be taken; the message, a sentence, says why."""


class Manifest(BaseModel):
    """When a backup was made, of which version of the platform, and the migrations (name → digest) that each schema
    in it had."""

    made_at: AwareDatetime
    version: str
    migrations: dict[str, dict[str, str]]


def describe_backup(version: str, made_at: datetime, printed: str) -> Manifest:
    """The manifest of a backup, from what `pg_restore` printed of its tables `migration`. Raises `Refused`."""
    tables = {
        schema: dict(row.split("\t")[:2] for row in rows.splitlines())
        for schema, rows in _TABLE.findall(printed)
    }
    return _require_whole(Manifest(made_at=made_at, version=version, migrations=tables))


def check_manifest(text: str) -> Manifest:
    """The manifest of a backup that this build can take. Raises `Refused`."""
    try:
        manifest = _require_whole(Manifest.model_validate_json(text))
    except ValidationError:
        raise Refused("Its manifest.json can't be read.") from None
    for service, applied in manifest.migrations.items():
        if unknown := sorted(applied.items() - _read_own(service)):
            raise Refused(
                f"It is of version {manifest.version}, which has {unknown[0][0]} in {service}, and this one has not: "
                "check out that version or a newer one, and `make up`."
            )
    return manifest


def _require_whole(manifest: Manifest) -> Manifest:
    if lacking := [service for service in SERVICES if not manifest.migrations.get(service)]:
        raise Refused(f"It is half: there is nothing of {', '.join(lacking)} in it.")
    return manifest


def _read_own(service: str) -> set[tuple[str, str]]:
    folder = Path(services.__path__[0]) / service
    return {(name, digest_migration(sql)) for name, sql in read_migrations(migration_folders(folder)).items()}
