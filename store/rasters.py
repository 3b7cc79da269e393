"""The register of rasters: which file of a kind is in use, what it holds, who handed it in.

The files lie beside the database, in `folder`; their names come from what is in them, so that a file is never changed
once it is registered.
"""

import datetime as dt
from dataclasses import asdict, dataclass
from pathlib import Path

import sqlalchemy as sa

from access import Action, OwnTable
from base.settings import settings
from layers import RasterKind
from store import identity
from store.batches import bump_version
from store.errors import NotAllowed
from store.models import Raster

_KEPT = 2
"""Files kept of a kind: the one in use, and the one before, which a running computation may still read."""
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class NewRaster:
    """A raster about to be registered; fields as in `store.models.Raster`."""

    kind: RasterKind
    file_name: str
    file_sha256: str
    path: str
    crs: str
    width: int
    height: int
    step_lon_deg: float
    step_lat_deg: float
    west: float
    south: float
    east: float
    north: float
    lowest: float
    highest: float
    total: float | None
    nodata: float | None
    unit: str
    handed_by: str | None = None
    account_id: int | None = None
    as_of: dt.date | None = None
    synthetic: bool = False


@dataclass(frozen=True, kw_only=True)
class Registered(NewRaster):
    """A raster of the register."""

    id: int
    version: int
    loaded_at: dt.datetime

    @property
    def file(self) -> Path:
        """Where its file lies for this process."""
        return folder() / self.path


def folder() -> Path:
    """The folder of the rasters; it may not be there yet."""
    chosen = settings()
    return chosen.raster_dir or chosen.data_dir / "rasters"


def current(connection: sa.Connection, kind: RasterKind) -> Registered | None:
    """The raster of a kind that is in use; None if none was loaded."""
    return next((raster for raster in in_use(connection) if raster.kind is kind), None)


def in_use(connection: sa.Connection) -> list[Registered]:
    """The newest raster of each kind that has one, in the order of the kinds."""
    newest = "SELECT DISTINCT ON (kind) * FROM xiangtu.rasters ORDER BY kind, version DESC"
    rows = connection.execute(sa.text(newest)).mappings()
    found = [Registered(**{**row, "kind": RasterKind.of(row["kind"])}) for row in rows]
    return sorted(found, key=lambda raster: list(RasterKind).index(raster.kind))


def register(connection: sa.Connection, raster: NewRaster) -> tuple[int, int]:
    """Put a raster in use, within the caller's transaction; returns its id and the version of its kind.

    Two loads of one kind wait for each other here.
    """
    version = bump_version(connection, raster.kind.source_id)
    values = asdict(raster) | {"kind": str(raster.kind), "version": version}
    raster_id = connection.execute(sa.insert(Raster).values(values).returning(Raster.id)).scalar_one()
    return raster_id, version


def outdated(connection: sa.Connection, kind: RasterKind) -> list[str]:
    """Paths of files of a kind that no raster needs any more."""
    newest_first = sa.select(Raster.path).where(Raster.kind == kind.value).order_by(Raster.version.desc())
    paths = list(connection.execute(newest_first).scalars())
    needed = set(paths[:_KEPT])
    return sorted(set(paths) - needed)


def covered(connection: sa.Connection) -> Bounds | None:
    """West, south, east, north of the administrative units, degrees; None if there are none."""
    statement = sa.text(
        "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) "
        "FROM (SELECT ST_Extent(geom)::geometry AS e FROM feature.admin_units) AS whole WHERE e IS NOT NULL"
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else (row[0], row[1], row[2], row[3])


def require_permission(connection: sa.Connection) -> None:
    """Ask the database whether the session that asks may write figures, to which rasters belong.

    Raises
    ------
    NotAllowed : it may not, or nobody is signed in.
    """
    secret = identity.current()
    identity.tell(connection, secret)
    asked = sa.text("SELECT '' = ANY (access.prefixes(:table, :action))")
    allowed = connection.scalar(asked, {"table": str(OwnTable.FIGURES), "action": str(Action.WRITE)})
    identity.tell(connection, None)
    if not secret or allowed is not True:
        raise NotAllowed()
