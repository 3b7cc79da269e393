"""Why a raster is refused."""

from enum import StrEnum

from base.errors import XiangtuError


class RasterRefusal(StrEnum):
    """Reasons; the sentence of each is ``rasters.refused.<value>``."""

    NOT_TIFF = "not_tiff"
    UNREADABLE = "unreadable"
    BANDS = "bands"
    NOT_NUMBERS = "not_numbers"
    NOT_PLACED = "not_placed"
    CRS_MISSING = "crs_missing"
    CRS_UNKNOWN = "crs_unknown"
    CRS_NOT_FITTING = "crs_not_fitting"
    ELSEWHERE = "elsewhere"
    CELLS_COARSE = "cells_coarse"
    CELLS_FINE = "cells_fine"
    NO_VALUES = "no_values"
    IMPLAUSIBLE = "implausible"


class RasterRefused(XiangtuError):
    """The raster cannot be taken; `reason` says why and the sentence names the mend."""

    def __init__(self, reason: RasterRefusal | str, **values: object) -> None:
        self.reason = RasterRefusal(reason)
        self.key = f"rasters.refused.{self.reason}"
        super().__init__(**values)
