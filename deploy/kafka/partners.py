"""Lets partners' systems read: `python -m deploy.kafka.partners add|rotate|revoke|expire|list`."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import AfterValidator, FilePath

from deploy.kafka.client_files import build_files, build_program, write_files
from deploy.kafka.cluster import Cluster, open_cluster
from deploy.kafka.credentials import (
    BYTES,
    QUOTAS,
    REQUESTS,
    Credentials,
    find_ends,
    issue_credentials,
    list_credentials,
    withdraw_credentials,
)
from deploy.kafka.failures import failure_sentences
from deploy.kafka.grants import list_partner_grants
from shared.contracts.catalogue import OFFER
from shared.messaging.kafka import Kafka
from shared.runtime.settings import BrokerSettings, require_brokers

app = typer.Typer(help="Partners' credentials.", no_args_is_help=True, add_completion=False)
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Partner = Annotated[str, typer.Argument(help="The organisation's short name, as in the catalogue: giz.")]
Folder = Annotated[Path | None, typer.Option(help="Write the partner's files here instead of printing them.")]


class PartnerSettings(BrokerSettings):
    """`kafka` is where the administrator signs in; `partner_kafka` is where partners reach the brokers, whose
    certificates the authority in the file `partner_kafka_ca` (PEM) has signed."""

    partner_kafka: Annotated[str, AfterValidator(require_brokers)]
    partner_kafka_ca: FilePath

    @property
    def listener(self) -> Kafka:
        """Kafka as partners reach it, without a user."""
        return Kafka(self.partner_kafka, self.topic_prefix, ca=str(self.partner_kafka_ca))


@app.command()
def add(
    partner: Partner,
    folder: Folder = None,
    bytes_per_second: Annotated[float, typer.Option(help="From each broker.")] = QUOTAS[BYTES],
    request_percentage: Annotated[float, typer.Option(help="Of each broker's threads.")] = QUOTAS[REQUESTS],
) -> None:
    """Issue a partner's first credentials, and show them this once."""
    with failure_sentences():
        settings = PartnerSettings()
        with open_cluster(settings.broker) as cluster:
            if not SLUG.fullmatch(partner):
                _refuse(f"{partner} is no short name: small letters, digits and hyphens.")
            if _find(cluster, partner, settings.topic_prefix):
                _refuse(f"{partner} has credentials: `partners rotate {partner}` issues new ones.")
            quotas = {BYTES: bytes_per_second, REQUESTS: request_percentage}
            _issue(cluster, settings, partner, quotas, folder)


@app.command()
def rotate(partner: Partner, folder: Folder = None) -> None:
    """Issue new credentials with the same quotas. The present ones work for a week more."""
    with failure_sentences():
        settings = PartnerSettings()
        with open_cluster(settings.broker) as cluster:
            present = _require(cluster, partner, settings.topic_prefix)
            quotas = cluster.read_quotas(present[-1].name_user(settings.topic_prefix))
            _issue(cluster, settings, partner, quotas, folder)
            ends = find_ends(_find(cluster, partner, settings.topic_prefix))[present[-1]]
            typer.echo(
                f"\nThe ones of before work until {ends:%Y-%m-%d %H:%M} UTC, when `partners expire`, run daily, ends "
                f"them; `partners revoke {partner} --old` does it now."
            )


@app.command()
def revoke(
    partner: Partner,
    old: Annotated[bool, typer.Option("--old", help="All but the newest.")] = False,
) -> None:
    """End a partner's credentials: what runs reads nothing more at once, and nobody signs in any more."""
    with failure_sentences():
        settings = BrokerSettings()
        with open_cluster(settings.broker) as cluster:
            present = _require(cluster, partner, settings.topic_prefix)
            unwanted = present[:-1] if old else present
            withdraw_credentials(cluster, unwanted, settings.topic_prefix)
            typer.echo(f"{len(unwanted)} of {len(present)} credentials of {partner} ended")


@app.command()
def expire(
    after_days: Annotated[float, typer.Option(help="Days in which old and new work side by side.")] = 7,
) -> None:
    """End all credentials whose successors were issued so long ago; to be run daily."""
    with failure_sentences():
        settings, now = BrokerSettings(), datetime.now(UTC)
        with open_cluster(settings.broker) as cluster:
            ends = find_ends(list_credentials(cluster, settings.topic_prefix), timedelta(days=after_days))
            due = [each for each, end in ends.items() if end is not None and end <= now]
            withdraw_credentials(cluster, due, settings.topic_prefix)
        for each in due:
            typer.echo(f"ended: {each.name_user(settings.topic_prefix)}")
        typer.echo(f"{len(due)} credentials ended, {len(ends) - len(due)} work")


@app.command("list")
def list_all() -> None:
    """Say whose credentials work, since when and until when, and how much they may read."""
    with failure_sentences():
        settings = BrokerSettings()
        with open_cluster(settings.broker) as cluster:
            ends = find_ends(list_credentials(cluster, settings.topic_prefix))
            for each, end in ends.items():
                user = each.name_user(settings.topic_prefix)
                quotas = cluster.read_quotas(user)
                until = f"until {end:%Y-%m-%d %H:%M} UTC" if end else "newest"
                typer.echo(
                    f"{user}  {until}  {quotas.get(BYTES, 0):,.0f} bytes/s, {quotas.get(REQUESTS, 0):g} % of requests"
                )
        if not ends:
            typer.echo("nobody")


def _issue(
    cluster: Cluster, settings: PartnerSettings, partner: str, quotas: dict[str, float], folder: Path | None
) -> None:
    prefix = settings.topic_prefix
    wanted = Credentials(partner, _next_second(_find(cluster, partner, prefix)))
    secret = issue_credentials(cluster, wanted, quotas, prefix)
    kafka = replace(settings.listener, user=wanted.name_user(prefix), password=secret)
    readable = [
        grant.name for grant in list_partner_grants(kafka.user, partner, prefix) if grant.kind == "topic"
    ]
    present = cluster.find_topics(readable)
    typer.echo(f"{partner} signs in at {kafka.servers} as {kafka.user}; the secret is shown this once.")
    typer.echo(f"It may read {', '.join(name for name in readable if name in present)}")
    typer.echo(f"in consumer groups whose names begin with {prefix}{partner}.")
    _hand_over(kafka, partner, folder)


def _hand_over(kafka: Kafka, partner: str, folder: Path | None) -> None:
    program = build_program(f"{kafka.prefix}{partner}.first", kafka.topic_name(OFFER.name))
    if folder is not None:
        write_files(folder, kafka, program)
        typer.echo(f"Its files are in {folder}; the program there prints each message.")
        return
    for name, text in build_files(kafka, program).items():
        typer.echo(f"\n──── {name}\n{text}", nl=False)


def _next_second(present: list[Credentials]) -> datetime:
    """Now, and later than all there are: the name tells them apart."""
    now = datetime.now(UTC).replace(microsecond=0)
    return max([now, *(each.issued + timedelta(seconds=1) for each in present)])


def _find(cluster: Cluster, partner: str, prefix: str) -> list[Credentials]:
    return [each for each in list_credentials(cluster, prefix) if each.organisation == partner]


def _require(cluster: Cluster, partner: str, prefix: str) -> list[Credentials]:
    present = _find(cluster, partner, prefix)
    if not present:
        _refuse(f"{partner} has no credentials.")
    return present


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app(prog_name="partners")
