"""What a briefing reads: the figures of a day by level, outlines for maps, the library as of a day."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from layers import AdminLevel
from store.progress.tracked import Tracked, tracked
from store.queries import query


def earlier_snapshot(connection: sa.Connection, as_of: dt.date) -> dt.date | None:
    """The day of the finished snapshot before another; None if there is none."""
    statement = sa.text(
        "SELECT max(as_of) FROM xiangtu.indicator_runs WHERE state = 'done' AND as_of < :as_of"
    )
    found: dt.date | None = connection.execute(statement, {"as_of": as_of}).scalar_one()
    return found


def snapshot_until(connection: sa.Connection, day: dt.date) -> dt.date | None:
    """The newest day with a finished snapshot that is not later than `day`; None if there is none."""
    return earlier_snapshot(connection, day + dt.timedelta(days=1))


def outlines_below(
    connection: sa.Connection, level: AdminLevel, prefix: str, tolerance_deg: float
) -> dict[str, shapely.Geometry]:
    """Boundaries of the units of a level below a prefix, EPSG:4490.

    Parameters
    ----------
    tolerance_deg : thinning, degrees; neighbours may part by that much, which a picture does not show.
    """
    statement = sa.text(
        "SELECT admin_code, ST_AsBinary(ST_SimplifyPreserveTopology(geom, :tolerance)) AS shape "
        "FROM feature.admin_units WHERE level = :level AND admin_code ^@ :prefix ORDER BY admin_code"
    )
    given = {"level": str(level), "prefix": prefix, "tolerance": tolerance_deg}
    rows = connection.execute(statement, given).all()
    shapes = shapely.from_wkb(np.array([bytes(row.shape) for row in rows], dtype=object))
    return dict(zip((str(row.admin_code) for row in rows), shapes, strict=True))


def tracked_until(connection: sa.Connection, prefix: str, until: dt.date) -> Tracked:
    """The library below a code as `store.progress.tracked.tracked`, with the states of the end of a day."""
    found = tracked(connection, prefix, until=until)
    told = found.reports[found.reports["reported_on"] <= pd.Timestamp(until)]
    return Tracked(found.projects, found.milestones, told)


def newest_report(connection: sa.Connection) -> dt.date | None:
    """The month of the newest accepted report; None before the first."""
    statement = sa.text("SELECT max(period) FROM xiangtu.accepted_reports")
    found: dt.date | None = connection.execute(statement).scalar_one()
    return found


@dataclass(frozen=True)
class SourceFile:
    """A file that figures rest on: who handed it in, the day that it describes, whether it is made up."""

    feature_id: str
    file_name: str
    handed_by: str | None
    as_of: dt.date
    synthetic: bool


@dataclass(frozen=True)
class ComputedFrom:
    """What a day's figures were computed from.

    Attributes
    ----------
    finished_at : UTC.
    versions : how often each feature type's data had changed, by feature id.
    program : digest of the declarations and measures; None for runs that kept none.
    files : the newest of each feature type by then, by feature id.
    """

    finished_at: dt.datetime
    versions: dict[str, int]
    program: str | None
    files: dict[str, SourceFile]


def computed_from(connection: sa.Connection, as_of: dt.date) -> ComputedFrom | None:
    """What the figures of a day were computed from; None without a finished computation."""
    row = connection.execute(query("briefed_run"), {"as_of": as_of}).one_or_none()
    if row is None:
        return None
    files = {
        given["feature_id"]: SourceFile(**{**given, "as_of": dt.date.fromisoformat(given["as_of"])})
        for given in row.files
    }
    return ComputedFrom(row.finished_at, dict(row.data_versions), row.program, files)
