"""A small library of followed projects with accepted monthly reports, for tests that need one."""

import datetime as dt
import math
import random
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

_KINDS = (
    ("road_link", "roads"),
    ("new_works", "water_supply"),
    ("base_station_5g", "broadband"),
    ("house_renovation", "dangerous_housing"),
    ("land_consolidation", "land_consolidation"),
)
_MILESTONES = ((1, "开工", 20, 0.1), (2, "主体完成", 50, 0.7), (3, "验收", 30, 1.0))


def follow(
    connection: sa.Connection,
    villages: Sequence[str],
    *,
    begin: dt.date = dt.date(2025, 10, 1),
    months: int = 12,
    seed: int = 1,
) -> list[int]:
    """Insert a project for each village with milestones and a report accepted each month, as the owner.

    Parameters
    ----------
    villages : 12-digit codes; the layer goes round the five.
    begin : first day of the first month.

    Returns
    -------
    Ids of the projects, in the villages' order.
    """
    drawn = random.Random(seed)
    ids = []
    for index, code in enumerate(villages):
        kind, layer = _KINDS[index % len(_KINDS)]
        budget = drawn.randrange(200_000, 3_000_000, 10_000)
        finish = begin + dt.timedelta(days=drawn.randrange(200, 420))
        project = connection.execute(
            sa.text(
                "INSERT INTO xiangtu.projects (code, name, kind, layer, admin_code, villages, geom, budget_yuan, "
                "payments, planned_start, planned_finish, department, team, people, state, origin, synthetic, "
                "created_by, changed_by) VALUES (:no, :name, :kind, :layer, :code, CAST(:villages AS varchar[]), "
                "ST_SetSRID(ST_Point(112.9 + :shift, 23.9), 4490), :budget, CAST(:paid AS jsonb), :start, :finish, "
                "'县水利局', '驻镇帮扶工作队', 100, 'started', 'import', true, 't', 't') RETURNING id"
            ),
            {
                "no": f"XM-{code[:6]}-{begin.year}-{9000 + index}",
                "name": f"测试项目{index + 1}",
                "kind": kind,
                "layer": layer,
                "code": code,
                "villages": [code],
                "shift": index / 1000,
                "budget": budget,
                "paid": f'[{{"source": "county", "year": {begin.year}, "yuan": {budget}}}]',
                "start": begin,
                "finish": finish,
            },
        ).scalar_one()
        ids.append(project)
        length = (finish - begin).days
        for no, name, weight, share in _MILESTONES:
            connection.execute(
                sa.text(
                    "INSERT INTO xiangtu.project_milestones (project_id, admin_code, no, name, weight, planned_on) "
                    "VALUES (:p, :code, :no, :name, :weight, :day)"
                ),
                {"p": project, "code": code, "no": no, "name": name, "weight": weight,
                 "day": begin + dt.timedelta(days=round(length * share))},
            )  # fmt: skip
        pace = drawn.uniform(0.6, 1.2)
        for month in range(months):
            period = dt.date(
                begin.year + (begin.month - 1 + month) // 12, (begin.month - 1 + month) % 12 + 1, 1
            )
            told = period + dt.timedelta(days=27)
            share = min(1.0, pace * (told - begin).days / length)
            report = connection.execute(
                sa.text(
                    "INSERT INTO xiangtu.progress_reports (submission_key, project_id, admin_code, period, "
                    "reported_on, percent, paid_yuan, note, channel, synthetic, reported_by, submitted_at) VALUES "
                    "(:key, :p, :code, :period, :told, :percent, :paid, :note, 'form', true, 't', :at) RETURNING id"
                ),
                {
                    "key": UUID(int=drawn.getrandbits(128)),
                    "p": project,
                    "code": code,
                    "period": period,
                    "told": told,
                    "percent": round(100 * (0.5 - math.cos(math.pi * share) / 2), 1),
                    "paid": round(budget * share * drawn.uniform(0.8, 1.05)),
                    "note": f"{period:%Y-%m} 按计划推进",
                    "at": dt.datetime.combine(told, dt.time(9), dt.UTC),
                },
            ).scalar_one()
            connection.execute(
                sa.text(
                    "INSERT INTO xiangtu.progress_checks (report_id, admin_code, verdict, checked_by, checked_at) "
                    "VALUES (:r, :code, 'accepted', 't', :at)"
                ),
                {"r": report, "code": code, "at": dt.datetime.combine(told, dt.time(15), dt.UTC)},
            )
    return ids
