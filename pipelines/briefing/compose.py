"""The briefing of one place, put together from what was gathered."""

import datetime as dt
import math
from typing import Protocol
from zoneinfo import ZoneInfo

import shapely

from i18n import Lang, tr
from layers import AdminKind, AdminLevel, Indicator, Layer, Unit
from pipelines.briefing import figures
from pipelines.briefing.figures import Fact
from pipelines.briefing.gather import Gathered, Place, briefed, briefed_layers, headlines
from pipelines.briefing.model import PATH_SIGN, Briefing, Chart, ChartKind, KeyFigure, Picture, Section, Table
from pipelines.briefing.project_words import project_section, project_sentence, project_sums
from pipelines.briefing.provenance import missing_lines, notice, source_lines
from pipelines.briefing.words import change_cell, fact_sentence, standing_cell

_FARTHEST = 8
"""Places listed below a map: those furthest from the target."""
_ZONE = ZoneInfo("Asia/Shanghai")
_BELOW = {
    AdminLevel.CITY: AdminLevel.TOWNSHIP,
    AdminLevel.COUNTY: AdminLevel.TOWNSHIP,
    AdminLevel.TOWNSHIP: AdminLevel.VILLAGE,
    AdminLevel.VILLAGE: AdminLevel.VILLAGE,
}
"""The level that a place's maps show."""


class DrawMap(Protocol):
    """Draws a theme map; `maps.theme_picture.theme_picture`, handed in since rooms of one floor do not meet."""

    def __call__(
        self,
        units: "list[tuple[shapely.Geometry, str, float]]",
        indicator: Indicator,
        *,
        heavier: "list[tuple[shapely.Geometry, str]]",
        own: shapely.Geometry | None,
        title: str,
        lang: Lang,
    ) -> str:
        """Return one ``<svg>``."""


def briefing(gathered: Gathered, code: str, lang: Lang, draw: DrawMap, at: dt.datetime) -> Briefing:
    """Put the briefing of a place together.

    Parameters
    ----------
    gathered : read for the place or for one that it lies in.
    draw : draws the maps.
    at : when it is made, UTC.

    Raises
    ------
    KeyError : the place was not gathered.
    """
    here = gathered.places[code]
    sums = project_sums(gathered, here)
    layers = briefed_layers()
    return Briefing(
        lang=lang,
        admin_code=code,
        place=here.name,
        level=here.level,
        path=_path(gathered, here),
        month=gathered.month,
        as_of=gathered.as_of,
        until=gathered.until,
        notice=notice(gathered, sums, lang),
        figures=tuple(
            _key_figure(gathered.fact(code, headlines(layer, here.level)[0]), lang) for layer in layers
        ),
        summary=(
            *(
                fact_sentence(gathered.fact(code, headlines(layer, here.level)[0]), gathered.previous, lang)
                for layer in layers
            ),
            project_sentence(sums, lang),
        ),
        sections=(
            _targets(gathered, here, lang),
            *(_layer(gathered, here, layer, lang, draw) for layer in layers),
            project_section(gathered, here, sums, lang),
        ),
        tables=(_full_table(gathered, here, lang),),
        sources=source_lines(gathered, here, sums, lang),
        missing=missing_lines(gathered, here, sums, lang),
        made=tr("briefing.made", lang, at=at.astimezone(_ZONE).strftime("%Y-%m-%d %H:%M")),
    )


def _path(gathered: Gathered, here: Place) -> str:
    above = (gathered.places.get(here.admin_code[: level.digits].ljust(12, "0")) for level in AdminLevel)
    return PATH_SIGN.join(dict.fromkeys(one.name for one in above if one is not None))


def _key_figure(fact: Fact, lang: Lang) -> KeyFigure:
    short = fact.short
    remark = "" if math.isnan(short) else standing_cell(fact, lang)
    good = None if math.isnan(short) else short == 0
    label = fact.indicator.title.get(lang)
    return KeyFigure(label, figures.figure(fact.value, fact.indicator.unit, lang), remark, good)


def _targets(gathered: Gathered, here: Place, lang: Lang) -> Section:
    """Shares beside their targets, which share one axis."""
    facts = [
        fact
        for layer in briefed_layers()
        for fact in (gathered.fact(here.admin_code, one) for one in headlines(layer, here.level))
        if fact.indicator.unit is Unit.SHARE and fact.indicator.target is not None
    ]
    chart = Chart(
        ChartKind.BARS,
        tr("briefing.chart.targets", lang, place=here.name),
        tuple(fact.indicator.title.get(lang) for fact in facts),
        (
            (
                tr("briefing.chart.value", lang),
                tuple(None if not fact.known else round(fact.value * 100, 1) for fact in facts),
            ),
            (
                tr("briefing.chart.target", lang),
                tuple(round((fact.indicator.target or 0) * 100, 1) for fact in facts),
            ),
        ),
        "%",
    )
    judged = [fact for layer in briefed_layers() for fact in _judged(gathered, here, layer)]
    met = sum(fact.short == 0 for fact in judged)
    said = (
        tr("briefing.targets.met", lang, met=met, all=len(judged))
        if judged
        else tr("briefing.fact.whole", lang, parts=tr("briefing.no_data", lang))
    )
    return Section(tr("briefing.targets.title", lang), (said,), charts=(chart,))


def _judged(gathered: Gathered, here: Place, layer: Layer) -> list[Fact]:
    facts = (gathered.fact(here.admin_code, one) for one in briefed(layer, here.level))
    return [fact for fact in facts if not math.isnan(fact.short)]


def _layer(gathered: Gathered, here: Place, layer: Layer, lang: Lang, draw: DrawMap) -> Section:
    """A layer: its headlines in sentences, the map of the first that exists below, the places furthest behind."""
    told = list(headlines(layer, here.level))
    sentences = [fact_sentence(gathered.fact(here.admin_code, one), gathered.previous, lang) for one in told]
    below = _BELOW[here.level]
    shown = next((one for one in (*told, *layer.indicators) if one.level.digits >= below.digits), None)
    if shown is None:
        return Section(layer.title.get(lang), tuple(sentences))
    within = here.prefix[: AdminLevel.TOWNSHIP.digits]
    facts = [(one, gathered.fact(one.admin_code, shown)) for one in gathered.below(within, below)]
    judged = [(one, fact) for one, fact in facts if one.kind is not AdminKind.OTHER]
    if any(fact.known for _, fact in judged):
        sentences.append(_spread(judged, below, lang))
    reserved = _reserve_sentence(gathered, here, told, lang)
    if reserved:
        sentences.append(reserved)
    table = _farthest(gathered, here, judged, lang) if below is not here.level else None
    return Section(
        layer.title.get(lang),
        tuple(sentences),
        picture=_picture(gathered, here, facts, shown, lang, draw),
        tables=(table,) if table is not None else (),
    )


def _picture(
    gathered: Gathered,
    here: Place,
    facts: list[tuple[Place, Fact]],
    shown: Indicator,
    lang: Lang,
    draw: DrawMap,
) -> Picture | None:
    drawn = [(one, fact) for one, fact in facts if one.admin_code in gathered.outlines]
    # A map in one colour says no more than the sentence above it.
    if len({fact.value for _, fact in drawn if fact.known}) < 2:
        return None
    below = drawn[0][0].level
    title = tr(
        "briefing.map.title",
        lang,
        place=_among(gathered, here).name,
        name=shown.title.get(lang),
        level=below.text.get(lang),
    )
    heavier = gathered.below(here.prefix, AdminLevel.COUNTY) if here.level is AdminLevel.CITY else []
    svg = draw(
        [(gathered.outlines[one.admin_code], one.name, fact.value) for one, fact in drawn],
        shown,
        heavier=[(gathered.outlines[one.admin_code], one.name) for one in heavier],
        own=gathered.outlines.get(here.admin_code) if here.level is below else None,
        title=title,
        lang=lang,
    )
    known = sum(fact.known for _, fact in drawn)
    words = tr("briefing.map.words", lang, title=title, known=known, units=len(drawn))
    return Picture(title, svg, words)


def _among(gathered: Gathered, here: Place) -> Place:
    """The place that a map is of: a village is shown in its township."""
    if here.level is not AdminLevel.VILLAGE:
        return here
    return gathered.places[here.admin_code[: AdminLevel.TOWNSHIP.digits].ljust(12, "0")]


def _spread(facts: list[tuple[Place, Fact]], below: AdminLevel, lang: Lang) -> str:
    """How many of the places below have met the target, are short of it, have no data."""
    unknown = sum(not fact.known for _, fact in facts)
    given = {
        "units": len(facts),
        "level": below.text.get(lang),
        "name": facts[0][1].indicator.title.get(lang),
    }
    judged = [fact for _, fact in facts if not math.isnan(fact.short)]
    if judged:
        met = sum(fact.short == 0 for fact in judged)
        said = tr("briefing.spread.met", lang, met=met, short=len(judged) - met, **given)
    else:
        known = sorted(fact.value for _, fact in facts if fact.known)
        unit = facts[0][1].indicator.unit
        low, high = (figures.figure(value, unit, lang) for value in (known[0], known[-1]))
        key = "briefing.spread.range" if low != high else "briefing.spread.alike"
        said = tr(key, lang, low=low, high=high, **given)
    return said + (
        tr("briefing.spread.unknown", lang, unknown=unknown)
        if unknown
        else tr("briefing.fact.whole", lang, parts="")
    )


def _reserve_sentence(gathered: Gathered, here: Place, told: list[Indicator], lang: Lang) -> str:
    """By how many 亩 the reserve is short of its share; blank where it is not."""
    for one in told:
        fact = gathered.fact(here.admin_code, one)
        if one.id == "reserved_land_share" and fact.known and fact.short > 0 and one.target is not None:
            short_mu = one.target * fact.denominator - fact.numerator
            return tr(
                "briefing.reserve.short",
                lang,
                reserved=figures.number(fact.numerator, 2),
                total=figures.number(fact.denominator, 2),
                short=figures.number(short_mu, 2),
            )
    return ""


def _farthest(gathered: Gathered, here: Place, facts: list[tuple[Place, Fact]], lang: Lang) -> Table | None:
    """The places furthest from the target; None where all have met it, or there is none."""
    behind = [(one, fact) for one, fact in facts if fact.short > 0]
    if not behind:
        return None
    behind.sort(key=lambda pair: (-pair[1].short, pair[0].admin_code))
    rows = tuple(
        (
            _name_below(gathered, here, one),
            figures.figure(fact.value, fact.indicator.unit, lang),
            figures.apart_cell(fact.short, fact.indicator.unit, lang),
        )
        for one, fact in behind[:_FARTHEST]
    )
    more = len(behind) - len(rows)
    return Table(
        tr("briefing.farthest.title", lang, name=facts[0][1].indicator.title.get(lang)),
        (
            facts[0][0].level.text.get(lang),
            tr("briefing.table.value", lang),
            tr(
                f"briefing.table.to_target_{'points' if facts[0][1].indicator.unit is Unit.SHARE else 'units'}",
                lang,
            ),
        ),
        (False, True, True),
        rows,
        tr("briefing.farthest.more", lang, more=more) if more else "",
    )


def _name_below(gathered: Gathered, here: Place, one: Place) -> str:
    """A name, with the county's before it where the place is the city."""
    if here.level is not AdminLevel.CITY:
        return one.name
    county = gathered.places.get(one.admin_code[: AdminLevel.COUNTY.digits].ljust(12, "0"))
    return f"{county.name} {one.name}" if county else one.name


def _full_table(gathered: Gathered, here: Place, lang: Lang) -> Table:
    """Every indicator told of, beside those of the units above."""
    above = [
        gathered.places[code]
        for level in (AdminLevel.TOWNSHIP, AdminLevel.COUNTY, AdminLevel.CITY)
        if level.digits < here.level.digits
        and (code := here.admin_code[: level.digits].ljust(12, "0")) in gathered.places
    ]
    rows = []
    for layer in briefed_layers():
        for one in briefed(layer, here.level):
            fact = gathered.fact(here.admin_code, one)
            target = figures.target(one, lang)
            if one.target is not None and one.target_year:
                target = tr("briefing.table.dated", lang, target=target, year=one.target_year)
            rows.append(
                (
                    one.title.get(lang),
                    figures.figure(fact.value, one.unit, lang),
                    change_cell(fact, lang),
                    target,
                    standing_cell(fact, lang),
                    *(
                        figures.figure(gathered.fact(upper.admin_code, one).value, one.unit, lang)
                        for upper in above
                    ),
                    f"{fact.with_data}/{fact.units}" if fact.units else "—",
                )
            )
    heads = ["indicator", "value", "change", "target", "standing"]
    columns = (
        *(tr(f"briefing.table.{name}", lang) for name in heads),
        *(upper.name for upper in above),
        tr("briefing.table.with_data", lang),
    )
    since = (
        tr("briefing.table.since", lang, day=gathered.previous.isoformat())
        if gathered.previous
        else tr("briefing.table.no_previous", lang)
    )
    numeric = tuple(index > 0 for index in range(len(columns)))
    return Table(tr("briefing.table.title", lang), columns, numeric, tuple(rows), since)
