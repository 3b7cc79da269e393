"""The figures of a dossier, arranged by layer, ready for screen and print."""

from dataclasses import dataclass, field, replace

import pandas as pd
import sqlalchemy as sa

from access import Action
from i18n import Lang, tr
from layers import AdminLevel, FeatureType, Field, Layer, all_layers
from pages import formats
from pages.shell import person
from store.dossier import (
    LastRun,
    Settled,
    breakdown,
    breakdown_fields,
    feature_counts,
    last_run,
    listed_features,
    reported,
    settled,
    unit_list,
)
from store.places import Place, place
from store.snapshots import unit_values


@dataclass(frozen=True)
class LayerPart:
    """One layer of a dossier: rows, lengths and areas by feature type, breakdowns by field."""

    layer: Layer
    features: tuple[FeatureType, ...]
    rows: dict[str, int]
    length_m: dict[str, float]
    area_m2: dict[str, float]
    has_values: bool
    reported: frozenset[str] = frozenset()
    """Feature types that the township has reported: where this place has none of them, there are none."""
    closed: frozenset[str] = frozenset()
    """Feature types whose rows here the reader may not see."""
    partly: frozenset[str] = frozenset()
    """Feature types of which the reader sees only those rows here that lie in the own scope."""
    breakdowns: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def has_rows(self) -> bool:
        """Whether any feature of the layer lies in the place."""
        return any(self.rows.values())

    def breakdown_tables(self, feature: FeatureType, lang: Lang) -> list[tuple[str, pd.DataFrame]]:
        """A table of values and numbers for each field counted, in the order of its code list."""
        found = self.breakdowns.get(feature.id)
        if found is None or found.empty:
            return []
        return [
            (field.title.get(lang), self._breakdown_table(found[found["field"] == field.name], field, lang))
            for field in breakdown_fields(feature)
        ]

    @staticmethod
    def _breakdown_table(found: pd.DataFrame, field: Field, lang: Lang) -> pd.DataFrame:
        order = [member.value for member in field.codes] if field.codes else ["true", "false"]
        counted = {
            None if formats.missing(c) else str(c): int(n)
            for c, n in zip(found["code"], found["rows"], strict=True)
        }
        codes = [*(c for c in order if c in counted), *(c for c in counted if c not in order)]
        return pd.DataFrame(
            {
                tr("pages.dossier.value", lang): [formats.code_words(field, c, lang) for c in codes],
                tr("pages.dossier.number", lang): [counted[c] for c in codes],
            }
        )


@dataclass(frozen=True)
class Dossier:
    """All figures of one place; `values` as `store.snapshots.unit_values` gives them."""

    place: Place
    settled: Settled
    units_below: dict[AdminLevel, int]
    run: LastRun | None
    values: pd.DataFrame
    parts: tuple[LayerPart, ...]

    def indicator_rows(self, layer: Layer, lang: Lang) -> pd.DataFrame:
        """The layer's indicators here, in the units above and in the city, with target and coverage."""
        rows = []
        above = self._above(lang)
        for indicator in layer.indicators:
            if indicator.level.digits < self.place.level.digits:
                continue
            own = self.values.loc[indicator.id] if indicator.id in self.values.index else None
            value = None if own is None else own["value"]
            gap = formats.short_of_target(value, indicator)
            row = {
                tr("pages.dossier.indicator", lang): indicator.title.get(lang),
                tr("pages.dossier.here", lang): formats.figure(value, indicator.unit, lang),
            }
            for title, column in above.items():
                row[title] = formats.figure(None if own is None else own[column], indicator.unit, lang)
            row[tr("pages.dossier.target", lang)] = formats.target_words(indicator, lang)
            row[tr("pages.dossier.standing", lang)] = formats.standing(gap, indicator.unit, lang)
            row[tr("pages.dossier.with_data", lang)] = formats.coverage(
                None if own is None else own["with_data"], None if own is None else own["units"], lang
            )
            rows.append(row)
        return pd.DataFrame(rows)

    def _above(self, lang: Lang) -> dict[str, str]:
        """Title and column of each level above the place's own."""
        above = (AdminLevel.TOWNSHIP, AdminLevel.COUNTY, AdminLevel.CITY)
        return {
            tr(f"pages.dossier.{level}", lang): f"{level}_value"
            for level in above
            if level.digits < self.place.level.digits
        }


def read_dossier(connection: sa.Connection, code: str) -> Dossier:
    """Read all figures of a place, with the rows of each feature type by the values of its code fields.

    Raises
    ------
    UnknownPlace : no unit has that code.
    """
    dossier = read_figures(connection, code)
    prefix = dossier.place.prefix
    parts = tuple(
        replace(
            part,
            breakdowns={f.id: breakdown(connection, f, prefix) for f in part.features if part.rows[f.id]},
        )
        for part in dossier.parts
    )
    return replace(dossier, parts=parts)


def read_figures(connection: sa.Connection, code: str) -> Dossier:
    """Read the figures of a place without the breakdowns: what the panel beside the map shows.

    Raises
    ------
    UnknownPlace : no unit has that code.
    """
    here = place(connection, code)
    run = last_run(connection)
    values = unit_values(connection, code, run.as_of) if run else pd.DataFrame()
    counts = feature_counts(connection, here.prefix)
    below = [
        level
        for level in (AdminLevel.COUNTY, AdminLevel.TOWNSHIP, AdminLevel.VILLAGE)
        if level.digits > here.level.digits
    ]
    listed = {feature.id for feature in listed_features()}
    told = reported(connection, here.prefix[: AdminLevel.TOWNSHIP.digits])
    who = person()
    unseen = {name for name in listed if not who.may(name, Action.READ, here.prefix)}
    closed = frozenset(name for name in unseen if not who.sees_some(name, here.admin_code))
    return Dossier(
        place=here,
        settled=settled(connection, here.prefix),
        units_below={level: len(unit_list(connection, level, here.prefix)) for level in below},
        run=run,
        values=values,
        parts=tuple(
            replace(
                _part(layer, here, counts, values, listed),
                reported=told,
                closed=closed,
                partly=frozenset(unseen) - closed,
            )
            for layer in all_layers()
        ),
    )


def _part(
    layer: Layer,
    here: Place,
    counts: pd.DataFrame,
    values: pd.DataFrame,
    listed: set[str],
) -> LayerPart:
    features = tuple(
        feature
        for feature in layer.features
        if feature.id in listed and any(level.digits >= here.level.digits for level in feature.levels)
    )
    own = counts.loc[[feature.id for feature in features]]
    rows = {str(name): int(n) for name, n in own["rows"].items()}
    known = set(values.index)
    return LayerPart(
        layer=layer,
        features=features,
        rows=rows,
        length_m={str(name): float(v) for name, v in own["length_m"].items() if not pd.isna(v)},
        area_m2={str(name): float(v) for name, v in own["area_m2"].items() if not pd.isna(v)},
        has_values=any(indicator.id in known for indicator in layer.indicators),
    )
