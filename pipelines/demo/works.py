"""Made-up projects of the demo city and how each of them goes, month by month; everything follows from the seed."""

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from layers.codes import FundSource, LibraryState, WorkKind
from pipelines.demo.calendar import AS_OF
from store.progress.ground import Village

VILLAGES_PER_PROJECT = 6.5
FEWEST = 16
MONTHS = 12
"""Months with reports, the last one that of `AS_OF`."""
_TAIL = re.compile(r"(村委会|社区居委会|居委会)$")
_W = WorkKind


@dataclass(frozen=True)
class Trade:
    """A kind of projects: how often, what it is called, budget in 万元, months, milestones, whose business."""

    kind: WorkKind
    weight: int
    words: str
    wan: tuple[int, int]
    months: tuple[int, int]
    steps: tuple[tuple[str, int, float], ...]
    bureau: str


_BUILT = (("开工", 10, 0.05), ("基础完成", 25, 0.35), ("主体完成", 40, 0.75), ("竣工验收", 25, 1.0))
_LAID = (("开工", 15, 0.05), ("路基或管沟完成", 45, 0.55), ("竣工验收", 40, 1.0))
_SET_UP = (("选址确认", 20, 0.2), ("设备安装", 50, 0.7), ("开通验收", 30, 1.0))
TRADES = (
    Trade(_W.ROAD_LINK, 22, "自然村通硬化路", (45, 260), (5, 11), _LAID, "交通运输局"),
    Trade(_W.ROAD_UPGRADE, 12, "村道提升", (80, 420), (6, 13), _LAID, "交通运输局"),
    Trade(_W.MAINS_EXTENSION, 13, "供水管网延伸", (40, 230), (5, 12), _LAID, "水利局"),
    Trade(_W.WORKS_UPGRADE, 9, "水厂提升改造", (90, 520), (8, 16), _BUILT, "水利局"),
    Trade(_W.BASE_STATION_5G, 9, "5G 基站", (18, 36), (3, 7), _SET_UP, "工业和信息化局"),
    Trade(_W.FIBRE, 7, "光纤到村", (20, 75), (4, 9), _SET_UP, "工业和信息化局"),
    Trade(_W.HOUSE_RENOVATION, 11, "危房改造", (24, 130), (6, 12), _BUILT, "住房和城乡建设局"),
    Trade(_W.HIGH_STANDARD_FARMLAND, 9, "高标准农田建设", (160, 780), (9, 18), _BUILT, "农业农村局"),
    Trade(_W.LAND_CONSOLIDATION, 5, "全域土地综合整治", (260, 980), (10, 20), _BUILT, "自然资源局"),
    Trade(_W.RECLAMATION, 3, "拆旧复垦", (30, 150), (5, 10), _LAID, "自然资源局"),
)


class Course(StrEnum):
    """How a project goes."""

    ON_TIME = "on_time"
    LATE = "late"
    STALLED = "stalled"
    """Nobody reports any more."""
    SUSPENDED = "suspended"
    FINISHED = "finished"
    MONEY_AHEAD = "money_ahead"
    """Paid far ahead of what is built."""
    QUARTER_JUMPS = "quarter_jumps"
    """Progress only at the ends of quarters."""
    COPIED = "copied"
    """The same words every month."""
    WAITING = "waiting"
    """Not begun."""
    CANCELLED = "cancelled"


_COURSES = {
    Course.ON_TIME: 34, Course.LATE: 18, Course.STALLED: 9, Course.SUSPENDED: 5, Course.FINISHED: 13,
    Course.MONEY_AHEAD: 5, Course.QUARTER_JUMPS: 5, Course.COPIED: 4, Course.WAITING: 6, Course.CANCELLED: 1,
}  # fmt: skip
_PACE = {Course.LATE: (0.5, 0.78), Course.FINISHED: (1.0, 1.12), Course.STALLED: (0.6, 0.95)}


@dataclass(frozen=True)
class Work:
    """A made-up project; `code` is given by the library, so that its reports find it by `name` and village."""

    village: Village
    trade: Trade
    course: Course
    name: str
    lon: float
    lat: float
    budget_wan: int
    payments: str
    start: dt.date
    finish: dt.date
    milestones: str
    state: LibraryState
    state_on: dt.date
    stopped: dt.date | None
    pace: float


@dataclass(frozen=True)
class Month:
    """What is reported of a month; money in 万元, both cumulative."""

    period: dt.date
    reported_on: dt.date
    percent: float
    paid_wan: float
    reached: int
    note: str
    fall_reason: str = ""


def make_works(villages: Sequence[Village], seed: int) -> list[Work]:
    """Projects spread over the villages given, with a few that were entered twice."""
    drawn = Random(seed)  # noqa: S311 - made-up data
    count = max(FEWEST, round(len(villages) / VILLAGES_PER_PROJECT))
    step = len(villages) / count
    chosen = [villages[min(len(villages) - 1, int((i + drawn.random()) * step))] for i in range(count)]
    courses = _spread(drawn, count)
    works: list[Work] = []
    names: set[tuple[str, str]] = set()
    for village, course in zip(chosen, courses, strict=True):
        work = _work(village, course, drawn)
        if (village.admin_code, work.name) not in names:
            names.add((village.admin_code, work.name))
            works.append(work)
    return [*works, *(_twin(one) for one in works[5 :: max(1, count // 4)][:4])]


def _spread(drawn: Random, count: int) -> list[Course]:
    """Courses in the shares wanted, every one of them at least once."""
    total = sum(_COURSES.values())
    found = [course for course, share in _COURSES.items() for _ in range(max(1, count * share // total))]
    found += drawn.choices(list(_COURSES), list(_COURSES.values()), k=max(0, count - len(found)))
    found = found[:count]
    drawn.shuffle(found)
    return found


def _work(village: Village, course: Course, drawn: Random) -> Work:
    trade = drawn.choices(TRADES, [one.weight for one in TRADES])[0]
    months = drawn.randint(*trade.months)
    if course in (Course.WAITING, Course.CANCELLED):
        start = AS_OF + dt.timedelta(days=drawn.randint(20, 200))
    elif course is Course.FINISHED:
        start = AS_OF - dt.timedelta(days=round(30.4 * months) + drawn.randint(15, 90))
    else:
        start = AS_OF - dt.timedelta(days=round(30.4 * months * drawn.uniform(0.35, 0.95)))
    start = start.replace(day=drawn.choice((1, 5, 10, 15)))
    finish = start + dt.timedelta(days=round(30.4 * months))
    budget = drawn.randrange(*trade.wan)
    pace = drawn.uniform(*_PACE.get(course, (0.88, 1.08)))
    state, state_on, stopped = _standing(course, start, finish, pace, drawn)
    return Work(
        village,
        trade,
        course,
        f"{_TAIL.sub('', village.name)}{trade.words}",
        round(village.lon + drawn.uniform(-0.002, 0.002), 6),
        round(village.lat + drawn.uniform(-0.002, 0.002), 6),
        budget,
        _payments(budget, start.year, drawn),
        start,
        finish,
        "；".join(
            f"{name}:{weight}:{start + dt.timedelta(days=round((finish - start).days * share))}"
            for name, weight, share in trade.steps
        ),
        state,
        state_on,
        stopped,
        pace,
    )


def _standing(
    course: Course, start: dt.date, finish: dt.date, pace: float, drawn: Random
) -> tuple[LibraryState, dt.date, dt.date | None]:
    """State at `AS_OF`, since when, and when work stopped or reports ended."""
    if course is Course.WAITING:
        state = drawn.choice((LibraryState.PLANNED, LibraryState.APPROVED))
        return state, AS_OF - dt.timedelta(days=drawn.randint(10, 120)), None
    if course is Course.CANCELLED:
        return LibraryState.CANCELLED, AS_OF - dt.timedelta(days=drawn.randint(10, 60)), None
    if course is Course.FINISHED:
        done = min(start + dt.timedelta(days=round((finish - start).days / pace)), AS_OF)
        accepted = done < AS_OF - dt.timedelta(days=45)
        return (LibraryState.ACCEPTED if accepted else LibraryState.FINISHED), done, None
    stop = AS_OF - dt.timedelta(days=drawn.randint(65, 150))
    stop = max(stop, start + dt.timedelta(days=20))
    if course is Course.SUSPENDED:
        return LibraryState.SUSPENDED, stop, stop
    return LibraryState.STARTED, start, stop if course is Course.STALLED else None


def _payments(budget_wan: int, year: int, drawn: Random) -> str:
    """Two or three sources over one or two years that make the budget."""
    sources = [FundSource.PROVINCIAL, FundSource.CITY, FundSource.COUNTY]
    if drawn.random() < 0.4:
        sources[0] = FundSource.CENTRAL
    if drawn.random() < 0.25:
        sources.append(FundSource.OTHER)
    shares = [drawn.uniform(0.5, 2.0) for _ in sources]
    amounts = [round(budget_wan * share / sum(shares)) for share in shares]
    amounts[0] += budget_wan - sum(amounts)
    parts = []
    for at, (source, amount) in enumerate(zip(sources, amounts, strict=True)):
        later = at == len(sources) - 1 and amount > 20
        first = amount // 2 if later else amount
        if first > 0:
            parts.append(f"{source.text.zh}:{year}:{first}")
        if later:
            parts.append(f"{source.text.zh}:{year + 1}:{amount - first}")
    return "；".join(parts)


def _twin(one: Work) -> Work:
    """The same project as another office entered it: a little beside, called a little otherwise."""
    name = f"{one.name}工程"
    return replace(one, name=name, lon=round(one.lon + 0.0004, 6), course=Course.ON_TIME, stopped=None)


def months_of(one: Work, seed: int) -> list[Month]:
    """What was reported of a project in the last `MONTHS` months up to `AS_OF`; nothing of one not begun."""
    if one.state in (LibraryState.PLANNED, LibraryState.APPROVED, LibraryState.CANCELLED):
        return []
    drawn = Random(f"{seed} {one.village.admin_code} {one.name}")  # noqa: S311 - made-up data
    found: list[Month] = []
    for period in _periods():
        told = min(period.replace(day=drawn.randint(24, 28)), AS_OF)
        if told < one.start:
            continue
        if one.stopped is not None and told > one.stopped and one.course is Course.STALLED:
            break
        found.append(_month(one, period, told, found[-1] if found else None, drawn))
        if found[-1].percent >= 100 and len(found) > 1 and found[-2].percent >= 100:
            found.pop()
            break
    return _with_a_fall(found, drawn)


def _periods() -> list[dt.date]:
    last = AS_OF.year * 12 + AS_OF.month - 1
    return [dt.date(at // 12, at % 12 + 1, 1) for at in range(last - MONTHS + 1, last + 1)]


def _month(one: Work, period: dt.date, told: dt.date, before: Month | None, drawn: Random) -> Month:
    worked = min(told, one.stopped) if one.stopped else told
    share = max(0.0, min(1.0, one.pace * (worked - one.start).days / max(1, (one.finish - one.start).days)))
    percent = 100 * (0.5 - math.cos(math.pi * share) / 2)
    if one.course is Course.QUARTER_JUMPS and period.month % 3:
        percent = 3.0 if before is None else before.percent
    if one.course is Course.FINISHED and told >= one.state_on:
        percent = 100.0
    least = 0.0 if before is None else before.percent
    limit = 100.0 if one.course is Course.FINISHED else 98.0
    percent = round(max(least, min(limit, percent + drawn.uniform(-1.5, 1.5), 100.0), 0.0), 1)
    if one.course is Course.FINISHED and told >= one.state_on:
        percent = 100.0
    lead = drawn.uniform(0.28, 0.45) if one.course is Course.MONEY_AHEAD else drawn.uniform(-0.12, 0.02)
    paid_share = max(0.0, min(0.99, percent / 100 + lead * (1 if percent > 4 else 0)))
    paid = max(round(one.budget_wan * paid_share, 2), 0.0 if before is None else before.paid_wan)
    shares = [share for _, _, share in one.trade.steps]
    reached = sum(percent >= 100 * (0.5 - math.cos(math.pi * at) / 2) - 0.01 for at in shares)
    return Month(period, told, percent, paid, reached, _note(one, percent, before, drawn))


def _note(one: Work, percent: float, before: Month | None, drawn: Random) -> str:
    if one.course is Course.COPIED:
        return "项目按计划有序推进，各项工作正常开展。"
    if one.course is Course.SUSPENDED and before is not None and percent == before.percent:
        return "因用地协调未完成，现场停工。"
    at = next((name for name, _, share in one.trade.steps if percent < 100 * share), "收尾")
    grown = percent - (0.0 if before is None else before.percent)
    told = (
        f"本月推进 {grown:.1f} 个百分点，正在进行“{at}”。",
        f"现场施工人员 {drawn.randint(6, 30)} 人，“{at}”节点推进中。",
        f"材料已进场，“{at}”阶段累计完成 {percent:.0f}%。",
        f"已完成监理例会，下月重点为“{at}”。",
    )
    return drawn.choice(told)


def _with_a_fall(found: list[Month], drawn: Random) -> list[Month]:
    """Now and then a month is measured again and falls, with the reason."""
    if len(found) < 4 or drawn.random() > 0.06 or not 10 < found[-2].percent < 90:
        return found
    last = found[-2]
    fallen = replace(
        last,
        period=found[-1].period,
        reported_on=found[-1].reported_on,
        percent=round(last.percent - 4, 1),
        note="经复测核减上月工程量。",
        fall_reason="县级复核工程量后核减",
    )
    return [*found[:-1], fallen]
