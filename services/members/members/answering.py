"""A member takes or declines what an organisation suggests."""

from typing import Literal
from uuid import UUID

from services.members.members import changing, suggestions
from services.members.members.audience_ids import AudienceIds
from services.members.members.changing import ChangeProfile
from services.members.members.statements import take_value
from shared.access.principal import Principal
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.commands import Command


class AnswerSuggestion(Command):
    """What a member does with a suggestion."""

    suggestion: UUID
    act: Literal["take", "decline"]


async def answer_suggestion(
    tx: Tx, asker: Principal, audience_ids: AudienceIds, command: AnswerSuggestion
) -> None:
    """Change one's profile as an organisation suggests, whereupon `MemberChanged` goes out, or decline that.

    Raises `NotFound` for what isn't suggested to the asker, or isn't any more, `Invalid` as `change_profile` does.
    """
    member = asker.require_member()
    profile = await changing.lock_own(tx, asker, member)
    found = await suggestions.find_open(tx, member, command.suggestion)
    if found is None:
        raise NotFound("suggestion-unknown", "This isn't suggested to you, or not any more.")
    if command.act == "decline":
        await suggestions.decline_suggestion(tx, member, found.suggestion)
        return
    taken = ChangeProfile.model_validate({found.field: take_value(dict(profile), found.field, found.value)})
    await changing.change_profile(tx, asker, audience_ids, member, taken)
    await suggestions.drop_suggestions(tx, member, [found.suggestion])
