"""The steps of the journey in their order, and how they are played."""

import asyncio

from deploy.local.context import Context, Report
from deploy.local.journey import (
    arriving,
    brokering,
    crashing,
    joining,
    listening,
    notifying,
    registering,
    scheduling,
)
from deploy.local.journey.stage import open_stage

STEPS = (
    arriving.the_operator_signs_in,
    joining.organisations_are_described,
    arriving.mandates_are_given,
    joining.members_join,
    joining.a_repeat_changes_nothing,
    scheduling.events_are_scheduled,
    registering.members_register,
    crashing.notifications_are_killed,
    registering.a_withdrawal_moves_the_next_one_up,
    brokering.mentorships_are_brokered,
    brokering.capacity_holds,
    crashing.notifications_come_back,
    notifying.people_are_notified,
    notifying.partners_systems_read_notifications,
    listening.a_partner_listens,
    crashing.nothing_was_lost,
)


def play_journey(context: Context) -> Report:
    """Play all steps; a step that fails is reported, and the next ones are tried all the same."""
    return asyncio.run(_play_steps(context))


async def _play_steps(context: Context) -> Report:
    report = Report()
    async with open_stage(context) as stage:
        for step in STEPS:
            await stage.play_step(step, report)
    report.links = stage.links
    return report
