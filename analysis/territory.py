"""The partition that a measure works on: the units of one county, a day, and a metric projection."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from geopandas.array import TransformerFromCRS
from numpy.typing import NDArray

from analysis.errors import CrsMismatch, MissingColumn

T = TypeVar("T")
Compute = TypeVar("Compute", bound=Callable[..., Any])
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
ObjectArray = NDArray[np.object_]
Where = Mapping[str, Sequence[str]]

STORED_CRS = pyproj.CRS.from_epsg(4490)
_REPORTING_DIGITS = 9
"""Digits of a township's code: the township is who hands in data."""
_COUNTY_DIGITS = 6


@dataclass(frozen=True, eq=False)
class Territory:
    """The units of one partition, on one day.

    A layer counts as *reported* in a unit when it holds at least one feature anywhere in the unit's township,
    because townships are who hands data in: a village without a house is a village without a house if its
    township reported any, and a village without data otherwise.

    Attributes
    ----------
    units : units measured (villages, or townships), index ``admin_code`` (12 digits), EPSG:4490 polygons.
    as_of : the day of the figures.
    """

    units: gpd.GeoDataFrame
    as_of: date
    _shared: dict[tuple[Any, ...], tuple[Any, Any]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.units.index.is_monotonic_increasing:
            object.__setattr__(self, "units", self.units.sort_index())

    @property
    def codes(self) -> "pd.Index[str]":
        """Codes of the units, sorted."""
        codes: pd.Index[str] = self.units.index
        return codes

    @property
    def metric_crs(self) -> pyproj.CRS:
        """A transverse Mercator of its own for lengths and distances in metres.

        Gauss-Krüger on the CGCS2000 ellipsoid with the central meridian through the middle of the units and
        scale 1. The city straddles two 3-degree zones; here a county 120 km across has a largest scale error
        of 4.4e-5 (4 cm in a kilometre), against 2.8e-4 at the edge of a 3-degree zone.
        """
        return self.shared(_central_gauss_krueger, self.units)

    def in_metres(self, frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
        """The frame's geometries as `metres` has them, in `metric_crs`, one object in the territory's life.

        Raises
        ------
        CrsMismatch : the frame's CRS is not the units'.
        """
        return self.shared(_series, self, frame)

    def metres(self, frame: gpd.GeoDataFrame) -> ObjectArray:
        """The frame's geometries in `metric_crs`, projected once in the territory's life; not to be written to.

        Multi lines of one part, as they are stored, come as lines.

        Raises
        ------
        CrsMismatch : the frame's CRS is not the units'.
        """
        self.check_crs(frame)
        return self.shared(_projected, self, frame)

    def xy_m(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """Places in degrees as metres in `metric_crs`, shape (places, 2)."""
        to_metres = self.shared(_to_metres, self)
        return np.column_stack(to_metres.transform(lon, lat))

    def check_crs(self, *frames: gpd.GeoDataFrame) -> None:
        """Refuse frames of another CRS than the units'.

        Raises
        ------
        CrsMismatch : one differs, or has none.
        """
        for frame in frames:
            self.shared(_check_crs, self, frame)

    def places(self, frame: pd.DataFrame) -> IntArray:
        """Place in `codes` of each row's unit, -1 for rows of other units; shape (rows,)."""
        return self.shared(_places, self, frame)

    def reported(self, frame: pd.DataFrame) -> BoolArray:
        """Whether the layer of `frame` was reported in the township of each unit; shape (units,)."""
        return self.shared(_in_one_with_rows, self, frame, _REPORTING_DIGITS)

    def reported_by(self, frame: pd.DataFrame, rows: BoolArray) -> BoolArray:
        """As `reported`, by some rows of the layer only, a mask over them; shape (units,)."""
        place, different = self.shared(_filed, frame)
        filed = np.unique(place[rows & (place >= 0)])
        return _in_one_of(self, [different[nth] for nth in filed], _REPORTING_DIGITS)

    def matching(self, frame: pd.DataFrame, where: Where) -> BoolArray:
        """As `matching`, looked up once in the territory's life; not to be written to."""
        chosen = tuple((column, tuple(values)) for column, values in sorted(where.items()))
        return self.shared(_matching, frame, chosen)

    def numbers(self, frame: pd.DataFrame, column: str) -> FloatArray:
        """As `numbers`, looked up once in the territory's life; not to be written to."""
        return self.shared(_numbers, frame, column)

    def in_county_with_rows(self, frame: pd.DataFrame) -> BoolArray:
        """Whether the frame has a row anywhere in the county of each unit; shape (units,)."""
        return self.shared(_in_one_with_rows, self, frame, _COUNTY_DIGITS)

    def places_among(self, codes: "pd.Index[str]", frame: pd.DataFrame, digits: int) -> IntArray:
        """Place in `codes`, which have so many digits, of the unit above each row's; -1 for rows of other units."""
        place, different = self.shared(_filed, frame)
        known = _positions(codes)
        return np.array([*(known.get(code[:digits], -1) for code in different), -1], dtype=np.intp)[place]

    def counts(self, frame: pd.DataFrame, counted: BoolArray) -> FloatArray:
        """Number of counted rows of each unit; shape (units,)."""
        places = self.places(frame)
        return np.bincount(places[counted & (places >= 0)], minlength=len(self.codes)).astype(float)

    def sums(self, frame: pd.DataFrame, values: FloatArray, counted: BoolArray | None = None) -> FloatArray:
        """Sum of the known values of the counted rows of each unit.

        Parameters
        ----------
        values : one for each row, NaN where unknown.
        counted : rows that count; None counts all.

        Returns
        -------
        Shape (units,); NaN where no counted row of the unit has a known value.
        """
        places = self.places(frame)
        known = ~np.isnan(values) & (places >= 0)
        if counted is not None:
            known &= counted
        places = places[known]
        sums = totals(places, values[known], len(self.codes))
        sums[np.bincount(places, minlength=len(self.codes)) == 0] = np.nan
        return sums

    def shared(self, compute: Callable[..., T], *arguments: Any) -> T:
        """Work that several measures of one run need, done once: ``compute(*arguments)``.

        Frames and territories are told apart by identity and kept alive with the result, the rest by value.
        """
        key = _key(compute, arguments)
        if key not in self._shared:
            self._shared[key] = (compute(*arguments), arguments)
        result: T = self._shared[key][0]
        return result

    def hold(self, result: T, compute: Callable[..., T], *arguments: Any) -> None:
        """Take `result` for what ``shared(compute, *arguments)`` gives, where it was come by in a shorter way."""
        self._shared[_key(compute, arguments)] = (result, arguments)

    def carry(self, before: pd.DataFrame, now: pd.DataFrame) -> None:
        """Have what was worked out of one frame by the places of its rows only (`of_places`) found for another.

        Parameters
        ----------
        before, now : the same rows in the same order, with the same units and geometries; values may differ.
        """
        for key, (result, arguments) in list(self._shared.items()):
            positions = {place for place, a in enumerate(arguments) if a is before}
            if positions and positions <= _by_places.get(key[0], frozenset()):
                moved = tuple(now if a is before else a for a in arguments)
                self._shared.setdefault(_key(key[0], moved), (result, moved))

    def forget_other_than(self, frames: Iterable[pd.DataFrame]) -> None:
        """Let go of shared work on frames other than these and the units, so that a territory can live long."""
        kept = {id(frame) for frame in (self.units, *frames)}
        for key, (_, arguments) in list(self._shared.items()):
            if any(isinstance(a, pd.DataFrame) and id(a) not in kept for a in arguments):
                del self._shared[key]


_by_places: dict[Callable[..., Any], frozenset[int]] = {}


def of_places(*positions: int) -> Callable[[Compute], Compute]:
    """Say of shared work that of the arguments at some positions, which are frames, no values matter.

    All it looks at of these is how many rows there are, which units they are filed under, and where they lie.
    """

    def register(compute: Compute) -> Compute:
        _by_places[compute] = frozenset(positions)
        return compute

    return register


def matching(frame: pd.DataFrame, where: Where | None) -> BoolArray:
    """Rows whose columns hold one of the listed values (every row, without a condition).

    Parameters
    ----------
    where : allowed values by column; a missing value never matches.

    Raises
    ------
    MissingColumn : the frame lacks one of the columns.
    """
    need_columns(frame, where or {})
    kept = np.ones(len(frame), dtype=bool)
    for column, values in (where or {}).items():
        # Of the array beneath: a series costs more than looking its values up.
        kept &= np.asarray(frame[column].array.isin(values), dtype=bool)
    return kept


def numbers(frame: pd.DataFrame, column: str) -> FloatArray:
    """A column as floats, NaN where missing.

    Raises
    ------
    MissingColumn : the frame lacks it.
    """
    need_columns(frame, (column,))
    return frame[column].to_numpy(dtype=float, na_value=np.nan)


def totals(places: IntArray, values: FloatArray, count: int) -> FloatArray:
    """Sum of the values at each place; shape (count,)."""
    return np.bincount(places, weights=values, minlength=count).astype(float)


def need_columns(frame: pd.DataFrame, columns: Iterable[str]) -> None:
    """Refuse a frame without the columns.

    Raises
    ------
    MissingColumn : one is missing.
    """
    for column in columns:
        if column not in frame.columns:
            raise MissingColumn(column=column, present=", ".join(map(str, frame.columns)))


def _key(compute: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return (compute, *(id(a) if isinstance(a, pd.DataFrame | pd.Index) else a for a in arguments))


def _central_gauss_krueger(units: gpd.GeoDataFrame) -> pyproj.CRS:
    stored = units if units.crs == STORED_CRS else units.to_crs(STORED_CRS)  # which copies all the same
    west, _, east, _ = shapely.total_bounds(stored.geometry.to_numpy())
    meridian = round((west + east) / 2, 4) if np.isfinite(west) else 0.0
    return pyproj.CRS.from_dict(
        {"proj": "tmerc", "lat_0": 0, "lon_0": meridian, "k": 1, "x_0": 500_000, "y_0": 0, "ellps": "GRS80"}
    )


@of_places(1)
def _series(territory: Territory, frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
    return gpd.GeoSeries(territory.metres(frame), index=frame.index, crs=territory.metric_crs)


def _to_metres(territory: Territory) -> pyproj.Transformer:
    # The one that geopandas uses, kept there: making a transformation costs more than using it.
    made: pyproj.Transformer = TransformerFromCRS(territory.units.crs, territory.metric_crs, always_xy=True)
    return made


@of_places(1)
def _projected(territory: Territory, frame: gpd.GeoDataFrame) -> ObjectArray:
    shapes = frame.geometry.to_numpy()
    if shapely.has_z(shapes).any():
        return np.asarray(frame.geometry.to_crs(territory.metric_crs).to_numpy(), dtype=object)
    points, shape = shapely.get_coordinates(shapes, return_index=True)
    return _moved(shapes, territory.xy_m(points[:, 0], points[:, 1]), shape)


def _moved(shapes: ObjectArray, points: FloatArray, shape: IntArray) -> ObjectArray:
    """The shapes with other coordinates; points and lines are made anew, which takes half the time of changing them."""
    kinds = shapely.get_type_id(shapes)
    if len(points) == len(shapes) and (kinds == shapely.GeometryType.POINT).all():
        return np.asarray(shapely.points(points), dtype=object)
    lines = (kinds == shapely.GeometryType.LINESTRING) | (kinds == shapely.GeometryType.MULTILINESTRING)
    if lines.all() and (shapely.get_num_geometries(shapes) == 1).all() and not shapely.is_empty(shapes).any():
        return np.asarray(shapely.linestrings(points, indices=shape), dtype=object)
    return np.asarray(shapely.set_coordinates(shapes.copy(), points), dtype=object)


@of_places(1)
def _check_crs(territory: Territory, frame: gpd.GeoDataFrame) -> None:
    found, expected = frame.crs, territory.shared(_crs, territory.units)
    if found is None or (found is not expected and found != expected):
        raise CrsMismatch(found=_name(found), expected=_name(expected))


def _crs(units: gpd.GeoDataFrame) -> pyproj.CRS | None:
    found: pyproj.CRS | None = units.crs
    return found


def _numbers(frame: pd.DataFrame, column: str) -> FloatArray:
    values = numbers(frame, column)
    values.flags.writeable = False
    return values


def _matching(frame: pd.DataFrame, where: tuple[tuple[str, tuple[str, ...]], ...]) -> BoolArray:
    rows = matching(frame, dict(where))
    rows.flags.writeable = False
    return rows


@of_places(0)
def _filed(frame: pd.DataFrame) -> tuple[IntArray, list[str]]:
    """The units that rows are filed under, each once, and the place of each row's among them, -1 for none.

    As plain text: they are few, and an index of pandas costs more to make than these to go through.
    """
    place, different = frame["admin_code"].array.factorize()
    return place, different.tolist()


def _positions(codes: "pd.Index[str]") -> dict[str, int]:
    return {code: position for position, code in enumerate(codes.tolist())}


@of_places(1)
def _places(territory: Territory, frame: pd.DataFrame) -> IntArray:
    place, different = territory.shared(_filed, frame)
    known = territory.shared(_positions, territory.codes)
    return np.array([*(known.get(code, -1) for code in different), -1], dtype=np.intp)[place]


def _above(codes: "pd.Index[str]", digits: int) -> tuple[IntArray, dict[str, int]]:
    """The units above, by the digits of their codes, and the place of each unit's among them."""
    starts = [code[:digits] for code in codes.tolist()]
    above = {start: place for place, start in enumerate(dict.fromkeys(starts))}
    return np.array([above[start] for start in starts], dtype=np.intp), above


@of_places(1)
def _in_one_with_rows(territory: Territory, frame: pd.DataFrame, digits: int) -> BoolArray:
    """Whether any row is filed under what the units' codes begin with, so many digits of them."""
    _, different = territory.shared(_filed, frame)
    return _in_one_of(territory, different, digits)


def _in_one_of(territory: Territory, filed: Iterable[str], digits: int) -> BoolArray:
    place, above = territory.shared(_above, territory.codes, digits)
    found = np.zeros(len(above), dtype=bool)
    found[[above[start] for start in {code[:digits] for code in filed} if start in above]] = True
    return np.asarray(found[place])


def _name(crs: pyproj.CRS | None) -> str:
    return "-" if crs is None else (crs.to_string() or crs.name)
