"""The two shapes of a measure's result: parts that add up, and observations that do not."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Parts:
    """Additive parts of a figure, one row for each unit.

    Arrays, for a run makes hundreds of these only to put them all into one frame.

    Attributes
    ----------
    codes : ``admin_code`` of each row (12 digits, sorted).
    numerator, denominator : shape (rows,). Both are NaN where the unit has no data: *no data is not zero*. A sum
        has a denominator of 1. A row whose code is of a higher level than the measured units holds that unit's own
        figure (a county's row in a table of townships); `analysis.rollup` uses it only where no unit below has data.
    """

    codes: "pd.Index[str]"
    numerator: "NDArray[np.float64]"
    denominator: "NDArray[np.float64]"

    @cached_property
    def frame(self) -> "pd.DataFrame":
        """Index ``admin_code``, columns ``numerator`` and ``denominator``."""
        import pandas as pd

        columns = {"numerator": self.numerator, "denominator": self.denominator}
        return pd.DataFrame(columns, index=self.codes.rename("admin_code"))


@dataclass(frozen=True, eq=False)
class Observations:
    """Single observations, from which medians and maxima are made anew at each level.

    Attributes
    ----------
    codes : ``admin_code`` of each (12 digits); a unit without one has no data.
    value : shape (observations,), never NaN; ordered by code, then by value.
    """

    codes: "pd.Index[str]"
    value: "NDArray[np.float64]"

    @cached_property
    def frame(self) -> "pd.DataFrame":
        """Columns ``admin_code`` and ``value``."""
        import pandas as pd

        return pd.DataFrame({"admin_code": self.codes, "value": self.value})


Result = Parts | Observations
