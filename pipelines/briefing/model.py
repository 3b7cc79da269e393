"""What a briefing says, in the reader's language already: sentences, tables, charts and maps, in order."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from i18n import Lang, tr
from layers import AdminLevel

PATH_SIGN = " · "
"""Between the names of a path."""


@dataclass(frozen=True)
class KeyFigure:
    """One figure of the first page: what it is, its value with the unit, and how it stands.

    `good` is True where the target is met, False where it is not, None where there is none or no data.
    """

    label: str
    value: str
    remark: str
    good: bool | None = None


@dataclass(frozen=True)
class Table:
    """A table in words and figures as they are to be printed.

    Attributes
    ----------
    title : above the table; with the number that each document gives it.
    numeric : which columns are set to the right.
    note : a sentence below it; blank if there is none.
    """

    title: str
    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


class ChartKind(StrEnum):
    """How a chart is drawn."""

    BARS = "bars"
    """Bars that lie, one for each category, the second series as a mark (a target)."""
    LINES = "lines"
    """Lines over the categories in their order (months)."""


@dataclass(frozen=True)
class Chart:
    """A chart as numbers, so that each kind of document draws it in its own way.

    Attributes
    ----------
    series : name and a value for each category, None where there is no data.
    unit : of the values, as the axis says it.
    """

    kind: ChartKind
    title: str
    categories: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    unit: str


@dataclass(frozen=True)
class Picture:
    """A map as one ``<svg>`` without script or reference to anything outside; `words` say what it shows."""

    title: str
    svg: str
    words: str


@dataclass(frozen=True)
class Section:
    """A part of a briefing: a heading, sentences, and what stands below them."""

    title: str
    sentences: tuple[str, ...]
    picture: Picture | None = None
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Briefing:
    """The briefing of one place and month.

    Attributes
    ----------
    admin_code, place, level : of the place; `path` names the units that it lies in.
    month : its first day.
    as_of : day of the snapshot that the figures are of; `until` is the last day whose reports count.
    notice : that data are synthetic; blank where none are.
    summary : the sentences that matter most.
    sources : what the figures are made of and of what day; `missing` : what there are no data of.
    made : who wrote it and when.
    """

    lang: Lang
    admin_code: str
    place: str
    level: AdminLevel
    path: str
    month: dt.date
    as_of: dt.date
    until: dt.date
    notice: str
    figures: tuple[KeyFigure, ...]
    summary: tuple[str, ...]
    sections: tuple[Section, ...]
    sources: tuple[str, ...]
    missing: tuple[str, ...]
    made: str
    tables: tuple[Table, ...] = field(default=())

    @property
    def title(self) -> str:
        """Place and kind of the document."""
        return tr("briefing.title", self.lang, place=self.place)

    @property
    def subtitle(self) -> str:
        """Month, and the day of the data."""
        return tr(
            "briefing.subtitle",
            self.lang,
            month=f"{self.month:%Y-%m}",
            as_of=self.as_of.isoformat(),
            until=self.until.isoformat(),
        )

    @property
    def stem(self) -> str:
        """Name of its files without ending, as `stem` gives it."""
        below_city = self.path.split(PATH_SIGN)[1:]
        return stem(PATH_SIGN.join(below_city) or self.place, self.month, self.lang)


def stem(path: str, month: dt.date, lang: Lang) -> str:
    """Name of a briefing's files without ending: 「清远市_进度简报_2026-11」.

    Below the county the names above come first, for two townships of the city share theirs.

    Parameters
    ----------
    path : county, township and own name, as far as they exist, with `PATH_SIGN` between.
    """
    return tr("briefing.file", lang, place=path.replace(PATH_SIGN, "_"), month=f"{month:%Y-%m}")
