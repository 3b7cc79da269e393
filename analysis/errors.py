"""What can be wrong with the frames given to an analysis."""

from collections.abc import Callable
from functools import partial

from base.errors import XiangtuError


class AnalysisError(XiangtuError):
    """Base of the errors of this package; travels whole from a worker process to its caller."""

    key = "indicators.analysis"

    def __reduce__(self) -> "tuple[Callable[[], AnalysisError], tuple[()]]":
        """Pickle by keyword, which exceptions do not do by themselves."""
        return partial(type(self), **self.values), ()


class CrsMismatch(AnalysisError):
    """Two frames that are compared differ in CRS."""

    key = "indicators.crs_mismatch"


class UnknownMeasure(AnalysisError):
    """A declaration names a function that is no measure."""

    key = "indicators.unknown_measure"


class MissingColumn(AnalysisError):
    """A frame lacks a column that the measure reads."""

    key = "indicators.missing_column"
