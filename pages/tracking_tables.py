"""Tables of tracking in words: groups with their indices, projects with their forecasts; pure, money in 万元."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

from analysis.progress.earned_value import summed
from analysis.progress.forecast import Basis, NoForecast
from i18n import Lang, tr
from layers.codes import LibraryState
from pages import formats
from pages.tracking_read import Followed
from pages.tracking_scope import layer_words, place_words

WAN = 10_000
SPI_STEPS = (0.85, 0.95, 1.05)
"""Below the first a project is behind, below the second a little, above the third ahead."""
CPI_STEPS = (0.85, 0.95, 1.05)
LINK, REPORT_LINK = "link", "report_link"
LINKS = (LINK, REPORT_LINK)
"""Columns with the addresses of the pages of project and report; not for files."""
_COLOURS = {"behind": "#b91c1c", "little_behind": "#b45309", "as_planned": "#166534", "ahead": "#1d4ed8"}
_INDEX_WORDS = tuple(_COLOURS)
_MOST_COLOURED = 100_000
"""Cells."""


def index_words(name: str, value: object, current: Lang) -> str:
    """SPI or CPI in a word, so that nobody needs the colour or the number.

    Parameters
    ----------
    name : ``spi`` or ``cpi``.
    """
    if formats.missing(value):
        return tr("tracking.unknown", current)
    steps = SPI_STEPS if name == "spi" else CPI_STEPS
    place = int(np.searchsorted(steps[:2], float(str(value)), side="right"))
    place += float(str(value)) > steps[2]
    return tr(f"tracking.{name}_{_INDEX_WORDS[place]}", current)


def group_table(
    shown: Followed, by: "pd.Series[str]", title: str, words: Callable[[str], str], current: Lang
) -> pd.DataFrame:
    """One row for each group: money, shares, indices with their words, what is overdue.

    Parameters
    ----------
    by : the group of each project of `shown.stood`; a project without one is left out.
    words : the name of a group.
    """
    found = summed(shown.stood, by)
    budget = found["compared_yuan"].where(found["compared_yuan"] > 0)
    columns: dict[str, object] = {
        "projects": found["projects"].astype("Int64"),
        "unreported": found["unreported"].astype("Int64"),
        "budget": _wan(found["budget_yuan"]),
        "planned": (100 * found["pv_yuan"] / budget).round(1),
        "percent": found["percent"].round(1),
        "paid": (100 * found["paid_share"]).round(1),
        "spi": found["spi"].round(2),
        "spi_words": [index_words("spi", value, current) for value in found["spi"]],
        "cpi": found["cpi"].round(2),
        "cpi_words": [index_words("cpi", value, current) for value in found["cpi"]],
        "eac": _wan(found["eac_yuan"]),
        "overdue": found["overdue"].astype("Int64"),
    }
    table = pd.DataFrame({tr(f"tracking.column.{name}", current): held for name, held in columns.items()})
    table.insert(0, title, [words(str(group)) for group in found.index])
    return table.reset_index(drop=True)


def project_table(shown: Followed, names: Mapping[str, str], current: Lang) -> pd.DataFrame:
    """One row for each project: where it stands, when it will be done; those most behind first."""
    projects, stood = shown.held.projects.loc[shown.stood.index], shown.stood
    ahead = shown.ahead.loc[stood.index]
    budget = stood["budget_yuan"].where(stood["budget_yuan"] > 0)
    columns: dict[str, Iterable[object]] = {
        "name": projects["name"],
        LINK: [f"/projects?project={code}" for code in projects["code"]],
        "spi_words": [index_words("spi", value, current) for value in stood["spi"]],
        "percent": stood["percent"].round(1),
        "planned": (100 * stood["planned_share"]).round(1),
        "planned_finish": _days(projects["planned_finish"]),
        "finish": _days(ahead["finish_on"]),
        "range": [range_words(row.from_on, row.to_on, current) for row in ahead.itertuples()],
        "basis": [basis_words(row._asdict(), current) for row in ahead.itertuples()],
        "spi": stood["spi"].round(2),
        "paid": (100 * stood["ac_yuan"] / budget).round(1),
        "cpi": stood["cpi"].round(2),
        "cpi_words": [index_words("cpi", value, current) for value in stood["cpi"]],
        "budget": _wan(stood["budget_yuan"]),
        "state": [LibraryState.of(one).text.get(current) for one in projects["state"]],
        "layer": [layer_words(one, current) for one in projects["layer"]],
        "place": [place_words(code, names) for code in projects["admin_code"]],
        "reported_on": _days(stood["reported_on"]),
        "code": projects["code"],
    }
    table = named(columns, current)
    order = np.lexsort((projects["code"].to_numpy(dtype=str), stood["spi"].fillna(np.inf).to_numpy()))
    return table.iloc[order].reset_index(drop=True)


def named(columns: Mapping[str, Iterable[object]], current: Lang) -> pd.DataFrame:
    """A table whose headings are words; links keep their own."""
    return pd.DataFrame(
        {
            name if name in LINKS else tr(f"tracking.column.{name}", current): list(held)
            for name, held in columns.items()
        }
    )


def coloured(table: pd.DataFrame, current: Lang) -> "pd.DataFrame | Styler":
    """The table with its words on schedule and money coloured, unless it is too large to be."""
    words = [tr(f"tracking.column.{name}", current) for name in ("spi_words", "cpi_words")]
    if table.size > _MOST_COLOURED:
        return table
    styles = {
        tr(f"tracking.{index}_{word}", current): f"color: {colour}"
        for index in ("spi", "cpi")
        for word, colour in _COLOURS.items()
    }
    return table.style.map(lambda word: styles.get(str(word), ""), subset=words)


def range_words(begin: object, end: object, current: Lang) -> str:
    """The range of a forecast; a dash where there is none."""
    if formats.missing(begin) or formats.missing(end):
        return "—"
    return tr("tracking.range", current, begin=_day(begin), end=_day(end))


def basis_words(row: Mapping[str, object], current: Lang) -> str:
    """What a forecast rests on, or why there is none."""
    if row["why"]:
        why = NoForecast(str(row["why"]))
        return tr(f"tracking.why.{why}", current, number=row["like_done"])
    basis = Basis(str(row["basis"]))
    return tr(f"tracking.basis.{basis}", current, number=row["like"], done=row["like_done"])


def _wan(yuan: "pd.Series[float]") -> "pd.Series[float]":
    return (yuan / WAN).round(2)


def _day(value: object) -> str:
    return pd.Timestamp(str(value)).date().isoformat()


def _days(values: "pd.Series[pd.Timestamp]") -> list[object]:
    return [None if pd.isna(value) else value.date() for value in values]
