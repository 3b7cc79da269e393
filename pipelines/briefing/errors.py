"""Why there is no briefing."""

from base.errors import XiangtuError


class NoSnapshot(XiangtuError):
    """No figures were computed by the end of the month asked for."""

    key = "briefing.no_snapshot"


class NotWritten(XiangtuError):
    """A file of a briefing could not be written to its folder."""

    key = "briefing.not_written"
