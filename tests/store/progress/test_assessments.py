"""Assessments: frozen for good, objected to in time by whom it concerns, changed by a further line only."""

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import psycopg
import pytest
import sqlalchemy as sa

from analysis.assessment import BadRules, Item, ItemKind, Rules, totals
from layers import Role
from store import snapshots
from store.embedded import Cluster
from store.errors import NotAllowed
from store.progress import assessments, objections
from store.progress.assessment_rules import RulesUnnamed, add_rules, rules_tables
from store.progress.assessments import (
    BadAssessment,
    NameTaken,
    NewAssessment,
    NoSnapshot,
    first_lines,
    freeze,
    is_as_frozen,
    present_lines,
    score_lines,
)
from tests.store.progress.office import Office, open_office

RULES = Rules(
    (
        Item(1, "供水", "tap_water_rate", 60, floor=0.5, full=1.0),
        Item(2, "危房", "dangerous_houses_outstanding", 40, floor=20, full=0),
        Item(3, "加分", "ftth_household_share", 5, ItemKind.BONUS, bands=((0.5, 0.4), (0.8, 1.0))),
    )
)
FAR = dt.date(2126, 1, 1)


@pytest.fixture(scope="module")
def office(cluster: Cluster, city_template: str) -> Iterator[Office]:
    with open_office(cluster, city_template, "office_assessed") as opened:
        yield opened


@pytest.fixture(scope="module")
def frozen(office: Office) -> int:
    with office.owner.begin() as connection:  # figures at the edge: just at the floor, and a zero with a sign
        for place, value in enumerate(("20", "'-0'")):
            connection.execute(
                sa.text(
                    f"UPDATE xiangtu.indicator_values SET value = {value}, numerator = {value} WHERE as_of = :day "
                    "AND indicator_id = 'dangerous_houses_outstanding' AND admin_code = :code"
                ),
                {"day": _day(office), "code": office.towns[place]},
            )
    with office.as_("planner") as connection:
        number = add_rules(connection, "2026 年考核", RULES, note="待市里确认")
        return freeze(connection, NewAssessment("2026 年上半年", _day(office), number, FAR))


def _day(office: Office) -> dt.date:
    with office.owner.connect() as connection:
        day = snapshots.latest_as_of(connection)
    assert day is not None
    return day


def _read(office: Office, number: int) -> tuple[assessments.Assessment, pd.DataFrame, bool]:
    with office.as_("clerk") as connection:
        one = assessments.assessment(connection, number)
        lines = score_lines(connection, number)
        (rules,) = [r for r in rules_tables(connection) if r.id == one.rules_id]
        return one, lines, is_as_frozen(one, rules, lines)


def test_scores_are_those_of_the_snapshot(office: Office, frozen: int) -> None:
    one, lines, sound = _read(office, frozen)
    assert sound
    assert set(lines["admin_code"]) == set(one.units) <= set(office.towns)
    assert len(lines) == 3 * len(one.units)
    with office.owner.connect() as connection:
        true = snapshots.values(connection, "tap_water_rate", one.as_of, "township").set_index("admin_code")  # type: ignore[arg-type]
    water = lines[lines["item_no"] == 1].set_index("admin_code")
    assert water["value"].equals(true["value"].reindex(water.index))
    expected = ((water["value"] - 0.5) / 0.5).clip(0, 1) * 60
    assert (water["score"] - expected).abs().max() < 1e-5
    assert one.made_by == "planner"
    assert one.synthetic
    assert len(one.program) > 8
    assert one.data_versions["water_works"] >= 1


def test_computing_and_importing_anew_changes_nothing(office: Office, frozen: int) -> None:
    before = _read(office, frozen)
    with office.owner.begin() as connection:
        connection.execute(sa.text("UPDATE xiangtu.indicator_values SET value = 0.01, numerator = 1"))
        connection.execute(
            sa.text("UPDATE feature.admin_units SET name = name || '改' WHERE level = 'township'")
        )
    after = _read(office, frozen)
    assert after[0] == before[0]
    assert after[1].equals(before[1])
    assert after[2]


def test_not_even_the_owner_changes_what_is_frozen(office: Office, frozen: int) -> None:
    for statement in (
        "UPDATE xiangtu.assessment_scores SET score = 100",
        "DELETE FROM xiangtu.assessment_scores",
        "TRUNCATE xiangtu.assessments CASCADE",
        "UPDATE xiangtu.assessments SET objections_until = '2200-01-01'",
        "UPDATE xiangtu.assessment_rules SET content = '{}'",
        "DELETE FROM xiangtu.assessment_objections",
    ):
        with (
            office.owner.connect() as connection,
            pytest.raises(sa.exc.ProgrammingError, match="only added to"),
        ):
            connection.execute(sa.text(statement))
    late = (
        "INSERT INTO xiangtu.assessment_scores (assessment_id, admin_code, item_no, with_data, units, score, basis, "
        "made_by) VALUES (:id, '441800000000', 1, 0, 0, 60, 'measured', 't')"
    )
    with office.owner.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="frozen"):
        connection.execute(sa.text(late), {"id": frozen})


def _objection(office: Office, frozen: int, item: int = 1) -> int:
    with office.as_("clerk") as connection:
        return objections.object_to(connection, frozen, office.towns[0], item, "入户台账漏报 12 户，附证明")


def test_an_accepted_objection_adds_a_line_and_the_frozen_one_stays(office: Office, frozen: int) -> None:
    town = office.towns[0]
    before = _read(office, frozen)[1]
    number = _objection(office, frozen)
    with pytest.raises(objections.OneIsOpen):
        _objection(office, frozen)
    with office.as_("planner") as connection:
        with pytest.raises(objections.BadScore), connection.begin_nested():
            objections.answer(connection, number, "经核属实，补记", 60.5)
        objections.answer(connection, number, "经核属实，补记", 59.5)
    one, lines, sound = _read(office, frozen)
    assert sound
    assert first_lines(lines)["score"].equals(first_lines(before)["score"])
    now = present_lines(lines).set_index(["admin_code", "item_no"])["score"]
    assert now[town, 1] == 59.5
    changed = now != present_lines(before).set_index(["admin_code", "item_no"])["score"]
    assert changed[now.notna()].sum() == 1
    assert totals(RULES, present_lines(lines))["total"].notna().all()
    with office.as_("clerk") as connection:
        (told, *_) = [o for o in objections.objections(connection, frozen) if o.id == number]
    assert (told.verdict, told.score, told.answered_by) == ("accepted", 59.5, "planner")
    assert told.assessment_id == one.id
    with office.as_("planner") as connection, pytest.raises(objections.Answered):
        objections.answer(connection, number, "再答一次看看")


def test_no_line_without_an_accepted_objection(office: Office, frozen: int) -> None:
    """Nobody, by plain SQL neither, writes points that no answer gave."""
    number = _objection(office, frozen, 2)
    with office.as_("planner") as connection:
        objections.answer(connection, number, "与台账一致，不予调整")
    forged = (
        "INSERT INTO xiangtu.assessment_scores (assessment_id, admin_code, item_no, with_data, units, score, basis, "
        "objection_id, supersedes, made_by) SELECT assessment_id, admin_code, item_no, 0, 0, 40, 'objection', :o, id, "
        "'t' FROM xiangtu.assessment_scores WHERE assessment_id = :a AND admin_code = :c AND item_no = 2"
    )
    given = {"o": number, "a": frozen, "c": office.towns[0]}
    for engine in (office.owner, office.app):
        with engine.connect() as connection:
            connection.execute(
                sa.text("SELECT set_config('xiangtu.user', :s, true)"), {"s": office.secrets["planner"]}
            )
            with pytest.raises(sa.exc.DBAPIError, match="no accepted objection"):
                connection.execute(sa.text(forged), given)


def test_two_at_once_are_one(office: Office, frozen: int) -> None:
    """A double click makes one objection; two who answer at once are one and a refusal."""

    def objected(_: int) -> int | None:
        try:
            return _objection(office, frozen, 2)
        except objections.OneIsOpen:
            return None

    def answered(score: float) -> bool:
        try:
            with office.as_("planner") as connection:
                objections.answer(connection, number, "两人同时答复", score)
        except objections.Answered:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        (number,) = [made for made in pool.map(objected, range(4)) if made is not None]
        won = list(pool.map(answered, (1.0, 2.0, 3.0, 4.0)))
    assert won.count(True) == 1
    lines = _read(office, frozen)[1]
    own = lines[(lines["admin_code"] == office.towns[0]) & (lines["objection_id"] == number)]
    assert own["score"].tolist() == [1.0 + won.index(True)]


def test_who_may_what(office: Office, frozen: int) -> None:
    """The county does not answer for the city, a clerk does not object for the neighbour."""
    number = _objection(office, frozen, 3)
    with pytest.raises(NotAllowed), office.as_("county") as connection:
        objections.answer(connection, number, "县里先答复", 5.0)
    with pytest.raises(NotAllowed), office.as_("clerk") as connection:
        objections.object_to(connection, frozen, office.towns[1], 1, "替邻镇提一个异议")
    office.sign_in("both", Role.PLANNER, "4418")
    with office.owner.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO access.assignments SELECT id, 'clerk', '4418' FROM access.accounts WHERE name = 'both'"
            )
        )
    with office.as_("both") as connection:
        own = objections.object_to(connection, frozen, office.towns[2], 1, "自己提的异议")
    with pytest.raises(objections.OwnObjection), office.as_("both") as connection:
        objections.answer(connection, own, "自己答复自己", 1.0)
    for name in ("county", "clerk"):
        with office.as_(name) as connection, pytest.raises(sa.exc.DBAPIError) as refused:
            freeze(connection, NewAssessment(f"{name} 自己考核", _day(office), 1, FAR))
        assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_after_the_last_day_there_is_no_objection(office: Office) -> None:
    day = _day(office)
    with office.as_("planner") as connection:
        rules = rules_tables(connection)[0].id
        late = freeze(connection, NewAssessment("早已公示", day, rules, max(day, dt.date(2020, 1, 1))))
    with office.owner.connect() as connection:
        over = connection.scalar(
            sa.text("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date > :d"), {"d": day}
        )
    if over:
        with pytest.raises(objections.TooLate), office.as_("clerk") as connection:
            objections.object_to(connection, late, office.towns[0], 1, "错过了日子的异议")


def test_what_cannot_be_frozen_is_said(office: Office, frozen: int) -> None:
    day = _day(office)
    with office.owner.connect() as connection:
        rules = rules_tables(connection)[0].id
    wrong: list[tuple[NewAssessment, type[Exception]]] = [
        (NewAssessment(" ", day, rules, FAR), BadAssessment),
        (NewAssessment("x", day, rules, day - dt.timedelta(1)), BadAssessment),
        (NewAssessment("x", dt.date(1999, 1, 1), rules, FAR), NoSnapshot),
        (NewAssessment("2026 年上半年", day, rules, FAR), NameTaken),
    ]
    for new, error in wrong:
        with pytest.raises(error), office.as_("planner") as connection:
            freeze(connection, new)
    with pytest.raises(BadRules), office.as_("planner") as connection:
        add_rules(connection, "不足百分", Rules(RULES.items[:1]))
    with pytest.raises(RulesUnnamed), office.as_("planner") as connection:
        add_rules(connection, " ", RULES)
    with pytest.raises(objections.ReasonMissing), office.as_("clerk") as connection:
        objections.object_to(connection, frozen, office.towns[0], 2, " 不 服 ")
