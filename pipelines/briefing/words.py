"""The sentences of a briefing, from numbers: what a value is, how it moved, how far the target is."""

import datetime as dt
import math

from i18n import Lang, tr
from layers import Direction, Unit
from pipelines.briefing.figures import Fact, apart, figure, target


def fact_sentence(fact: Fact, earlier: dt.date | None, lang: Lang) -> str:
    """One indicator in a sentence.

    Parameters
    ----------
    earlier : day of the snapshot before; None if there is none, and then no change is told.
    """
    name = fact.indicator.title.get(lang)
    if not fact.known:
        return tr("briefing.fact.none", lang, name=name)
    parts = [
        tr("briefing.fact.value", lang, name=name, value=figure(fact.value, fact.indicator.unit, lang)),
        change_words(fact, earlier, lang),
        target_words(fact, lang),
        coverage_words(fact, lang),
    ]
    return tr("briefing.fact.whole", lang, parts=tr("briefing.fact.comma", lang).join(filter(None, parts)))


def change_words(fact: Fact, earlier: dt.date | None, lang: Lang) -> str:
    """How a figure moved since the snapshot before; blank where that is unknown."""
    change = fact.change
    if earlier is None or math.isnan(change):
        return ""
    day = earlier.isoformat()
    if change == 0:
        return tr("briefing.fact.same", lang, day=day)
    way = "up" if change > 0 else "down"
    unit = fact.indicator.unit
    size = apart(abs(change), unit, lang)
    if unit is Unit.SHARE:
        return tr(f"briefing.fact.share_{way}", lang, day=day, size=size)
    return tr(f"briefing.fact.amount_{way}", lang, day=day, size=size)


def target_words(fact: Fact, lang: Lang) -> str:
    """How far the target of the indicator's year is; blank without a target."""
    indicator, short = fact.indicator, fact.short
    if math.isnan(short):
        return ""
    given = {"year": indicator.target_year or "", "target": target(indicator, lang)}
    dated = "" if indicator.target_year else "_undated"
    if short == 0:
        return tr(f"briefing.fact.met{dated}", lang, **given)
    gap = apart(short, indicator.unit, lang)
    if indicator.direction is Direction.LOWER:
        return tr(f"briefing.fact.over{dated}", lang, gap=gap, **given)
    return tr(f"briefing.fact.short{dated}", lang, gap=gap, **given)


def coverage_words(fact: Fact, lang: Lang) -> str:
    """That not all units counted have data; blank where all have."""
    if fact.units <= 1 or fact.with_data >= fact.units:
        return ""
    return tr("briefing.fact.coverage", lang, known=fact.with_data, units=fact.units)


def change_cell(fact: Fact, lang: Lang) -> str:
    """A change as a table has it: with its sign, a dash where it is unknown."""
    change = fact.change
    if math.isnan(change):
        return "—"
    if change == 0:
        return "0"
    unit = fact.indicator.unit
    shown = f"{abs(change) * 100:.1f}" if unit is Unit.SHARE else figure(abs(change), unit, lang)
    return f"{'+' if change > 0 else '−'}{shown}"


def standing_cell(fact: Fact, lang: Lang) -> str:
    """Whether the target is met or by how much it is missed; a dash where nobody can say."""
    short = fact.short
    if math.isnan(short):
        return "—"
    if short == 0:
        return tr("briefing.table.met", lang)
    return tr("briefing.table.short", lang, gap=apart(short, fact.indicator.unit, lang))
