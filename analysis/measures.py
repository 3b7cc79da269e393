"""The register of measures: functions that make a declared indicator's parts or observations."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.errors import UnknownMeasure
from analysis.results import Result

MeasureFunction = Callable[..., Result]
ColumnsRead = Callable[[Mapping[str, Any]], tuple[Iterable[str], ...]]

_MODULES = ("coverage", "figures", "housing", "population_grid", "roads", "sight", "travel")


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
    """

    name: str
    function: MeasureFunction
    columns: ColumnsRead
    reaches_m: Callable[[Mapping[str, Any]], float] | None = None


_register: dict[str, Measure] = {}


def measure(
    columns: ColumnsRead, reaches_m: Callable[[Mapping[str, Any]], float] | None = None
) -> Callable[[MeasureFunction], MeasureFunction]:
    """Register the decorated function as a measure called ``module.function``."""

    def register(function: MeasureFunction) -> MeasureFunction:
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        _register[name] = Measure(name, function, columns, reaches_m)
        return function

    return register


def find(name: str) -> Measure:
    """Return a measure by name.

    Raises
    ------
    UnknownMeasure : nothing is registered under that name.
    """
    for module in _MODULES:
        importlib.import_module(f"analysis.{module}")
    try:
        return _register[name]
    except KeyError:
        raise UnknownMeasure(name=name, known=", ".join(sorted(_register))) from None
