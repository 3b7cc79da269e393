"""What can be wrong with a computation of indicators."""

from collections.abc import Callable
from functools import partial

from base.errors import XiangtuError
from i18n import Lang, tr
from layers import RasterKind


class IndicatorRunError(XiangtuError):
    """Base of the errors of this package."""

    key = "indicators.run"


class NoUnits(IndicatorRunError):
    """No administrative units are stored, so there is nothing to measure."""

    key = "indicators.no_units"


class UnknownCounty(IndicatorRunError):
    """A county was asked for that has no villages here."""

    key = "indicators.unknown_county"


class FutureDay(IndicatorRunError):
    """Figures of a day that is yet to come were asked for."""

    key = "indicators.future_day"


class DayAlreadyComputed(IndicatorRunError):
    """A past day has figures, and nobody asked for them to be replaced."""

    key = "indicators.day_already_computed"


class DataOfLaterDay(IndicatorRunError):
    """The stored data describe a later day than the one whose figures were asked for."""

    key = "indicators.data_of_later_day"


class RasterFileMissing(IndicatorRunError):
    """A raster is registered, but its file is not in the folder of rasters; travels whole between processes."""

    key = "rasters.file_missing"

    def __reduce__(self) -> "tuple[Callable[[], RasterFileMissing], tuple[()]]":
        """Pickle by keyword, which exceptions do not do by themselves."""
        return partial(type(self), **self.values), ()

    def sentence(self, lang: Lang) -> str:
        """Return the message in `lang`, with the raster's name in it."""
        kind = RasterKind.of(str(self.values["kind"])).text.get(lang)
        return tr(self.key, lang, kind=kind, path=self.values["path"])


class SchedulerAway(IndicatorRunError):
    """The Dask cluster that is to compute does not answer, has no workers, or lost them."""

    key = "recompute.scheduler_away"
