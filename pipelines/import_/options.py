"""What the person who hands a file in says about it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from access import Person


@dataclass(frozen=True)
class ImportOptions:
    """Statements about a file; None means "find out".

    Attributes
    ----------
    crs : ``EPSG:4526``, ``GCJ02``, ``BD09``, …
    encoding : of the text, for instance ``GBK``.
    layer : layer of a GeoPackage, sheet of a workbook, shapefile of a zip.
    handed_by : who delivers it.
    synthetic : the data are made up (demo city).
    as_of : the day that the data describe.
    by : the person whose rows these are, None for the command line: rows outside the person's scope are rejected,
        and written under the policies of the person's session.
    only_new : nothing is taken if a row's key is there already.
    """

    crs: str | None = None
    encoding: str | None = None
    layer: str | None = None
    handed_by: str | None = None
    synthetic: bool = False
    as_of: dt.date | None = None
    by: Person | None = None
    only_new: bool = False


class Step(StrEnum):
    """Steps of an import, for progress; their names are ``import.step.<value>``."""

    READ = "read"
    RECOGNISE = "recognise"
    VALIDATE = "validate"
    PLACE = "place"
    WRITE = "write"
    DONE = "done"


Progress = Callable[[Step], None]
"""Called when a step begins."""


def unheard(step: Step) -> None:
    """The progress listener of those who do not listen."""
