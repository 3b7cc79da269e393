"""A computation of indicators from start to stored snapshot."""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from analysis.hierarchy import Hierarchy, ancestor
from analysis.rollup import roll_up
from base.journal import journal
from layers import AdminLevel, Indicator, Rollup, all_indicators, feature_type, indicator
from pipelines.indicators import followed
from pipelines.indicators.county import CountyResult, CountyTask, compute_county, levels_of, sources_of
from pipelines.indicators.days import require_computable
from pipelines.indicators.errors import NoUnits, UnknownCounty
from pipelines.indicators.executors import Executor, chosen_executor
from pipelines.indicators.kept import Keeper, keeper
from pipelines.indicators.refresh import refresh
from pipelines.indicators.touched import Touched, find_touched, program
from store import changes, snapshots
from store.frames import FrameRead, read_frame

Progress = Callable[[int, int], object]
"""Told after each county: how many are done, of how many."""

_HIERARCHY = FrameRead(
    "admin_units", FrameRead.of(feature_type("admin_units"), ("level", "kind")).columns, False
)

_ADDITIVE = (str(Rollup.RATIO), str(Rollup.SUM))

log = journal("pipelines.indicators")


@dataclass(frozen=True)
class Kept:
    """Stored parts and maxima of counties that are not computed anew, as `roll_up` takes them."""

    parts: pd.DataFrame
    maxima: pd.DataFrame


_NOTHING_KEPT = Kept(pd.DataFrame(), pd.DataFrame())


@dataclass(frozen=True)
class RunReport:
    """What a computation did.

    Attributes
    ----------
    counties : codes of the counties whose units were computed.
    villages : how many units were computed; all in them, unless only the touched ones were.
    rows : figures written.
    whole : whether everything was computed, though perhaps only the touched was asked for.
    seconds : wall-clock time of the whole; `read_seconds` and `compute_seconds` are summed over processes.
    """

    run_id: int
    as_of: dt.date
    counties: tuple[str, ...]
    indicators: tuple[str, ...]
    villages: int
    rows: int
    whole: bool
    seconds: float
    read_seconds: float
    compute_seconds: float


def run(
    engine: sa.Engine,
    *,
    as_of: dt.date,
    counties: Sequence[str] | None = None,
    indicators: Sequence[str] | None = None,
    again: bool = False,
    only_touched: bool = False,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> RunReport:
    """Compute indicators and store them as the snapshot of a day.

    All counties are computed from one view of the data, whatever is imported meanwhile, and stored in one
    transaction: readers see the old figures or the new ones.

    Parameters
    ----------
    as_of : day of the figures: today, whose earlier computation is replaced, or a past day (in the city's time
        zone) that no stored data come after.
    counties : 12-digit codes of counties to compute anew; the others' figures are kept and the city is rolled
        up from both. On a day that lacks one of the others the whole city is computed, because a city figure
        made of some of its counties would mislead. None computes all.
    indicators : ids; None computes all that are declared.
    again : replace the figures of a past day too.
    only_touched : bring the day's figures up to date: compute what the changes since its last run can have
        changed, and write what differs. The figures are those of a run of everything, to the last digit. Without
        an earlier run of the day to start from, and after changes that reach everywhere, everything is computed.
        Not together with `counties` or `indicators`.
    workers : processes; None takes the setting ``workers``. One computes in this process.
    executor : where counties are computed instead.
    progress : called after each county.

    Raises
    ------
    NoUnits : no villages are stored.
    UnknownCounty : a county of `counties` has none.
    FutureDay, DayAlreadyComputed, DataOfLaterDay : the day may not be computed.
    UnknownLayer, UnknownMeasure : an indicator, or what it is declared to be computed by, does not exist.
    """
    started = time.perf_counter()
    chosen = tuple(map(indicator, indicators)) if indicators is not None else all_indicators()
    of_features, of_records = followed.split(chosen)
    with snapshots.frozen(engine) as (view, view_id):
        require_computable(view, as_of, again=again, of_features=bool(of_features))
        touched = None
        if only_touched:
            with keeper(view, as_of, of_features) as kept:
                touched = find_touched(kept, of_features)
                if touched is not None and not touched.counties:
                    return _refreshed(engine, kept, chosen, touched, started, progress)
        hierarchy = Hierarchy.from_units(read_frame(view, _HIERARCHY))
        every = hierarchy.counties()
        if touched is not None and touched.counties <= set(every):
            counties = sorted(touched.counties)
        anew = _counties(hierarchy, counties)
        stored = _kept(view, as_of, of_features, set(every) - set(anew))
        if stored is None:
            anew, stored = every, _NOTHING_KEPT
        whole = anew == every and indicators is None
        kind = "whole" if whole else ("touched" if touched is not None else "part")
        look = _look(view, as_of, kind)
        villages = int(ancestor(hierarchy.villages, AdminLevel.COUNTY).isin(anew).sum())
        with engine.begin() as connection:
            run_id = snapshots.start_run(connection, look)
        try:
            tasks = _tasks(engine, view_id, as_of, of_features, _largest_first(hierarchy), anew)
            results = _computed(executor or chosen_executor(workers), tasks, progress)
            written = _Written(as_of, of_features, hierarchy, anew, stored)
            kept_figures = followed.figures_of(view, as_of, of_records, hierarchy) if of_records else None
            with engine.begin() as connection:
                rows = written.store(connection, results) if of_features else 0
                if kept_figures is not None:
                    rows += followed.store(connection, as_of, kept_figures)
                seconds = time.perf_counter() - started
                snapshots.finish_run(connection, run_id, "done", len(anew), villages, seconds)
        except BaseException:
            _failed(engine, run_id, len(anew), started)
            raise
    return _report(
        RunReport(
            run_id=run_id,
            as_of=as_of,
            counties=anew,
            indicators=tuple(i.id for i in chosen),
            villages=villages,
            rows=rows,
            whole=whole,
            seconds=time.perf_counter() - started,
            read_seconds=sum(r.read_seconds for r in results),
            compute_seconds=sum(r.compute_seconds for r in results),
        )
    )


def _refreshed(
    engine: sa.Engine,
    kept: Keeper,
    chosen: Sequence[Indicator],
    touched: Touched,
    started: float,
    progress: Progress | None,
) -> RunReport:
    """Compute and store the touched figures, run and figures in one transaction."""
    begun, as_of = time.perf_counter(), kept.as_of
    look = snapshots.Look(as_of, kept.versions, changes.horizon(kept.view), program(), "touched")
    counties = tuple(touched.units)
    try:
        of_features, of_records = followed.split(chosen)
        fresh = refresh(kept, of_features, touched, progress or (lambda *_: None))
        of_records = tuple(one for one in of_records if one.reads[-1] in touched.records)
        kept_figures = None
        if of_records:
            hierarchy = Hierarchy.from_units(read_frame(kept.view, _HIERARCHY))
            kept_figures = followed.figures_of(kept.view, as_of, of_records, hierarchy)
        computed = time.perf_counter()
        with engine.begin() as connection:
            run_id = snapshots.start_run(connection, look)
            rows = snapshots.replace_rows(connection, as_of, fresh.rows)
            snapshots.put_observations(connection, as_of, fresh.observed)
            if kept_figures is not None:
                rows += followed.store(connection, as_of, kept_figures)
            seconds = time.perf_counter() - started
            snapshots.finish_run(connection, run_id, "done", len(counties), touched.villages, seconds)
    except BaseException:
        with engine.begin() as connection:
            failed_id = snapshots.start_run(connection, look)
        _failed(engine, failed_id, len(counties), started)
        raise
    return _report(
        RunReport(
            run_id=run_id,
            as_of=as_of,
            counties=counties,
            indicators=tuple(sorted({name for by_id in touched.units.values() for name in by_id})),
            villages=touched.villages,
            rows=rows,
            whole=False,
            seconds=time.perf_counter() - started,
            read_seconds=begun - started,
            compute_seconds=computed - begun,
        )
    )


def _look(view: sa.Connection, as_of: dt.date, kind: str) -> snapshots.Look:
    versions = snapshots.data_versions(view)
    return snapshots.Look(as_of, versions, changes.horizon(view), program(), kind)


def _failed(engine: sa.Engine, run_id: int, counties: int, started: float) -> None:
    with engine.begin() as connection:
        snapshots.finish_run(connection, run_id, "failed", counties, 0, time.perf_counter() - started)


def _report(report: RunReport) -> RunReport:
    log.info("indicators_computed", run_id=report.run_id, as_of=report.as_of.isoformat(),
             counties=len(report.counties), villages=report.villages, whole=report.whole, rows=report.rows,
             seconds=round(report.seconds, 2))  # fmt: skip
    return report


def _counties(hierarchy: Hierarchy, asked: Sequence[str] | None) -> tuple[str, ...]:
    every = hierarchy.counties()
    if not every:
        raise NoUnits()
    if asked is None:
        return every
    for code in asked:
        if code not in every:
            raise UnknownCounty(code=code, known=", ".join(every))
    return tuple(sorted(set(asked)))


def _kept(view: sa.Connection, as_of: dt.date, chosen: Sequence[Indicator], others: set[str]) -> Kept | None:
    """Stored figures of the counties that are not computed anew; None if the day lacks one of them."""
    if not others:
        return _NOTHING_KEPT
    ids = [i.id for i in chosen]
    if any(not others <= snapshots.measured_counties(view, as_of, i) for i in ids):
        return None
    stored = snapshots.measured_figures(view, as_of, ids)
    stored = stored[ancestor(stored["admin_code"], AdminLevel.COUNTY).isin(others)]
    at_own_level = stored["level"] == stored["indicator_id"].map({i.id: str(i.level) for i in chosen})
    rollup = stored["indicator_id"].map({i.id: str(i.rollup) for i in chosen})
    # A county's own figure goes before the sum of its units, so it is kept; a kept sum is the same sum again.
    additive = rollup.isin(_ADDITIVE) & (at_own_level | (stored["level"] == str(AdminLevel.COUNTY)))
    maxima = at_own_level & (rollup == str(Rollup.MAXIMUM)) & stored["value"].notna()
    return Kept(
        stored.loc[additive, ["indicator_id", "admin_code", "numerator", "denominator"]],
        stored.loc[maxima, ["indicator_id", "admin_code", "value", "denominator"]].rename(
            columns={"denominator": "seen"}
        ),
    )


def _largest_first(hierarchy: Hierarchy) -> list[str]:
    """The counties by their villages, most first, so that no worker is left alone with a large one at the end."""
    counted = ancestor(hierarchy.villages, AdminLevel.COUNTY).value_counts()
    return sorted(hierarchy.counties(), key=lambda county: (-int(counted.get(county, 0)), county))


def _tasks(
    engine: sa.Engine,
    view_id: str,
    as_of: dt.date,
    chosen: Sequence[Indicator],
    every: Sequence[str],
    anew: Sequence[str],
) -> list[CountyTask]:
    """One task a county: all indicators where it is computed anew, medians elsewhere.

    A median of the city needs every observation, and a snapshot keeps none.
    """
    medians = tuple(i for i in chosen if i.rollup is Rollup.MEDIAN)
    url = engine.url.render_as_string(hide_password=False)
    tasks = []
    for county in every:
        wanted = tuple(chosen) if county in anew else medians
        if wanted:
            tasks.append(
                CountyTask(url, view_id, county, as_of, wanted, levels_of(chosen), sources_of(wanted))
            )
    return tasks


def _computed(
    executor: Executor, tasks: Sequence[CountyTask], progress: Progress | None
) -> list[CountyResult]:
    results = []
    for result in executor.map_unordered(compute_county, tasks):
        results.append(result)
        if progress is not None:
            progress(len(results), len(tasks))
    return sorted(results, key=lambda result: result.county)


@dataclass(frozen=True)
class _Written:
    """Where the figures of a run belong.

    Attributes
    ----------
    anew : counties computed anew; `kept` has what is stored of the others.
    """

    as_of: dt.date
    chosen: Sequence[Indicator]
    hierarchy: Hierarchy
    anew: Sequence[str]
    kept: Kept

    def store(self, connection: sa.Connection, results: Sequence[CountyResult]) -> int:
        """Roll up and put the figures in the place of earlier ones, in the caller's transaction; rows written."""
        anew, ids = self.anew, [indicator.id for indicator in self.chosen]
        own = [result for result in results if result.county in anew]
        parts = pd.concat([self.kept.parts, *(r.parts for r in own)], ignore_index=True)
        observations = pd.concat([self.kept.maxima, *(r.observations for r in results)], ignore_index=True)
        figures = roll_up(self.chosen, parts, observations, self.hierarchy)
        cities = figures.loc[figures["level"] == str(AdminLevel.CITY), "admin_code"].unique().tolist()
        if set(anew) == set(self.hierarchy.counties()):
            # By the city's prefix, so that figures of units that are no more go too.
            written, replaced = figures, [code[: AdminLevel.CITY.digits] for code in cities]
        else:
            in_county = ancestor(figures["admin_code"], AdminLevel.COUNTY).isin(anew)
            written = figures[in_county | figures["admin_code"].isin(cities)]
            replaced = [*(code[: AdminLevel.COUNTY.digits] for code in anew), *cities]
        rows = snapshots.replace(connection, self.as_of, written, ids, replaced)
        medians = {indicator.id for indicator in self.chosen if indicator.rollup is Rollup.MEDIAN}
        observed = pd.concat([r.observations[r.observations["indicator_id"].isin(medians)] for r in own])
        snapshots.replace_observations(connection, self.as_of, observed, ids, replaced)
        return rows
