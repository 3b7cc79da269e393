"""Monthly reports: one for each key, no fall without a reason, corrections in a chain, checks by somebody else."""

import datetime as dt
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.progress.photo import read_photo
from store import identity
from store.engine import changing
from store.errors import NotAllowed
from store.progress import drafts, reports
from store.progress import report_errors as errors
from store.progress.errors import ReportedMeanwhile
from store.progress.handed_in import Content, FileReport, put_reports
from store.progress.photos import photos
from store.progress.reports import NewReport, Submitted
from tests.photographed import photo
from tests.reported import MONTH, PLACE, TODAY, VILLAGE, Office, new_report, put_project

OCTOBER, SEPTEMBER = dt.date(2026, 10, 1), dt.date(2026, 9, 1)


def test_a_report_is_handed_in_once_and_read_back(office: Office, project: int) -> None:
    with office.as_("clerk") as connection:
        begun = drafts.begin(connection, project, MONTH, {"percent": "12.5"})
    new = new_report(
        project, 12.5, milestones=(2, 1), paid_yuan=Decimal("123456"), submission_key=begun.submission_key
    )
    done = office.submit("clerk", new)
    assert not done.already
    with office.looking("leader") as connection:
        seen = reports.report(connection, done.report_id)
    assert (seen.percent, seen.paid_yuan, seen.milestones) == (Decimal("12.50"), Decimal(123456), (1, 2))
    assert (seen.period, seen.reported_on) == (MONTH, TODAY)
    assert (seen.reported_by, seen.channel, seen.check, seen.waits) == ("clerk", "form", None, True)
    assert office.count("xiangtu.report_drafts") == 0
    assert office.submit("clerk", new) == Submitted(done.report_id, True)
    assert office.count("xiangtu.progress_reports") == 1
    assert office.count("access.record", "action = 'report_submitted'") == 1


def test_sixteen_connections_with_one_key_make_one_report(office: Office, project: int) -> None:
    """All at once; the same answer for each, one row, one entry of the record."""
    new, ready = new_report(project, 30), threading.Barrier(16)
    secret = office.secret("clerk")

    def hand_in(_: int) -> Submitted:
        ready.wait()
        with identity.acting(secret), changing(office.app) as connection:
            return reports.submit(connection, new, by="clerk", today=TODAY)

    with ThreadPoolExecutor(16) as hands:
        done = list(hands.map(hand_in, range(16)))
    assert len({one.report_id for one in done}) == 1
    assert sorted(one.already for one in done) == [False] + [True] * 15
    assert office.count("xiangtu.progress_reports") == 1
    assert office.count("access.record", "action = 'report_submitted'") == 1


def test_sixteen_keys_at_once_make_one_report_and_fifteen_refusals(office: Office, project: int) -> None:
    ready, secret = threading.Barrier(16), office.secret("clerk")

    def hand_in(_: int) -> int | None:
        ready.wait()
        try:
            with identity.acting(secret), changing(office.app) as connection:
                return reports.submit(connection, new_report(project), by="clerk", today=TODAY).report_id
        except errors.AlreadyReported as refused:
            assert refused.present.project_id == project
            return None

    with ThreadPoolExecutor(16) as hands:
        done = list(hands.map(hand_in, range(16)))
    assert sorted(one is None for one in done) == [False] + [True] * 15
    assert office.count("xiangtu.progress_reports") == 1


def test_the_database_itself_holds_the_key(office: Office, project: int) -> None:
    """Two transactions at once by plain SQL, past what the program asks before."""
    key = uuid.uuid4()
    insert = (
        "INSERT INTO xiangtu.progress_reports (submission_key, project_id, admin_code, period, reported_on, percent, "
        "paid_yuan, channel, reported_by) SELECT :key, id, admin_code, '2026-11-01', '2026-11-20', 5, 0, 'form', 't' "
        "FROM xiangtu.projects"
    )
    with office.as_("clerk") as connection:
        connection.execute(sa.text(insert), {"key": key})
    with (
        pytest.raises(sa.exc.IntegrityError, match="progress_reports_key"),
        office.as_("clerk") as connection,
    ):
        connection.execute(sa.text(insert), {"key": key})
    with (
        pytest.raises(sa.exc.IntegrityError, match="progress_reports_first"),
        office.as_("clerk") as connection,
    ):
        connection.execute(sa.text(insert), {"key": uuid.uuid4()})


def test_a_known_key_with_other_figures_says_so(office: Office, project: int) -> None:
    new = new_report(project, 20)
    first = office.submit("clerk", new)
    again = office.submit("clerk", replace(new, percent=Decimal(25)))
    assert again == Submitted(first.report_id, True, differs=True)
    with pytest.raises(errors.KeyOfAnother):
        office.submit("other_clerk", new)
    with pytest.raises(errors.KeyOfAnother):
        office.submit("clerk", replace(new, period=OCTOBER))


def test_a_second_report_of_a_month_names_the_present_one(office: Office, project: int) -> None:
    done = office.submit("clerk", new_report(project, 10))
    with pytest.raises(errors.AlreadyReported, match=f"第 {done.report_id} 号") as refused:
        office.submit("other_clerk", new_report(project, 11))
    assert refused.value.present.id == done.report_id
    assert refused.value.present.reported_by == "clerk"


@pytest.mark.parametrize(
    ("given_", "refusal"),
    [
        ({"period": dt.date(2026, 12, 1)}, errors.MonthAhead),
        ({"reported_on": dt.date(2026, 10, 31)}, errors.DayOutsideMonth),
        ({"reported_on": dt.date(2026, 11, 21)}, errors.DayOutsideMonth),
        ({"percent": Decimal("100.5")}, errors.PercentOutside),
        ({"percent": Decimal("-1")}, errors.PercentOutside),
        ({"paid_yuan": Decimal("-1")}, errors.PaidOutside),
        ({"paid_yuan": Decimal(10) ** 13}, errors.PaidOutside),
        ({"milestones": (1, 4)}, errors.UnknownMilestone),
        ({"note": "字" * 2001}, errors.TextTooLong),
        ({"project_id": 0}, errors.UnknownProject),
        ({"supersedes": 0}, errors.NotSameMonth),
        ({"period": dt.date(2026, 2, 3), "note": " "}, errors.NoteForEarlyMonth),
    ],
    ids=lambda x: x.__name__ if isinstance(x, type) else "",
)
def test_what_is_wrong_is_said_and_nothing_written(
    office: Office, project: int, given_: dict[str, object], refusal: type[errors.ReportError]
) -> None:
    with pytest.raises(refusal) as refused:
        office.submit("clerk", replace(new_report(project), **given_))
    assert refused.value.sentence("zh") and refused.value.sentence("en")
    assert office.count("xiangtu.progress_reports") == 0


def test_a_month_before_the_planned_start_passes_with_a_note(office: Office, project: int) -> None:
    early = replace(new_report(project), period=dt.date(2026, 2, 1), note="征地提前完成，先行开工")
    assert not office.submit("clerk", early).already


def test_a_project_that_ended_is_reported_up_to_its_end(office: Office) -> None:
    with office.owner.begin() as connection:
        ended = put_project(connection, state="finished")
        unknown = put_project(connection, state="cancelled")
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.project_states (project_id, admin_code, before, after, happened_on, changed_by) "
                "SELECT id, admin_code, 'finished', 'accepted', '2026-10-12', 't' FROM xiangtu.projects WHERE id = :id"
            ),
            {"id": ended},
        )
    for project_id in (ended, unknown):
        with pytest.raises(errors.ProjectEnded):
            office.submit("clerk", new_report(project_id, 100))
    done = office.submit("clerk", new_report(ended, 100, period=OCTOBER))
    correction = new_report(ended, 100, period=OCTOBER, supersedes=done.report_id)
    assert office.submit("clerk", correction).report_id > done.report_id


def test_the_percent_falls_only_with_a_reason(office: Office, project: int) -> None:
    office.submit("clerk", new_report(project, 40, period=OCTOBER))
    with pytest.raises(errors.FallWithoutReason, match="40%"):
        office.submit("clerk", new_report(project, 39.5))
    with pytest.raises(errors.FallWithoutReason):
        office.submit("clerk", new_report(project, 39.5, fall_reason=" 返 "))
    office.submit("clerk", new_report(project, 39.5, fall_reason="返工"))


def test_an_earlier_month_does_not_pass_a_later_one_without_a_reason(office: Office, project: int) -> None:
    office.submit("clerk", new_report(project, 40, period=OCTOBER))
    with pytest.raises(errors.RiseBeforeLower, match="2026-10"):
        office.submit("clerk", new_report(project, 41, period=SEPTEMBER))
    office.submit("clerk", new_report(project, 41, period=SEPTEMBER, fall_reason="十月返工拆除一段"))


def test_a_returned_report_does_not_stand_and_its_correction_does(office: Office, project: int) -> None:
    wrong = office.submit("clerk", new_report(project, 90, period=OCTOBER))
    office.check("county", wrong.report_id, "returned", "照片显示仍在做路基")
    office.submit("clerk", new_report(project, 30))
    right = office.submit("clerk", new_report(project, 28, period=OCTOBER, supersedes=wrong.report_id))
    with office.looking("leader") as connection:
        known = reports.reports_of(connection, project)
        first = reports.report(connection, wrong.report_id)
        assert [one.id for one in reports.chain(connection, first)] == [wrong.report_id, right.report_id]
    standing = reports.standing(known, OCTOBER)
    assert standing is not None and standing.id == right.report_id
    assert first.superseded_by == right.report_id and not first.stands


_BY_SQL = sa.text(
    "INSERT INTO xiangtu.progress_reports (submission_key, project_id, admin_code, period, reported_on, percent, "
    "paid_yuan, fall_reason, supersedes, channel, reported_by) SELECT gen_random_uuid(), id, admin_code, :period, "
    ":period, :percent, 0, :reason, :supersedes, 'form', 't' FROM xiangtu.projects WHERE id = :project RETURNING id"
)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 4), st.booleans()), min_size=1, max_size=8))
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_comes_by_sql_standing_months_fall_with_reasons_only(
    office: Office, told: list[tuple[int, int, bool]]
) -> None:
    """Reports in any order, corrected and accepted; the database refuses exactly those that would break the rule."""
    with office.owner.begin() as connection:
        project = put_project(connection)
    stands: dict[int, tuple[int, int, bool]] = {}
    for month, tens, reasoned in told:
        earlier = [stands[m][1] for m in sorted(stands) if m < month][-1:]
        later = [stands[m] for m in sorted(stands) if m > month][:1]
        breaks = (earlier and earlier[0] > tens * 10) or (
            later and not later[0][2] and later[0][1] < tens * 10
        )
        given_ = {
            "period": dt.date(2026, month, 1),
            "percent": tens * 10,
            "reason": "返工重做" if reasoned else "",
            "supersedes": stands[month][0] if month in stands else None,
            "project": project,
        }
        try:
            with office.owner.begin() as connection:
                made = connection.execute(_BY_SQL, given_).scalar_one()
        except sa.exc.DBAPIError as error:
            assert getattr(error.orig, "sqlstate", "") == "XP015"
            assert breaks and not reasoned
            continue
        assert reasoned or not breaks
        stands[month] = (made, tens * 10, reasoned)


def test_a_correction_is_the_next_of_its_chain_only(office: Office, project: int) -> None:
    first = office.submit("clerk", new_report(project, 10))
    second = office.submit("clerk", new_report(project, 12, supersedes=first.report_id))
    with pytest.raises(errors.CorrectedMeanwhile, match=f"第 {second.report_id} 号"):
        office.submit("other_clerk", new_report(project, 13, supersedes=first.report_id))
    october = office.submit("clerk", new_report(project, 9, period=OCTOBER))
    with pytest.raises(errors.NotSameMonth):
        office.submit("clerk", new_report(project, 9, supersedes=october.report_id))


def test_a_correction_of_an_accepted_report_counts_once_it_is_accepted(office: Office, project: int) -> None:
    def counted() -> Decimal:
        with office.looking("leader") as connection:
            found: Decimal = connection.execute(
                sa.text("SELECT percent FROM xiangtu.accepted_reports WHERE project_id = :p"), {"p": project}
            ).scalar_one()
            return found

    first = office.submit("clerk", new_report(project, 10))
    office.check("county", first.report_id)
    second = office.submit("clerk", new_report(project, 15, supersedes=first.report_id))
    assert counted() == 10
    office.check("steward", second.report_id)
    assert counted() == 15


def test_checks_are_of_others_once_and_with_reasons(office: Office, project: int) -> None:
    done = office.submit("both", new_report(project, 10))
    with pytest.raises(errors.OwnReport):
        office.check("both", done.report_id)
    with pytest.raises(errors.RemarkNeeded):
        office.check("county", done.report_id, "returned", " ")
    with pytest.raises(NotAllowed):
        office.check("foreign_county", done.report_id)
    with pytest.raises(errors.UnknownReport):
        office.check("county", done.report_id + 1000)
    checked = office.check("county", done.report_id, "returned", "缺少照片")
    assert checked.check is not None and (checked.check.checked_by, checked.returned) == ("county", True)
    assert office.check("county", done.report_id, "returned", "缺少照片") == checked
    with pytest.raises(errors.CheckedMeanwhile, match="county") as quicker:
        office.check("steward", done.report_id)
    assert quicker.value.now.check == checked.check
    assert office.count("access.record", "action = 'report_returned'") == 1


def test_a_superseded_report_is_checked_no_more(office: Office, project: int) -> None:
    first = office.submit("clerk", new_report(project, 10))
    office.submit("clerk", new_report(project, 12, supersedes=first.report_id))
    with pytest.raises(errors.Superseded):
        office.check("county", first.report_id)


def test_a_check_and_a_correction_at_once_leave_one_truth(office: Office, project: int) -> None:
    """Whoever is first, the checked report is not one that was corrected before its check."""
    for _ in range(6):
        with office.owner.begin() as connection:
            one = put_project(connection)
        first = office.submit("clerk", new_report(one, 10))
        ready = threading.Barrier(2)

        def correct(one: int = one, first: Submitted = first, ready: threading.Barrier = ready) -> str:
            ready.wait()
            office.submit("clerk", new_report(one, 12, supersedes=first.report_id))
            return "corrected"

        def look(first: Submitted = first, ready: threading.Barrier = ready) -> str:
            ready.wait()
            try:
                office.check("county", first.report_id)
            except errors.Superseded:
                return "refused"
            return "checked"

        office.secret("county")
        with ThreadPoolExecutor(2) as hands:
            said = {hand.result() for hand in [hands.submit(correct), hands.submit(look)]}
        with office.looking("leader") as connection:
            known = reports.reports_of(connection, one)
        assert len(known) == 2 and "corrected" in said
        first_now = next(r for r in known if r.id == first.report_id)
        assert (first_now.check is not None) == ("checked" in said)


def test_reports_are_listed_by_place_and_month(office: Office, project: int) -> None:
    with office.owner.begin() as connection:
        foreign = put_project(connection, "441826100201", place=(112.3, 24.7))
    mine = [office.submit("clerk", new_report(project, 10 + i, period=p)).report_id
            for i, p in enumerate((OCTOBER, MONTH))]  # fmt: skip
    theirs = office.submit("foreign_clerk", new_report(foreign, 5)).report_id
    with office.looking("leader") as connection:
        assert [r.id for r in reports.reports(connection)] == [mine[0], mine[1], theirs]
        assert [r.id for r in reports.reports(connection, "441821", MONTH)] == [mine[1]]
        assert [r.id for r in reports.reports(connection, "441826")] == [theirs]


def test_a_month_is_taken_from_any_day_of_it(office: Office, project: int) -> None:
    done = office.submit("clerk", new_report(project, 10, period=dt.date(2026, 10, 17)))
    with office.looking("clerk") as connection:
        seen = reports.report(connection, done.report_id)
    assert (seen.period, seen.reported_on) == (OCTOBER, dt.date(2026, 10, 31))


def test_files_are_reported_by_the_owner_under_a_name(office: Office, project: int) -> None:
    new = NewReport(uuid.UUID(int=7), project, MONTH, Decimal(3), Decimal(0), channel="excel", synthetic=True)
    with office.owner.begin() as connection:
        done = reports.submit(connection, new, by="项目办", today=TODAY)
        assert reports.submit(connection, new, by="项目办", today=TODAY) == Submitted(done.report_id, True)
        seen = reports.report(connection, done.report_id)
    assert (seen.account_id, seen.reported_by, seen.channel, seen.synthetic) == (
        None,
        "项目办",
        "excel",
        True,
    )


def test_a_file_that_a_report_overtook_is_told_so_and_adds_nothing(office: Office, project: int) -> None:
    """Read while 10 % was no fall; by the time it is written the month before stands at 40 %."""
    office.submit("clerk", new_report(project, 40, period=OCTOBER))
    late = FileReport(
        project, "XM", VILLAGE, MONTH, TODAY, Content(Decimal(10), 0, (), "", ""), supersedes=None
    )
    with pytest.raises(ReportedMeanwhile), office.as_("clerk") as connection:
        put_reports(connection, [late], "clerk")
    assert office.count("xiangtu.progress_reports") == 1


def test_a_correction_by_a_file_keeps_the_photos_of_what_it_corrects(office: Office, project: int) -> None:
    """As in the form; the same file again adds none, also when the correction was checked meanwhile."""
    pictures = tuple(read_photo(f"{n}.jpg", photo(n, at=PLACE, size=(320, 240))) for n in (1, 2))
    first = office.submit("clerk", new_report(project, 40), pictures)
    correction = FileReport(
        project, "XM", VILLAGE, MONTH, TODAY, Content(Decimal(45), 0, (), "", ""), supersedes=first.report_id
    )
    with office.as_("other_clerk") as connection:
        assert put_reports(connection, [correction], "other_clerk") == 1
    with office.looking("county") as connection:
        before, now = reports.reports_of(connection, project)
        assert (before.superseded_by, now.channel, now.photos) == (now.id, "excel", 2)
        kept = photos(connection, [before.id, now.id])
    assert [(one.name, one.sha256, one.distance_m) for one in kept[:2]] == [
        (one.name, one.sha256, one.distance_m) for one in kept[2:]
    ]
    office.check("county", now.id)
    with office.as_("other_clerk") as connection:
        assert put_reports(connection, [correction], "other_clerk") == 0
    assert office.count("xiangtu.progress_photos") == 4
