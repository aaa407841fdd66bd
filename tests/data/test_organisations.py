"""The organisations of the demo are complete, unique, and of known kinds and countries."""

import re

from deploy.local.data.organisations import (
    load_all_organisations,
    load_missions,
    load_missions_in_germany,
    load_municipalities,
    load_programmes,
)
from shared.contracts import vocabulary
from shared.contracts.members import OrganisationKind


def test_every_organisation_has_a_unique_slug_a_name_a_kind_and_a_country() -> None:
    entries = load_all_organisations()
    assert len({entry["slug"] for entry in entries}) == len(entries)
    for entry in entries:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry["slug"])
        assert len(entry["slug"]) <= 80
        assert entry["name"].strip() == entry["name"] != ""
        assert entry["kind"] in set(OrganisationKind)
        assert entry["country"] in vocabulary.countries()
        assert set(entry["languages"]) <= set(vocabulary.languages())


def test_missions_have_a_host_country_and_a_known_jurisdiction() -> None:
    for entry in (*load_missions(), *load_missions_in_germany()):
        assert {entry["host_country"], *entry["jurisdiction"]} <= set(vocabulary.countries())
        assert entry["host_country"] != entry["country"]


def test_each_country_lies_in_the_jurisdiction_of_at_most_one_embassy() -> None:
    embassies = [entry for entry in load_missions() if entry["slug"].startswith("botschaft-")]
    countries = [code for entry in embassies for code in entry["jurisdiction"]]
    assert len(countries) == len(set(countries))
    assert len(embassies) >= 140


def test_all_municipalities_of_north_rhine_westphalia_are_there() -> None:
    entries = load_municipalities()
    assert len(entries) == 396
    assert len({entry["ags"] for entry in entries}) == 396
    assert sum(entry["name"].startswith("Stadt ") for entry in entries) == 272
    assert sum(entry["district"] is None for entry in entries) == 22
    assert len({entry["district"] for entry in entries} - {None}) == 31


def test_every_programme_belongs_to_an_organisation() -> None:
    organisations = {entry["slug"] for entry in load_all_organisations()}
    assert {entry["organisation"] for entry in load_programmes()} <= organisations
    assert len({entry["slug"] for entry in load_programmes()}) == len(load_programmes())
