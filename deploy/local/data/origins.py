"""Where the members of each list come from and live now: the 180 states, the programme's countries, weights."""

from random import Random

from deploy.local.data.names import groups_by_country
from deploy.local.data.organisations import load_missions_in_germany

NOT_IN_THE_TRAINING = {"DE", "AD", "LI", "MC", "SM", "SY", "PS", "TW", "XK"}


def _weights_by_code(codes_by_weight: dict[int, str]) -> dict[str, int]:
    return {code: weight for weight, codes in codes_by_weight.items() for code in codes.split()}


STIPEND = _weights_by_code(
    {
        5: "US FR PL UA RO HU",
        3: "CZ SK BG RS HR BA MK AL GE GR IL EG",
        2: "EE LV LT SI ME XK MD BY AM AZ RU KG UZ TJ TN MA JO LB DZ IQ",
        1: "AR BR CL CO CR GT MX PE AU NZ ID CA GB TR PS",
    }
)
SCHOLARS = _weights_by_code(
    {
        6: "IN CN RU US",
        3: "BR EG TR PL UA IT ES FR GB JP KR IR PK ID VN MX NG CO",
        1: "KZ GE AM RO BG HU CZ GR RS AL MK KE GH CM ET ZA MA TN JO BD NP CL AR PE UZ KG CA AU",
    }
)
ABROAD = _weights_by_code({4: "DE", 2: "US", 1: "GB FR AT CH BE NL CA ES SE"})


def training_states() -> list[str]:
    """The 180 states of the diplomatic training."""
    return [code for code in sorted(groups_by_country()) if code not in NOT_IN_THE_TRAINING]


def draw_diplomats(random: Random, number: int) -> list[str]:
    """Origins of diplomats: every state about the same, small ones as well; each at least once if they fit."""
    fair = (training_states() * (number * 2 // 3 // len(training_states()) + 1))[: number * 2 // 3]
    return fair + random.choices(training_states(), k=number - len(fair))


def draw_stipend_holders(random: Random, number: int) -> list[str]:
    """Origins of parliamentary-stipend alumni: some fifty countries, eighty persons from Kazakhstan."""
    fixed = ["KZ"] * (number * 78 // 3320) + ["RU"] * (number // 20)
    return fixed + random.choices(list(STIPEND), list(STIPEND.values()), k=number - len(fixed))


def draw_scholars(random: Random, number: int) -> list[str]:
    return random.choices(list(SCHOLARS), list(SCHOLARS.values()), k=number)


def draw_residence(random: Random, origin: str, stays: float) -> str:
    """Where someone lives now: at home with probability `stays`, else where many alumni go."""
    return origin if random.random() < stays else random.choices(list(ABROAD), list(ABROAD.values()))[0]


def embassies_in_berlin() -> dict[str, str]:
    """The slug of a state's embassy in Berlin, by the state's code."""
    return {mission["country"]: mission["slug"] for mission in load_missions_in_germany()}
