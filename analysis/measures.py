"""The register of measures: functions that make a declared indicator's parts or observations."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import UnknownMeasure
from analysis.results import Result
from layers import AdminLevel

FloatArray = NDArray[np.float64]
MeasureFunction = Callable[..., Result]
ColumnsRead = Callable[[Mapping[str, Any]], tuple[Iterable[str], ...]]

_MODULES = (
    "assistance",
    "coverage",
    "figures",
    "housing",
    "population_grid",
    "progress.measures",
    "roads",
    "sight",
    "travel",
)


@dataclass(frozen=True)
class Local:
    """How far a change is felt in a measure's figures, so that after an edit only these are measured anew.

    A unit's figure may depend on rows of any source filed under the unit, or under its township itself, on the
    features that the attributes name, on nothing else.

    Attributes
    ----------
    presence : the unit of this level above it, where rows of the first source decide whether there are data;
        `AdminLevel.VILLAGE` stands for the unit itself. Of a county's rows it may count only that there is any.
    within_m : features of the first source this near to the unit or to its rows, metres; None for those filed
        under it only, whose geometry and the unit's are not looked at.
    farthest : set where the nearest feature counts, however far it is. Called like the measure, it returns the
        distance beyond which no feature matters, for each unit of the territory, metres. The measure's figure
        must be no less than it: the numerator of parts, the largest observation.
    network : whether every feature of the first source that the county's measures read may matter, as roads do to
        a way over them: a change of one is felt in the whole county, a change of other rows as said above.
    felt : set where it can be told what feels other values of the first source's features, as a network's speeds.
        Called like the measure, but with the frame of that source as it was before the one that is; returns a mask
        over the rows of the second source, without one over the units of the territory; None if it cannot tell.
        What it works out on the way is left for the measure to find (`Territory.hold`).
    """

    presence: AdminLevel = AdminLevel.VILLAGE
    within_m: float | None = None
    farthest: Callable[..., FloatArray] | None = None
    network: bool = False
    felt: "Callable[..., NDArray[np.bool_] | None] | None" = None


LocalOf = Callable[[Mapping[str, Any]], Local]


@dataclass(frozen=True)
class Measure:
    """A function of this package that computes an indicator for one territory.

    It is called as ``function(territory, *frames, *grids, **arguments)``, the frames being those of the indicator's
    sources and the grids (`analysis.grid.Grid`, None for one that is not there) those of its rasters, in their order.

    Attributes
    ----------
    columns : columns read of each source, from the arguments; ``admin_code`` and the geometry go unsaid.
    reaches_m : how far beyond the territory features of the first source, and cells of the grids, matter, metres,
        from the arguments; None where only the territory's own do.
    local : how far a change is felt inside the county, from the arguments; None where any row may change the
        figure of any unit, so that a change has the whole county measured anew.
    """

    name: str
    function: MeasureFunction
    columns: ColumnsRead
    reaches_m: Callable[[Mapping[str, Any]], float] | None = None
    local: LocalOf | None = None


_register: dict[str, Measure] = {}


def measure(
    columns: ColumnsRead,
    reaches_m: Callable[[Mapping[str, Any]], float] | None = None,
    local: LocalOf | None = None,
) -> Callable[[MeasureFunction], MeasureFunction]:
    """Register the decorated function as a measure called ``module.function``."""

    def register(function: MeasureFunction) -> MeasureFunction:
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        _register[name] = Measure(name, function, columns, reaches_m, local)
        return function

    return register


def find(name: str) -> Measure:
    """Return a measure by name.

    Raises
    ------
    UnknownMeasure : nothing is registered under that name.
    """
    _import_all()
    try:
        return _register[name]
    except KeyError:
        raise UnknownMeasure(name=name, known=", ".join(sorted(_register))) from None


@cache
def _import_all() -> None:
    """Have every module register its measures."""
    for module in _MODULES:
        importlib.import_module(f"analysis.{module}")
