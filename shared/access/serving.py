"""Whom an endpoint serves: each says so in its signature, by one of these types."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from shared.access.identification import PrincipalOrNone
from shared.access.principal import Principal
from shared.contracts.members import MandateRole
from shared.contracts.refusals import Forbidden, Unauthenticated


@dataclass(frozen=True, slots=True)
class Audience:
    """Some of those who may ask, by a name for people; `includes` says whether a principal is one of them."""

    name: str
    includes: Callable[[Principal], bool]


def _holders_of(role: MandateRole) -> Audience:
    return Audience(role.value, lambda principal: any(each.role is role for each in principal.mandates))


ACCOUNT = Audience("account", lambda principal: True)
MEMBER = Audience("member", lambda principal: principal.member is not None)
# Who sits at a desk is in the desks of matching, whose handlers look there.
CONTACT_PERSON = Audience("contact-person", MEMBER.includes)
COORDINATOR, OPERATOR, PARTNER_SYSTEM = (
    _holders_of(role) for role in (MandateRole.COORDINATOR, MandateRole.OPERATOR, MandateRole.PARTNER_SYSTEM)
)


class Serves:
    """An endpoint's declaration: it serves these audiences, or anyone if none is named.

    That somebody may knock doesn't make what they ask for theirs: the command's handler decides that.
    """

    def __init__(self, *audiences: Audience) -> None:
        self.audiences = audiences

    async def __call__(self, principal: PrincipalOrNone) -> Principal | None:
        if not self.audiences:
            return principal
        if principal is None:
            raise Unauthenticated("sign-in-needed", "Sign in first.")
        if not any(audience.includes(principal) for audience in self.audiences):
            raise Forbidden("not-for-your-role", "This isn't for you in the role that you have.")
        return principal


class ServesPublic(Serves):
    """The declaration of what is the same for everybody, so that nobody is asked who they are."""

    async def __call__(self) -> None:  # type: ignore[override]
        """Let everybody in."""


PUBLIC = Depends(ServesPublic())
# Pages are for anyone too, and their frame shows who reads them.
ANYONE = Depends(Serves())
SIGNED_IN = Depends(Serves(ACCOUNT))
Anyone = Annotated[Principal | None, Depends(Serves())]
SignedIn = Annotated[Principal, Depends(Serves(ACCOUNT))]
Member = Annotated[Principal, Depends(Serves(MEMBER))]
ContactPerson = Annotated[Principal, Depends(Serves(CONTACT_PERSON))]
Coordinator = Annotated[Principal, Depends(Serves(COORDINATOR))]
Operator = Annotated[Principal, Depends(Serves(OPERATOR))]
CoordinatorOrOperator = Annotated[Principal, Depends(Serves(COORDINATOR, OPERATOR))]
MemberOrCoordinator = Annotated[Principal, Depends(Serves(MEMBER, COORDINATOR))]
MemberOrOperator = Annotated[Principal, Depends(Serves(MEMBER, OPERATOR))]
MemberCoordinatorOrOperator = Annotated[Principal, Depends(Serves(MEMBER, COORDINATOR, OPERATOR))]


class Undeclared(Exception):
    """An endpoint doesn't say whom it serves."""


def read_declaration(route: RouteContext | BaseRoute) -> Serves | None:
    """What the endpoint declares."""
    dependant: Dependant | None = getattr(route, "dependant", None)
    return next(_find_declarations(dependant), None) if dependant else None


def require_declarations(routes: Iterable[BaseRoute], document: str | None) -> None:
    """Raises `Undeclared` with the endpoints that don't say whom they serve; `document` is the path of the one that
    FastAPI adds, the interface's description."""
    silent = [
        f"{','.join(sorted(route.methods or ()))} {route.path}"
        for route in iter_route_contexts(list(routes))
        if route.path != document and read_declaration(route) is None
    ]
    if silent:
        raise Undeclared(f"these endpoints don't say whom they serve: {'; '.join(silent)}")


def _find_declarations(dependant: Dependant) -> Iterator[Serves]:
    for dependency in dependant.dependencies:
        call: Any = dependency.call
        if isinstance(call, Serves):
            yield call
        yield from _find_declarations(dependency)
