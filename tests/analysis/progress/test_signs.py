"""Each sign by a made case and one just below it."""

import datetime as dt
from collections.abc import Sequence

import pytest

from analysis.progress.signs import THRESHOLDS, Sign, SignKind, signs
from tests.analysis.progress.portfolio import milestones, projects, reports

D = dt.date


def _found(
    kind: SignKind, held: Sequence[dict], told: list[tuple], day: dt.date, **more: Sequence
) -> list[Sign]:
    every = signs(projects(*held), milestones(), reports(*told, **more), day)
    return [one for one in every if one.kind is kind]


def test_a_plain_project_shows_nothing() -> None:
    told = [(1, D(2026, m, 26), 8.3 * m, 80.0 * m) for m in range(1, 8)]
    held = [{"last_heard_on": D(2026, 7, 26)}]
    assert signs(projects(*held), milestones(), reports(*told), D(2026, 8, 1)) == []


def test_overdue() -> None:
    told = [(1, D(2026, 12, 20), 99, 900)]
    (one,) = _found(SignKind.OVERDUE, [{}], told, D(2027, 1, 10))
    assert one.values == {"finish": D(2026, 12, 31), "days": 10, "percent": 99}
    assert _found(SignKind.OVERDUE, [{}], told, D(2026, 12, 31)) == []


def test_stalled_after_45_days_without_a_report() -> None:
    held = [{"last_heard_on": D(2026, 3, 1)}]
    told = [(1, D(2026, 3, 1), 15, 150)]
    (one,) = _found(SignKind.STALLED, held, told, D(2026, 3, 1) + dt.timedelta(days=46))
    assert one.values == {"days": 46, "last": D(2026, 3, 1)}
    assert _found(SignKind.STALLED, held, told, D(2026, 3, 1) + dt.timedelta(days=45)) == []
    assert _found(SignKind.STALLED, [held[0] | {"state": "suspended"}], told, D(2026, 8, 1)) == []


def test_a_project_that_was_to_begin_and_was_never_reported_is_stalled() -> None:
    (one,) = _found(SignKind.STALLED, [{}], [], D(2026, 2, 16))
    assert one.values == {"days": 46, "last": None}
    assert _found(SignKind.STALLED, [{}], [], D(2026, 2, 15)) == []
    assert _found(SignKind.STALLED, [{"planned_start": None}], [], D(2027, 2, 15)) == []


def test_late() -> None:
    day = D(2026, 7, 2)
    (one,) = _found(SignKind.LATE, [{}], [(1, day, 42, 400)], day)
    assert one.values["spi"] == pytest.approx(0.84) and one.values["planned"] == pytest.approx(50)
    assert _found(SignKind.LATE, [{}], [(1, day, 43, 400)], day) == []
    begun = D(2026, 2, 1)
    assert _found(SignKind.LATE, [{}], [(1, begun, 1, 0)], begun) == [], "too early to tell"


def test_money_ahead_of_the_work() -> None:
    told = [(1, D(2026, 6, 26), 45, 650)]
    (one,) = _found(SignKind.MONEY_AHEAD, [{}], told, D(2026, 7, 1))
    assert (one.values["paid"], one.values["percent"], one.report_id) == (65, 45, 101)
    assert _found(SignKind.MONEY_AHEAD, [{}], [(1, D(2026, 6, 26), 45, 649)], D(2026, 7, 1)) == []
    mended = [*told, (1, D(2026, 7, 26), 60, 650)]
    assert _found(SignKind.MONEY_AHEAD, [{}], mended, D(2026, 8, 1)) == [], "the newest report counts"


def test_percent_up_without_money_or_photo() -> None:
    told = [(1, D(2026, 5, 26), 40, 400), (1, D(2026, 6, 26), 45, 400)]
    day = D(2026, 7, 1)
    (one,) = _found(SignKind.UNSEEN, [{}], told, day, photos=[1, 0])
    assert one.values == {"gain": 5} and one.period == D(2026, 6, 1)
    assert _found(SignKind.UNSEEN, [{}], told, day, photos=[1, 1]) == []
    paid = [told[0], (1, D(2026, 6, 26), 45, 401)]
    assert _found(SignKind.UNSEEN, [{}], paid, day, photos=[1, 0]) == []
    less = [told[0], (1, D(2026, 6, 26), 44.9, 400)]
    assert _found(SignKind.UNSEEN, [{}], less, day, photos=[1, 0]) == []


def test_a_jump_against_the_own_history() -> None:
    slow = [(1, D(2026, m, 26), 8.0 * m, 80.0 * m) for m in (1, 2, 3)]
    (one,) = _found(SignKind.JUMPY, [{}], [*slow, (1, D(2026, 4, 26), 49, 500)], D(2026, 5, 1))
    assert one.values == {"gain": 25, "usual": 8} and one.period == D(2026, 4, 1)
    assert _found(SignKind.JUMPY, [{}], [*slow, (1, D(2026, 4, 26), 48.9, 500)], D(2026, 5, 1)) == []
    quick = [(1, D(2026, m, 26), 9.0 * m, 80.0 * m) for m in (1, 2, 3)]
    assert _found(SignKind.JUMPY, [{}], [*quick, (1, D(2026, 4, 26), 53, 500)], D(2026, 5, 1)) == []
    assert _found(SignKind.JUMPY, [{}], [*slow[:1], (1, D(2026, 2, 26), 49, 500)], D(2026, 5, 1)) == [], (
        "one month is no history"
    )
    # The same gain over two months, because one was not reported, is no jump.
    assert _found(SignKind.JUMPY, [{}], [*slow, (1, D(2026, 5, 26), 60, 500)], D(2026, 6, 1)) == []


def _quarters(last: float) -> list[tuple]:
    percent, told = 0.0, []
    for month in range(1, 7):
        percent += last if month % 3 == 0 else (20 - last) / 2
        told.append((1, D(2026, month, 26), percent, 10.0 * percent))
    return told


def test_moves_at_the_ends_of_quarters_only() -> None:
    (one,) = _found(SignKind.QUARTER_END, [{}], _quarters(14.0), D(2026, 7, 1))
    assert one.values["quarters"] == 2 and one.values["share"] == pytest.approx(70)
    assert one.period == D(2026, 6, 1) and one.report_id == 106
    assert _found(SignKind.QUARTER_END, [{}], _quarters(13.9), D(2026, 7, 1)) == []
    assert _found(SignKind.QUARTER_END, [{}], _quarters(14.0)[:5], D(2026, 7, 1)) == [], (
        "one quarter is chance"
    )


def test_copied_notes() -> None:
    told = [(1, D(2026, 5, 26), 40, 400), (1, D(2026, 6, 26), 45, 450), (2, D(2026, 6, 26), 45, 450)]
    notes = [
        "5月：路基开挖完成，正在铺设管道。",
        "6月 路基开挖完成 正在铺设管道",
        "挡墙浇筑完成过半，材料到场",
    ]
    (one,) = _found(SignKind.COPIED, [{}, {}], told, D(2026, 7, 1), note=notes)
    assert one.project_id == 1 and one.period == D(2026, 6, 1)
    assert (one.values["from_project"], one.values["from_period"]) == (1, D(2026, 5, 1))
    notes[2] = notes[0]
    both = _found(SignKind.COPIED, [{}, {}], told, D(2026, 7, 1), note=notes)
    assert [(c.project_id, c.values["from_project"]) for c in both] == [(1, 1), (2, 1)]
    short = ["按计划推进中"] * 3
    assert _found(SignKind.COPIED, [{}, {}], told, D(2026, 7, 1), note=short) == []


def test_what_many_write_is_a_stock_phrase() -> None:
    many = THRESHOLDS.stock_projects
    told = [(i, D(2026, 6, 26), 45, 450) for i in range(1, many + 1)]
    phrase = ["各项工作按计划有序推进"] * many
    assert _found(SignKind.COPIED, [{}] * many, told, D(2026, 7, 1), note=phrase) == []
    assert len(_found(SignKind.COPIED, [{}] * many, told[1:], D(2026, 7, 1), note=phrase[1:])) == many - 2


def test_percent_fallen() -> None:
    told = [(1, D(2026, 5, 26), 40, 400), (1, D(2026, 6, 26), 39.9, 450)]
    (one,) = _found(SignKind.FALLEN, [{}], told, D(2026, 7, 1), fall_reason=["", "返工"])
    assert one.values == {"before": 40, "percent": 39.9, "reason": "返工"}
    same = [told[0], (1, D(2026, 6, 26), 40, 450)]
    assert _found(SignKind.FALLEN, [{}], same, D(2026, 7, 1)) == []


def test_reported_after_the_deadline() -> None:
    told = [(1, D(2026, 5, 26), 40, 400)]
    late = _found(SignKind.REPORTED_LATE, [{}], told, D(2026, 7, 1), submitted_on=_days(D(2026, 6, 6)))
    assert [one.values for one in late] == [{"days": 1, "due": D(2026, 6, 5)}]
    assert _found(SignKind.REPORTED_LATE, [{}], told, D(2026, 7, 1), submitted_on=_days(D(2026, 6, 5))) == []


def _days(*days: dt.date) -> object:
    import pandas as pd

    return pd.to_datetime(list(days)).astype("datetime64[s]")


def test_cancelled_projects_show_none_and_the_order_is_fixed() -> None:
    told = [(1, D(2026, 5, 26), 40, 900), (2, D(2026, 5, 26), 40, 900)]
    every = signs(projects({"state": "cancelled"}, {}), milestones(), reports(*told), D(2027, 2, 1))
    assert {one.project_id for one in every} == {2}
    assert [one.kind for one in every] == [SignKind.OVERDUE, SignKind.STALLED, SignKind.MONEY_AHEAD]
