"""The city's map as a state: what the choices of a visitor ask for, read from the database."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from access import Action, Person
from base.settings import settings
from i18n import Lang, tr
from layers import AdminLevel, indicator
from maps.choices import MapChoices, drawn_features
from maps.state import MapState, Scope, Selection, Theme, View
from maps.theme import theme_classes
from maps.vector_layer import admin_layers, drawing_order, feature_layer
from store import places
from store.errors import UnknownPlace
from store.snapshots import latest_as_of
from store.theme_values import theme_values
from store.tiles import versions


@dataclass(frozen=True)
class Look:
    """The place to bring into view; the map moves when `serial` differs from the last one.

    Without a `code` the place chosen is looked at, else the scope.
    """

    serial: int = 0
    code: str | None = None


def whole(scope: str) -> str:
    """The 12-digit code of a scope; the city's where there is none."""
    return (scope or settings().city_code[:4]).ljust(12, "0")


def city_map(
    connection: sa.Connection, choices: MapChoices, lang: Lang, person: Person, look: Look | None = None
) -> MapState:
    """Return the map of the choices, its theme as of the latest snapshot.

    Parameters
    ----------
    connection : a reading transaction.
    choices : layers, theme, scope, filters and place chosen; a place that is not there is left out.
    person : who looks; feature types that the person may not read are left out.
    look : where to look; by default at what is chosen.
    """
    at = versions(connection)
    try:
        bounds = places.place(connection, settings().city_code).bounds
    except UnknownPlace:
        bounds = None
    layers = tuple(
        feature_layer(
            feature,
            str(at.get(feature.id, 0)),
            lang,
            visible=feature.id in choices.on,
            filters=choices.filters.get(feature.id),
            bounds=bounds,
        )
        for feature in drawn_features()
        if person.may(feature.id, Action.READ)
    )
    return MapState(
        base=admin_layers(str(at.get("admin_units", 0)), lang, bounds=bounds),
        layers=drawing_order(layers),
        theme=_theme(connection, choices, latest_as_of(connection), lang),
        scope=Scope(choices.scope, _townships(connection, choices.kind)),
        selection=_selection(connection, choices.code),
        view=_view(connection, choices, look or Look(), bounds),
        lang=lang,
    )


def _theme(connection: sa.Connection, choices: MapChoices, as_of: dt.date | None, lang: Lang) -> Theme | None:
    """The theme of the map; nothing before the first snapshot."""
    if choices.theme is None or as_of is None:
        return None
    chosen = indicator(choices.theme)
    values = theme_values(connection, chosen.id, as_of, choices.level)
    figures = np.array([np.nan if value is None else value for value in values.values()], dtype=float)
    made = theme_classes(figures, chosen, lang)
    target = None
    if made.target is not None and made.classes.target_at is not None:
        target = made.classes.target_at, tr("maps.target", lang, value=made.target)
    return Theme(
        url=f"/themes/{chosen.id}/{as_of.isoformat()}.json?level={choices.level}",
        level=choices.level,
        title=chosen.title.get(lang),
        colors=made.colors,
        labels=made.labels,
        counts=made.counts,
        without_data=made.without_data,
        target=target,
        note=tr("map.as_of", lang, date=as_of.isoformat()),
    )


def _townships(connection: sa.Connection, kind: str) -> frozenset[str] | None:
    if kind == "all":
        return None
    townships = places.children(connection, AdminLevel.TOWNSHIP)
    return frozenset(townships.loc[townships["kind"] == kind, "admin_code"].str[:9])


def _selection(connection: sa.Connection, code: str | None) -> Selection | None:
    if code is None:
        return None
    try:
        chosen = places.place(connection, code)
    except UnknownPlace:
        return None
    if chosen.level is AdminLevel.CITY:
        return None
    return Selection(chosen.level, chosen.admin_code, chosen.name)


def _view(
    connection: sa.Connection, choices: MapChoices, look: Look, city: places.Bounds | None
) -> View | None:
    target = look.code or choices.code or whole(choices.scope)
    try:
        return View(look.serial, bounds=places.place(connection, target).bounds)
    except UnknownPlace:
        return None if city is None else View(look.serial, bounds=city)
