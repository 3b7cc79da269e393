"""Tables of consolidation projects in words: pure, areas in 亩."""

from decimal import Decimal
from typing import Any

import pandas as pd

from i18n import Lang, tr
from layers.codes import RURAL_USES, ConsolidationKind, LandClass, ParcelUse, ProjectState, QuotaKind
from pages import formats

_STEP_MU = 0.01
"""Areas are filed to a hundredth of a mu: what differs by less is the same."""


def followed(projects: pd.DataFrame, lots: pd.DataFrame) -> pd.DataFrame:
    """Projects with what the ledger has of their savings.

    Parameters
    ----------
    projects : as `store.land.consolidation.projects`.
    lots : as `store.land.ledger_list.lots`.

    Returns
    -------
    `projects` with ``posted_mu ledger_used_mu ledger_left_mu`` (0 where the ledger knows none) and ``shown_state``:
    accepted where an acceptance stands, else as delivered.
    """
    saved = lots[lots["kind"] == str(QuotaKind.SAVED)]
    by_lot = saved.groupby("project_no")[["left_mu", "allotted_mu", "expired_mu"]].sum()
    found = projects.copy()

    def of(name: str) -> "pd.Series[Any]":
        known = by_lot[name].astype(float).to_dict() if len(by_lot) else {}
        return found["project_no"].map(known).fillna(0.0).astype(float)

    found["ledger_left_mu"], found["ledger_used_mu"] = of("left_mu"), of("allotted_mu")
    found["posted_mu"] = found["ledger_left_mu"] + found["ledger_used_mu"] + of("expired_mu")
    accepted = found["acceptance_id"].notna()
    found["shown_state"] = found["state"].mask(accepted, str(ProjectState.ACCEPTED))
    return found


def place_words(project: "pd.Series[Any]") -> str:
    """County, township and village of a project, as far as they are known."""
    names = [project[name] for name in ("county_name", "township_name", "village_name")]
    return " · ".join(dict.fromkeys(str(name) for name in names if not formats.missing(name)))


def project_table(projects: pd.DataFrame, current: Lang) -> pd.DataFrame:
    """One row for each project: what was delivered, what was accepted, what the ledger has."""
    columns: dict[str, list[object]] = {
        "name": list(projects["name"]),
        "place": [place_words(row) for _, row in projects.iterrows()],
        "kind": [ConsolidationKind.of(code).text.get(current) for code in projects["project_kind"]],
        "state": [ProjectState.of(code).text.get(current) for code in projects["shown_state"]],
        "progress": list(_floats(projects["progress_percent"])),
        "area": list(_floats(projects["stated_area_mu"])),
        "new_farmland": list(_floats(projects["new_farmland_mu"])),
        "accepted_farmland": list(_floats(projects["accepted_farmland_mu"])),
        "saved": list(_floats(projects["saved_quota_mu"])),
        "posted": list(projects["posted_mu"]),
        "used": list(projects["ledger_used_mu"]),
        "left": list(projects["ledger_left_mu"]),
        "investment": list((_floats(projects["investment_yuan"]) / 10_000).round(2)),
        "planned_finish": list(projects["planned_finish"]),
        "accepted_on": list(projects["accepted_on"].where(projects["accepted_on"].notna(), None)),
        "number": list(projects["project_no"]),
    }
    return pd.DataFrame({tr(f"consolidation.column.{name}", current): v for name, v in columns.items()})


def _floats(values: "pd.Series[Any]") -> "pd.Series[float]":
    return pd.to_numeric(values, errors="coerce").astype(float)


def class_words(code: str, current: Lang) -> str:
    """A land class with its code."""
    return f"{code} {LandClass.of(code).text.get(current)}"


def class_table(classes: pd.DataFrame, current: Lang) -> pd.DataFrame:
    """Areas before and after by land class, with the difference, and a last row with the sums."""
    by_class = classes.groupby("land_class", as_index=False)[["before_mu", "after_mu"]].sum()
    words = [class_words(code, current) for code in by_class["land_class"]]
    before, after = list(by_class["before_mu"]), list(by_class["after_mu"])
    if words:
        words.append(tr("consolidation.total", current))
        before.append(sum(before))
        after.append(sum(after))
    return pd.DataFrame(
        {
            tr("consolidation.column.class", current): words,
            tr("consolidation.column.before", current): [round(float(one), 2) for one in before],
            tr("consolidation.column.after", current): [round(float(one), 2) for one in after],
            tr("consolidation.column.difference", current): [
                round(float(b - a), 2) for a, b in zip(before, after, strict=True)
            ],
        }
    )


def balance_findings(project: "pd.Series[Any]", classes: pd.DataFrame, current: Lang) -> list[str]:
    """Where areas by class do not fit together, or the project, in sentences; none where they do."""
    if classes.empty:
        return []
    before, after = float(classes["before_mu"].sum()), float(classes["after_mu"].sum())
    farmland = classes[[LandClass.of(code).is_farmland for code in classes["land_class"]]]
    gained = float((farmland["after_mu"] - farmland["before_mu"]).sum())
    pairs: dict[str, tuple[float, object]] = {
        "before_after": (before, after),
        "sum_area": (after, project["stated_area_mu"]),
        "farmland": (gained, project["new_farmland_mu"]),
    }
    found = []
    for name, (one, other) in pairs.items():
        if not formats.missing(other) and abs(one - float(str(other))) > _STEP_MU:
            given = {"one": formats.number(one, 2), "other": formats.number(float(str(other)), 2)}
            found.append(tr(f"consolidation.unbalanced_{name}", current, **given))
    return found


def use_words(code: object, current: Lang) -> str:
    """What land is for; words for "not recorded" where nothing is said."""
    if formats.missing(code):
        return tr("consolidation.use_unknown", current)
    return ParcelUse.of(str(code)).text.get(current)


def use_table(uses: pd.DataFrame, current: Lang) -> pd.DataFrame:
    """How much of the savings in use went to which use, and its share; rural uses first, then the others, then all."""
    amounts = {str(use): uses.loc[uses["purpose"] == str(use), "amount_mu"].sum() for use in ParcelUse}
    unknown = uses.loc[uses["purpose"].isna(), "amount_mu"].sum()
    whole = Decimal(uses["amount_mu"].sum())
    rural = sum((Decimal(amounts[str(use)]) for use in RURAL_USES), Decimal(0))
    rows: list[tuple[str, Decimal]] = [
        (use_words(use, current), Decimal(amounts[str(use)])) for use in RURAL_USES
    ]
    rows.append((tr("consolidation.rural", current), rural))
    rows += [
        (use_words(use, current), Decimal(amounts[str(use)]))
        for use in ParcelUse
        if use not in RURAL_USES and amounts[str(use)]
    ]
    if unknown:
        rows.append((use_words(None, current), Decimal(unknown)))
    rows.append((tr("consolidation.total", current), whole))
    return pd.DataFrame(
        {
            tr("consolidation.column.use", current): [words for words, _ in rows],
            tr("consolidation.column.amount", current): [float(amount) for _, amount in rows],
            tr("consolidation.column.share", current): [
                round(float(amount / whole * 100), 1) if whole else None for _, amount in rows
            ],
        }
    )


def trace_table(uses: pd.DataFrame, current: Lang) -> pd.DataFrame:
    """Each use of savings: from which project, to which parcel, for what, why, by which entry."""

    def parcel(row: "pd.Series[Any]") -> str:
        if not row["parcel_no"]:
            return tr("consolidation.no_parcel", current)
        known = None if formats.missing(row["parcel_name"]) else str(row["parcel_name"])
        return f"{row['parcel_no']} {known}" if known else str(row["parcel_no"])

    columns: dict[str, list[object]] = {
        "name": list(uses["project_name"]),
        "number": list(uses["project_no"]),
        "unit": list(uses["unit_name"].where(uses["unit_name"].notna(), uses["unit_code"])),
        "parcel": [parcel(row) for _, row in uses.iterrows()],
        "use": [use_words(code, current) for code in uses["purpose"]],
        "amount": [float(one) for one in uses["amount_mu"]],
        "reason": [None if not one else str(one) for one in uses["reason"]],
        "reference": [None if not one else str(one) for one in uses["reference"]],
        "day": list(uses["effective_on"]),
        "entry": list(uses["posting_id"].astype("Int64")),
    }
    return pd.DataFrame({tr(f"consolidation.column.{name}", current): v for name, v in columns.items()})
