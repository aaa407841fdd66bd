"""The page of an archive: what is stored about a member, to be read without any program of ours."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.members.disclosure import words
from services.members.site import SITE
from shared.i18n.texts import Texts

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class ReadablePage:
    """The page in the language of these texts, written part by part."""

    def __init__(self, texts: Texts, asked_at: datetime) -> None:
        self._texts = texts
        self._fields = {field: texts.translate(name) for field, name in words.FIELDS.items()}
        self._asked_at = asked_at
        self._last = ("", "")

    def begin(self) -> str:
        """The page's beginning."""
        return SITE.write("archive-head.html", self._texts.language, asked_at=self._asked_at)

    def add(self, service: str, records: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
        """What the records of a service's next part add; a heading comes where something new begins."""
        heading = "" if service == self._last[0] else self._call(words.SERVICES, service)
        groups = list(self._group(service, records))
        return SITE.write(
            "archive-records.html",
            self._texts.language,
            service=heading,
            groups=groups,
            fields=self._fields,
            terms=words.TERMS,
            read_moment=read_moment,
        )

    def end(self) -> str:
        """The page's end."""
        return "</body>\n</html>\n"

    def _call(self, names: Mapping[str, str], name: str) -> str:
        return self._texts.translate(names[name]) if name in names else name

    def _group(
        self, service: str, records: Mapping[str, Sequence[Mapping[str, Any]]]
    ) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
        for name, listed in records.items():
            is_new = (service, name) != self._last
            self._last = (service, name)
            yield (self._call(words.HOLDINGS, name) if is_new else ""), [_order(record) for record in listed]


def _order(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """What people call by a word comes first, in the words' order."""
    known = {name: record[name] for name in words.FIELDS if name in record}
    return known | {name: it for name, it in record.items() if name not in words.LEFT_OUT}


def read_moment(text: str) -> datetime | None:
    """The time that this is, if it is one."""
    return datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
