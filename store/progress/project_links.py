"""Features that projects build or mend: linked by feature type and key, which must be there."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from layers import FeatureType, Geometry, UnknownLayer, feature_type
from store import record
from store.planning.projects import Project
from store.progress.errors import UnknownFeature
from store.progress.library import touch
from store.tables import FEATURE_SCHEMA


@dataclass(frozen=True)
class Link:
    """A feature that a project builds or mends: feature type and key, for instance ``water_works`` ``SC018``."""

    feature: str
    key: str


def links(connection: sa.Connection, prefix: str = "") -> dict[int, list[Link]]:
    """Features that the projects below a code are linked with, by the project's id."""
    rows = connection.execute(
        sa.text(
            "SELECT project_id, feature, feature_key FROM xiangtu.project_links WHERE admin_code ^@ :prefix "
            "ORDER BY project_id, feature, feature_key"
        ),
        {"prefix": prefix},
    )
    found: dict[int, list[Link]] = {}
    for row in rows:
        found.setdefault(row.project_id, []).append(Link(row.feature, row.feature_key))
    return found


def set_links(connection: sa.Connection, seen: Project, wanted: Sequence[Link], by: str) -> None:
    """Link a project with other features than before.

    Raises
    ------
    UnknownFeature : the person sees none of that type and key.
    RecordChanged, NotAllowed : as `touch`.
    """
    for one in wanted:
        require_feature(connection, one)
    record.take_turn(connection)
    touch(connection, seen, by)
    put_links(connection, seen.id, seen.admin_code, wanted)
    told = {one.feature: one.key for one in wanted}
    record.note(connection, "project_links", "project", seen.code, after=told)


def put_links(connection: sa.Connection, project_id: int, admin_code: str, wanted: Sequence[Link]) -> None:
    """Write a project's links, instead of those that there are."""
    connection.execute(
        sa.text("DELETE FROM xiangtu.project_links WHERE project_id = :id"), {"id": project_id}
    )
    if wanted:
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.project_links (project_id, admin_code, feature, feature_key) "
                "VALUES (:id, :code, :feature, :key)"
            ),
            [
                {"id": project_id, "code": admin_code, "feature": one.feature, "key": one.key}
                for one in dict.fromkeys(wanted)
            ],
        )


def spot_of(connection: sa.Connection, link: Link) -> tuple[float, float] | None:
    """Longitude and latitude of a point on a feature; None where it has no geometry or is not there for the person.

    Raises
    ------
    UnknownFeature : there is no such feature type.
    """
    declared = _declared(link)
    column = key_column(declared)
    if column is None or declared.geometry is Geometry.NONE:
        return None
    stored = sa.table(declared.id, sa.column(column), sa.column("geom"), schema=FEATURE_SCHEMA)
    point = sa.func.ST_PointOnSurface(stored.c.geom)
    row = connection.execute(
        sa.select(sa.func.ST_X(point).label("lon"), sa.func.ST_Y(point).label("lat"))
        .where(sa.cast(stored.c[column], sa.Text) == link.key)
        .limit(1)
    ).first()
    return None if row is None or row.lon is None else (float(row.lon), float(row.lat))


def _declared(link: Link) -> FeatureType:
    try:
        return feature_type(link.feature)
    except UnknownLayer as error:
        raise UnknownFeature(feature=link.feature[:40], feature_key=link.key[:60]) from error


def key_column(feature: FeatureType) -> str | None:
    """The one column by which features of a type are named; None where there is no single one."""
    named = [name for name in feature.key if name != "admin_code"]
    return named[0] if len(named) == 1 else None


def require_feature(connection: sa.Connection, link: Link) -> None:
    """Refuse a link with what is not there.

    Raises
    ------
    UnknownFeature
    """
    declared = _declared(link)
    column = key_column(declared)
    known = False
    if column is not None:
        stored = sa.table(declared.id, sa.column(column), schema=FEATURE_SCHEMA)
        here = sa.exists().where(sa.cast(stored.c[column], sa.Text) == link.key)
        known = connection.scalar(sa.select(here)) is True
    if not known:
        raise UnknownFeature(feature=declared.title, feature_key=link.key[:60])
