"""Projects of the library in words and tables: what, where, how far, by whose money."""

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.progress.duplicates import Pair, Reason
from i18n import Lang, tr
from layers import UnknownLayer, layer
from layers.codes import FundSource, LibraryState
from pages import formats
from pages.selection_words import source_words
from store.progress.handed_in import Standing
from store.progress.library import Project

_WAN = 10_000
STATE_COLORS = {
    LibraryState.PLANNED: "#8c8c84",
    LibraryState.APPROVED: "#6b7fb3",
    LibraryState.STARTED: "#0b6e4f",
    LibraryState.SUSPENDED: "#c2410c",
    LibraryState.FINISHED: "#3b82c4",
    LibraryState.ACCEPTED: "#1e3a6e",
    LibraryState.CANCELLED: "#3f3f3a",
}
"""Colour of a state on the map and in the Gantt view."""


def layer_words(layer_id: str, lang: Lang) -> str:
    """Title of the layer that projects are about; those of none are others."""
    try:
        return layer(layer_id).title.get(lang)
    except UnknownLayer:
        return tr("library.other_layer", lang)


def pair_words(pair: Pair, lang: Lang) -> str:
    """Why two projects may be one."""
    if pair.reason is Reason.NEAR:
        return tr("library.twin.near", lang, metres=formats.number(pair.amount))
    return tr(f"library.twin.{pair.reason}", lang, share=formats.number(100 * pair.amount))


def wan(yuan: float) -> float:
    """Yuan as 万元, two decimals."""
    return round(yuan / _WAN, 2)


def share_paid(one: Project, standing: Standing | None) -> float | None:
    """Paid share of the cost in per cent, None without a report."""
    return None if standing is None else round(100 * standing.paid_yuan / one.budget_yuan, 1)


def project_table(
    found: Sequence[Project],
    names: Mapping[str, str],
    current: Lang,
    standing: Mapping[int, Standing] | None = None,
) -> pd.DataFrame:
    """One row for each project, money in whole yuan; progress in per cent by its newest accepted report."""
    far = standing or {}

    def sources(one: Project) -> str:
        paid = dict.fromkeys(str(payment["source"]) for payment in one.payments)
        return formats.joined((source_words(source, current) for source in paid), current)

    columns: dict[str, list[object]] = {
        "name": [one.name for one in found],
        "state": [one.state.text.get(current) for one in found],
        "percent": [far[one.id].percent if one.id in far else None for one in found],
        "paid": [share_paid(one, far.get(one.id)) for one in found],
        "place": [names.get(one.admin_code, one.admin_code) for one in found],
        "kind": [one.kind.text.get(current) for one in found],
        "year": [None if one.planned_start is None else one.planned_start.year for one in found],
        "start": [_iso(one.planned_start) for one in found],
        "finish": [_iso(one.planned_finish) for one in found],
        "cost_yuan": [one.budget_yuan for one in found],
        "people": [round(one.people) for one in found],
        "sources": [sources(one) for one in found],
        "department": [one.department for one in found],
        "team": [one.team for one in found],
        "code": [one.code for one in found],
        "added": [formats.moment(one.created_at, current) for one in found],
    }
    return pd.DataFrame({tr(f"library.column.{name}", current): values for name, values in columns.items()})


def money_table(found: Sequence[Project], current: Lang) -> pd.DataFrame:
    """What each source pays in each year, ten thousand yuan, with totals both ways."""
    paid = pd.DataFrame(
        [(p["source"], p["year"], p["yuan"] / _WAN) for one in found for p in one.payments],
        columns=["source", "year", "wan"],
    )
    years = sorted(paid["year"].unique())
    wide = paid.pivot_table(index="source", columns="year", values="wan", aggfunc="sum", fill_value=0.0)
    wide = wide.reindex([str(source) for source in FundSource if str(source) in wide.index])
    total = tr("library.total", current)
    rows = [*wide.index, total]
    table = pd.DataFrame(
        {
            tr("library.source", current): [
                row if row == total else source_words(str(row), current) for row in rows
            ],
            **{str(year): [*wide[year].round(2), round(float(wide[year].sum()), 2)] for year in years},
        }
    )
    table[total] = [*wide.sum(axis=1).round(2), round(float(wide.to_numpy().sum()), 2)]
    return table


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
