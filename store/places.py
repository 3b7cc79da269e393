"""Administrative units as the pages see them: one place, its children, the place at a point, search."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from layers import AdminKind, AdminLevel
from store.errors import UnknownPlace
from store.queries import query

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees (EPSG:4490)."""
_CODE = re.compile("[0-9]{12}")
_LONGEST_NAME = 200
_UNSEEN = {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}
"""Unicode categories of what nobody sees: control and direction marks, halves of characters, blanks."""


@dataclass(frozen=True)
class Place:
    """One administrative unit. `bounds` in degrees, `area_m2` ellipsoidal."""

    admin_code: str
    name: str
    level: AdminLevel
    kind: AdminKind
    village_type: str | None
    parent_code: str | None
    area_m2: float
    bounds: Bounds
    county_name: str | None
    township_name: str | None
    township_kind: str | None
    synthetic: bool

    @property
    def prefix(self) -> str:
        """Leading digits that everything inside the unit shares."""
        return self.admin_code[: self.level.digits]

    @property
    def path(self) -> str:
        """County, township and own name, as far as they exist."""
        names = [self.county_name, self.township_name, self.name]
        return " · ".join(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True)
class Found:
    """One hit of a search."""

    admin_code: str
    name: str
    level: AdminLevel
    county_name: str | None
    township_name: str | None


def place(connection: sa.Connection, code: str) -> Place:
    """Return the unit with a 12-digit code.

    Raises
    ------
    UnknownPlace : there is none, or it is no code at all.
    """
    if not _CODE.fullmatch(code):
        raise UnknownPlace(code=code[:20])
    row = connection.execute(query("place"), {"code": code}).mappings().one_or_none()
    if row is None:
        raise UnknownPlace(code=code)
    given: dict[str, Any] = dict(row)
    bounds = (given.pop("west"), given.pop("south"), given.pop("east"), given.pop("north"))
    level, kind = AdminLevel.of(given.pop("level")), AdminKind.of(given.pop("kind"))
    return Place(level=level, kind=kind, bounds=bounds, **given)


def children(connection: sa.Connection, level: AdminLevel, prefix: str = "") -> pd.DataFrame:
    """Units of a level whose code starts with `prefix`: columns admin_code, name, kind."""
    rows = connection.execute(query("children"), {"level": str(level), "prefix": prefix})
    return pd.DataFrame(rows.all(), columns=["admin_code", "name", "kind"])


def search(connection: sa.Connection, words: str, most: int = 20) -> list[Found]:
    """Units by name, code, pinyin or initials, best first; nothing for blank words.

    Width, case, blanks and characters that nobody sees do not count.
    """
    words = _folded(words)
    if not words or len(words) > _LONGEST_NAME:
        return []
    pattern = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = connection.execute(query("search_places"), {"words": words, "pattern": pattern, "most": most})
    return [
        Found(r.admin_code, r.name, AdminLevel.of(r.level), r.county_name, r.township_name)
        for r in rows.all()
    ]


def _folded(words: str) -> str:
    seen = (c for c in unicodedata.normalize("NFKC", words) if unicodedata.category(c) not in _UNSEEN)
    return "".join(seen).lower()


def code_at(connection: sa.Connection, level: AdminLevel, lon: float, lat: float) -> str | None:
    """Code of the unit that contains a point in degrees (EPSG:4490); None outside the city."""
    row = connection.execute(query("village_at"), {"level": str(level), "lon": lon, "lat": lat}).first()
    return None if row is None else str(row.admin_code)


def labels(
    connection: sa.Connection, level: str, bounds: Bounds, most: int = 400
) -> list[tuple[str, str, float, float]]:
    """Code, name, lon, lat (degrees) of the units of a level, or ``"settlement"``, inside a box."""
    west, south, east, north = bounds
    given = {"west": west, "south": south, "east": east, "north": north, "most": most}
    if level == "settlement":
        rows = connection.execute(query("settlement_labels"), given)
    else:
        rows = connection.execute(query("labels"), {**given, "level": level})
    return [(r.admin_code, r.name, round(r.lon, 6), round(r.lat, 6)) for r in rows.all()]


def outlines(connection: sa.Connection, codes: list[str]) -> dict[str, shapely.Geometry]:
    """Boundaries by code, EPSG:4490."""
    statement = sa.text(
        "SELECT admin_code, ST_AsBinary(geom) AS shape "
        "FROM feature.admin_units WHERE admin_code = ANY(:codes)"
    )
    rows = connection.execute(statement, {"codes": codes}).all()
    shapes = shapely.from_wkb(np.array([bytes(r.shape) for r in rows], dtype=object))
    return dict(zip((r.admin_code for r in rows), shapes, strict=True))
