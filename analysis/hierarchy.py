"""Units of the city above and below each other, told from their codes; the scopes they count in."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from analysis.territory import BoolArray
from layers import AdminKind, AdminLevel


class Scope(StrEnum):
    """Which townships count in a figure: all of them, the plan's 80 towns, or the 5 streets.

    The other statistical units (development zones, forest farms) count in `ALL` only.
    """

    ALL = "all"
    TOWN = "town"
    STREET = "street"


_SCOPE_OF_KIND = {str(AdminKind.TOWN): str(Scope.TOWN), str(AdminKind.STREET): str(Scope.STREET)}


@dataclass(frozen=True)
class Hierarchy:
    """The villages and townships of the city, as codes.

    Attributes
    ----------
    villages, townships : 12-digit codes, sorted.
    township_scope : scope of each township that is a town or a street, by code.
    """

    villages: "pd.Index[str]"
    townships: "pd.Index[str]"
    township_scope: "pd.Series[str]"

    @classmethod
    def from_units(cls, units: pd.DataFrame) -> "Hierarchy":
        """Make it from administrative units with ``admin_code``, ``level`` and ``kind``."""
        by_code = units.set_index("admin_code").sort_index()
        townships = by_code[by_code["level"] == str(AdminLevel.TOWNSHIP)]
        scopes = townships["kind"].map(_SCOPE_OF_KIND).dropna().astype(str)
        villages = by_code.index[by_code["level"] == str(AdminLevel.VILLAGE)]
        return cls(villages, townships.index, scopes)

    def units(self, level: AdminLevel) -> "pd.Index[str]":
        """Codes of the villages or of the townships."""
        return self.villages if level is AdminLevel.VILLAGE else self.townships

    def counties(self) -> tuple[str, ...]:
        """Codes of the counties that have townships or villages, sorted."""
        codes = self.townships.append(self.villages)
        return tuple(sorted(ancestor(codes, AdminLevel.COUNTY).unique()))

    def inside(self, codes: "pd.Index[str]", scope: Scope) -> BoolArray:
        """Which of the villages or townships count in a scope; shape (codes,)."""
        if scope is Scope.ALL:
            return np.ones(len(codes), dtype=bool)
        scopes = zip(self.township_scope.index.tolist(), self.township_scope.tolist(), strict=True)
        townships = {code for code, own in scopes if own == str(scope)}
        above = (code[: AdminLevel.TOWNSHIP.digits].ljust(12, "0") for code in codes.tolist())
        return np.fromiter((code in townships for code in above), dtype=bool, count=len(codes))


def ancestor(codes: "pd.Series[str] | pd.Index[str]", level: AdminLevel) -> "pd.Series[str]":
    """Code of the unit of `level` that each unit lies in."""
    of: pd.Series[str] = pd.Series(codes).str[: level.digits].str.ljust(12, "0")
    return of
