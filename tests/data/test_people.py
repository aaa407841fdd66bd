"""The generated member lists hold what the manifest says, and are synthetic throughout."""

import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from anyascii import anyascii

from deploy.local.data.manifest import Manifest
from deploy.local.data.mentorships import STORY, list_desks, list_mentorships
from deploy.local.data.organisations import load_all_organisations, load_programmes
from deploy.local.data.people import write_lists
from deploy.local.data.spellings import name_similarity
from shared.contracts import vocabulary
from tests.data import reading

Made = tuple[Path, Manifest]


@pytest.fixture(scope="module", params=[False, True], ids=["full", "small"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("lists")
    return folder, write_lists(folder, small=request.param)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("full")
    return folder, write_lists(folder)


def good_rows(folder: Path, file: str) -> list[dict[str, str]]:
    path = folder / f"{file}.csv"
    mapping = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))
    records = reading.read_rows(path, mapping)
    header = next(records)[1]
    return [
        reading.rename_columns(mapping, header, cells)
        for _, cells in records
        if reading.find_fault(mapping, header, cells) is None
    ]


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_lists(tmp_path / name, seed=7, small=True)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 11
    assert [(tmp_path / "one" / name).read_bytes() for name in files] == [
        (tmp_path / "two" / name).read_bytes() for name in files
    ]


def test_another_seed_gives_other_persons(tmp_path: Path) -> None:
    one, two = (write_lists(tmp_path / str(seed), seed=seed, small=True) for seed in (1, 2))
    assert one.story_addresses != two.story_addresses


def test_a_second_reading_finds_what_the_manifest_says(made: Made) -> None:
    folder, manifest = made
    known: dict[str, set[tuple[str, str]]] = {}
    for expected in manifest.lists:
        found = reading.read_list(folder / f"{expected.file}.csv", known)
        assert found.bad == [(bad.line, bad.reason) for bad in expected.bad]
        assert found.outcomes == Counter(
            new=expected.new_members, affiliation=expected.affiliations, unchanged=expected.unchanged
        )
        assert expected.rows == found.outcomes.total() + len(found.bad)
    assert len(known) == manifest.new_member_count


def test_the_manifest_on_disk_is_the_one_returned(made: Made) -> None:
    folder, manifest = made
    written = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert written["total"]["new_members"] == manifest.new_member_count
    assert len(written["duplicates"]) == len(manifest.duplicates)


def test_lists_have_the_sizes_of_the_sources(full: Made) -> None:
    folder, manifest = full
    persons = {
        file: len({reading.normalise_email(row["email"]) for row in good_rows(folder, file)})
        for file in ("diplomaten", "ips", "unternehmer", "daad", "humboldt")
    }
    assert persons == {"diplomaten": 3000, "ips": 3500, "unternehmer": 120, "daad": 700, "humboldt": 500}
    assert manifest.bad_count == 40
    assert manifest.affiliation_count >= 300
    assert len(manifest.duplicates) >= 180


def test_diplomats_come_from_180_states_and_200_are_posted_in_germany(full: Made) -> None:
    rows = {row["reference"]: row for row in good_rows(full[0], "diplomaten")}.values()
    assert len({vocabulary.find_country(row["origin"]) for row in rows}) == 180
    posted = [row for row in rows if row["posting"]]
    assert len(posted) == 200
    posts = {entry["slug"]: entry for entry in load_all_organisations() if entry["kind"] == "mission"}
    for row in posted:
        assert vocabulary.find_country(row["residence"]) == "DE"
        assert posts[row["posting"]]["country"] == vocabulary.find_country(row["origin"])


def test_stipend_alumni_are_of_all_cohorts_and_kazakhstan_joined_in_2005(full: Made) -> None:
    rows = good_rows(full[0], "ips")
    assert {int(row["cohort"]) for row in rows} == set(range(1998, 2026))
    kazakhs = [row for row in rows if vocabulary.find_country(row["origin"]) == "KZ"]
    assert len(kazakhs) >= 75
    assert min(int(row["cohort"]) for row in kazakhs) >= 2005


def test_only_addresses_under_the_example_domains_occur(made: Made) -> None:
    domains = {
        domain.lower()
        for path in made[0].iterdir()
        for domain in re.findall(rb"@([A-Za-z0-9.-]*[A-Za-z0-9])", path.read_bytes())
    }
    assert {b"example.org", b"example.net", b"example.com"} <= domains
    assert domains - {b"example.org", b"example.net", b"example.com"} <= {b"SUM".lower(), b"second"}


def test_every_row_says_that_it_is_synthetic(made: Made) -> None:
    for path in made[0].glob("*.csv"):
        mapping = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))
        header, *records = (cells for _, cells in reading.read_rows(path, mapping))
        whole = [cells for cells in records if len(cells) >= len(header)]
        assert len(whole) >= len(records) - 1
        assert all({"synthetisch", "synthetic"} & set(cells) for cells in whole)


def test_terms_and_slugs_of_the_lists_are_known(made: Made) -> None:
    organisations = {entry["slug"] for entry in load_all_organisations()}
    known_programmes = {(entry["organisation"], entry["slug"]) for entry in load_programmes()}
    look_ups = {
        "themes": vocabulary.find_theme,
        "regions": vocabulary.find_region,
        "languages": vocabulary.find_language,
    }
    for expected in made[1].lists:
        path = made[0] / f"{expected.file}.toml"
        mapping = tomllib.loads(path.read_text(encoding="utf-8"))
        assert mapping["organisation"] in organisations
        for row in good_rows(made[0], expected.file):
            programme = row.get("programme") or mapping["programme"]
            assert (mapping["organisation"], programme) in known_programmes
            assert row.get("posting") in {None, ""} | organisations
            assert vocabulary.find_language(row.get("language", "de"))
            for name, look_up in look_ups.items():
                assert all(look_up(term) for term in row.get(name, "").split("|") if term)


def test_findable_duplicates_have_similar_names_and_the_same_origin(full: Made) -> None:
    folder, manifest = full
    rows = {
        (file, row["reference"]): row
        for file in ("diplomaten", "ips", "unternehmer", "daad", "humboldt")
        for row in good_rows(folder, file)
    }
    for pair in manifest.duplicates:
        left = rows[pair.left_file, pair.left_reference]
        right = rows[pair.right_file, pair.right_reference]
        assert vocabulary.find_country(left["origin"]) == vocabulary.find_country(right["origin"])
        assert reading.normalise_email(left["email"]) != reading.normalise_email(right["email"])
        if pair.findable:
            assert (
                name_similarity(
                    *(anyascii(f"{row['given_name']} {row['family_name']}") for row in (left, right))
                )
                > 0.44
            )


def test_the_mentorship_stories_find_their_persons_and_regions(made: Made) -> None:
    rows = {row["reference"]: row for row in good_rows(made[0], "unternehmer")}
    assert set(made[1].story_addresses) == set(STORY) <= set(rows)
    for desk in list_desks():
        assert desk["region"] in vocabulary.regions()
        assert {*desk["contacts"], *desk["deputies"]} <= set(rows)
    for story in list_mentorships():
        assert {story["requester"], story["accepts"], *story["candidates"]} <= set(rows)
        assert story["desk"] in {desk["region"] for desk in list_desks()}
        assert set(story["themes"]) <= set(vocabulary.themes())
        for reference in story["candidates"]:
            row = rows[reference]
            assert row["advises"] == "ja"
            assert story["region"] in {vocabulary.find_region(term) for term in row["regions"].split("|")}
