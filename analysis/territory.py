"""The partition that a measure works on: the units of one county, a day, and a metric projection."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from analysis.errors import CrsMismatch, MissingColumn

T = TypeVar("T")
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
ObjectArray = NDArray[np.object_]
Where = Mapping[str, Sequence[str]]

STORED_CRS = pyproj.CRS.from_epsg(4490)
_REPORTING_DIGITS = 9
"""Digits of a township's code: the township is who hands in data."""


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
        """The frame's geometries in `metric_crs`, projected once in the territory's life.

        Raises
        ------
        CrsMismatch : the frame's CRS is not the units'.
        """
        self.check_crs(frame)
        return self.shared(_projected, frame, self)

    def check_crs(self, *frames: gpd.GeoDataFrame) -> None:
        """Refuse frames of another CRS than the units'.

        Raises
        ------
        CrsMismatch : one differs, or has none.
        """
        for frame in frames:
            if frame.crs is None or frame.crs != self.units.crs:
                raise CrsMismatch(found=_name(frame.crs), expected=_name(self.units.crs))

    def places(self, frame: pd.DataFrame) -> IntArray:
        """Place in `codes` of each row's unit, -1 for rows of other units; shape (rows,)."""
        return self.shared(_places, self.codes, frame)

    def reported(self, frame: pd.DataFrame) -> BoolArray:
        """Whether the layer of `frame` was reported in the township of each unit; shape (units,)."""
        return self.shared(_reported, self.codes, frame)

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
        known = ~np.isnan(values) if counted is None else counted & ~np.isnan(values)
        known &= self.places(frame) >= 0
        places = self.places(frame)[known]
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

    def forget_other_than(self, frames: Iterable[pd.DataFrame]) -> None:
        """Let go of shared work on frames other than these and the units, so that a territory can live long."""
        kept = {id(frame) for frame in (self.units, *frames)}
        for key, (_, arguments) in list(self._shared.items()):
            if any(isinstance(a, pd.DataFrame) and id(a) not in kept for a in arguments):
                del self._shared[key]


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
        kept &= frame[column].isin(values).to_numpy(dtype=bool)
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
    west, _, east, _ = units.to_crs(STORED_CRS).total_bounds
    meridian = round((west + east) / 2, 4) if np.isfinite(west) else 0.0
    return pyproj.CRS.from_dict(
        {"proj": "tmerc", "lat_0": 0, "lon_0": meridian, "k": 1, "x_0": 500_000, "y_0": 0, "ellps": "GRS80"}
    )


def _projected(frame: gpd.GeoDataFrame, territory: Territory) -> gpd.GeoSeries:
    return frame.geometry.to_crs(territory.metric_crs)


def _places(codes: "pd.Index[str]", frame: pd.DataFrame) -> IntArray:
    return codes.get_indexer(pd.Index(frame["admin_code"]))


def _reported(codes: "pd.Index[str]", frame: pd.DataFrame) -> BoolArray:
    townships = frame["admin_code"].str[:_REPORTING_DIGITS].unique()
    return np.asarray(codes.str[:_REPORTING_DIGITS].isin(townships))


def _name(crs: pyproj.CRS | None) -> str:
    return "-" if crs is None else (crs.to_string() or crs.name)
