"""Reading a sheet of the library through the import's own parts: sandbox, headings, units, values, findings."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from access import Person
from i18n import Lang, Text, tr
from layers import FeatureType, Field, Remedy
from pipelines.import_ import checks, columns, sandbox, units
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.findings import Check, Finding, Findings
from pipelines.import_.folding import comparable, heading_key, without_unseen
from pipelines.import_.headings import HeadingMap, match, vocabulary
from pipelines.import_.raw_table import RawTable
from pipelines.import_.values import BLANKS


@dataclass(frozen=True)
class SheetOptions:
    """What is said about a file.

    Attributes
    ----------
    today : the day on which it is handed in; what is later is refused.
    by : whose file it is; None for the command line, which may write everywhere.
    layer : the sheet of the workbook; None to find it.
    crs : coordinate system of the coordinates; None to find it out.
    synthetic : the data are made up.
    """

    today: dt.date
    by: Person | None = None
    layer: str | None = None
    crs: str | None = None
    synthetic: bool = False


@dataclass(frozen=True)
class OpenSheet:
    """A sheet read: `values` has the declared fields, one row for each of the file's."""

    sheet: FeatureType
    raw: RawTable
    headings: HeadingMap
    values: pd.DataFrame
    findings: Findings

    def text(self, target: str) -> pa.Array | None:
        """A column as text; None where the file has none."""
        matched = self.headings.of(target)
        return None if matched is None else columns.as_text(self.raw.columns[f"c{matched.column}"])

    def has(self, name: str) -> bool:
        """Whether the file has a column for a field."""
        return self.headings.of(name) is not None

    def title(self, name: str) -> str:
        """The heading of a field in the file, its title where there is none."""
        matched = self.headings.of(name)
        return self.sheet.field(name).title.zh if matched is None else matched.heading

    def reject(self, row: int, name: str, kind: str, value: object = None, **values: object) -> None:
        """Leave a row out for what a field says; the sentence is ``projectfile.<kind>``."""
        self._note(Remedy.REJECT, row, name, kind, value, values)

    def warn(self, row: int, name: str, kind: str, value: object = None, **values: object) -> None:
        """Keep a row and say what is odd about a field."""
        self._note(Remedy.WARN, row, name, kind, value, values)

    def repair(self, row: int, name: str, kind: str, value: object = None, **values: object) -> None:
        """Keep a row and say what was put in for it."""
        self._note(Remedy.REPAIR, row, name, kind, value, values)

    def _note(
        self, remedy: Remedy, row: int, name: str, kind: str, value: object, values: dict[str, object]
    ) -> None:
        self.findings.rows(
            kind,
            remedy,
            [row],
            sentence(kind, **values),
            column=self.title(name),
            value=None if value is None else lambda _: value,
        )


@dataclass(frozen=True)
class Told:
    """The report of a file: rows read, left out, doubtful and mended, and every finding."""

    file_name: str
    read: int
    rejected: int
    warned: int
    repaired: int
    findings: tuple[Finding, ...]


def told(file_name: str, findings: Findings) -> Told:
    """Sum up what was found."""
    return Told(
        file_name,
        len(findings.source_rows),
        findings.count(Remedy.REJECT),
        findings.count(Remedy.WARN),
        findings.count(Remedy.REPAIR),
        tuple(findings.all()),
    )


def sentence(kind: str, **values: object) -> Text:
    """A sentence of the library's sheets in both languages; `Text` values are put in by language."""

    def put(lang: Lang) -> str:
        said = {name: v.get(lang) if isinstance(v, Text) else v for name, v in values.items()}
        return tr(f"projectfile.{kind}", lang, **said)

    return Text(put("zh"), put("en"))


def open_sheet(path: Path, sheet: FeatureType, layer: str | None = None) -> OpenSheet:
    """Read a file as a sheet: every declared field with its findings; nothing of it is placed or compared yet.

    Raises
    ------
    FileRefused : it cannot be read, or lacks a column that it must have.
    """
    raw = sandbox.read_file(
        path,
        headings=vocabulary(sheet),
        units=units.known_units(),
        needed=[_spellings(field) for field in sheet.fields if field.required],
        layer=layer,
    )
    findings = Findings(raw.source_rows)
    for remark in raw.remarks:
        findings.note(
            Check(remark.check),
            remedy=Remedy.REPAIR,
            row_no=remark.row_no,
            column=remark.column,
            value=remark.value,
            **remark.values,
        )
    headings = match(raw.headings, raw.units, sheet, cut=raw.cut_headings)
    _require_columns(raw, headings)
    for heading in headings.unmatched:
        findings.note(Check.COLUMN_UNMATCHED, column=heading)
    for heading, target in headings.twice:
        taken = headings.of(target)
        findings.note(Check.COLUMN_TWICE, column=heading, used=taken.heading if taken else target)
    opened = OpenSheet(sheet, raw, headings, _values(raw, headings, sheet, findings), findings)
    checks.check_ranges(
        opened.values,
        sheet,
        headings,
        lambda column: columns.as_text(raw.columns[f"c{column}"]),
        findings,
    )
    checks.check_required(opened.values, sheet, headings, findings)
    return opened


def _require_columns(raw: RawTable, headings: HeadingMap) -> None:
    needed = [field for field in headings.missing if field.required]
    if needed:
        raise FileRefused(
            Refusal.COLUMNS_MISSING,
            missing=Text("、".join(f.title.zh for f in needed), ", ".join(f.title.en for f in needed)),
            found="、".join(heading for heading in raw.headings if heading.strip())[:1000] or "-",
        )


def _spellings(field: Field) -> frozenset[str]:
    return frozenset(heading_key(h) for h in (field.name, field.title.zh, field.title.en, *field.headings))


def _values(raw: RawTable, headings: HeadingMap, sheet: FeatureType, findings: Findings) -> pd.DataFrame:
    read = {}
    for field in sheet.fields:
        matched = headings.of(field.name)
        if matched is None:
            read[field.name] = checks.empty_values(field, raw.columns.num_rows)
        else:
            source = raw.columns[f"c{matched.column}"]
            read[field.name] = columns.read_column(
                source, field, matched, findings, identifier=field.name == "code"
            )
    return pd.DataFrame(read)


def words(value: object) -> str:
    """A text value of a frame; "" for none."""
    return value.strip() if isinstance(value, str) else ""


def as_read(text: str) -> str:
    """A text as it comes back out of a cell: in one line, without what nobody sees, words for nothing as nothing."""
    plain = without_unseen(text)
    return "" if comparable(plain) in BLANKS else plain


def day(value: object) -> dt.date | None:
    """A day of a frame; None for none."""
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    return pd.Timestamp(value).date()  # type: ignore[arg-type]
