"""Pure decisions: whether an adviser can take on what is asked."""

from shared.contracts.matching import Lapse


def find_lapse(*, advises: bool, capacity: int, taken: int) -> Lapse | None:
    """Why an open proposal to this adviser can't come to anything; None if it can."""
    if not advises:
        return Lapse.ADVISER_LEFT
    return Lapse.ADVISER_FULL if taken >= capacity else None
