"""Pure decisions: what follows for a request when an adviser is lost."""


def state_without(state: str, *, advised: bool, proposals_left: int) -> str:
    """Where a request stands when an adviser is lost, who declined or was erased.

    `advised`: this was the one who had accepted. An agreed mentorship ends with its adviser; before that the desk
    looks again, or waits for the other proposals.
    """
    if state == "agreed" and advised:
        return "ended"
    if state == "proposed" or (state == "accepted" and advised):
        return "proposed" if proposals_left else "requested"
    return state
