"""Pure decisions about disclosures: how long they last, and when one may ask again."""

from datetime import datetime, timedelta

LASTS = timedelta(days=7)
PAUSE = timedelta(days=1)
# A service that hasn't told all by then is asked again: a restore may have taken the question or the answer.
PATIENCE = timedelta(hours=1)


def find_next(asked_at: datetime, ready_at: datetime | None) -> datetime | None:
    """When all may be gathered anew; None while that is still being done."""
    return None if ready_at is None else asked_at + PAUSE
