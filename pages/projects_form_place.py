"""Where a project lies, chosen in the form: county, township, village, as far as the person plans."""

from dataclasses import dataclass

import shapely
import streamlit as st

from access import Action, OwnTable
from i18n import Lang, tr
from layers import AdminLevel
from pages.shell import person
from store import places
from store.engine import reading
from store.planning.people import village_names
from store.progress.library import Project


@dataclass(frozen=True)
class Spot:
    """A place with its code, the villages that gain, and a point in it (EPSG:4490)."""

    admin_code: str
    villages: tuple[str, ...]
    point: shapely.Point


def spot_of(one: Project) -> Spot:
    """The place of a project that there is."""
    return Spot(one.admin_code, one.villages, shapely.Point(one.geometry.representative_point()))


def villages_beside(spot: Spot) -> dict[str, str]:
    """Other villages of the township, and those that gain already, with their names."""
    with reading() as connection:
        units = places.children(connection, AdminLevel.VILLAGE, spot.admin_code[:9])
        held = dict(zip(units["admin_code"], units["name"], strict=True))
        away = [code for code in spot.villages if code not in held]
        held |= village_names(connection, away)
    held.pop(spot.admin_code, None)
    return held


def choose_spot(current: Lang) -> Spot | None:
    """Draw the three lists; None before a township is chosen. Without a village the project is the township's."""
    prefixes = person().prefixes(OwnTable.PLANS, Action.WRITE)
    one, two, three = st.columns(3)
    with one:
        county = _list("county", AdminLevel.COUNTY, "", prefixes, current)
    with two:
        town = _list("township", AdminLevel.TOWNSHIP, county[:6], prefixes, current) if county else ""
    with three:
        village = _list("village", AdminLevel.VILLAGE, town[:9], prefixes, current) if town else ""
    if not town:
        return None
    code = village or town
    with reading() as connection:
        outline = places.outlines(connection, [code])[code]
    return Spot(code, (village,) if village else (), shapely.Point(shapely.point_on_surface(outline)))


def _list(name: str, level: AdminLevel, above: str, prefixes: tuple[str, ...], current: Lang) -> str:
    with reading() as connection:
        units = places.children(connection, level, above)
    names = {
        code: unit
        for code, unit in zip(units["admin_code"], units["name"], strict=True)
        if any(code.startswith(p[: level.digits]) or p.startswith(code[: level.digits]) for p in prefixes)
    }
    chosen = st.selectbox(
        tr(f"library.form.{name}", current),
        list(names),
        index=None,
        format_func=lambda code: names.get(code, code),
        placeholder=tr("library.form.choose", current),
        key=f"projects.form.{name}.{above}",
    )
    return chosen or ""
