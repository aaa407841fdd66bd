"""What the endpoints of several nouns take from the app: the ids by which others know a member."""

from typing import Annotated

from fastapi import Depends, Request

from services.members.members.audience_ids import Identities


def _identities(request: Request) -> Identities:
    identities: Identities = request.app.state.identities
    return identities


IdentitiesDep = Annotated[Identities, Depends(_identities)]
