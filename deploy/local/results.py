"""What the demo prints at its end: a line for each step, the memory taken, and the links."""

from rich.markup import escape
from rich.table import Table

from deploy.local.context import Context, Report
from deploy.local.memory import measure_megabytes
from deploy.local.people import ISSUER_NAME, describe_people
from deploy.local.processes import DOOR, MAILBOX
from deploy.local.servers import Servers
from deploy.postgres.roles import SERVICES

_TRY = "pip install confluent-kafka, python first.py"


def show_results(context: Context, servers: Servers, report: Report, first_link: float) -> None:
    console = context.console
    console.print(_steps_table(report))
    console.print(_measurements_table(context, servers, first_link))
    for title, link in (_collect_links(context, servers) | report.links).items():
        console.print(f"  {escape(title):<28} {escape(link)}", highlight=False)
    console.print(f"  Sign in by “{ISSUER_NAME}”: it lets you be whom you choose there.", highlight=False)
    for title, pages in describe_people(context.urls[DOOR]):
        console.print(f"  {title:<28} {escape(pages)}", highlight=False)
    for name, folder in context.partner_folders.items():
        console.print(f"  {f'to be {name}':<28} {escape(str(folder))}: {_TRY}", highlight=False)


def _steps_table(report: Report) -> Table:
    table = Table("step", "what happened", title="The journey", title_justify="left")
    table.add_column("count", justify="right")
    table.add_column("time", justify="right")
    table.add_column("result")
    for number, step in enumerate(report.steps, start=1):
        result = f"[red]{escape(step.trouble)}[/]" if step.trouble else "[green]passed[/]"
        table.add_row(str(number), escape(step.what), escape(step.count), f"{step.seconds:.1f} s", result)
    return table


def _measurements_table(context: Context, servers: Servers, first_link: float) -> Table:
    pids = dict(context.processes.pids)
    pids |= {f"Kafka {number}": server.pid for number, server in enumerate(servers.kafka_processes, start=1)}
    if servers.own_postgres is not None:
        pids["PostgreSQL"] = servers.own_postgres.pid
    table = Table("measured", title_justify="left")
    table.add_column("value", justify="right")
    table.add_row("first link after", f"{first_link:.1f} s")
    for name, pid in pids.items():
        table.add_row(f"memory of {name}", _format_size(measure_megabytes([pid])))
    table.add_row("memory of everything", _format_size(measure_megabytes(list(pids.values()))))
    return table


def _format_size(megabytes: float | None) -> str:
    return "not known here" if megabytes is None else f"{megabytes:.0f} MB"


def _collect_links(context: Context, servers: Servers) -> dict[str, str]:
    services = {f"{name}, its interface": f"{context.urls[name]}/docs" for name in SERVICES}
    return {
        "all organisations' offers": context.urls[DOOR],
        "mails that were sent": context.urls[MAILBOX],
        **services,
        "Kafka": context.kafka.servers,
        **({"Kafka for partners": servers.partners.servers} if servers.partners else {}),
        "logs": str(context.home / "logs"),
    }
