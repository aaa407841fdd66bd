"""What an operator types in to give a mandate, by what kind it is."""

from collections.abc import Mapping
from enum import StrEnum

from services.members.mandates.mandates import GiveMandate
from shared.contracts.members import MandateRole
from shared.contracts.model import Slug
from shared.runtime.commands import Command, Line, Plain
from shared.runtime.vocabulary_types import KnownLanguage


class Kind(StrEnum):
    """Whom the page is for that gives a mandate."""

    OPERATOR = MandateRole.OPERATOR.value
    COORDINATOR = MandateRole.COORDINATOR.value
    SYSTEM = MandateRole.PARTNER_SYSTEM.value


class AppointOperator(Command):
    """Somebody who is to operate the installation, by the address to which the mail goes."""

    email: Plain
    language: KnownLanguage = "en"


class AppointCoordinator(AppointOperator):
    """Somebody who is to act for an organisation, as its first coordinator."""

    organisation: Slug


class LetSystemIn(Command):
    """A program of an organisation, as its issuer names it in tokens."""

    organisation: Slug
    issuer: Line
    subject: Line


FORMS: Mapping[Kind, type[Command]] = {
    Kind.OPERATOR: AppointOperator,
    Kind.COORDINATOR: AppointCoordinator,
    Kind.SYSTEM: LetSystemIn,
}


def build_command(kind: Kind, typed: Command) -> GiveMandate:
    """The mandate that is meant."""
    return GiveMandate(role=MandateRole(kind.value), **typed.model_dump())
