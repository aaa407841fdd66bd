"""What endpoints are given by the app: the ids by which others know a member."""

from typing import Annotated

from fastapi import Depends, Request

from services.members.members.audience_ids import AudienceIds


def _audience_ids(request: Request) -> AudienceIds:
    audience_ids: AudienceIds = request.app.state.audience_ids
    return audience_ids


AudienceIdsDep = Annotated[AudienceIds, Depends(_audience_ids)]
