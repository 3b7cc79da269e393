"""An inspection in words: signs of risk, strata, tables, field sheets; pure."""

from collections.abc import Iterable, Mapping

import pandas as pd

from i18n import Lang, tr
from layers import all_layers
from layers.codes import VillageType
from pages import formats
from pipelines.progress.field_sheet import FieldPage
from pipelines.progress.inspection_route import Route
from store.progress.inspections import Verdict

_MATTERS = 0.05
"""A sign weaker than this is not told."""


def stratum_words(stratum: str, current: Lang) -> str:
    """A stratum as people say it: codes of village types and layers in words."""
    words = {str(one): one.text.get(current) for one in VillageType}
    words |= {one.id: one.title.get(current) for one in all_layers()}
    words["all"] = tr("inspection.whole_list", current)
    return " · ".join(words.get(part, part) for part in stratum.split(" · "))


def sign_sentences(signals: Mapping[str, float], current: Lang) -> list[str]:
    """What makes a place a risk, the strongest first."""
    known = sorted(((value, name) for name, value in signals.items() if value >= _MATTERS), reverse=True)
    return [tr(f"inspection.told_{name}", current, percent=f"{value:.0%}") for value, name in known]


def unit_table(units: pd.DataFrame, found: pd.DataFrame, current: Lang) -> pd.DataFrame:
    """What was drawn, with its risks, probability and what was found."""
    by_unit = found.set_index("unit_id") if len(found) else found
    verdicts = [
        Verdict.of(by_unit.loc[unit, "verdict"]).text.get(current)
        if len(found) and unit in by_unit.index
        else None
        for unit in units["unit_id"]
    ]
    columns = {
        "name": list(units["name"]),
        "place": list(units["place"]),
        "risk": list(units["size"].round(2)),
        "probability": list((units["probability"] * 100).round(1)),
        "signs": [
            formats.sentences(sign_sentences(one, current), current) or None for one in units["signals"]
        ],
        "verdict": verdicts,
        "stratum": [stratum_words(one, current) for one in units["stratum"]],
        "number": list(units["unit_id"]),
    }
    return pd.DataFrame({tr(f"inspection.column.{name}", current): v for name, v in columns.items()})


def strata_table(units: pd.DataFrame, current: Lang) -> pd.DataFrame:
    """How many were listed and drawn in each stratum."""
    grouped = units.groupby("stratum", sort=True)
    return pd.DataFrame(
        {
            tr("inspection.column.stratum", current): [
                stratum_words(str(one), current) for one, _ in grouped
            ],
            tr("inspection.column.listed", current): grouped.size().to_numpy(),
            tr("inspection.column.drawn", current): grouped["drawn"].sum().to_numpy(),
            tr("inspection.column.risk_sum", current): grouped["size"].sum().round(1).to_numpy(),
        }
    )


def route_table(route: Route, names: Mapping[str, str], current: Lang) -> pd.DataFrame:
    """A row for each visit, by day and order."""
    rows = [
        {
            "day": number,
            "order": order,
            "name": names.get(unit, unit),
            "number": unit,
            "note": tr("inspection.estimated", current) if unit in route.estimated else None,
        }
        for number, day in enumerate(route.days, 1)
        for order, unit in enumerate(route.stops(day), 1)
    ]
    return pd.DataFrame(rows).rename(columns=lambda name: tr(f"inspection.column.{name}", current))


def field_pages(units: pd.DataFrame, routes: Iterable[Route], current: Lang) -> list[FieldPage]:
    """Sheets of the places drawn: in the order of the routes that there are, then by stratum."""
    orders = {
        unit: (number, order)
        for route in routes
        for number, day in enumerate(route.days, 1)
        for order, unit in enumerate(route.stops(day), 1)
    }
    listed = sorted(
        units.to_dict("records"), key=lambda one: (orders.get(one["unit_id"], (99, 99)), one["unit_id"])
    )
    pages = []
    for one in listed:
        at = orders.get(one["unit_id"])
        where = "—" if formats.missing(one["lon"]) else f"{one['lon']:.5f}°E, {one['lat']:.5f}°N"
        facts = {
            "number": one["unit_id"],
            "place": one["place"],
            "position": where,
            "stratum": stratum_words(one["stratum"], current),
            "risk": f"{one['size']:.2f}",
            "probability": f"{one['probability']:.1%}",
        }
        pages.append(
            FieldPage(
                one["name"],
                "" if at is None else tr("inspection.sheet.order", current, day=at[0], order=at[1]),
                [(tr(f"inspection.sheet.{name}", current), value) for name, value in facts.items()],
                sign_sentences(one["signals"], current),
            )
        )
    return pages
