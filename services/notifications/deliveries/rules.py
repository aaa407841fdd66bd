"""Pure decisions on deliveries: what is still news."""

from datetime import datetime, timedelta

NEWS_FOR = timedelta(days=30)


def is_news(at: datetime, now: datetime, until: datetime | None = None) -> bool:
    """False for what happened longer ago than anybody is away for: it is history that is read again. And from
    `until` on, when nobody needs to know any more."""
    return now - at <= NEWS_FOR and (until is None or now < until)
