"""What is chosen on 进度地图, and how the page's address says it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from i18n import Lang
from layers import AdminLevel, Indicator, all_indicators
from maps.address import Address
from maps.past_layers import moment_in, moment_words
from pages.scopes import Townships

LEVELS = (AdminLevel.VILLAGE, AdminLevel.TOWNSHIP, AdminLevel.COUNTY)


class View(StrEnum):
    """What the page shows of the days."""

    DAY = "day"
    CHANGE = "change"
    SWIPE = "swipe"
    COUNTIES = "counties"

    @property
    def compares(self) -> bool:
        """Whether a second day is looked at."""
        return self in (View.CHANGE, View.SWIPE)


class Knowledge(StrEnum):
    """By whose knowledge the days are drawn."""

    NEWEST = "newest"
    THEN = "then"
    FIXED = "fixed"


@dataclass(frozen=True)
class Choices:
    """Everything that the page shows hangs on these; days are None until the days with figures are known.

    `day` is any day; shown are the figures of the newest computed day on or before it (`past_figures.Dated.on`).
    """

    indicator_id: str
    level: AdminLevel = AdminLevel.TOWNSHIP
    day: dt.date | None = None
    against: dt.date | None = None
    """The earlier day, where two are compared."""
    view: View = View.DAY
    knowledge: Knowledge = Knowledge.NEWEST
    known_at: dt.datetime | None = None
    """The moment, where it is fixed (UTC)."""
    part: str = ""
    """Leading digits of the codes looked at; empty for the city."""
    kind: Townships = Townships.ALL
    code: str | None = None


def offered(level: AdminLevel) -> tuple[Indicator, ...]:
    """Indicators that exist at a level."""
    return tuple(i for i in all_indicators() if i.level.digits >= level.digits)


def read_address(parameters: Mapping[str, str], lang: Lang) -> tuple[Choices, list[str]]:
    """Choices from the page's address, and a sentence for each part that makes no sense (it is left out)."""
    address = Address(parameters, lang)
    level = AdminLevel.of(address.one_of("level", [str(level) for level in LEVELS], str(AdminLevel.TOWNSHIP)))
    known = [i.id for i in offered(level)]
    knowledge, known_at = Knowledge.NEWEST, None
    if "known" in parameters:
        given = parameters["known"]
        if given == Knowledge.THEN:
            knowledge = Knowledge.THEN
        else:
            try:
                known_at = moment_in(given)
                knowledge = Knowledge.NEWEST if known_at is None else Knowledge.FIXED
            except (ValueError, OverflowError):
                address.odd("known")
    choices = Choices(
        address.one_of("indicator", known, known[0]),
        level,
        address.day("day"),
        address.day("against"),
        View(address.one_of("view", list(View), View.DAY)),
        knowledge,
        known_at,
        address.fitting("part", r"\d{6}"),
        Townships(address.one_of("kind", list(Townships), Townships.ALL)),
        address.fitting("code", r"\d{12}") or None,
    )
    return choices, address.problems


def as_address(choices: Choices) -> dict[str, str]:
    """The address's parameters for choices; what is as usual is left out."""
    known = {
        Knowledge.NEWEST: "",
        Knowledge.THEN: str(Knowledge.THEN),
        Knowledge.FIXED: moment_words(choices.known_at),
    }[choices.knowledge]
    said = {
        "indicator": choices.indicator_id,
        "level": str(choices.level),
        "day": choices.day.isoformat() if choices.day else "",
        "against": choices.against.isoformat() if choices.against and choices.view.compares else "",
        "view": str(choices.view) if choices.view is not View.DAY else "",
        "known": known,
        "part": choices.part,
        "kind": str(choices.kind) if choices.kind is not Townships.ALL else "",
        "code": choices.code or "",
    }
    return {name: value for name, value in said.items() if value}
