"""What inspections are drawn from: villages and projects with the signs of risk that are known of each."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd
import sqlalchemy as sa

from analysis.progress.signs import SignKind, signs
from layers import AdminLevel, Direction, all_indicators, all_layers
from layers.codes import VillageType
from store import snapshots
from store.progress.tracked import thresholds, tracked
from store.queries import query

SIGNALS: dict[str, tuple[str, ...]] = {
    "village": ("shortfall", "missing", "stalled"),
    "project": ("stalled", "late", "money_ahead", "doubtful"),
}
"""Signs of risk by what is inspected; each 0–1."""
STRATA: dict[str, tuple[str, ...]] = {"village": ("county", "village_type"), "project": ("county", "layer")}
"""What a list can be parted by."""
_SIGNS: dict[SignKind, str] = {
    SignKind.STALLED: "stalled",
    SignKind.OVERDUE: "late",
    SignKind.LATE: "late",
    SignKind.MONEY_AHEAD: "money_ahead",
}
"""Signs of the tracking that are signals by themselves; each of the others makes a project's reports more doubtful."""
_DOUBTS = 3
"""So many doubtful signs are as strong as can be."""


def listed(connection: sa.Connection, subject: str, prefix: str, as_of: dt.date) -> pd.DataFrame:
    """Villages or projects below a code.

    Returns
    -------
    ``unit_id admin_code name place lon lat``, the columns of `STRATA` and of `SIGNALS` for the subject; degrees.
    """
    return (
        _villages(connection, prefix, as_of) if subject == "village" else projects(connection, prefix, as_of)
    )


def projects(connection: sa.Connection, prefix: str, as_of: dt.date) -> pd.DataFrame:
    """Projects under way below a code, with the signs that supervisors are shown; see `listed`."""
    found = _frame(connection, "inspection_projects", {"prefix": prefix})
    for name in SIGNALS["project"]:
        found[name] = 0.0
    held = tracked(connection, prefix, until=as_of)
    if found.empty or held.projects.empty:
        return found
    rows = {code: row for row, code in enumerate(found["unit_id"])}
    codes = held.projects["code"]
    for sign in signs(held.projects, held.milestones, held.reports, as_of, thresholds()):
        row = rows.get(str(codes[sign.project_id]))
        if row is None:
            continue
        signal = _SIGNS.get(sign.kind)
        if signal is not None:
            found.loc[row, signal] = 1.0
        else:
            found.loc[row, "doubtful"] = min(1.0, float(found["doubtful"].iloc[row]) + 1 / _DOUBTS)
    return found.astype({"lon": float, "lat": float})


def _villages(connection: sa.Connection, prefix: str, as_of: dt.date) -> pd.DataFrame:
    found = _frame(connection, "inspection_villages", {"prefix": prefix})
    found["village_type"] = found["village_type"].fillna(str(VillageType.OTHER))
    gaps = _gaps(connection, prefix, as_of).reindex(found["unit_id"])
    found["shortfall"] = gaps.mean(axis=1).to_numpy()
    found["missing"] = gaps.isna().mean(axis=1).to_numpy() if gaps.shape[1] else 0.0
    known = projects(connection, prefix, as_of)
    stalled = set(known.loc[known["stalled"] > 0, "admin_code"])
    found["stalled"] = found["unit_id"].isin(stalled).astype(float)
    return found.astype({"lon": float, "lat": float})


def _gaps(connection: sa.Connection, prefix: str, as_of: dt.date) -> pd.DataFrame:
    """How far villages are from the targets of shares, 0–1, by code and indicator; NaN without data."""
    core = {one.id for layer in all_layers() if layer.core for one in layer.indicators}
    wanted = [
        one
        for one in all_indicators()
        if one.id in core
        and one.target
        and one.direction is Direction.HIGHER
        and one.level is AdminLevel.VILLAGE
    ]
    figures = snapshots.level_figures(
        connection, as_of, AdminLevel.VILLAGE, [one.id for one in wanted], prefix=prefix
    )
    table = figures.pivot(index="admin_code", columns="indicator_id", values="value")
    table = table.reindex(columns=[one.id for one in wanted]).astype(float)
    targets = np.array([one.target for one in wanted], dtype=float)
    return ((targets - table) / targets).clip(0.0, 1.0) if len(wanted) else table


def _frame(connection: sa.Connection, name: str, given: dict[str, object]) -> pd.DataFrame:
    rows = connection.execute(query(name), given)
    return pd.DataFrame(rows.all(), columns=list(rows.keys()))


def strata_names(units: pd.DataFrame, strata: Sequence[str]) -> "pd.Series[str]":
    """The stratum of each unit: its values of the columns, joined; ``all`` without any."""
    if not strata:
        return pd.Series("all", index=units.index)
    return units[list(strata)].astype(str).agg(" · ".join, axis=1)
