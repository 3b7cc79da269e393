"""Acceptance of consolidation projects: what it posts, who may not, and where the savings go; in a real database."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import psycopg
import pytest
import sqlalchemy as sa

from access import Assignment
from analysis import quota
from base.settings import settings
from layers import Role
from layers.codes import ParcelUse, QuotaKind
from pipelines.land.saved_opening import open_savings
from store import identity, sessions
from store.embedded import Cluster
from store.engine import changing, make_engine
from store.errors import NotAllowed
from store.land import consolidation, ledger
from store.land.consolidation import (
    AlreadyAccepted,
    BadDay,
    HandedInByYou,
    MoreThanProject,
    NewAcceptance,
    NotAcceptable,
    UnknownProject,
    accept,
    classes,
    projects,
    trace,
    unit_of,
)
from store.land.ledger_list import lots
from store.protection import APP
from tests import signed_in

COUNTY, TOWN, VILLAGE, FOREIGN = "441821000000", "441821100000", "441821100201", "441826100201"
DAY = dt.date(2026, 3, 1)
_PROJECT = """
INSERT INTO feature.consolidation_projects (admin_code, project_no, name, project_kind, state, stated_area_mu,
    new_farmland_mu, saved_quota_mu, used_quota_mu, started_on, accepted_on, batch_id, geom)
VALUES (:code, :no, :name, 'linked_quota', :state, 120, 30, :saved, :used, '2025-01-01', :accepted, :batch,
    ST_Multi(ST_MakeEnvelope(113.5, 23.9, 113.51, 23.91, 4490)))
"""


def mu(value: object) -> Decimal:
    return Decimal(str(value))


@dataclass
class Bureau:
    """A database with projects and people; `as_` acts for one of them."""

    owner: sa.Engine
    app: sa.Engine

    def project(
        self,
        no: str,
        state: str = "under_way",
        code: str = VILLAGE,
        *,
        saved: float | None = 20,
        used: float | None = None,
        accepted: dt.date | None = None,
        account_id: int | None = None,
    ) -> None:
        with self.owner.begin() as connection:
            batch = connection.execute(
                sa.text(
                    "INSERT INTO xiangtu.import_batches (feature_id, file_name, file_sha256, state, account_id) "
                    "VALUES ('consolidation_projects', 'x.shp', 'x', 'done', :account) RETURNING id"
                ),
                {"account": account_id},
            ).scalar_one()
            given = {
                "code": code,
                "no": no,
                "name": f"{no} 项目",
                "state": state,
                "saved": saved,
                "used": used,
            }
            connection.execute(sa.text(_PROJECT), given | {"accepted": accepted, "batch": batch})

    @contextmanager
    def as_(
        self, prefix: str = "441821", role: Role = Role.LAND_REVIEWER, secret: str | None = None
    ) -> Iterator[sa.Connection]:
        known = secret or signed_in.session(self.owner, (Assignment(role, prefix),))
        with identity.acting(known), changing(self.app) as connection:
            yield connection

    def accept(self, new: NewAcceptance, **who: object) -> consolidation.Accepted:
        with self.as_(**who) as connection:  # type: ignore[arg-type]
            return accept(connection, new)

    def held(self) -> dict[tuple[str, ...], Decimal]:
        with self.owner.connect() as connection:
            frame = ledger.balances(connection)
        return {tuple(row[:5]): row[5] for row in frame.itertuples(index=False)}


@pytest.fixture
def bureau(cluster: Cluster, database: sa.Engine) -> Iterator[Bureau]:
    app = make_engine(cluster.url(str(database.url.database), user=APP), settings())
    yield Bureau(database, app)
    app.dispose()


def acceptance(no: str = "ZZ1", **given: object) -> NewAcceptance:
    whole = {"unit": TOWN, "accepted_on": DAY, "new_farmland_mu": mu("28.5"), "saved_mu": mu("19.25")} | given
    return NewAcceptance(no, **whole)  # type: ignore[arg-type]


def test_acceptance_posts_savings_and_farmland_to_the_township(bureau: Bureau) -> None:
    bureau.project("ZZ1")
    done = bureau.accept(acceptance(reference="清自然资验〔2026〕3 号"))
    assert bureau.held() == {
        (COUNTY, "saved", "outside", "ZZ1", ""): mu("-19.25"),
        (TOWN, "saved", "available", "ZZ1", ""): mu("19.25"),
        (COUNTY, "farmland", "outside", "ZZ1", ""): mu("-28.5"),
        (TOWN, "farmland", "available", "ZZ1", ""): mu("28.5"),
    }
    with bureau.owner.connect() as connection:
        row = projects(connection).iloc[0]
        made = ledger.posting(connection, done.posting_id or 0)
        actions = list(connection.scalars(sa.text("SELECT action FROM access.record ORDER BY id")))
    assert (row["accepted_saved_mu"], row["accepted_farmland_mu"]) == (mu("19.25"), mu("28.5"))
    assert row["accepted_by"] == "测试人员"
    assert (made.effective_on, made.reference, made.made_by) == (DAY, "清自然资验〔2026〕3 号", "测试人员")
    assert actions[-1] == "consolidation_accepted"
    assert actions.count("quota_posted") == 2


def test_nothing_saved_posts_nothing(bureau: Bureau) -> None:
    bureau.project("ZZ1")
    done = bureau.accept(acceptance(saved_mu=mu(0), new_farmland_mu=mu(0)))
    assert (done.posting_id, done.farmland_posting_id) == (None, None)
    assert bureau.held() == {}
    with pytest.raises(AlreadyAccepted):
        bureau.accept(acceptance())


def test_a_project_is_accepted_once_until_it_is_reversed(bureau: Bureau) -> None:
    bureau.project("ZZ1")
    done = bureau.accept(acceptance())
    with pytest.raises(AlreadyAccepted):
        bureau.accept(acceptance())
    with bureau.as_() as connection:
        ledger.reverse(connection, done.posting_id or 0, "面积有误，重新验收")
    with bureau.owner.connect() as connection:
        half = projects(connection).iloc[0]
    assert (half["accepted_saved_mu"], half["accepted_farmland_mu"]) == (0, acceptance().new_farmland_mu)
    with pytest.raises(AlreadyAccepted):
        bureau.accept(acceptance())
    with bureau.as_() as connection:
        ledger.reverse(connection, done.farmland_posting_id or 0, "面积有误，重新验收")
    with bureau.owner.connect() as connection:
        assert projects(connection)["acceptance_id"].isna().all()
    bureau.accept(acceptance(saved_mu=mu(10)))
    assert bureau.held()[(TOWN, "saved", "available", "ZZ1", "")] == mu(10)
    with bureau.owner.connect() as connection:
        assert list(
            connection.scalars(sa.text("SELECT round FROM xiangtu.consolidation_acceptances ORDER BY id"))
        ) == [1, 2]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"accepted_on": dt.date(2999, 1, 1)}, BadDay),
        ({"accepted_on": dt.date(2024, 12, 31)}, BadDay),
        ({"saved_mu": mu("120.0001")}, MoreThanProject),
        ({"new_farmland_mu": mu(121)}, MoreThanProject),
        ({"no": "ZZ404"}, UnknownProject),
        ({"no": "ZZ0"}, NotAcceptable),
        ({"no": "ZZ9"}, NotAcceptable),
    ],
)
def test_what_cannot_be_accepted_leaves_nothing(
    bureau: Bureau, given: dict[str, object], refusal: type[Exception]
) -> None:
    bureau.project("ZZ1")
    bureau.project("ZZ0", "proposed")
    bureau.project("ZZ9", "cancelled")
    with pytest.raises(refusal):
        bureau.accept(acceptance(**given))  # type: ignore[arg-type]
    assert bureau.held() == {}


@pytest.mark.parametrize(
    ("prefix", "role"),
    [("441826", Role.LAND_REVIEWER), ("441821", Role.CLERK), ("4418", Role.PLANNER), ("4418", Role.AUDITOR)],
)
def test_who_reviews_no_land_there_accepts_nothing(bureau: Bureau, prefix: str, role: Role) -> None:
    bureau.project("ZZ1")
    with pytest.raises(NotAllowed):
        bureau.accept(acceptance(), prefix=prefix, role=role)
    assert bureau.held() == {}


def test_who_handed_the_project_in_does_not_accept_it(bureau: Bureau) -> None:
    secret = signed_in.session(bureau.owner, (Assignment(Role.LAND_REVIEWER, "441821"),))
    with bureau.owner.connect() as connection:
        person = sessions.person_of(connection, secret)
    assert person is not None
    account = person.account_id
    bureau.project("ZZ1", account_id=account)
    with pytest.raises(HandedInByYou):
        bureau.accept(acceptance(), secret=secret)
    # Somebody else's correction of the row does not wash it.
    with bureau.owner.begin() as connection:
        connection.execute(
            sa.text("UPDATE feature.consolidation_projects SET name = '改名', batch_id = batch_id + 1000")
        )
    with pytest.raises(HandedInByYou):
        bureau.accept(acceptance(), secret=secret)
    assert bureau.held() == {}
    assert bureau.accept(acceptance()).posting_id is not None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE xiangtu.consolidation_acceptances SET saved_mu = 0",
        "DELETE FROM xiangtu.consolidation_acceptances",
        "TRUNCATE xiangtu.consolidation_acceptances",
    ],
)
def test_acceptances_are_only_added_by_the_owner_too(bureau: Bureau, statement: str) -> None:
    bureau.project("ZZ1")
    bureau.accept(acceptance())
    with pytest.raises(sa.exc.DBAPIError) as refused, bureau.owner.begin() as connection:
        connection.execute(sa.text(statement))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_savings_are_traced_from_project_to_parcel(bureau: Bureau) -> None:
    bureau.project("ZZ1")
    bureau.accept(acceptance())
    opening = ledger.PartOf.OPENING
    with bureau.owner.begin() as connection:
        ledger.post(
            connection,
            quota.allotted(QuotaKind.SAVED, TOWN, "P1", mu(5), DAY, ParcelUse.INDUSTRY, lot="ZZ1"),
            by="测试",
            part_of=opening,
        )
        ledger.post(
            connection,
            quota.allotted(
                QuotaKind.SAVED, TOWN, "P2", mu(4), DAY, ParcelUse.URBAN, lot="ZZ1", reason="县城安置房配套"
            ),
            by="测试",
            part_of=opening,
        )
        back = quota.returned(QuotaKind.SAVED, TOWN, "P1", mu(2), DAY, lot="ZZ1")
        ledger.post(connection, back, by="测试")
        gone = ledger.post(
            connection,
            quota.allotted(QuotaKind.SAVED, TOWN, "P3", mu(1), DAY, ParcelUse.VILLAGE, lot="ZZ1"),
            by="测试",
            part_of=opening,
        )
    with bureau.as_() as connection:
        ledger.reverse(connection, gone, "录入有误")
    with bureau.owner.connect() as connection:
        found = trace(connection, "441821")
        there = lots(connection, "441821")
    assert found[["parcel_no", "amount_mu", "purpose", "reason"]].to_numpy().tolist() == [
        ["P1", mu(3), "industry", ""],
        ["P2", mu(4), "urban", "县城安置房配套"],
    ]
    saved = there[there["kind"] == "saved"].iloc[0]
    assert (saved["left_mu"], saved["allotted_mu"]) == (mu("12.25"), mu(7))


def test_opening_posts_what_was_accepted_before_and_a_second_run_nothing(bureau: Bureau) -> None:
    bureau.project("A1", "accepted", saved=20, used=6.5, accepted=DAY)
    bureau.project("A2", "accepted", saved=None, used=None, accepted=None)
    bureau.project("A3", "accepted", saved=5, used=8, accepted=DAY)
    bureau.project("A4", "under_way", saved=9)
    opened = open_savings(bureau.owner, by="命令行")
    assert (opened.projects, opened.saved_mu, opened.used_mu, opened.new_farmland_mu) == (
        2,
        mu(20),
        mu("6.5"),
        mu(60),
    )
    assert [no for no, _ in opened.refused] == ["A3"]
    held = bureau.held()
    assert held[(TOWN, "saved", "available", "A1", "")] == mu("13.5")
    assert held[(TOWN, "saved", "allotted", "A1", "")] == mu("6.5")
    assert not any(lot == "A3" for _, _, _, lot, _ in held)
    again = open_savings(bureau.owner, by="命令行")
    assert (again.projects, [no for no, _ in again.refused]) == (0, ["A3"])
    assert bureau.held() == held
    with bureau.owner.connect() as connection:
        use = trace(connection).iloc[0]
    assert (use["parcel_no"], use["purpose"]) == ("", None)
    assert "建账前" in use["reason"]


def test_a_failure_after_the_posting_leaves_neither(bureau: Bureau) -> None:
    bureau.project("ZZ1")
    with pytest.raises(RuntimeError), bureau.as_() as connection:
        accept(connection, acceptance())
        raise RuntimeError("the server goes down here")
    assert bureau.held() == {}
    with bureau.owner.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM xiangtu.consolidation_acceptances")) == 0


def test_classes_are_read_with_empty_areas_as_none(bureau: Bureau) -> None:
    bureau.project("ZZ1")
    with bureau.owner.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO feature.consolidation_classes (admin_code, project_no, land_class, before_mu, after_mu) "
                "VALUES (:code, 'ZZ1', '0101', NULL, 40), (:code, 'ZZ1', '0702', 40, NULL)"
            ),
            {"code": VILLAGE},
        )
        found = classes(connection, "441821", "ZZ1")
    assert found.to_numpy().tolist() == [["ZZ1", "0101", 0.0, 40.0], ["ZZ1", "0702", 40.0, 0.0]]


def test_the_account_is_the_townships_or_the_countys() -> None:
    assert unit_of(VILLAGE) == TOWN
    assert unit_of(TOWN) == TOWN
    assert unit_of(COUNTY) == COUNTY
