"""The line or area of a project in its form: pasted as text, kept as it was where nothing else is said."""

import shapely
import streamlit as st
from shapely.geometry.base import BaseGeometry

from base.settings import settings
from i18n import Lang, Text, tr
from pages.projects_form_place import Spot
from pipelines.progress.cells import write_wkt
from pipelines.progress.pasted_shape import read_shape
from store.engine import reading
from store.places import outlines, place
from store.progress.library import Project

_MOST_LETTERS = 200_000


def shape_field(key: str, one: Project | None, current: Lang) -> str:
    """Draw the field; what stands in it."""
    return (
        st.text_area(
            tr("library.form.shape", current),
            "" if one is None else write_wkt(one.geometry),
            max_chars=_MOST_LETTERS,
            height=100,
            placeholder=tr("library.form.shape_hint", current),
            help=tr("library.form.shape_help", current),
            key=f"{key}.shape",
        )
        or ""
    )


def shape_of(text: str, one: Project | None, spot: Spot) -> BaseGeometry | Text | None:
    """The shape that was pasted, or what is wrong with it; None where nothing new was."""
    if not text.strip() or (one is not None and text.strip() == write_wkt(one.geometry)):
        return None
    with reading() as connection:
        city = place(connection, settings().city_code).bounds
        outline = outlines(connection, [spot.admin_code])[spot.admin_code]
    shape = read_shape(text, city)
    if isinstance(shape, Text) or shapely.intersects(shape, outline):
        return shape
    return Text(tr("library.form.shape_outside", "zh"), tr("library.form.shape_outside", "en"))
