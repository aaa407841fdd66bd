"""Write the catalogues anew from the sources: `python -m shared.i18n`, or `make texts`."""

from pathlib import Path

import typer

from shared.i18n.catalogues import find_domains, update_catalogues
from shared.i18n.faults import find_faults
from shared.i18n.texts import Domain, read_catalogue


def main() -> None:
    """Extract the messages of all domains, merge them into the translations, and say what these still lack."""
    for domain in find_domains(Path(__file__).parents[2]):
        _update_domain(domain)


def _update_domain(domain: Domain) -> None:
    for path, content in update_catalogues(domain):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        for fault in find_faults(read_catalogue(path), read_catalogue(domain.template)):
            if path != domain.template:
                typer.echo(f"{path}: {fault}")


if __name__ == "__main__":
    main()
