"""The import from file to table: read, recognise, validate, place, write.

Everything up to the writing happens in memory; the rows, their findings, the layer's version and its tiles
are written in one transaction, so that a failure leaves nothing but a failed batch.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
import sqlalchemy as sa

from access import Action
from analysis.ellipsoid import areas_m2
from base.journal import journal
from i18n import Text, tr
from layers import AdminLevel, FeatureType, Field, Geometry, Kind, Remedy
from pipelines.import_ import approved, checks, columns, geometry, measures, sandbox, unit_rows, units
from pipelines.import_.crs import NO_CRS, CrsChoice
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.findings import Check, Findings
from pipelines.import_.folding import heading_key
from pipelines.import_.headings import HeadingMap, Role, match, vocabulary
from pipelines.import_.options import ImportOptions, Progress, Step, unheard
from pipelines.import_.placing import Stated, place_rows
from pipelines.import_.raw_table import GEOMETRY, RawTable
from pipelines.import_.register import Register
from pipelines.import_.report import Counts, ImportReport, findings_frame
from pipelines.land.check import CHECKED_AGAINST, CheckReport, recheck
from store import batches, bulk, identity, record, tiles
from store.errors import NotAllowed
from store.tables import SRID, table

log = journal("pipelines.import_")

ADMIN_UNITS = "admin_units"
_SAMPLE_ROWS = 200


@dataclass(frozen=True)
class Prepared:
    """A file brought into the form of its table; `frame` has the accepted rows only."""

    frame: pd.DataFrame
    report: ImportReport


@dataclass
class _Clock:
    """Time by step, told to the listener as steps begin."""

    progress: Progress
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, step: Step) -> Iterator[None]:
        self.progress(step)
        start = time.perf_counter()
        yield
        self.seconds[step] = round(time.perf_counter() - start, 3)


def import_file(
    engine: sa.Engine,
    path: Path,
    feature: FeatureType,
    options: ImportOptions | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file into the table of a feature type.

    Parameters
    ----------
    path : zipped shapefile, GeoPackage, GeoJSON, CSV or .xlsx.
    progress : called when a `Step` begins.

    Returns
    -------
    the report, whose findings are stored with the batch.

    Raises
    ------
    FileRefused : the file cannot be taken as a whole; the batch is kept as failed with the sentence.
    """
    options = options or ImportOptions()
    clock = _Clock(progress or unheard)
    batch = batches.NewBatch(
        feature_id=feature.id,
        file_name=path.name,
        file_sha256=_sha256(path),
        handed_by=options.handed_by,
        synthetic=options.synthetic,
        as_of=options.as_of,
        account_id=options.by.account_id if options.by else None,
    )
    with batches.running(engine, batch) as batch_id:
        prepared = _prepare(engine, path, feature, options, clock)
        with clock.step(Step.WRITE):
            merged, rechecked = _write(engine, feature, prepared, batch_id, options)
    clock.progress(Step.DONE)
    counts = replace(
        prepared.report.counts,
        inserted=merged.inserted,
        updated=merged.updated,
        unchanged=merged.unchanged,
    )
    log.info("imported", feature=feature.id, batch=batch_id, counts=counts.__dict__, seconds=clock.seconds)
    return replace(
        prepared.report, batch_id=batch_id, counts=counts, seconds=clock.seconds, rechecked=rechecked
    )


def check_file(
    engine: sa.Engine,
    path: Path,
    feature: FeatureType,
    options: ImportOptions | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Do all of `import_file` but the writing.

    Raises
    ------
    FileRefused : the file cannot be taken as a whole.
    """
    clock = _Clock(progress or unheard)
    prepared = _prepare(engine, path, feature, options or ImportOptions(), clock)
    clock.progress(Step.DONE)
    return replace(prepared.report, seconds=clock.seconds)


def _write(
    engine: sa.Engine, feature: FeatureType, prepared: Prepared, batch_id: int, options: ImportOptions
) -> tuple[bulk.Merged, CheckReport | None]:
    report = prepared.report
    counts = report.counts
    rechecked: CheckReport | None = None
    session = identity.current() if options.by else None
    if options.by and session is None:
        raise NotAllowed()
    with engine.begin() as connection:
        with identity.writing_as(connection, session):
            merged = bulk.merge(connection, table(feature), feature.key, prepared.frame, batch_id)
        if options.only_new and merged.inserted < len(prepared.frame):
            # Merges into a table wait for each other: nobody takes a number between this look and the commit.
            raise FileRefused(Refusal.KEYS_TAKEN, number=len(prepared.frame) - merged.inserted)
        batches.store_findings(connection, batch_id, findings_frame(report.findings))
        if merged.inserted or merged.updated:
            batches.bump_version(connection, feature.id)
            tiles.rebuild(connection, feature)
            if feature.id in CHECKED_AGAINST:
                # Rows and the checks that they ask for are kept together, or neither.
                rechecked = recheck(connection)
        rows = batches.RowCounts(counts.read, counts.repaired, counts.rejected, counts.warned)
        batches.finish(connection, batch_id, rows, merged, report.crs.label, report.encoding)
        done = {"file": report.file_name, "rows": counts.read, "rejected": counts.rejected, **merged.__dict__}
        record.note_for(
            connection,
            options.by.account_id if options.by else None,
            options.by.name if options.by else options.handed_by or tr("import.by_command", "zh"),
            "imported",
            feature.id,
            batch_id,
            after=done,
        )
    return merged, rechecked


def _prepare(
    engine: sa.Engine, path: Path, feature: FeatureType, options: ImportOptions, clock: _Clock
) -> Prepared:
    with clock.step(Step.READ):
        raw = sandbox.read_file(
            path,
            headings=vocabulary(feature),
            units=units.known_units(),
            needed=_needed(feature),
            layer=options.layer,
            encoding=options.encoding,
        )
        with engine.connect() as connection:
            register = Register.load(connection)
    findings = Findings(raw.source_rows)
    with clock.step(Step.RECOGNISE):
        headings = _recognise(raw, feature, findings)
        shapes, crs = _shapes(raw, headings, feature, options, register, findings)
    with clock.step(Step.VALIDATE):
        frame = _values(raw, headings, feature, findings)
        checks.check_ranges(frame, feature, headings, partial(_text, raw), findings)
        checks.check_required(frame, feature, headings, findings)
    with clock.step(Step.PLACE):
        _place(frame, raw, headings, feature, shapes, register, findings, crs)
        _measure(frame, shapes, feature)
        frame = checks.apply_rules(frame, feature, headings, findings)
        if options.by is not None:
            checks.check_scope(frame, feature, options.by, findings)
            sound = frame.loc[~findings.rejected, list(feature.key)]
            with engine.begin() as connection:
                reached = options.by.prefixes(feature.id, Action.WRITE)
                theirs = bulk.held_outside(connection, table(feature), feature.key, sound, reached)
            checks.check_keys_of_others(theirs, feature, headings, findings)
        if "admin_code" not in feature.key:
            sound = frame.loc[~findings.rejected, [*feature.key, "admin_code"]]
            with engine.begin() as connection:
                county = AdminLevel.COUNTY.digits
                held = bulk.held_elsewhere(connection, table(feature), feature.key, sound, county)
            checks.check_keys_elsewhere(frame, held, feature, headings, register, findings)
        checks.check_duplicates(frame, feature, headings, findings)
        if feature.id == approved.PARCELS and shapes is not None:
            with engine.begin() as connection:
                approved.check_approved(connection, frame, shapes, feature, headings, findings)
    accepted = _accepted(frame, shapes, headings, feature, options, findings)
    report = ImportReport(
        feature=feature,
        file_name=path.name,
        headings=headings,
        counts=Counts(
            read=len(frame),
            repaired=findings.count(Remedy.REPAIR),
            rejected=findings.count(Remedy.REJECT),
            warned=findings.count(Remedy.WARN),
        ),
        findings=tuple(findings.all()),
        totals=dict(findings.totals),
        sample=_sample(frame, shapes, feature, findings),
        crs=crs,
        encoding=raw.encoding,
    )
    return Prepared(accepted, report)


def _recognise(raw: RawTable, feature: FeatureType, findings: Findings) -> HeadingMap:
    """Match the headings, pass on what the reader remarked, and refuse a file without what is required."""
    for remark in raw.remarks:
        check = Check(remark.check)
        findings.note(
            check,
            remedy=Remedy.WARN if check in (Check.CPG_IGNORED, Check.TEXT_DAMAGED) else Remedy.REPAIR,
            row_no=remark.row_no,
            column=remark.column,
            value=remark.value,
            **remark.values,
        )
    headings = match(raw.headings, raw.units, feature, cut=raw.cut_headings)
    needed = [f for f in headings.missing if f.required or f.name in feature.key]
    if needed:
        raise FileRefused(
            Refusal.COLUMNS_MISSING,
            missing=Text(*("、".join(_expected(f, lang) for f in needed) for lang in ("zh", "en"))),
            found="、".join(h for h in raw.headings if h.strip())[:1000] or "-",
        )
    for heading in headings.unmatched:
        findings.note(Check.COLUMN_UNMATCHED, column=heading)
    for heading, target in headings.twice:
        taken = headings.of(target)
        findings.note(Check.COLUMN_TWICE, column=heading, used=taken.heading if taken else target)
    if headings.missing:
        titles = [f.title for f in headings.missing]
        absent = Text("、".join(t.zh for t in titles), ", ".join(t.en for t in titles))
        findings.note(Check.COLUMNS_ABSENT, fields=absent)
    return headings


def _needed(feature: FeatureType) -> list[frozenset[str]]:
    """Folded headings of each field that a file must have."""
    return [
        frozenset(heading_key(h) for h in (f.name, f.title.zh, f.title.en, *f.headings))
        for f in feature.fields
        if f.required or f.name in feature.key
    ]


def _expected(wanted: Field, lang: str) -> str:
    others = [wanted.name, *wanted.headings]
    title = wanted.title.en if lang == "en" else wanted.title.zh
    return f"{title}({' / '.join(others)})"


def _shapes(
    raw: RawTable,
    headings: HeadingMap,
    feature: FeatureType,
    options: ImportOptions,
    register: Register,
    findings: Findings,
) -> tuple[np.ndarray | None, CrsChoice]:
    """Geometry in EPSG:4490 as it is stored, and how its coordinate system was found."""
    if feature.geometry is Geometry.NONE:
        return None, NO_CRS
    x, y = headings.of(Role.X), headings.of(Role.Y)
    if raw.has_geometry:
        shapes = geometry.from_wkb(raw.columns[GEOMETRY], findings)
    elif feature.geometry is not Geometry.POINT:
        raise FileRefused(Refusal.GEOMETRY_MISSING, feature=feature.title)
    elif x is None or y is None:
        raise FileRefused(Refusal.COORDINATES_MISSING, found="、".join(h for h in raw.headings if h))
    else:
        shapes = geometry.from_columns(
            _text(raw, x.column), _text(raw, y.column), (x.heading, y.heading), findings
        )
    shapes = geometry.check_kind(shapes, feature, findings)
    found = geometry.to_stored(
        shapes,
        stated=options.crs,
        in_file=raw.crs,
        file_origin=raw.crs_origin,
        city=register.bounds,
        findings=findings,
    )
    return geometry.mend(found.geometries, feature, findings), found.crs


def _text(raw: RawTable, column: int) -> pa.Array:
    return columns.as_text(raw.columns[f"c{column}"])


def _values(raw: RawTable, headings: HeadingMap, feature: FeatureType, findings: Findings) -> pd.DataFrame:
    """The declared fields, read column by column."""
    count = raw.columns.num_rows
    read = {}
    for declared in feature.fields:
        matched = headings.of(declared.name)
        if matched is None:
            read[declared.name] = checks.empty_values(declared, count)
            continue
        identifier = declared.name in feature.key or declared.name.endswith("_no")
        source = raw.columns[f"c{matched.column}"]
        read[declared.name] = columns.read_column(source, declared, matched, findings, identifier=identifier)
    return pd.DataFrame(read)


def _place(
    frame: pd.DataFrame,
    raw: RawTable,
    headings: HeadingMap,
    feature: FeatureType,
    shapes: np.ndarray | None,
    register: Register,
    findings: Findings,
    crs: CrsChoice,
) -> None:
    """Put ``admin_code`` (and what is derived from it) into the frame."""

    def stated(role: Role) -> pa.Array | None:
        matched = headings.of(role)
        return None if matched is None else _text(raw, matched.column)

    if feature.id == ADMIN_UNITS:
        code = headings.of(Role.CODE)
        if code is None:
            raise FileRefused(Refusal.PLACE_MISSING)
        codes = unit_rows.read_codes(_text(raw, code.column), code.heading, findings)
        frame["admin_code"] = codes
        frame["parent_code"] = unit_rows.check_hierarchy(codes, frame["level"], register, findings)
        frame["pinyin"], frame["initials"] = unit_rows.spellings(frame["name"].fillna(""))
        return
    said = Stated(stated(Role.CODE), stated(Role.COUNTY), stated(Role.TOWNSHIP), stated(Role.VILLAGE))
    places = place_rows(said, shapes, headings, feature, register, findings, crs.label)
    known = np.array([*register.codes, None], dtype=object)
    frame["admin_code"] = pd.array(known[places], dtype="str")


def _measure(frame: pd.DataFrame, shapes: np.ndarray | None, feature: FeatureType) -> None:
    """Put the measures that are derived from the geometry into the frame, where rules find them."""
    if shapes is not None and feature.geometry is Geometry.POLYGON:
        frame["area_m2"] = areas_m2(shapes)
    elif shapes is not None and feature.geometry is Geometry.LINE:
        frame["length_m"] = measures.lengths_m(shapes)


def _accepted(
    frame: pd.DataFrame,
    shapes: np.ndarray | None,
    headings: HeadingMap,
    feature: FeatureType,
    options: ImportOptions,
    findings: Findings,
) -> pd.DataFrame:
    """The accepted rows with the columns of the table, as COPY takes them.

    Fields that the file has no column for are left out, so that a partial delivery does not empty them.
    """
    keep = ~findings.rejected
    absent = {f.name for f in headings.missing}
    rows = frame.loc[keep, [name for name in frame.columns if name not in absent]].copy()
    for declared in feature.fields:
        if declared.kind is Kind.INTEGER and declared.name in rows:
            rows[declared.name] = rows[declared.name].astype("Int64")
    rows = rows.replace({"": None}) if (rows == "").any().any() else rows
    if shapes is not None:
        kept = shapes[keep]
        rows["geom"] = pd.array(
            shapely.to_wkb(shapely.set_srid(kept, SRID), hex=True, include_srid=True), dtype="str"
        )
    rows["synthetic"] = options.synthetic
    return rows


def _sample(
    frame: pd.DataFrame, shapes: np.ndarray | None, feature: FeatureType, findings: Findings
) -> pd.DataFrame:
    first = np.flatnonzero(~findings.rejected)[:_SAMPLE_ROWS]
    shown = ["admin_code", *(f.name for f in feature.fields if not f.personal)]
    rows = frame[shown].iloc[first].reset_index(drop=True)
    return rows if shapes is None else gpd.GeoDataFrame(rows, geometry=shapes[first], crs=SRID)


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
