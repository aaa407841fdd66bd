"""Pure decisions: the state of a request that loses an adviser."""


def state_without_adviser(state: str, *, advised: bool, proposals_left: int) -> str:
    """The state of a request after one of its advisers declined or was erased.

    `advised`: this adviser had accepted. An agreed mentorship ends with its adviser; before that the desk
    looks again, or waits for the other proposals.
    """
    if state == "agreed" and advised:
        return "ended"
    if state == "proposed" or (state == "accepted" and advised):
        return "proposed" if proposals_left else "requested"
    return state
