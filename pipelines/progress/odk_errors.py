"""Why an upload of submissions is not taken as a whole."""

from enum import StrEnum

from base.errors import XiangtuError
from pipelines.import_.errors import FileRefused, Refusal


class Reason(StrEnum):
    """Reasons; the sentence of each is ``fieldforms.refused.<value>``."""

    FORMAT = "format"
    NONE = "none"
    TOO_MANY = "too_many"
    DAMAGED = "damaged"
    DOCTYPE = "doctype"


class SubmissionsRefused(XiangtuError):
    """The upload holds no submissions that can be read."""

    def __init__(self, reason: Reason, **values: object) -> None:
        self.reason = reason
        self.key = f"fieldforms.refused.{reason}"
        super().__init__(**values)


def refused(reason: str, **values: object) -> XiangtuError:
    """The error of a reason that the reading process left."""
    if reason in set(Refusal):
        return FileRefused(Refusal(reason), **values)
    return SubmissionsRefused(Reason(reason), **values)
