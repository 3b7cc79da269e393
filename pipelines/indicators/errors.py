"""What can be wrong with a computation of indicators."""

from base.errors import XiangtuError


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


class SchedulerAway(IndicatorRunError):
    """The Dask cluster that is to compute does not answer, has no workers, or lost them."""

    key = "recompute.scheduler_away"
