"""What an import of the generated lists must find: counts, bad rows, planted duplicates."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class BadRow:
    """`line` is where a text editor shows the record's first line (the header is line 1)."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ListResult:
    """One file, imported after those before it; rows = new_members + affiliations + unchanged + bad."""

    file: str
    organisation: str
    rows: int
    new_members: int
    affiliations: int
    unchanged: int
    bad: tuple[BadRow, ...]
    invite: bool


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two rows of one person without the proof of a common address; `kind` is how the second is spelled.

    `findable`: names and origin are close enough that a review list must show the pair.
    """

    left_file: str
    left_reference: str
    right_file: str
    right_reference: str
    kind: str
    findable: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """All five files in the order of their import."""

    seed: int
    small: bool
    lists: tuple[ListResult, ...]
    duplicates: tuple[DuplicatePair, ...]
    story_addresses: dict[str, str]
    """The normalised addresses of the entrepreneurs that the mentorship stories name, by reference."""

    @property
    def row_count(self) -> int:
        return sum(each.rows for each in self.lists)

    @property
    def new_member_count(self) -> int:
        return sum(each.new_members for each in self.lists)

    @property
    def affiliation_count(self) -> int:
        """Affiliations added to members known already; each new member brings one more."""
        return sum(each.affiliations for each in self.lists)

    @property
    def unchanged_count(self) -> int:
        return sum(each.unchanged for each in self.lists)

    @property
    def bad_count(self) -> int:
        return sum(len(each.bad) for each in self.lists)

    @property
    def duplicates_at_least(self) -> int:
        """How many planted pairs a review list must show; by chance there may be more."""
        return sum(pair.findable for pair in self.duplicates)

    def write_file(self, path: Path) -> None:
        totals = {
            "rows": self.row_count,
            "new_members": self.new_member_count,
            "affiliations": self.affiliation_count,
            "unchanged": self.unchanged_count,
            "bad": self.bad_count,
            "duplicates_at_least": self.duplicates_at_least,
        }
        content: dict[str, Any] = {"note": "All persons are synthetic.", "total": totals, **asdict(self)}
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
