"""The two shapes of a measure's result: parts that add up, and observations that do not."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Parts:
    """Additive parts of a figure, one row for each unit.

    Attributes
    ----------
    frame : index ``admin_code`` (12 digits, sorted), float columns ``numerator`` and ``denominator``. Both
        are NaN where the unit has no data: *no data is not zero*. A sum has a denominator of 1. A row whose
        code is of a higher level than the measured units holds that unit's own figure (a county's row in a
        table of townships); `analysis.rollup` uses it only where no unit below has data.
    """

    frame: "pd.DataFrame"


@dataclass(frozen=True)
class Observations:
    """Single observations, from which medians and maxima are made anew at each level.

    Attributes
    ----------
    frame : columns ``admin_code`` (12 digits) and ``value`` (float, never NaN), sorted by both; a unit
        without a row has no data.
    """

    frame: "pd.DataFrame"


Result = Parts | Observations
