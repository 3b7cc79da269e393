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
