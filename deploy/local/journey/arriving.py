"""People come in: the first operator, whom the command line invites, and those to whom the operator gives mandates."""

import asyncio
from typing import Any

from deploy.local.issuer.persons import COORDINATOR, MISSION, OPERATOR
from deploy.local.journey.stage import Stage, StepFailed
from deploy.local.operate import build_command, build_environment
from deploy.local.processes import DOOR, ISSUER, SYSTEM
from deploy.local.signing_in import sign_in

_MANDATES: tuple[dict[str, Any], ...] = (
    {"role": "coordinator", "organisation": "giz", "email": COORDINATOR.email},
    {"role": "coordinator", "organisation": "botschaft-moskau", "email": MISSION.email},
)


async def the_operator_signs_in(stage: Stage) -> str:
    """The first operator is invited and signs in."""
    command = build_command(["members", "operators", "invite", OPERATOR.email])
    environment = build_environment(stage.context.home, "members")
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise StepFailed(f"operators invite: {said.decode()[:200]}")
    await _sign_in(stage, OPERATOR.email)
    return OPERATOR.email


async def mandates_are_given(stage: Stage) -> str:
    """The operator gives mandates."""
    operator, urls = await _sign_in(stage, OPERATOR.email), stage.context.urls
    system = {
        "role": "partner-system",
        "organisation": "giz",
        "issuer": urls[ISSUER],
        "subject": SYSTEM,
    }
    for mandate in (*_MANDATES, system):
        answer = await stage.clients["members"].post("/mandates", json=mandate, headers=operator)
        stage.require_success(answer)
    for person in (COORDINATOR, MISSION):
        await _sign_in(stage, person.email)
    return f"{len(_MANDATES) + 1} mandates"


async def _sign_in(stage: Stage, email: str) -> dict[str, str]:
    urls = stage.context.urls
    return await sign_in(urls[DOOR], urls[ISSUER], email)
