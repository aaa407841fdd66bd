"""Makes countries.json and languages.json of the vocabulary from the CLDR data inside Babel.

Run it by hand when Babel brings a new CLDR: `python -m deploy.local.data.make_vocabulary`.
The regions follow the UN M49 sub-regions; short forms are ours, because offices write them.
"""

import json
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import get_global

LANGUAGES = ("de", "en", "fr", "ru")
VOCABULARY = Path(__file__).parents[3] / "shared" / "contracts" / "vocabulary"

SUB_REGIONS = {
    "Northern Africa": "DZ EG EH LY MA SD TN",
    "Eastern Africa": "BI DJ ER ET IO KE KM MG MU MW MZ RE RW SC SO SS TF TZ UG YT ZM ZW",
    "Middle Africa": "AO CD CF CG CM GA GQ ST TD",
    "Southern Africa": "BW LS NA SZ ZA",
    "Western Africa": "BF BJ CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG",
    "Caribbean": "AG AI AW BB BL BQ BS CU CW DM DO GD GP HT JM KN KY LC MF MQ MS PR SX TC TT VC VG VI",
    "Central America": "BZ CR GT HN MX NI PA SV",
    "South America": "AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE",
    "Northern America": "BM CA GL PM US",
    "Antarctica": "AQ",
    "Central Asia": "KG KZ TJ TM UZ",
    "Eastern Asia": "CN HK JP KP KR MN MO TW",
    "South-eastern Asia": "BN ID KH LA MM MY PH SG TH TL VN",
    "Southern Asia": "AF BD BT IN IR LK MV NP PK",
    "Western Asia": "AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE",
    "Eastern Europe": "BG BY CZ HU MD PL RO RU SK UA",
    "Northern Europe": "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ",
    "Southern Europe": "AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA XK",
    "Western Europe": "AT BE CH DE FR LI LU MC NL",
    "Australia and New Zealand": "AU CC CX HM NF NZ",
    "Melanesia": "FJ NC PG SB VU",
    "Micronesia": "FM GU KI MH MP NR PW UM",
    "Polynesia": "AS CK NU PF PN TK TO TV WF WS",
}
REGION_OF_SUB_REGION = {
    "Central Asia": "central-asia",
    "Western Asia": "middle-east",
    "Antarctica": "oceania",
    "Australia and New Zealand": "oceania",
    "Melanesia": "oceania",
    "Micronesia": "oceania",
    "Polynesia": "oceania",
}
REGION_OF_COUNTRY = {
    "AM": "south-caucasus",
    "AZ": "south-caucasus",
    "GE": "south-caucasus",
    "CY": "europe",
    "TR": "europe",
    "IR": "middle-east",
}

SHORT_FORMS = {
    "AE": "VAE; UAE; Emirate; United Arab Emirates; Emirates",
    "AG": "Antigua",
    "BA": "Bosnien; Bosnia; Bosnien-Herzegowina; Bosnia-Herzegovina; BiH",
    "BN": "Brunei",
    "BO": "Plurinationaler Staat Bolivien; Plurinational State of Bolivia",
    "BY": "Weißrussland; Weissrussland; White Russia; Byelorussia; Республика Беларусь; Белоруссия",
    "CD": "DR Kongo; DRK; Demokratische Republik Kongo; Kongo, Demokratische Republik; DR Congo; DRC; "
    "Democratic Republic of the Congo; République démocratique du Congo; RDC; ДР Конго",
    "CG": "Republik Kongo; Kongo, Republik; Republic of the Congo; République du Congo; Kongo; Congo",
    "CI": "Elfenbeinküste; Ivory Coast; Republik Côte d'Ivoire; Cote d Ivoire",
    "CN": "VR China; Volksrepublik China; PR China; People's Republic of China; КНР",
    "CV": "Kap Verde; Cape Verde; Kapverden",
    "CZ": "Tschechische Republik; Czech Republic; République tchèque; Чешская Республика",
    "DE": "Bundesrepublik Deutschland; BRD; Federal Republic of Germany; ФРГ",
    "DO": "Dom. Republik; Dominican Rep.",
    "FM": "Föderierte Staaten von Mikronesien; Federated States of Micronesia",
    "GB": "Großbritannien; UK; U.K.; Great Britain; Britain; Vereinigtes Königreich Großbritannien und "
    "Nordirland; United Kingdom of Great Britain and Northern Ireland; Grande-Bretagne",
    "GM": "Republik Gambia; The Gambia",
    "HK": "Hongkong; Hong Kong",
    "IR": "Islamische Republik Iran; Islamic Republic of Iran",
    "KG": "Kirgisien; Kirgisische Republik; Kirgistan; Kirgisistan; Kyrgyz Republic; Kirghizia; "
    "Kirghizistan; Киргизия; Кыргызстан",
    "KN": "St. Kitts; Saint Kitts and Nevis",
    "KP": "DVRK; DPRK; North Korea; Demokratische Volksrepublik Korea",
    "KR": "Republik Korea; Korea; Korea, Republik; Republic of Korea; Südkorea; Южная Корея",
    "LA": "Demokratische Volksrepublik Laos; Lao PDR; Lao People's Democratic Republic",
    "LC": "Saint Lucia",
    "MD": "Moldau; Moldawien; Moldova; Republic of Moldova; République de Moldavie; Молдавия; Молдова",
    "MK": "Mazedonien; Macedonia; FYROM; Republik Nordmazedonien; Republic of North Macedonia; Македония",
    "MM": "Birma; Burma; Myanmar; Birmanie",
    "MO": "Macau; Macao",
    "NL": "Holland; The Netherlands",
    "PS": "Palästina; Palestine; State of Palestine; Staat Palästina; Палестина",
    "RU": "Russische Föderation; Russian Federation; Fédération de Russie; RF; Российская Федерация; РФ",
    "SK": "Slowakische Republik; Slovak Republic; République slovaque",
    "ST": "Sao Tome; São Tomé",
    "SY": "Arabische Republik Syrien; Syrian Arab Republic",
    "SZ": "Swasiland; Swaziland; eSwatini",
    "TL": "Osttimor; East Timor",
    "TR": "Turkey; Türkiye; Republik Türkei",
    "TW": "Chinese Taipei",
    "TZ": "Vereinigte Republik Tansania; United Republic of Tanzania; Tanzania; Tanganjika",
    "UA": "Ucraina",
    "US": "USA; U.S.A.; U.S.; Amerika; Vereinigte Staaten von Amerika; United States of America; America; "
    "États-Unis d'Amérique; Соединенные Штаты Америки; США",
    "UZ": "Uzbekistan; Republik Usbekistan",
    "VA": "Vatikan; Heiliger Stuhl; Holy See; Saint-Siège; Vatican",
    "VC": "St. Vincent; Saint Vincent and the Grenadines",
    "VE": "Bolivarische Republik Venezuela; Bolivarian Republic of Venezuela",
    "VN": "Viet Nam; Sozialistische Republik Vietnam",
    "XK": "Kosova; Republik Kosovo; Republic of Kosovo",
}
RETIRED_ALPHA3 = {"BUR", "ZAR", "TMP", "ROM", "YUG", "SCG", "FXX", "DDR", "SUN", "YMD", "ANT", "CSK"}


def sub_regions() -> dict[str, str]:
    return {code: name for name, codes in SUB_REGIONS.items() for code in codes.split()}


def region_of(code: str, sub_region: str) -> str:
    if code in REGION_OF_COUNTRY:
        return REGION_OF_COUNTRY[code]
    if sub_region in REGION_OF_SUB_REGION:
        return REGION_OF_SUB_REGION[sub_region]
    if "America" in sub_region or sub_region == "Caribbean":
        return "americas"
    return sub_region.rsplit(" ", 1)[-1].lower()


def alpha3_codes() -> dict[str, str]:
    aliases = get_global("territory_aliases")
    found = {
        codes[0]: alias
        for alias, codes in sorted(aliases.items())
        if len(alias) == 3 and alias.isalpha() and len(codes) == 1 and alias not in RETIRED_ALPHA3
    }
    return found | {"XK": "XKX"}


def translate_name(kind: str, code: str) -> dict[str, str]:
    return {language: getattr(Locale(language), kind)[code] for language in LANGUAGES}


def build_countries() -> list[dict[str, Any]]:
    alpha3 = alpha3_codes()
    return [
        {
            "code": code,
            "alpha3": alpha3[code],
            "names": translate_name("territories", code),
            "un_region": sub_region,
            "region": region_of(code, sub_region),
            "short_forms": [form.strip() for form in SHORT_FORMS.get(code, "").split(";") if form.strip()],
        }
        for code, sub_region in sorted(sub_regions().items())
    ]


def build_languages() -> list[dict[str, Any]]:
    known = [set(Locale(language).languages) for language in LANGUAGES]
    codes = sorted(code for code in set.intersection(*known) if len(code) == 2)
    return [{"code": code, "names": translate_name("languages", code)} for code in codes]


def write_entries(name: str, version: str, entries: list[dict[str, Any]]) -> None:
    lines = ",\n".join("    " + json.dumps(entry, ensure_ascii=False) for entry in entries)
    source = f"Unicode CLDR {get_global('cldr')['version']}, Unicode License v3; UN M49 sub-regions"
    head = f'{{\n  "version": "{version}",\n  "source": "{source}",\n  "entries": [\n'
    (VOCABULARY / name).write_text(f"{head}{lines}\n  ]\n}}\n", encoding="utf-8")


def main() -> None:
    write_entries("countries.json", "2026.1", build_countries())
    write_entries("languages.json", "2026.1", build_languages())


if __name__ == "__main__":
    main()
