"""Writes the member lists of five organisations as offices really have them, and the manifest of what is in them.

All persons are synthetic. The same seed gives the same bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from deploy.local.data import origins
from deploy.local.data.entries import Entry, values
from deploy.local.data.faults import FAULTS
from deploy.local.data.layouts import DIPLOMATEN, HUMBOLDT, LAYOUTS, UNTERNEHMER, Layout
from deploy.local.data.manifest import BadRow, Double, ListResult, Manifest
from deploy.local.data.mentorships import STORY
from deploy.local.data.persons import Key, Person, Population, written
from deploy.local.data.spellings import alike, respelled

FINDABLE_FROM = 0.45


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many persons a list has, and how many of them stand in an earlier list: with the same address, without."""

    persons: dict[str, int]
    known: dict[tuple[str, str], tuple[int, int]]
    posted: int
    repeated: int


FULL = Sizes(
    persons={"diplomaten": 3000, "ips": 3500, "unternehmer": 120, "daad": 700, "humboldt": 500},
    known={
        ("ips", "diplomaten"): (120, 60),
        ("unternehmer", "ips"): (8, 4),
        ("daad", "diplomaten"): (60, 30),
        ("daad", "ips"): (70, 40),
        ("humboldt", "diplomaten"): (20, 15),
        ("humboldt", "ips"): (40, 30),
        ("humboldt", "daad"): (20, 10),
    },
    posted=200,
    repeated=5,
)
SMALL = Sizes(
    persons={"diplomaten": 120, "ips": 140, "unternehmer": 60, "daad": 60, "humboldt": 40},
    known={
        ("ips", "diplomaten"): (6, 4),
        ("unternehmer", "ips"): (2, 1),
        ("daad", "diplomaten"): (4, 2),
        ("daad", "ips"): (4, 3),
        ("humboldt", "diplomaten"): (2, 1),
        ("humboldt", "ips"): (3, 2),
        ("humboldt", "daad"): (2, 1),
    },
    posted=8,
    repeated=2,
)


@dataclass(slots=True)
class Making:
    """What is known while the lists are made, one after the other."""

    random: Random
    population: Population
    sizes: Sizes
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    pairs: list[tuple[str, Entry, str, Entry, str]] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)


def write_lists(folder: Path, seed: int = 2026, small: bool = False) -> Manifest:
    """Writes five CSV files with their mappings (TOML) and manifest.json to `folder`.

    `small` gives a few hundred rows with all the same oddities.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(seed)
    making = Making(random, Population(random), SMALL if small else FULL)
    results = tuple(_write(making, layout, folder) for layout in LAYOUTS)
    manifest = Manifest(seed, small, results, tuple(_doubles(making)), _story_addresses(making))
    manifest.write(folder / "manifest.json")
    return manifest


def _write(making: Making, layout: Layout, folder: Path) -> ListResult:
    entries = _entries(making, layout)
    making.entries[layout.file] = entries
    records: list[tuple[bytes, str]] = []
    for entry in entries:
        row = layout.record(layout.cells(values(layout, making.random, entry)))
        records.append((row, _outcome(making, entry)))
    _insert_repeats(making, records)
    _insert_bad(making, layout, records)
    (folder / f"{layout.file}.csv").write_bytes(layout.header() + b"".join(row for row, _ in records))
    (folder / f"{layout.file}.toml").write_text(layout.mapping(), encoding="utf-8")
    return _result(layout, records)


def _entries(making: Making, layout: Layout) -> list[Entry]:
    known: list[Entry] = []
    for source in making.entries:
        known += _known(making, layout, source, {entry.person.key for entry in known})
    fresh = _fresh(making, layout, making.sizes.persons[layout.file], known)
    entries = [*known, *map(Entry.of, fresh)]
    if layout is UNTERNEHMER:
        return _numbered_entrepreneurs(making, entries)
    making.random.shuffle(entries)
    for number, entry in enumerate(entries, start=1):
        entry.reference = layout.reference.format(number)
    if layout is DIPLOMATEN:
        _post(making, entries)
    return entries


def _known(making: Making, layout: Layout, source: str, here: set[Key]) -> Iterable[Entry]:
    """Persons of an earlier list: first those with the same address, then those without that proof."""
    same, double = making.sizes.known.get((layout.file, source), (0, 0))
    candidates = [entry for entry in making.entries[source] if entry.person.key not in here]
    eligible = [entry for entry in candidates if _belongs(layout, entry)]
    chosen = making.random.sample(eligible, same + double)
    for number, entry in enumerate(chosen):
        person = entry.person
        given, family, kind = respelled(making.random, person.name, layout.encoding != "windows-1252")
        if number < same:
            if making.random.random() < 0.4:
                given, family = person.name.given, person.name.family
            yield Entry(person, given, family, written(making.random, person.email, layout.file))
        else:
            other = Person(
                person.name, making.population.other_address(person), person.origin, person.residence
            )
            twin = Entry(other, given, family, other.email)
            making.pairs.append((source, entry, layout.file, twin, kind))
            yield twin


def _belongs(layout: Layout, entry: Entry) -> bool:
    if layout is UNTERNEHMER:
        return entry.person.origin == "RU"
    if layout.file == "ips":
        return entry.person.origin in origins.STIPEND
    return layout is HUMBOLDT or entry.person.origin in origins.SCHOLARS


def _fresh(making: Making, layout: Layout, persons: int, known: list[Entry]) -> list[Person]:
    random, missing = making.random, persons - len(known)
    if layout is UNTERNEHMER:
        codes = ["DE"] * (persons // 2) + ["RU"] * (persons // 2 - len(known))
        return [making.population.person(code) for code in codes]
    draws = {"diplomaten": origins.diplomats, "ips": origins.stipend_holders}
    codes = draws.get(layout.file, origins.scholars)(random, missing)
    stays = {"diplomaten": 0.75, "ips": 0.7}.get(layout.file, 0.6)
    return [making.population.person(code, origins.residence(random, code, stays)) for code in codes]


def _numbered_entrepreneurs(making: Making, entries: list[Entry]) -> list[Entry]:
    """Germans as FIT-001 …, Russians as MP-001 … with those known already last; three took both programmes."""
    germans = [entry for entry in entries if entry.person.origin == "DE"]
    russians = [entry for entry in reversed(entries) if entry.person.origin == "RU"]
    for prefix, group in (("FIT", germans), ("MP", russians)):
        for number, entry in enumerate(group, start=1):
            entry.reference = f"{prefix}-{number:03d}"
    both = [
        replace(entry, reference=f"FIT-{number:03d}")
        for number, entry in enumerate(russians[15:18], start=len(germans) + 1)
    ]
    mixed = [entry for pair in zip(germans, russians, strict=True) for entry in pair]
    return mixed + both


def _post(making: Making, entries: list[Entry]) -> None:
    posts = origins.posts_in_berlin()
    eligible = [entry for entry in entries if entry.person.origin in posts]
    for entry in making.random.sample(eligible, making.sizes.posted):
        person = entry.person
        entry.person = Person(person.name, person.email, person.origin, "DE")
        entry.posting = posts[person.origin]


def _outcome(making: Making, entry: Entry) -> str:
    if entry.person.email in making.addresses:
        return "affiliation"
    making.addresses.add(entry.person.email)
    return "new"


def _insert_repeats(making: Making, records: list[tuple[bytes, str]]) -> None:
    for place in sorted(making.random.sample(range(len(records)), making.sizes.repeated), reverse=True):
        later = making.random.randint(place + 1, len(records))
        records.insert(later, (records[place][0], "unchanged"))


def _insert_bad(making: Making, layout: Layout, records: list[tuple[bytes, str]]) -> None:
    home = "RU" if layout is UNTERNEHMER else "PL"
    for number, (reason, fault) in enumerate(FAULTS[layout.file]):
        person = making.population.person(home)
        entry = Entry.of(person)
        entry.reference = f"X-{number:03d}"
        row = fault(layout, values(layout, making.random, entry))
        records.insert(making.random.randint(1, len(records)), (row, reason))


def _result(layout: Layout, records: list[tuple[bytes, str]]) -> ListResult:
    outcomes = [outcome for _, outcome in records]
    line, bad = 2, []
    for row, outcome in records:
        if outcome not in ("new", "affiliation", "unchanged"):
            bad.append(BadRow(line, outcome))
        line += row.count(b"\n")
    return ListResult(
        file=layout.file,
        organisation=layout.organisation,
        rows=len(records),
        new_members=outcomes.count("new"),
        affiliations=outcomes.count("affiliation"),
        unchanged=outcomes.count("unchanged"),
        bad=tuple(bad),
        invite=layout.invite,
    )


def _doubles(making: Making) -> Iterable[Double]:
    for source, left, target, right, kind in making.pairs:
        likeness = alike(f"{left.given} {left.family}", f"{right.given} {right.family}")
        findable = kind == "cyrillic" or likeness >= FINDABLE_FROM
        yield Double(source, left.reference, target, right.reference, kind, findable)


def _story_addresses(making: Making) -> dict[str, str]:
    entries = {entry.reference: entry for entry in making.entries[UNTERNEHMER.file]}
    return {reference: entries[reference].person.email for reference in STORY}
