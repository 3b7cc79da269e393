"""Writing earlier editions of a department's files: plain, with codes, nothing wrong in them."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from pipelines.demo.delivery import GEOMETRY, Desk, in_columns
from pipelines.demo.file_formats import ZONES, write_bare_shapefile, write_csv, zone_of
from pipelines.demo.manifest import EarlierFile
from pipelines.demo.wording import headed, worded

Editions = Iterable[tuple[dt.date, pd.DataFrame]]
"""Oldest or newest first: the day that an edition describes, and its rows."""


def write_tables(
    desk: Desk, name: str, feature: str, handed_by: str, editions: Editions, headings: Mapping[str, str]
) -> None:
    """Write a CSV for each day; points get columns of CGCS2000 degrees."""
    for day, frame in editions:
        placed, columns = in_columns(frame, headings)
        table = headed(worded(placed, feature, desk.rng(f"{name} {day} words")), columns)
        path = f"earlier_{day.isoformat()}_{name}.csv"
        write_csv(desk.folder / path, table, "utf-8-sig")
        desk.earlier.append(EarlierFile(day, path, feature, handed_by, len(table)))


def write_shapes(
    desk: Desk, name: str, feature: str, handed_by: str, editions: Editions, headings: Mapping[str, str]
) -> None:
    """Write zipped shapefiles for each day and zone, as the newest ones are, so that shapes read the same."""
    for day, frame in editions:
        zones = zone_of(frame[GEOMETRY].to_numpy())
        table = headed(worded(frame, feature, desk.rng(f"{name} {day} words")), headings)
        for zone in ZONES:
            chosen = zones == zone
            if not chosen.any():
                continue
            path = f"earlier_{day.isoformat()}_{name}_{zone}带.zip"
            shapes = frame[GEOMETRY].to_numpy()[chosen]
            write_bare_shapefile(
                desk.folder / path, f"{name}_{zone}带", table[chosen].reset_index(drop=True), shapes, zone
            )
            desk.earlier.append(EarlierFile(day, path, feature, handed_by, int(chosen.sum())))


def only_changes(editions: Editions) -> Iterator[tuple[dt.date, pd.DataFrame]]:
    """The first edition whole, of each later one only the rows that differ from the one before."""
    known: pd.Series | None = None
    for day, frame in editions:
        told = pd.util.hash_pandas_object(frame.drop(columns=GEOMETRY, errors="ignore"), index=False)
        changed = frame if known is None else frame[~told.isin(known).to_numpy()]
        if not changed.empty:
            yield day, changed.reset_index(drop=True)
        known = told
