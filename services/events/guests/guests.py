"""The registrations of an offer with the members' names, in pages and as one table."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from services.events.registrations import registrations
from services.events.registrations.registrations import HostedRegistration
from services.events.replicas import members
from shared.access.principal import Principal
from shared.contracts.events import RegistrationState
from shared.i18n.texts import Texts
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest, decode_cursor
from shared.web.csv_table import write_csv

TABLE_PAGE, TABLE_PAGES = 200, 50


class Guests(NamedTuple):
    """Some registrations, and the names of their members, of those that are known."""

    page: Page[HostedRegistration]
    names: Mapping[UUID, str]


async def list_guests(tx: Tx, asker: Principal, offer: UUID, paging: PageRequest) -> Guests:
    """A page of the registrations of an offer, in the order in which they came. Raises `NotFound`."""
    page = await registrations.list_registrations(tx, asker, offer, paging)
    return Guests(page, await members.find_names(tx, [each.member for each in page.items]))


async def read_table(tx: Tx, asker: Principal, offer: UUID) -> list[Guests]:
    """Those who come or wait, page by page: at most TABLE_PAGE times TABLE_PAGES. Raises `NotFound`."""
    pages = [await list_guests(tx, asker, offer, PageRequest(TABLE_PAGE, None))]
    while (after := pages[-1].page.next) and len(pages) < TABLE_PAGES:
        pages.append(await list_guests(tx, asker, offer, PageRequest(TABLE_PAGE, decode_cursor(after))))
    return pages


def write_table(pages: Sequence[Guests], texts: Texts) -> bytes:
    """A table for spreadsheets. Who withdrew isn't in it."""
    header = [
        texts.gettext("Name"),
        texts.gettext("State"),
        texts.gettext("Position on the waiting list"),
        texts.gettext("Member"),
        texts.gettext("Note"),
    ]
    return write_csv(header, _list_rows(pages, texts), language=texts.language)


def name_state(state: RegistrationState, texts: Texts) -> str:
    """Where a registration stands, in words."""
    match state:
        case RegistrationState.REGISTERED:
            return texts.gettext("Has a place")
        case RegistrationState.WAITLISTED:
            return texts.gettext("Waits")
        case RegistrationState.WITHDRAWN:
            return texts.gettext("Withdrawn")


def _list_rows(pages: Sequence[Guests], texts: Texts) -> Iterator[Sequence[str]]:
    for guests in pages:
        for each in guests.page.items:
            if each.state is not RegistrationState.WITHDRAWN:
                name = guests.names.get(each.member, "")
                yield (
                    name,
                    name_state(each.state, texts),
                    str(each.position or ""),
                    str(each.member),
                    each.note,
                )
