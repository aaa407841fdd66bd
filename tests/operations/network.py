"""What happens in the network while an operator walks."""

from uuid import UUID, uuid4

from shared.testing.services import Running
from tests.events.samples import COLLOQUIUM


async def offer(events: Running) -> UUID:
    """A published offer."""
    drafted = await events.http.post("/offers", json=COLLOQUIUM | {"slug": f"offer-{uuid4().hex[:8]}"})
    made = UUID(drafted.raise_for_status().json()["offer"])
    (await events.http.post(f"/offers/{made}/publication")).raise_for_status()
    return made
