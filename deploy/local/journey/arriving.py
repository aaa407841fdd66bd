"""People come in: the first operator, whom the command line invites, and those to whom the operator gives mandates."""

from collections.abc import Iterator
from typing import Any

from deploy.local.issuer.persons import COORDINATOR, MISSION, OPERATOR
from deploy.local.journey.stage import Stage
from deploy.local.processes import ISSUER, SYSTEM


async def the_operator_signs_in(stage: Stage) -> str:
    """The first operator is invited and signs in."""
    await stage.persons.operate()
    return OPERATOR.email


async def mandates_are_given(stage: Stage) -> str:
    """The operator gives mandates."""
    given, operator = list(_list_mandates(stage)), dict(await stage.persons.operate())
    for mandate in given:
        stage.require_success(
            await stage.clients["members"].post("/mandates", json=mandate, headers=operator)
        )
    for person in (COORDINATOR, MISSION):
        await stage.context.entrance.sign_in(person.email)
    return f"{len(given)} mandates"


def _list_mandates(stage: Stage) -> Iterator[dict[str, Any]]:
    yield {"role": "coordinator", "organisation": "giz", "email": COORDINATOR.email}
    yield {"role": "coordinator", "organisation": "botschaft-moskau", "email": MISSION.email}
    if ISSUER in stage.context.urls:
        issuer = stage.context.urls[ISSUER]
        yield {"role": "partner-system", "organisation": "giz", "issuer": issuer, "subject": SYSTEM}
