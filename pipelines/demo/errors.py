"""What can be wrong with a demo city that is asked for."""

from base.errors import XiangtuError


class DemoError(XiangtuError):
    """Base of the errors of this package."""

    key = "demo.demo"


class UnknownCounty(DemoError):
    """A county code that the city does not have, or none at all."""

    key = "demo.unknown_county"


class TooFewVillages(DemoError):
    """Fewer villages than the real ones were asked for."""

    key = "demo.too_few_villages"


class TooManyVillages(DemoError):
    """More villages were asked for than 12-digit codes have room for."""

    key = "demo.too_many_villages"


class RealDataPresent(DemoError):
    """The demo would be mixed into data that are not synthetic."""

    key = "demo.real_data_present"
