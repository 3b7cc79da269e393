"""What a layer is made of: fields, feature types, rules, states, indicators, map style, access.

Everything else follows from these declarations: table and migration, import template and header matching,
validation, tile query, legend, dossier section, filters, data dictionary.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from i18n import Text
from layers._style import Style
from layers.codes import AdminLevel, CodeList, RasterKind, RecordKind, Role

if TYPE_CHECKING:
    import pandas as pd

ID_PATTERN = r"^[a-z][a-z0-9_]{1,40}$"


class Kind(StrEnum):
    """The type of an attribute."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    """Yuan, exact (`Decimal` / ``numeric(14,2)``)."""
    BOOLEAN = "boolean"
    DATE = "date"
    CODE = "code"
    """A value of the field's code list."""


class Geometry(StrEnum):
    """Geometry of a feature type; stored as the multi type for lines and areas, EPSG:4490."""

    NONE = "none"
    POINT = "point"
    LINE = "line"
    POLYGON = "polygon"


class Remedy(StrEnum):
    """What the import does with a row that breaks a rule."""

    REJECT = "reject"
    """The row is left out and listed."""
    REPAIR = "repair"
    """The row is mended by the rule's `repair`, kept and listed."""
    WARN = "warn"
    """The row is kept as it is and listed."""


@dataclass(frozen=True)
class Field:
    """One attribute of a feature type = one column of its table.

    Numbers carry their unit in the name (`area_m2`, `capacity_m3d`); `unit` repeats it for people.
    `headings` are the source headings accepted on import beside the name and both titles; matching ignores
    case, white space, punctuation and a unit in brackets. `unit_factors` converts a heading's or a value's
    stated unit to the stored one, for instance ``{"万元": 10_000}``.
    """

    name: str
    title: Text
    kind: Kind = Kind.TEXT
    unit: str | None = None
    codes: type[CodeList] | None = None
    required: bool = False
    personal: bool = False
    headings: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_length: int = 200
    unit_factors: Mapping[str, float] = field(default_factory=dict)
    in_tile: bool = False
    """Carried by vector tiles, so that the map can style and filter by it."""
    filterable: bool = False
    """Offered as a filter on the map (code lists and booleans)."""
    summary: bool = False
    """Shown in the short card of a clicked feature and in lists."""


@dataclass(frozen=True)
class Rule:
    """A quality rule over a whole frame.

    `broken(frame)` returns a boolean Series, True where a row breaks the rule; `repair(frame)` returns the
    mended frame and is required for `Remedy.REPAIR`. `columns` names the fields a finding points at.
    """

    id: str
    message: Text
    remedy: Remedy
    columns: tuple[str, ...]
    broken: "Callable[[pd.DataFrame], pd.Series[bool]]"
    repair: "Callable[[pd.DataFrame], pd.DataFrame] | None" = None

    def __post_init__(self) -> None:
        if (self.remedy is Remedy.REPAIR) != (self.repair is not None):
            raise ValueError(f"rule {self.id}: a repair goes with Remedy.REPAIR and with nothing else")


@dataclass(frozen=True)
class StateMachine:
    """The states that a feature passes through.

    `transitions` maps each state to the states that may follow it; `dates` maps a state to the date field
    that says when it was reached, in the order of the work.
    """

    field: str
    transitions: Mapping[CodeList, tuple[CodeList, ...]]
    dates: Mapping[CodeList, str]


@dataclass(frozen=True)
class FeatureType:
    """One table of features: "the water works", "the mains".

    `key` names the fields that identify a feature across deliveries (besides ``admin_code``, which is
    allowed in it); a later delivery with the same key updates the feature and the old state goes to history.
    `levels` are the administrative levels that ``admin_code`` may have.
    """

    id: str
    title: Text
    geometry: Geometry
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    label_field: str | None = None
    levels: tuple[AdminLevel, ...] = (AdminLevel.VILLAGE,)
    rules: tuple[Rule, ...] = ()
    states: StateMachine | None = None
    style: Style | None = None
    readers: tuple[Role, ...] = tuple(Role)
    writers: tuple[Role, ...] = (Role.CLERK, Role.DATA_STEWARD)
    unmaskers: tuple[Role, ...] = ()
    """Who may read the personal fields of one row for a reason; nobody unless it is said."""
    source: Text | None = None
    """The standard or clause that the attributes follow."""

    def __post_init__(self) -> None:
        names = [f.name for f in self.fields]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.id}: a field is declared twice")
        unknown = set(self.key) - set(names) - {"admin_code"}
        if unknown or not self.key:
            raise ValueError(f"{self.id}: key fields {sorted(unknown)} are not declared")
        for f in self.fields:
            if (f.kind is Kind.CODE) != (f.codes is not None):
                raise ValueError(f"{self.id}.{f.name}: a code list goes with Kind.CODE and with nothing else")

    def field(self, name: str) -> Field:
        """Return the field called `name` (KeyError if there is none)."""
        for f in self.fields:
            if f.name == name:
                return f
        raise KeyError(f"{self.id}.{name}")

    @property
    def tile_fields(self) -> tuple[Field, ...]:
        """Fields that vector tiles carry: those marked, and the one that the style looks at."""
        styled = self.style.attribute if self.style else None
        return tuple(f for f in self.fields if f.in_tile or f.filterable or f.name == styled)

    @property
    def filters(self) -> tuple[Field, ...]:
        """Fields offered as filters on the map."""
        return tuple(f for f in self.fields if f.filterable)


class Direction(StrEnum):
    """Which way an indicator gets better."""

    HIGHER = "higher"
    LOWER = "lower"
    NEUTRAL = "neutral"


class Unit(StrEnum):
    """Unit in which an indicator's value is stored; screens format it (a share as per cent)."""

    SHARE = "share"
    PERSONS = "persons"
    HOUSES = "houses"
    PER_1000_HOUSEHOLDS = "per_1000_households"
    VILLAGES = "villages"
    METRES = "m"
    MBPS = "mbps"
    DAYS = "days"
    MINUTES = "minutes"
    MU = "mu"
    PROJECTS = "projects"
    INDEX = "index"
    """A ratio whose good value is 1."""


class Rollup(StrEnum):
    """How villages make a township: never by averaging ratios."""

    RATIO = "ratio"
    """Sum of numerators over sum of denominators."""
    SUM = "sum"
    MEDIAN = "median"
    """Median of all observations below."""
    MAXIMUM = "maximum"


@dataclass(frozen=True)
class Indicator:
    """One figure for each village and, rolled up, for each township, county and the city.

    `function` names a function of `analysis` as ``module.function``; `arguments` are passed to it.
    `levels` are the levels at which the figure exists at its source (a quota exists for townships only).
    """

    id: str
    title: Text
    unit: Unit
    direction: Direction
    formula: Text
    function: str
    rollup: Rollup
    sources: tuple[str, ...]
    """Feature types read, the first one being the layer whose reports decide whether there is data; none with a
    record."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    target: float | None = None
    target_year: int | None = None
    level: AdminLevel = AdminLevel.VILLAGE
    clause: str | None = None
    """Clause of the plan that asks for it."""
    rasters: tuple[RasterKind, ...] = ()
    """Rasters read besides; without one that it reads the figure has no data."""

    record: RecordKind | None = None
    """What the program keeps itself, read in place of features: then it is computed for the whole city at once."""

    def __post_init__(self) -> None:
        if bool(self.sources) == (self.record is not None):
            raise ValueError(f"{self.id}: read from features or from a record")

    @property
    def reads(self) -> tuple[str, ...]:
        """Everything that it reads, by source id (`layers.source_title`)."""
        kept = (self.record,) if self.record is not None else ()
        return (*self.sources, *(kind.source_id for kind in (*self.rasters, *kept)))


@dataclass(frozen=True)
class Layer:
    """A subject of the plan: its feature types and its indicators; one file of this package.

    A layer whose indicators are made of what the program keeps itself has no feature types.
    """

    id: str
    title: Text
    features: tuple[FeatureType, ...]
    indicators: tuple[Indicator, ...] = ()
    clause: str | None = None
    core: bool = False
    """One of the five core layers, shown when the map opens."""
    order: int = 100

    def feature(self, feature_id: str) -> FeatureType:
        """Return the feature type with that id (KeyError if there is none)."""
        for feature in self.features:
            if feature.id == feature_id:
                return feature
        raise KeyError(f"{self.id}.{feature_id}")
