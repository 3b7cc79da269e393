"""What is chosen on 短板分析, and how the page's address says it."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.gap_index import Scaling, Weighting
from i18n import Lang
from layers import AdminLevel
from maps.address import Address
from pages.gaps_figures import Weights, offered, usual_parts
from pages.scopes import Townships

LEVELS = (AdminLevel.VILLAGE, AdminLevel.TOWNSHIP, AdminLevel.COUNTY)
SCORE, CERTAINTY, MORAN, GETIS_ORD = "score", "certainty", "moran", "getis_ord"
COLOURS = (SCORE, CERTAINTY, MORAN, GETIS_ORD)
"""Ways to colour the map beside the indicators, which are called by their ids."""
USUAL_WEIGHT = 5.0
MOST_WEIGHT = 10.0
MOST_SEED = 999_999


@dataclass(frozen=True)
class Choices:
    """Everything that the page shows hangs on these."""

    as_of: dt.date
    level: AdminLevel = AdminLevel.VILLAGE
    part: str = ""
    """Leading digits of the codes looked at; empty for the city."""
    scope: Townships = Townships.ALL
    parts: tuple[str, ...] = ()
    weights: Weights = field(default_factory=Weights)
    colour: str = SCORE
    code: str | None = None


def by_hand(parts: Sequence[str], held: Choices) -> tuple[float, ...]:
    """The weights chosen by hand for some parts, the usual one for those that had none."""
    known = dict(zip(held.parts, held.weights.by_hand, strict=False))
    return tuple(known.get(part, USUAL_WEIGHT) for part in parts)


def read_address(
    parameters: Mapping[str, str], days: Sequence[dt.date], lang: Lang
) -> tuple[Choices, list[str]]:
    """Choices from the page's address, and a sentence for each part that makes no sense (it is left out).

    Parameters
    ----------
    days : with a snapshot, newest first.
    """
    address = Address(parameters, lang)
    level = AdminLevel.of(address.one_of("level", [str(level) for level in LEVELS], str(AdminLevel.VILLAGE)))
    known = [i.id for i in offered(level)]
    parts = usual_parts(level)
    if "parts" in parameters:
        asked = [part for part in parameters["parts"].split(",") if part]
        if not set(asked) <= set(known) or not asked:
            address.odd("parts")
        parts = tuple(name for name in known if name in asked) or parts
    method = Weighting(address.one_of("method", list(Weighting), Weighting.EQUAL))
    hand = _hand(parameters.get("w", ""), len(parts))
    if hand is None:
        address.odd("w")
    choices = Choices(
        dt.date.fromisoformat(address.one_of("day", [day.isoformat() for day in days], days[0].isoformat())),
        level,
        address.fitting("part", r"\d{6}|\d{9}"),
        Townships(address.one_of("kind", list(Townships), Townships.ALL)),
        parts,
        Weights(
            method,
            hand or (USUAL_WEIGHT,) * len(parts),
            Scaling(address.one_of("scaling", list(Scaling), Scaling.MIN_MAX)),
            address.one_of("draws", ["any", "around"], "any") == "around",
            int(address.fitting("seed", r"\d{1,6}", "0")),
        ),
        address.one_of("by", [*COLOURS, *known], SCORE),
        address.fitting("code", r"\d{12}") or None,
    )
    return choices, address.problems


def _hand(given: str, count: int) -> tuple[float, ...] | None:
    """Weights from ``5,5,10``; nothing if none are given, None if they make no sense."""
    if not given:
        return ()
    try:
        found = tuple(float(part) for part in given.split(","))
    except ValueError:
        return None
    sound = len(found) == count and all(math.isfinite(w) and 0 <= w <= MOST_WEIGHT for w in found)
    return found if sound else None


def as_address(choices: Choices, days: Sequence[dt.date]) -> dict[str, str]:
    """The address's parameters for choices; what is as usual is left out."""
    how = choices.weights
    said = {
        "level": str(choices.level) if choices.level is not AdminLevel.VILLAGE else "",
        "part": choices.part,
        "kind": str(choices.scope) if choices.scope is not Townships.ALL else "",
        "day": choices.as_of.isoformat() if choices.as_of != days[0] else "",
        "parts": ",".join(choices.parts) if choices.parts != usual_parts(choices.level) else "",
        "method": str(how.method) if how.method is not Weighting.EQUAL else "",
        "w": ",".join(f"{weight:g}" for weight in how.by_hand) if how.method is Weighting.HAND else "",
        "scaling": str(how.scaling) if how.scaling is not Scaling.MIN_MAX else "",
        "draws": "around" if how.around else "",
        "seed": str(how.seed) if how.seed else "",
        "by": choices.colour if choices.colour != SCORE else "",
        "code": choices.code or "",
    }
    return {name: value for name, value in said.items() if value}
