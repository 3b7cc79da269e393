"""Tables of an assessment in words: ranks of the townships, points of one by item; pure."""

from collections.abc import Mapping

import pandas as pd

from analysis.assessment import Basis, Grade, ItemKind, Rules
from i18n import Lang, tr
from layers import Indicator, Unit, indicator
from pages import formats


def group_points(rules: Rules) -> dict[str, float]:
    """Full points of each group of scored items, in the table's order."""
    found: dict[str, float] = {}
    for one in rules.items:
        if one.kind is ItemKind.SCORE:
            found[one.group] = found.get(one.group, 0.0) + one.points
    return found


def rank_table(
    rules: Rules,
    totals: pd.DataFrame,
    lines: pd.DataFrame,
    units: Mapping[str, Mapping[str, str]],
    current: Lang,
) -> pd.DataFrame:
    """One row for each township by rank: place, total, grade, points by group, bonus and penalty.

    Parameters
    ----------
    totals : as `analysis.assessment.totals`.
    lines : the lines that hold.
    """
    groups = {one.no: one.group for one in rules.items if one.kind is ItemKind.SCORE}
    by_group = (
        lines.assign(group=lines["item_no"].map(groups))
        .dropna(subset="group")
        .pivot_table(
            index="admin_code", columns="group", values="score", aggfunc=lambda s: s.sum(min_count=1)
        )
    )
    by_group = by_group.reindex(index=totals["admin_code"], columns=list(group_points(rules)))
    columns: dict[str, object] = {
        tr("assessment.column.rank", current): totals["rank"].astype("Int64"),
        tr("assessment.column.township", current): [units[code]["name"] for code in totals["admin_code"]],
        tr("assessment.column.county", current): [units[code]["county"] for code in totals["admin_code"]],
        tr("assessment.column.total", current): totals["total"].astype(float),
        tr("assessment.column.grade", current): [
            None if formats.missing(grade) else Grade.of(grade).text.get(current) for grade in totals["grade"]
        ],
    }
    for group, points in group_points(rules).items():
        columns[f"{group} ({points:g})"] = by_group[group].round(2).to_numpy()
    columns[tr("assessment.column.bonus", current)] = totals["bonus"].round(2)
    columns[tr("assessment.column.penalty", current)] = totals["penalty"].round(2)
    columns[tr("assessment.column.counted", current)] = totals["counted"].round(2)
    return pd.DataFrame(columns)


def item_table(rules: Rules, present: pd.DataFrame, first: pd.DataFrame, current: Lang) -> pd.DataFrame:
    """The points of one township by item: figure, how it scores, points as frozen and as they hold, where from."""
    frozen = first.set_index("item_no")["score"]
    rows = []
    for line in present.sort_values("item_no").itertuples(index=False):
        item = rules.item(int(line.item_no))
        figure = indicator(item.indicator)
        rows.append(
            {
                "no": item.no,
                "group": item.group,
                "kind": item.kind.text.get(current),
                "figure": figure.title.get(current),
                "value": formats.figure(line.value, figure.unit, current),
                "data": formats.coverage(line.with_data, line.units, current),
                "scale": scale_words(item, figure, current),
                "points": item.points,
                "frozen": frozen[item.no],
                "score": line.score,
                "basis": tr(f"assessment.basis_{Basis(line.basis)}", current),
                "formula": figure.formula.get(current),
            }
        )
    names = {name: tr(f"assessment.column.{name}", current) for name in rows[0]} if rows else {}
    return pd.DataFrame(rows).rename(columns=names)


def scale_words(item: "object", figure: Indicator, current: Lang) -> str:
    """How a figure becomes points: from where to where, or the bands."""
    if item.bands:
        parts = [f"≥ {_short(at, figure)}: {share:.0%}" for at, share in item.bands]
        return formats.joined(parts, current)
    return f"{_short(item.floor, figure)} → {_short(item.full, figure)}"


def _short(value: float, figure: Indicator) -> str:
    return f"{value * 100:g}%" if figure.unit is Unit.SHARE else f"{value:g}"


def rules_table(rules: Rules, current: Lang) -> pd.DataFrame:
    """A table of rules in words."""
    rows = []
    for one in rules.items:
        figure = indicator(one.indicator)
        rows.append(
            {
                "no": one.no,
                "group": one.group,
                "kind": one.kind.text.get(current),
                "figure": figure.title.get(current),
                "points": one.points,
                "scale": scale_words(one, figure, current),
                "formula": figure.formula.get(current),
            }
        )
    return pd.DataFrame(rows).rename(columns=lambda name: tr(f"assessment.column.{name}", current))
