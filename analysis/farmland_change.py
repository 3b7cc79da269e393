"""Where farmland was lost between two editions of land patches: overlay, pieces, balance.

Areas are ellipsoidal (CGCS2000, TD/T 1055-2019). What is lost, kept and not covered by the later edition adds up to
the farmland of the earlier one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.ellipsoid import areas_m2
from analysis.errors import CrsMismatch
from analysis.farmland_classes import change_of, is_farmland
from analysis.grid import metres_per_degree
from analysis.territory import BoolArray, FloatArray, ObjectArray

PIECE_COLUMNS = (
    "admin_code",
    "patch_before",
    "patch_after",
    "class_before",
    "class_after",
    "change",
    "area_m2",
    "sliver",
    "geometry",
)


@dataclass(frozen=True)
class Tolerance:
    """Below which a piece is a sliver: it is shown apart, since a shift of the boundary alone makes such pieces.

    Attributes
    ----------
    area_m2 : the smallest patch that the survey maps is 200 m² (TD/T 1055-2019, construction land).
    width_m : mean width, which is twice the area by the perimeter.
    """

    area_m2: float = 200.0
    width_m: float = 2.0


@dataclass(frozen=True)
class Balance:
    """Where the farmland of the earlier edition has gone, m².

    ``farmland_m2 = kept_m2 + non_farm_m2 + non_grain_m2 + uncovered_m2 − doubled_m2``.

    Attributes
    ----------
    uncovered_m2 : farmland where the later edition has no patch.
    doubled_m2 : counted twice, because patches of the later edition lie over each other.
    """

    farmland_m2: float
    kept_m2: float
    non_farm_m2: float
    non_grain_m2: float
    uncovered_m2: float = 0.0
    doubled_m2: float = 0.0

    def __add__(self, other: "Balance") -> "Balance":
        """The balance of two territories together."""
        return Balance(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))


NOTHING = Balance(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Changes:
    """What a watch found.

    Attributes
    ----------
    pieces : one row for each connected piece of land that was farmland and is not any more: `PIECE_COLUMNS`; classes as
        the editions have them, `change` a `FarmlandChange`, geometry Polygon in EPSG:4490.
    """

    pieces: gpd.GeoDataFrame
    balance: Balance


def compare(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, tolerance: Tolerance | None = None) -> Changes:
    """Overlay two editions of land patches.

    Parameters
    ----------
    before, after : polygons with ``admin_code patch_no land_class``, in degrees (EPSG:4490); those of an edition do not
        lie over each other.
    tolerance : what a sliver is.

    Returns
    -------
    Changes; ``admin_code`` is that of the earlier patch.

    Raises
    ------
    CrsMismatch : the editions differ in CRS.
    UnknownLandClass : a class is none of GB/T 21010-2017.
    """
    if before.crs != after.crs:
        raise CrsMismatch(found=str(before.crs), expected=str(after.crs))
    fields = before[[is_farmland(one) for one in before["land_class"]]].reset_index(drop=True)
    later = after.reset_index(drop=True)
    shapes, others = fields.geometry.to_numpy(), later.geometry.to_numpy()
    field, other, parts = _meetings(shapes, others)
    parts_m2 = areas_m2(parts)
    classes_before, classes_after = fields["land_class"].to_numpy(), later["land_class"].to_numpy()
    changes = np.array(
        [change_of(classes_before[i], classes_after[j]) for i, j in zip(field, other, strict=True)],
        dtype=object,
    )
    fields_m2 = areas_m2(shapes)
    covered_m2 = np.bincount(field, weights=parts_m2, minlength=len(fields))
    open_m2 = fields_m2 - covered_m2
    lost = np.flatnonzero(changes != None)  # noqa: E711 - an array of objects, compared one by one
    pieces = gpd.GeoDataFrame(
        {
            "admin_code": fields["admin_code"].to_numpy()[field[lost]],
            "patch_before": fields["patch_no"].to_numpy()[field[lost]],
            "patch_after": later["patch_no"].to_numpy()[other[lost]],
            "class_before": classes_before[field[lost]],
            "class_after": classes_after[other[lost]],
            "change": [str(one) for one in changes[lost]],
            "area_m2": parts_m2[lost],
            "sliver": slivers(parts[lost], parts_m2[lost], tolerance or Tolerance()),
        },
        geometry=list(parts[lost]),
        crs=before.crs,
    )
    of_change = pieces.groupby("change")["area_m2"].sum()
    balance = Balance(
        farmland_m2=float(fields_m2.sum()),
        kept_m2=float(parts_m2[changes == None].sum()),  # noqa: E711
        non_farm_m2=float(of_change.get("non_farm", 0.0)),
        non_grain_m2=float(of_change.get("non_grain", 0.0)),
        uncovered_m2=float(open_m2.clip(min=0).sum()),
        doubled_m2=float((-open_m2).clip(min=0).sum()),
    )
    return Changes(pieces, balance)


def _meetings(shapes: ObjectArray, others: ObjectArray) -> tuple[np.ndarray, np.ndarray, ObjectArray]:
    """Connected pieces that a shape has in common with another: position of either, and the piece."""
    field, other = shapely.STRtree(others).query(shapes, predicate="intersects")
    # Most patches are the same in both editions; those need no overlay.
    same = shapely.equals_identical(shapes[field], others[other])
    common = shapes[field].copy()
    common[~same] = shapely.intersection(shapes[field[~same]], others[other[~same]])
    parts, of = areal_parts(common)
    return field[of], other[of], parts


def areal_parts(shapes: ObjectArray) -> tuple[ObjectArray, np.ndarray]:
    """The polygons that geometries consist of, and which geometry each comes from; points and lines are left out."""
    found, of = shapely.get_parts(shapes, return_index=True)
    while len(found) and (shapely.get_type_id(found) > _POLYGON).any():
        found, inner = shapely.get_parts(found, return_index=True)
        of = of[inner]
    areal = (shapely.get_type_id(found) == _POLYGON) & (shapely.area(found) > 0)
    return found[areal], of[areal]


_POLYGON = 3


def slivers(shapes: ObjectArray, shapes_m2: FloatArray, tolerance: Tolerance) -> BoolArray:
    """Which polygons (EPSG:4490) with these areas are slivers."""
    if not len(shapes):
        return np.zeros(0, dtype=bool)
    east_m, north_m = metres_per_degree(shapely.get_y(shapely.point_on_surface(shapes)))
    xy, of = shapely.get_coordinates(shapes, return_index=True)
    metres = xy * np.column_stack([east_m, north_m])[of]
    edge_m = shapely.length(shapely.set_coordinates(shapes.copy(), metres))
    width_m = 2 * shapes_m2 / np.maximum(edge_m, 1e-9)
    return np.asarray((shapes_m2 < tolerance.area_m2) | (width_m < tolerance.width_m))


def by_village(
    pieces: gpd.GeoDataFrame, villages: gpd.GeoDataFrame, tolerance: Tolerance | None = None
) -> gpd.GeoDataFrame:
    """Cut pieces at the boundaries of villages; the parts of a piece add up to it.

    Parameters
    ----------
    pieces : as `compare` returns them.
    villages : ``admin_code`` and polygons, EPSG:4490; where they lie over each other, a part goes to the first.

    Returns
    -------
    The same columns; ``admin_code`` is the village's, or the piece's own outside of every village.
    """
    if pieces.empty:
        return pieces.copy()
    shapes = pieces.geometry.to_numpy()
    borders, codes = villages.geometry.to_numpy(), villages["admin_code"].to_numpy()
    tree = shapely.STRtree(borders)
    whole, inside = tree.query(shapes, predicate="covered_by")
    home = dict(zip(whole[::-1].tolist(), inside[::-1].tolist(), strict=True))
    rows: list[int] = []
    parts: list[shapely.Geometry] = []
    places: list[str] = []
    for at, shape in enumerate(shapes):
        if at in home:
            rows.append(at)
            parts.append(shape)
            places.append(codes[home[at]])
            continue
        rest = shape
        for village in sorted(tree.query(shape, predicate="intersects").tolist()):
            for part in _parts_of(shapely.intersection(rest, borders[village])):
                rows.append(at)
                parts.append(part)
                places.append(codes[village])
            rest = shapely.difference(rest, borders[village])
        for part in _parts_of(rest):
            rows.append(at)
            parts.append(part)
            places.append(pieces["admin_code"].iloc[at])
    cut = pieces.iloc[rows].reset_index(drop=True)
    shaped = np.array(parts, dtype=object)
    cut = cut.set_geometry(gpd.GeoSeries(list(parts), crs=pieces.crs))
    cut["admin_code"] = places
    cut["area_m2"] = _shares_m2(pieces["area_m2"].to_numpy(), np.array(rows), shaped)
    cut["sliver"] = slivers(shaped, cut["area_m2"].to_numpy(), tolerance or Tolerance())
    return cut


def _parts_of(shape: shapely.Geometry) -> Sequence[shapely.Geometry]:
    parts, _ = areal_parts(np.array([shape], dtype=object))
    return list(parts)


def _shares_m2(whole_m2: FloatArray, rows: np.ndarray, parts: ObjectArray) -> FloatArray:
    """Areas of the parts: each piece's own area, shared out by the ellipsoidal areas of what it was cut into."""
    measured = areas_m2(parts)
    sums = np.bincount(rows, weights=measured, minlength=len(whole_m2))
    return np.asarray(whole_m2[rows] * measured / sums[rows], dtype=np.float64)


def digest(class_before: str, class_after: str, geometry: shapely.Geometry) -> str:
    """Hexadecimal digest of a piece: equal where the land and its classes are, whatever the order of the vertices.

    Coordinates count to 1e-9 degrees (a tenth of a millimetre).
    """
    settled = shapely.transform(geometry, lambda xy: np.round(xy, 9))
    content = f"{class_before}>{class_after}:".encode() + shapely.to_wkb(shapely.normalize(settled))
    return hashlib.sha256(content).hexdigest()


def sums(pieces: pd.DataFrame, digits: int) -> pd.DataFrame:
    """Areas by place and change.

    Parameters
    ----------
    pieces : ``admin_code change area_m2 sliver``.
    digits : leading digits that tell a place: 6 counties, 9 townships, 12 villages.

    Returns
    -------
    ``place non_farm_m2 non_grain_m2 pieces sliver_m2 slivers``; slivers are in neither change's sum.
    """
    place = pieces["admin_code"].str[:digits]
    real = ~pieces["sliver"].astype(bool)
    area = pieces["area_m2"]
    frame = pd.DataFrame(
        {
            "place": place,
            "non_farm_m2": area.where(real & (pieces["change"] == "non_farm"), 0.0),
            "non_grain_m2": area.where(real & (pieces["change"] == "non_grain"), 0.0),
            "pieces": real.astype(int),
            "sliver_m2": area.where(~real, 0.0),
            "slivers": (~real).astype(int),
        }
    )
    return frame.groupby("place", as_index=False).sum()
