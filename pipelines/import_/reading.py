"""What reading one value gives."""

from dataclasses import dataclass

from pipelines.import_.findings import Check


@dataclass(frozen=True)
class Reading:
    """A value, and what had to be assumed to read it; or why it could not be read.

    `value` is None for a blank. `note` is the check to report when the value was changed or assumed.
    """

    value: object = None
    note: Check | None = None
    failure: Check | None = None
