"""What is chosen on 短板分析, and how the page's address says it."""

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.gap_index import Scaling, Weighting
from i18n import Lang, tr
from layers import AdminLevel
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
    problems: list[str] = []

    def odd(name: str) -> None:
        problems.append(tr("map.bad_address", lang, name=name, value=parameters[name][:60]))

    def one_of(name: str, allowed: Sequence[str], usual: str) -> str:
        given = parameters.get(name, usual)
        if given in allowed:
            return given
        odd(name)
        return usual

    level = AdminLevel.of(one_of("level", [str(level) for level in LEVELS], str(AdminLevel.VILLAGE)))
    known = [i.id for i in offered(level)]
    parts = usual_parts(level)
    if "parts" in parameters:
        asked = [part for part in parameters["parts"].split(",") if part]
        if not set(asked) <= set(known) or not asked:
            odd("parts")
        parts = tuple(name for name in known if name in asked) or parts
    code = parameters.get("code") or None
    if code is not None and not re.fullmatch(r"\d{12}", code):
        odd("code")
        code = None
    part = parameters.get("part", "")
    if part and not re.fullmatch(r"\d{6}|\d{9}", part):
        odd("part")
        part = ""
    method = Weighting(one_of("method", list(Weighting), Weighting.EQUAL))
    hand = _hand(parameters.get("w", ""), len(parts))
    if hand is None:
        odd("w")
    seed = parameters.get("seed", "0")
    if not re.fullmatch(r"\d{1,6}", seed):
        odd("seed")
        seed = "0"
    choices = Choices(
        dt.date.fromisoformat(one_of("day", [day.isoformat() for day in days], days[0].isoformat())),
        level,
        part,
        Townships(one_of("kind", list(Townships), Townships.ALL)),
        parts,
        Weights(
            method,
            hand or (USUAL_WEIGHT,) * len(parts),
            Scaling(one_of("scaling", list(Scaling), Scaling.MIN_MAX)),
            one_of("draws", ["any", "around"], "any") == "around",
            int(seed),
        ),
        one_of("by", [*COLOURS, *known], SCORE),
        code,
    )
    return choices, problems


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
