"""Inspections: the list is frozen with its draw, the draw repeats, findings are only added to."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from analysis.sampling import SampleTooSmall
from layers import Role
from store import snapshots
from store.embedded import Cluster
from store.errors import NotAllowed
from store.progress import inspections
from store.progress.inspection_lists import listed
from store.progress.inspections import (
    BadInspection,
    BadVisit,
    FindingMissing,
    FoundAlready,
    InspectionNamed,
    NewFinding,
    NewInspection,
    NotDrawn,
    NothingListed,
    Verdict,
    add_finding,
    findings,
    hold,
    is_as_drawn,
    units,
)
from tests.store.progress.office import Office, open_office

DAY = dt.date(2026, 9, 30)
PROJECTS = NewInspection(
    "九月暗访",
    "project",
    "4418",
    ("county",),
    {"stalled": 2.0, "late": 1.0, "doubtful": 0.5},
    8,
    "开奖号 417",
    DAY,
)


@pytest.fixture(scope="module")
def office(cluster: Cluster, city_template: str) -> Iterator[Office]:
    with open_office(cluster, city_template, "office_inspected") as opened:
        yield opened


@pytest.fixture(scope="module")
def held(office: Office) -> int:
    with office.as_("planner") as connection:
        return hold(connection, PROJECTS)


def _one(office: Office, number: int) -> inspections.Inspection:
    with office.as_("planner") as connection:
        (one,) = [i for i in inspections.inspections(connection) if i.id == number]
    return one


def test_projects_are_drawn_by_county_with_their_signs(office: Office, held: int) -> None:
    one = _one(office, held)
    with office.as_("planner") as connection:
        kept = units(connection, held)
    assert len(kept) == 24
    assert int(kept["drawn"].sum()) == 8
    assert one.strata == ("county",)
    assert one.synthetic
    assert set(kept["signals"].iloc[0]) == {"stalled", "late", "money_ahead", "doubtful"}
    assert kept.groupby("stratum")["probability"].sum().round(9).tolist() == (
        kept.groupby("stratum")["drawn"].sum().tolist()
    )
    assert kept[["lon", "lat"]].notna().all().all()
    assert is_as_drawn(one, kept)
    assert not is_as_drawn(replace(one, seed="另一个种子"), kept)
    assert not is_as_drawn(one, kept.assign(size=kept["size"] + (kept.index == 3)))


def test_signs_of_projects_are_those_that_supervisors_see(office: Office) -> None:
    with office.owner.connect() as connection:
        then = listed(connection, "project", "4418", DAY).set_index("unit_id")
        later = listed(connection, "project", "4418", DAY + dt.timedelta(60)).set_index("unit_id")
        open_ = set(
            connection.scalars(
                sa.text(
                    "SELECT p.code FROM xiangtu.projects AS p WHERE p.planned_finish < :day AND "
                    "(SELECT max(r.percent) FROM xiangtu.progress_reports AS r WHERE r.project_id = p.id) < 100"
                ),
                {"day": DAY},
            )
        )
    assert (then["stalled"] == 0).all()
    assert later["stalled"].sum() > 0
    assert open_
    assert (then.loc[sorted(open_), "late"] == 1).all()
    assert then["doubtful"].between(0, 1).all()
    assert then["doubtful"].max() > 0  # reports come without photos


def test_villages_are_listed_with_shortfalls(office: Office) -> None:
    with office.owner.connect() as connection:
        day = snapshots.latest_as_of(connection)
        assert day is not None
        found = listed(connection, "village", office.villages[0][:6], day)
    assert list(found["unit_id"]) == [
        code for code in office.villages if code.startswith(office.villages[0][:6])
    ]
    assert found["shortfall"].dropna().between(0, 1).all()
    assert found["shortfall"].max() > 0
    assert found["missing"].between(0, 1).all()
    assert found["stalled"].isin([0.0, 1.0]).all()


def test_the_list_stays_as_it_was_drawn(office: Office, held: int) -> None:
    for statement in (
        "UPDATE xiangtu.inspection_units SET drawn = true",
        "DELETE FROM xiangtu.inspections",
        "UPDATE xiangtu.inspections SET seed = 'x'",
    ):
        with (
            office.owner.connect() as connection,
            pytest.raises(sa.exc.ProgrammingError, match="only added to"),
        ):
            connection.execute(sa.text(statement))
    added = (
        "INSERT INTO xiangtu.inspection_units (inspection_id, unit_id, admin_code, name, place, stratum, signals, "
        "size, probability, drawn) VALUES (:id, 'x', '441800000000', 'x', 'x', 'x', '{}', 1, 1, true)"
    )
    with office.owner.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="frozen"):
        connection.execute(sa.text(added), {"id": held})


def test_what_was_found_is_added_and_corrected(office: Office, held: int) -> None:
    with office.as_("planner") as connection:
        kept = units(connection, held)
    drawn, other = (kept.loc[kept["drawn"] == flag, "unit_id"].iloc[0] for flag in (True, False))
    found = NewFinding(held, drawn, DAY, Verdict.SERIOUS, "路基宽度不足 3.5 米", DAY + dt.timedelta(30))
    with office.as_("planner") as connection:
        first = add_finding(connection, found, today=DAY)
    with pytest.raises(FoundAlready), office.as_("planner") as connection:
        add_finding(connection, found, today=DAY)
    with office.as_("planner") as connection:
        add_finding(connection, replace(found, verdict=Verdict.MINOR, supersedes=first), today=DAY)
        told = findings(connection, held)
    assert told[["unit_id", "verdict"]].to_numpy().tolist() == [[drawn, "minor"]]
    wrong: list[tuple[NewFinding, type[Exception]]] = [
        (replace(found, unit_id=other), NotDrawn),
        (replace(found, unit_id="nowhere"), NotDrawn),
        (replace(found, finding=" 差 "), FindingMissing),
        (replace(found, visited_on=DAY + dt.timedelta(1)), BadVisit),
        (replace(found, mend_by=DAY - dt.timedelta(1)), BadVisit),
    ]
    for new, error in wrong:
        with pytest.raises(error), office.as_("planner") as connection:
            add_finding(connection, new, today=DAY)


def test_who_is_inspected_does_not_know(office: Office, held: int) -> None:
    with office.as_("clerk") as connection:
        assert inspections.inspections(connection) == []
        assert units(connection, held).empty
    with pytest.raises(NotAllowed), office.as_("county") as connection:
        hold(connection, replace(PROJECTS, name="县里抽全市"))
    office.sign_in("leader", Role.LEADER, "4418")
    with office.as_("leader") as connection:
        assert held in [one.id for one in inspections.inspections(connection)]


def test_what_cannot_be_drawn_is_said(office: Office, held: int) -> None:
    wrong: list[tuple[NewInspection, type[Exception]]] = [
        (replace(PROJECTS, name=" "), BadInspection),
        (replace(PROJECTS, name="x", seed=""), BadInspection),
        (replace(PROJECTS, name="x", seed="长" * 61), BadInspection),
        (replace(PROJECTS, name="x", strata=("village_type",)), BadInspection),
        (replace(PROJECTS, name="x", weights={"stalled": -1.0}), BadInspection),
        (replace(PROJECTS, name="x", weights={"nonsense": 1.0}), BadInspection),
        (replace(PROJECTS, name="x", prefix="441899"), NothingListed),
        (replace(PROJECTS, name="x", number=1), SampleTooSmall),
        (PROJECTS, InspectionNamed),
    ]
    for new, error in wrong:
        with pytest.raises(error), office.as_("planner") as connection:
            hold(connection, new)
