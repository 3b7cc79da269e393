"""An office of monthly reports for tests: projects of a town and of a foreign one, and a person for each role."""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from access import Assignment
from layers import Role
from store import accounts, identity, sessions
from store.engine import changing, reading
from store.progress import reports
from store.progress.photos import NewPhoto
from store.progress.reports import NewReport, Submitted

TOWN, COUNTY, FOREIGN_TOWN = "441821100", "441821", "441826100"
VILLAGE, FOREIGN = "441821100201", "441826100201"
TODAY = dt.date(2026, 11, 20)
MONTH = dt.date(2026, 11, 1)
BUDGET = 1_000_000
PLACE = (113.5, 23.9)
PEOPLE: dict[str, tuple[Assignment, ...]] = {
    "clerk": (Assignment(Role.CLERK, TOWN),),
    "other_clerk": (Assignment(Role.CLERK, TOWN),),
    "foreign_clerk": (Assignment(Role.CLERK, FOREIGN_TOWN),),
    "county": (Assignment(Role.PLANNER, COUNTY),),
    "steward": (Assignment(Role.DATA_STEWARD, COUNTY),),
    "foreign_county": (Assignment(Role.PLANNER, "441826"),),
    "both": (Assignment(Role.CLERK, TOWN), Assignment(Role.PLANNER, COUNTY)),
    "leader": (Assignment(Role.LEADER, "4418"),),
    "auditor": (Assignment(Role.AUDITOR, "4418"),),
    "housing": (Assignment(Role.HOUSING_OFFICER, COUNTY),),
    "reviewer": (Assignment(Role.LAND_REVIEWER, COUNTY),),
    "admin": (Assignment(Role.ADMIN, "4418"),),
}
"""Who works here: name, and the roles held."""


@dataclass
class Office:
    """A database with its two engines; people are made when they are first asked for."""

    owner: sa.Engine
    app: sa.Engine
    _secrets: dict[str, str] = field(default_factory=dict)

    def secret(self, name: str) -> str:
        """The session of a person of `PEOPLE`."""
        if name not in self._secrets:
            account = f"{name}.{uuid.uuid4().hex[:8]}"
            with self.owner.begin() as connection:
                accounts.add(connection, account, name, PEOPLE[name], demo=True, by="tests")
                account_id = accounts.named(connection, account).id
            visit = sessions.Visit("127.0.0.1", "tests")
            self._secrets[name] = sessions.open_session(self.owner, account_id, account, visit)
        return self._secrets[name]

    @contextmanager
    def as_(self, name: str) -> Iterator[sa.Connection]:
        """A transaction of a person, committed at its end."""
        with identity.acting(self.secret(name)), changing(self.app) as connection:
            yield connection

    @contextmanager
    def looking(self, name: str) -> Iterator[sa.Connection]:
        """A read-only transaction of a person."""
        with identity.acting(self.secret(name)), reading(self.app) as connection:
            yield connection

    def submit(self, who: str, new: NewReport, photos: tuple[NewPhoto, ...] = ()) -> Submitted:
        """Let a person hand a report in."""
        with self.as_(who) as connection:
            return reports.submit(connection, new, photos, by=who, today=TODAY)

    def check(self, who: str, report_id: int, verdict: str = "accepted", remark: str = "") -> reports.Report:
        """Let a person check a report."""
        with self.as_(who) as connection:
            return reports.check(connection, report_id, verdict, remark, by=who)

    def count(self, table: str, condition: str = "true") -> int:
        """How many rows there are, counted by the owner."""
        with self.owner.connect() as connection:
            counted = sa.text(f"SELECT count(*) FROM {table} WHERE {condition}")
            return int(connection.execute(counted).scalar_one())


def new_report(project_id: int, percent: object = 10, **given: Any) -> NewReport:
    """A report of the month of these tests, with a key of its own unless one is given."""
    values = {
        "submission_key": uuid.uuid4(),
        "period": MONTH,
        "paid_yuan": Decimal(50_000),
        "note": "路基完成",
        **given,
    }
    return NewReport(project_id=project_id, percent=Decimal(str(percent)), **values)


def put_project(
    connection: sa.Connection,
    code: str = VILLAGE,
    *,
    name: str = "进村道路",
    state: str = "started",
    start: dt.date | None = dt.date(2026, 3, 1),
    place: tuple[float, float] = PLACE,
) -> int:
    """A project of the library with three milestones, by the owner."""
    serial = connection.execute(sa.text("SELECT count(*) + 1 FROM xiangtu.projects")).scalar_one()
    project = connection.execute(
        sa.text(
            "INSERT INTO xiangtu.projects (code, name, kind, layer, admin_code, villages, geom, budget_yuan, "
            "planned_start, planned_finish, people, state, synthetic, created_by, changed_by) VALUES (:no, :name, "
            "'road_link', 'roads', :code, ARRAY[:village], ST_SetSRID(ST_Point(:lon, :lat), 4490), :budget, :start, "
            ":finish, 100, :state, true, 't', 't') RETURNING id"
        ),
        {
            "no": f"XM-{code[:6]}-2026-{serial:04d}",
            "name": name,
            "code": code,
            "village": code,
            "lon": place[0],
            "lat": place[1],
            "budget": BUDGET,
            "start": start,
            "finish": None if start is None else start + dt.timedelta(days=400),
            "state": state,
        },
    ).scalar_one()
    for no, (title, weight) in enumerate((("开工", 20), ("主体完成", 50), ("验收", 30)), start=1):
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.project_milestones (project_id, admin_code, no, name, weight, planned_on) "
                "VALUES (:p, :code, :no, :name, :weight, :day)"
            ),
            {
                "p": project,
                "code": code,
                "no": no,
                "name": title,
                "weight": weight,
                "day": dt.date(2026, 3 + 2 * no, 1),
            },
        )
    return int(project)
