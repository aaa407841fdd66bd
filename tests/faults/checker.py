"""The checker: joins the ledger with what was found, and counts the faults."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.faults.findings import Findings, Version
from tests.faults.ledger import Ledger

EXAMPLES = 3


@dataclass(frozen=True)
class Verdict:
    """Five counts that must be zero, each with its sentences; and how many records were sent again."""

    lost: Sequence[str]
    phantom_writes: Sequence[str]
    duplicates: Sequence[str]
    reorderings: Sequence[str]
    stuck: Sequence[str]
    repeated: int

    @property
    def is_clean(self) -> bool:
        return not any(self.counts.values())

    @property
    def counts(self) -> dict[str, int]:
        """By name, in the order in which they are printed."""
        return {
            "lost": len(self.lost),
            "phantom writes": len(self.phantom_writes),
            "duplicate effects": len(self.duplicates),
            "reorderings": len(self.reorderings),
            "stuck": len(self.stuck),
        }

    @property
    def examples(self) -> list[str]:
        """A few sentences of each kind that isn't zero."""
        kinds = (self.lost, self.phantom_writes, self.duplicates, self.reorderings, self.stuck)
        return [sentence for kind in kinds for sentence in kind[:EXAMPLES]]


class Judgement(NamedTuple):
    """What a row did: its verdict, its operations, how many of them had no clear answer, and of these were `done`."""

    verdict: Verdict
    operations: int = 0
    maybe: int = 0
    done: int = 0


def check_findings(ledger: Ledger, found: Findings, parked: frozenset[str] = frozenset()) -> Verdict:
    """`parked` are the accounts whose keys may be parked at the end; their effects are not expected."""
    return Verdict(
        lost=list(_find_lost(ledger, found, parked)),
        phantom_writes=list(_find_phantom_writes(ledger, found)),
        duplicates=list(_find_duplicates(found)),
        reorderings=list(_find_reorderings(found)),
        stuck=[*found.stuck, *(f"{key} is parked" for key in sorted(found.parked - parked))],
        repeated=len(found.records) - len(set(found.records)),
    )


def _find_lost(ledger: Ledger, found: Findings, parked: frozenset[str]) -> Iterator[str]:
    """What was acknowledged and isn't there; and what is there, acknowledged or not, and has no record or effect."""
    made = {entry.value: entry for entry in found.entries}
    for value, version in ledger.acknowledged.items():
        if value in ledger.undone:
            continue
        expected = Version(ledger.issued[value], version, value)
        if made.get(value) != expected:
            yield f"{expected} was acknowledged, the row is {made.get(value)}"
    there = {(entry.account, entry.version) for entry in found.entries}
    for account, version in found.accounts.items():
        yield from (
            f"{account} has no version {n}" for n in range(1, version + 1) if (account, n) not in there
        )
    sent, effects = set(found.records), set(found.effects)
    for entry in found.entries:
        if found.compacted and entry.version < found.accounts[entry.account]:
            continue
        if entry not in sent:
            yield f"{entry} is not on the topic"
        elif entry not in effects and entry.account not in parked:
            yield f"{entry} has no effect"
    for account, version in found.accounts.items():
        if account not in parked and found.known.get(account) != version:
            yield f"{account} is known by version {found.known.get(account)}, not {version}"


def _find_phantom_writes(ledger: Ledger, found: Findings) -> Iterator[str]:
    """What has no origin."""
    entries = set(found.entries)
    for entry in found.entries:
        if entry.value not in ledger.issued or entry.value in ledger.refused | ledger.undone:
            yield f"{entry} was not asked for, refused or undone"
    yield from (
        f"{record} on the topic has no row"
        for record in _distinct_living(found.records)
        if record not in entries
    )
    yield from (
        f"{effect} took effect and has no row"
        for effect in _distinct_living(found.effects)
        if effect not in entries
    )


def _distinct_living(versions: Iterable[Version]) -> Iterator[Version]:
    """Without those of accounts that are gone, each once."""
    return (version for version in dict.fromkeys(versions) if version.value is not None)


def _find_duplicates(found: Findings) -> Iterator[str]:
    done = Counter(entry.value for entry in found.entries)
    effects = Counter(found.effects)
    yield from (f"{value} was done {times} times" for value, times in done.items() if times > 1)
    yield from (f"{effect} took effect {times} times" for effect, times in effects.items() if times > 1)


def _find_reorderings(found: Findings) -> Iterator[str]:
    """Versions that came for the first time after a newer one; and accounts whose last record isn't their newest."""
    yield from (f"{late} took effect after a newer one" for late in _find_late(found.effects))
    yield from (f"{late} came to the topic after a newer one" for late in _find_late(found.records))
    last = {record.account: record.version for record in found.records}
    newest = {record.account: record.version for record in sorted(found.records, key=lambda r: r.version)}
    for account, version in newest.items():
        if last[account] != version:
            yield f"the last record of {account} is {last[account]}, not {version}"


def _find_late(versions: Iterable[Version]) -> Iterator[Version]:
    highest: dict[str, int] = {}
    for version in dict.fromkeys(versions):
        if version.version < highest.get(version.account, 0):
            yield version
        highest[version.account] = max(version.version, highest.get(version.account, 0))
