"""Writes the member lists of five organisations as offices really have them, and the manifest of what is in them.

All persons are synthetic. The same seed gives the same bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from deploy.local.data import origins
from deploy.local.data.entries import Entry, row_values
from deploy.local.data.faults import FAULTS
from deploy.local.data.layouts import DIPLOMATEN, HUMBOLDT, LAYOUTS, UNTERNEHMER, Layout
from deploy.local.data.manifest import BadRow, DuplicatePair, ListResult, Manifest
from deploy.local.data.mentorships import STORY
from deploy.local.data.persons import Key, Person, Population, respell_address
from deploy.local.data.spellings import name_similarity, respell_name

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
class GenerationState:
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
    state = GenerationState(random, Population(random), SMALL if small else FULL)
    results = tuple(_write_list(state, layout, folder) for layout in LAYOUTS)
    manifest = Manifest(seed, small, results, tuple(_list_duplicates(state)), _story_addresses(state))
    manifest.write_file(folder / "manifest.json")
    return manifest


def _write_list(state: GenerationState, layout: Layout, folder: Path) -> ListResult:
    entries = _draw_entries(state, layout)
    state.entries[layout.file] = entries
    records: list[tuple[bytes, str]] = []
    for entry in entries:
        row = layout.encode_record(layout.order_cells(row_values(layout, state.random, entry)))
        records.append((row, _note_outcome(state, entry)))
    _insert_repeats(state, records)
    _insert_bad(state, layout, records)
    (folder / f"{layout.file}.csv").write_bytes(layout.encode_header() + b"".join(row for row, _ in records))
    (folder / f"{layout.file}.toml").write_text(layout.build_mapping(), encoding="utf-8")
    return _summarise_list(layout, records)


def _draw_entries(state: GenerationState, layout: Layout) -> list[Entry]:
    known: list[Entry] = []
    for source in state.entries:
        known += _draw_known(state, layout, source, {entry.person.identity_key for entry in known})
    fresh = _draw_new_persons(state, layout, state.sizes.persons[layout.file], known)
    entries = [*known, *map(Entry.from_person, fresh)]
    if layout is UNTERNEHMER:
        return _numbered_entrepreneurs(state, entries)
    state.random.shuffle(entries)
    for number, entry in enumerate(entries, start=1):
        entry.reference = layout.reference.format(number)
    if layout is DIPLOMATEN:
        _post_diplomats(state, entries)
    return entries


def _draw_known(state: GenerationState, layout: Layout, source: str, here: set[Key]) -> Iterable[Entry]:
    """Persons of an earlier list: first those with the same address, then those without that proof."""
    same, unproven = state.sizes.known.get((layout.file, source), (0, 0))
    candidates = [entry for entry in state.entries[source] if entry.person.identity_key not in here]
    eligible = [entry for entry in candidates if _fits_list(layout, entry)]
    chosen = state.random.sample(eligible, same + unproven)
    for number, entry in enumerate(chosen):
        person = entry.person
        given, family, kind = respell_name(state.random, person.name, layout.encoding != "windows-1252")
        if number < same:
            # At one address a nickname can't be told from another person's name: it would be a bad row.
            if state.random.random() < 0.4 or kind == "nickname":
                given, family = person.name.given, person.name.family
            yield Entry(person, given, family, respell_address(state.random, person.email, layout.file))
        else:
            other = Person(
                person.name, state.population.make_other_address(person), person.origin, person.residence
            )
            twin = Entry(other, given, family, other.email)
            state.pairs.append((source, entry, layout.file, twin, kind))
            yield twin


def _fits_list(layout: Layout, entry: Entry) -> bool:
    if layout is UNTERNEHMER:
        return entry.person.origin == "RU"
    if layout.file == "ips":
        return entry.person.origin in origins.STIPEND
    return layout is HUMBOLDT or entry.person.origin in origins.SCHOLARS


def _draw_new_persons(
    state: GenerationState, layout: Layout, persons: int, known: list[Entry]
) -> list[Person]:
    random, missing = state.random, persons - len(known)
    if layout is UNTERNEHMER:
        codes = ["DE"] * (persons // 2) + ["RU"] * (persons // 2 - len(known))
        return [state.population.draw_person(code) for code in codes]
    draws = {"diplomaten": origins.draw_diplomats, "ips": origins.draw_stipend_holders}
    codes = draws.get(layout.file, origins.draw_scholars)(random, missing)
    stays = {"diplomaten": 0.75, "ips": 0.7}.get(layout.file, 0.6)
    return [state.population.draw_person(code, origins.draw_residence(random, code, stays)) for code in codes]


def _numbered_entrepreneurs(state: GenerationState, entries: list[Entry]) -> list[Entry]:
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


def _post_diplomats(state: GenerationState, entries: list[Entry]) -> None:
    posts = origins.embassies_in_berlin()
    eligible = [entry for entry in entries if entry.person.origin in posts]
    for entry in state.random.sample(eligible, state.sizes.posted):
        person = entry.person
        entry.person = Person(person.name, person.email, person.origin, "DE")
        entry.posting = posts[person.origin]


def _note_outcome(state: GenerationState, entry: Entry) -> str:
    if entry.person.email in state.addresses:
        return "affiliation"
    state.addresses.add(entry.person.email)
    return "new"


def _insert_repeats(state: GenerationState, records: list[tuple[bytes, str]]) -> None:
    for index in sorted(state.random.sample(range(len(records)), state.sizes.repeated), reverse=True):
        later = state.random.randint(index + 1, len(records))
        records.insert(later, (records[index][0], "unchanged"))


def _insert_bad(state: GenerationState, layout: Layout, records: list[tuple[bytes, str]]) -> None:
    home = "RU" if layout is UNTERNEHMER else "PL"
    for number, (reason, fault) in enumerate(FAULTS[layout.file]):
        person = state.population.draw_person(home)
        entry = Entry.from_person(person)
        entry.reference = f"X-{number:03d}"
        row = fault(layout, row_values(layout, state.random, entry))
        records.insert(state.random.randint(1, len(records)), (row, reason))


def _summarise_list(layout: Layout, records: list[tuple[bytes, str]]) -> ListResult:
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


def _list_duplicates(state: GenerationState) -> Iterable[DuplicatePair]:
    for source, left, target, right, kind in state.pairs:
        likeness = name_similarity(f"{left.given} {left.family}", f"{right.given} {right.family}")
        findable = kind == "cyrillic" or likeness >= FINDABLE_FROM
        yield DuplicatePair(source, left.reference, target, right.reference, kind, findable)


def _story_addresses(state: GenerationState) -> dict[str, str]:
    entries = {entry.reference: entry for entry in state.entries[UNTERNEHMER.file]}
    return {reference: entries[reference].person.email for reference in STORY}
