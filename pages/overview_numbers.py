"""The headline numbers of the five layers and of the project library, as cards with their trend."""

import pandas as pd

from i18n import Lang, tr
from layers import AdminLevel, Direction, Indicator, Layer
from pages import formats
from pages.overview_figures import core_layers, headline_indicators, trends_of
from pages.overview_html import BAD, CALM, GOOD, escape, link, linked, nothing, sparkline
from pages.overview_kept import kept
from pages.overview_looked import Looked
from pages.overview_projects import standing_of


@kept(128)
def cards(looked: Looked) -> str:
    """One card for each core layer, and one for the projects."""
    found = trends_of(looked)
    made = [_layer(layer, found, looked) for layer in core_layers()]
    return f'<div class="xo xo-cards">{"".join(made)}{_projects(looked)}</div>'


def _layer(layer: Layer, found: pd.DataFrame, looked: Looked) -> str:
    lang = looked.lang
    shown = [one for one in headline_indicators(layer) if one.level.digits >= looked.level.digits]
    place = {"scope": looked.prefix} if looked.level is not AdminLevel.CITY else {}
    to_map = link(
        tr("overview.on_map", lang), "map", {"theme": shown[0].id, "level": str(looked.below), **place}
    )
    figures = "".join(figure(one, found, looked, at) for at, one in enumerate(shown))
    return f'<div class="xo-card"><h3>{escape(layer.title.get(lang))}{to_map}</h3>{figures}</div>'


def figure(indicator: Indicator, found: pd.DataFrame, looked: Looked, at: int) -> str:
    """One figure with its target, its trend and how many of the units below told it."""
    lang = looked.lang
    days = found[found["indicator_id"] == indicator.id]
    now = days[days["as_of"] == looked.at.as_of]
    value = None if now.empty else now["value"].iloc[0]
    tone, stands = _standing(value, indicator, lang)
    name = link(
        indicator.title.get(lang), "overview", {"place": looked.code, "indicator": indicator.id}, kind="name"
    )
    trend, since, picture = trend_words(days, indicator, lang)
    known = ""
    if not now.empty:
        known = tr(
            "pages.overview.with_data",
            lang,
            known=int(now["with_data"].iloc[0]),
            all=int(now["units"].iloc[0]),
        )
    target = (
        ""
        if indicator.target is None
        else tr("pages.overview.towards", lang, target=formats.target_words(indicator, lang))
    )
    stated = f'<span class="xo-{tone}">{escape(stands)}</span>' if stands else ""
    rest = " · ".join(part for part in (target, since, known) if part)
    return (
        f'<div class="xo-fig{" xo-second" if at else ""}">{name}<div class="line"><span class="value">'
        f"{_with_unit(formats.figure(value, indicator.unit, lang))}</span>{picture}</div>"
        f'<div class="said">{stated}<small>{trend}</small></div><small class="rest">{escape(rest)}</small></div>'
    )


def _with_unit(shown: str) -> str:
    """A figure with its unit in smaller letters, as HTML."""
    number, _, unit = shown.partition(" ")
    return f"{escape(number)} <i>{escape(unit)}</i>" if unit and number[:1].isdigit() else escape(shown)


def _standing(value: object, indicator: Indicator, lang: Lang) -> tuple[str, str]:
    gap = formats.short_of_target(value, indicator)
    if gap is None:
        return CALM, ""
    return (GOOD if gap <= 0 else BAD), formats.standing(gap, indicator.unit, lang)


def trend_words(days: pd.DataFrame, indicator: Indicator, lang: Lang) -> tuple[str, str, str]:
    """How a figure moved, as HTML, since when in words, and the line of its days.

    Parameters
    ----------
    days : ``as_of``, ``value`` of one indicator, the oldest first.
    """
    known = days[days["value"].notna()]
    if len(known) < 2:
        return escape(tr("overview.no_trend", lang)), "", ""
    values = known["value"].astype(float).tolist()
    tone = tone_of(values[-2], values[-1], indicator)
    words = moved_words(values[-2], values[-1], indicator, lang)
    since = tr("overview.since", lang, day=known["as_of"].iloc[-2].isoformat())
    picture = sparkline(values, f"{words} · {since}", tone)
    return f'<span class="xo-{tone}">{escape(words)}</span>', since, picture


def moved(before: float, now: float, indicator: Indicator) -> bool:
    """Whether a figure moved by as much as is shown of it."""
    return formats.figure(before, indicator.unit, "en") != formats.figure(now, indicator.unit, "en")


def tone_of(before: float, now: float, indicator: Indicator) -> str:
    """Whether a move is for the better, for the worse, or neither."""
    if indicator.direction is Direction.NEUTRAL or not moved(before, now, indicator):
        return CALM
    return GOOD if (now > before) == (indicator.direction is Direction.HIGHER) else BAD


def moved_words(before: float, now: float, indicator: Indicator, lang: Lang) -> str:
    """An arrow and by how much a figure moved."""
    if not moved(before, now, indicator):
        return tr("overview.level", lang)
    change = formats.gap_words(abs(now - before), indicator.unit, lang)
    return tr("overview.rose" if now > before else "overview.fell", lang, change=change)


def _projects(looked: Looked) -> str:
    lang = looked.lang
    held = standing_of(looked)
    query = {"county": looked.code[:6]} if looked.level is not AdminLevel.CITY else {}
    to_list = linked(tr("overview.library", lang), "projects", query, looked.can)
    head = f"<h3>{escape(tr('overview.projects', lang))}{to_list}</h3>"
    if not held.number:
        return f'<div class="xo-card">{head}{nothing(tr("overview.no_projects", lang))}</div>'
    percent = tr("pages.no_data", lang) if held.percent is None else f"{held.percent:.1f}%"
    paid = "—" if held.paid_share is None else f"{held.paid_share:.1%}"
    known, of_these = (
        tr(f"overview.{name}_known", lang, known=held.known, all=held.number) for name in ("percent", "paid")
    )
    counts = tr(
        "overview.counts", lang, number=held.number, begun=held.begun, done=held.done, accepted=held.accepted
    )
    return (
        f'<div class="xo-card">{head}'
        f'<div class="xo-fig"><span class="name">{escape(tr("overview.percent", lang))}</span>'
        f'<div class="line"><span class="value">{escape(percent)}</span></div>'
        f'<small>{escape(counts)}</small><small class="rest">{escape(known)}</small></div>'
        f'<div class="xo-fig"><span class="name">{escape(tr("overview.paid_share", lang))}</span>'
        f'<div class="line"><span class="value">{escape(paid)}</span></div>'
        f'<small class="rest">{escape(of_these)}</small></div></div>'
    )
