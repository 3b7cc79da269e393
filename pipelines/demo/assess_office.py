"""What the demo's city office has done: our table of rules saved, an assessment frozen, villages and projects drawn."""

import datetime as dt

import sqlalchemy as sa

from base.settings import settings
from layers import AdminLevel
from pipelines.progress.default_rules import default_rules
from store.progress.assessment_rules import add_rules, rules_tables
from store.progress.assessments import NewAssessment, freeze
from store.progress.inspection_lists import SIGNALS, listed
from store.progress.inspections import NewInspection, hold

OFFICE = "演示市考核办"
_OBJECTION_DAYS = 3650
"""The demo's time for objections does not end, so that anybody can try one."""
_SEED = "模拟演示 417"
_MOST_DRAWN = 24
_NAMES = {"village": "第二季度明察暗访：行政村（模拟演示）", "project": "第二季度明察暗访：项目（模拟演示）"}


def assess(engine: sa.Engine, day: dt.date) -> None:
    """Freeze an assessment on the figures of a day and draw an inspection of each kind; once only."""
    with engine.begin() as connection:
        if rules_tables(connection):
            return
        rules = add_rules(
            connection, "参考规则表", default_rules("zh"), note="模拟演示，待市里确认", by=OFFICE
        )
        until = day + dt.timedelta(_OBJECTION_DAYS)
        freeze(
            connection,
            NewAssessment(f"{day.year} 年上半年乡镇实绩考核（模拟演示）", day, rules, until),
            by=OFFICE,
        )
        for subject, name in _NAMES.items():
            _draw(connection, subject, name, day)


def _draw(connection: sa.Connection, subject: str, name: str, day: dt.date) -> None:
    prefix = settings().city_code[: AdminLevel.CITY.digits]
    units = listed(connection, subject, prefix, day)
    if units.empty:
        return  # a demo without its library has no projects
    number = min(len(units), max(_MOST_DRAWN, units["county"].nunique()))
    weights = dict.fromkeys(SIGNALS[subject], 1.0)
    new = NewInspection(name, subject, prefix, ("county",), weights, number, _SEED, day)
    hold(connection, new, by=OFFICE)
