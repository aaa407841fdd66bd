"""The steps of the journey in their order, and how they are played."""

import asyncio

from deploy.local.context import Context, Report
from deploy.local.journey import brokering, dying, hearing, joining, listening, registering, scheduling
from deploy.local.journey.stage import entered

STEPS = (
    joining.organisations_are_described,
    joining.members_join,
    joining.a_repeat_changes_nothing,
    scheduling.events_are_scheduled,
    registering.members_register,
    dying.notifications_are_killed,
    registering.a_withdrawal_moves_the_next_one_up,
    brokering.mentorships_are_brokered,
    brokering.capacity_holds,
    dying.notifications_come_back,
    hearing.people_hear_of_it,
    hearing.partners_systems_read_notifications,
    listening.a_partner_listens,
    dying.nothing_was_lost,
)


def play(context: Context) -> Report:
    """Play all steps; a step that fails is reported, and the next ones are tried all the same."""
    return asyncio.run(_play(context))


async def _play(context: Context) -> Report:
    report = Report()
    async with entered(context) as stage:
        for step in STEPS:
            await stage.play(step, report)
    report.links = stage.links
    return report
