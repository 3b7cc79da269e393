"""Loading the demo city: its files go through the import pipeline like anybody's."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import sqlalchemy as sa

from base.settings import settings
from layers import RasterKind, all_features, all_indicators, feature_type
from pipelines import indicators
from pipelines.demo import assess_office, land_office, project_office
from pipelines.demo.calendar import EARLIER_DAYS
from pipelines.demo.errors import RealDataPresent
from pipelines.demo.generator import generate
from pipelines.demo.manifest import DemoFile, EarlierFile, Manifest
from pipelines.import_ import ImportOptions, ImportReport, import_file
from pipelines.rasters import RasterOptions, load_raster
from store import demo_doors, snapshots
from store.queries import query
from store.tables import FEATURE_SCHEMA

Progress = Callable[[int, int | None, str], object]
"""Called with steps done, steps in all (None while that is unknown), and what is done now."""

REGISTER = ("admin_units", "settlements")
"""Features that were there before all others; their files come first."""


def wanted(engine: sa.Engine) -> bool:
    """Whether the demo city is to be loaded: there is nothing yet, or an earlier load was interrupted."""
    with engine.connect() as connection:
        return connection.scalar(query("demo_wanted")) is True


def load(
    engine: sa.Engine,
    *,
    counties: Sequence[str] | None = None,
    villages: int | None = None,
    folder: Path | None = None,
    library: bool = True,
    earlier_days: Sequence[dt.date] = EARLIER_DAYS,
    progress: Progress = lambda *_: None,
) -> tuple[Manifest, list[ImportReport]]:
    """Generate the files, import them one after the other, compute the indicators, do the offices' first work.

    Parameters
    ----------
    counties, villages : as for `generate`.
    folder : where the files are kept; under the data folder if not given.
    library : fill the project library with projects and a year of reports, too.
    earlier_days : those of `EARLIER_DAYS` whose editions are handed in, and computed, before the newest files.

    Returns
    -------
    What was handed over, and the report of each of its files in the same order; not of earlier editions.

    Raises
    ------
    RealDataPresent : a table has rows that are not synthetic.
    UnknownCounty, TooFewVillages, TooManyVillages : as `generate`.
    """
    _refuse_real_data(engine)
    kept = folder or settings().data_dir / "demo"
    manifest = generate(
        kept,
        seed=settings().demo_seed,
        counties=counties,
        villages=villages,
        progress=lambda stage, name: progress(0, None, f"{stage} {name}"),
    )
    reports = _hand_in(engine, manifest, kept, earlier_days, progress)
    land_office.open_books(engine)
    demo_doors.make(engine)
    land_office.lead_parcels(engine)
    if library:
        project_office.open_library(engine, kept)
        of_projects = [i.id for i in all_indicators() if i.record is not None]
        for day in (*earlier_days, manifest.as_of):
            indicators.run(engine, as_of=day, indicators=of_projects, again=True)
    assess_office.assess(engine, manifest.as_of)
    return manifest, reports


def _refuse_real_data(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        for feature in all_features():
            stored = sa.table(feature.id, sa.column("synthetic", sa.Boolean), schema=FEATURE_SCHEMA)
            if connection.scalar(sa.select(sa.exists().where(~stored.c.synthetic))):
                raise RealDataPresent(table=feature.id)


def _hand_in(
    engine: sa.Engine,
    manifest: Manifest,
    folder: Path,
    earlier_days: Sequence[dt.date],
    progress: Progress,
) -> list[ImportReport]:
    reports = []
    files = sorted(manifest.files, key=lambda handed: handed.order)
    earlier = [
        file for file in manifest.earlier if file.as_of in earlier_days and _is_next(engine, file.as_of)
    ]
    rasters = {
        RasterKind.ELEVATION: manifest.elevation,
        RasterKind.POPULATION: manifest.population,
        RasterKind.LAND_COVER_BEFORE: manifest.land_cover_before,
        RasterKind.LAND_COVER_AFTER: manifest.land_cover_after,
    }
    steps = len(files) + len(rasters) + 1
    # The register was there when the earlier editions were handed in, and has not changed since.
    then = replace(manifest, as_of=earlier[0].as_of) if earlier else manifest
    register = [file for file in files if file.feature in REGISTER]
    for done, handed in enumerate(register):
        progress(done, steps, handed.path)
        reports.append(deliver(engine, folder, handed, then))
    look_back(engine, folder, earlier, lambda path: progress(len(register), steps, path))
    for done, handed in enumerate(files[len(register) :], start=len(register)):
        progress(done, steps, handed.path)
        reports.append(deliver(engine, folder, handed, manifest))
    options = RasterOptions(as_of=manifest.as_of, handed_by=land_office.SURVEYORS, synthetic=True)
    for done, (kind, path) in enumerate(rasters.items(), start=len(files)):
        progress(done, steps, path)
        load_raster(engine, folder / path, kind, options)
    progress(steps - 1, steps, "indicators")
    indicators.run(engine, as_of=manifest.as_of, again=True)
    progress(steps, steps, "")
    return reports


def _is_next(engine: sa.Engine, day: dt.date) -> bool:
    """Whether no data of that day or a later one are stored: a demo loaded over itself has its past already."""
    with engine.connect() as connection:
        latest = snapshots.latest_data_day(connection)
    return latest is None or latest < day


def look_back(
    engine: sa.Engine, folder: Path, earlier: Sequence[EarlierFile], told: Callable[[str], object]
) -> None:
    """Hand in the earlier editions day by day and compute, of each day, what only they and the register decide."""
    features = {file.feature for file in earlier} | set(REGISTER)
    ids = [i.id for i in all_indicators() if i.sources and set(i.sources) <= features and not i.rasters]
    for day, files in groupby(earlier, key=lambda file: file.as_of):
        for file in files:
            told(file.path)
            options = ImportOptions(handed_by=file.handed_by, synthetic=True, as_of=day)
            import_file(engine, folder / file.path, feature_type(file.feature), options)
        indicators.run(engine, as_of=day, indicators=ids, again=True)


def deliver(engine: sa.Engine, folder: Path, handed: DemoFile, manifest: Manifest) -> ImportReport:
    """Import one of the files as what it is: its department's, of the manifest's day, synthetic."""
    options = ImportOptions(
        crs=handed.crs,
        encoding=handed.encoding,
        layer=handed.layer,
        handed_by=handed.handed_by,
        synthetic=True,
        as_of=manifest.as_of,
    )
    return import_file(engine, folder / handed.path, feature_type(handed.feature), options)
