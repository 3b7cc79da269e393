"""The file of a parcel's review, as an auditor asks for it: one archive of paper, tables and everything attached.

The archive holds what the database keeps and nothing else, so that it comes out byte for byte the same until the next
step is taken; whoever has two of them can compare them, and the digests of all parts stand in ``SHA256SUMS.txt``.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd
import sqlalchemy as sa
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill

from i18n import Lang, tr
from layers import Constraint, Role
from layers.codes import QuotaBucket, QuotaEntry, QuotaKind
from pipelines import table_sheet
from store import record
from store.land import checks, ledger, reviews
from store.land.reviews import Review, ReviewFile, Step
from store.land.seals import Seal, seals

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NEVER = "1980-01-01T00:00:00Z"
_HEAD_FILL = PatternFill("solid", fgColor="E8EEF4")
_MOST_LETTERS = 32_000
_SHEETS = ("steps", "checks", "ledger", "files", "seals")
Row = Sequence[object]


@dataclass(frozen=True)
class Dossier:
    """All that is kept of a parcel's review.

    Attributes
    ----------
    conflicts : of every check that somebody saw, with ``check_id``.
    contents : of `files`, in their order.
    seals : of the record's entries, for who may read the record; none for others.
    """

    review: Review
    steps: tuple[Step, ...]
    conflicts: pd.DataFrame
    postings: tuple[ledger.Posting, ...]
    files: tuple[ReviewFile, ...]
    contents: tuple[bytes, ...]
    seals: tuple[Seal, ...]


def take_away(connection: sa.Connection, parcel_no: str, lang: Lang) -> bytes:
    """Return the archive and put on record that it was taken away.

    Parameters
    ----------
    connection : `store.engine.changing`, for the person who asks.

    Raises
    ------
    UnknownParcel : there is no such parcel for this person.
    FontMissing : the machine has no Chinese font.
    """
    made = archive(dossier(connection, parcel_no), lang)
    digest = hashlib.sha256(made).hexdigest()
    record.note(connection, "exported", "parcel_review", parcel_no, after={"format": "zip", "file": digest})
    return made


def dossier(connection: sa.Connection, parcel_no: str) -> Dossier:
    """Read what is kept of a parcel's review, as far as the person of the transaction may see it."""
    found = reviews.review(connection, parcel_no)
    taken = tuple(reviews.steps(connection, parcel_no))
    seen = sorted({step.check_id for step in taken if step.check_id is not None})
    pieces = [checks.conflicts(connection, parcel_no, check).drop(columns="geometry") for check in seen]
    postings = [step.posting_id for step in taken if step.posting_id is not None]
    kept = tuple(reviews.files(connection, parcel_no))
    return Dossier(
        found,
        taken,
        pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(),
        tuple(ledger.posting(connection, number) for number in postings),
        kept,
        tuple(reviews.file_content(connection, one.id) for one in kept),
        tuple(seals(connection, [step.record_id for step in taken])),
    )


def archive(of: Dossier, lang: Lang) -> bytes:
    """The archive: history as a PDF to sign, tables as a workbook, attachments, digests."""
    parts = {
        f"{tr('reviews.file.name', lang)}.pdf": table_sheet.as_pdf(_paper(of, lang)),
        f"{tr('reviews.file.name', lang)}.xlsx": workbook(of, lang),
    }
    for number, (one, content) in enumerate(zip(of.files, of.contents, strict=True), start=1):
        parts[f"{tr('reviews.file.attachments', lang)}/{number:02d}_{one.name}"] = content
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in parts.items())
    return _packed(parts | {"SHA256SUMS.txt": sums.encode()})


def workbook(of: Dossier, lang: Lang) -> bytes:
    """The tables: the parcel, steps, conflicts seen, ledger, attachments, entries of the record; text is text."""
    book = Workbook(write_only=True)
    _sheet(book, tr("reviews.file.sheet_parcel", lang), None, _parcel(of, lang), (24, 70))
    rows = {
        "steps": (_steps(of, lang), (6, 6, 20, 14, 16, 24, 34, 12, 12, 44, 12, 10, 10, 10, 68)),
        "checks": (_checks(of, lang), (10, 24, 20, 24, 10, 14, 10, 10)),
        "ledger": (_ledger(of, lang), (10, 14, 12, 20, 12, 14, 14, 44, 16)),
        "files": (_files(of, lang), (6, 40, 30, 14, 68)),
        "seals": (_seals(of, lang), (12, 20, 16, 20, 68)),
    }
    for name in _SHEETS:
        table, widths = rows[name]
        _sheet(book, tr(f"reviews.file.sheet_{name}", lang), _heads(name, lang), table, widths)
    written = io.BytesIO()
    book.save(written)
    return _timeless(written.getvalue())


_COLUMNS = {
    "steps": ("no", "round", "at", "who", "account", "roles", "action", "before", "after", "remark", "due_on",
              "area_mu", "check", "posting", "digest"),
    "checks": ("check", "constraint", "key", "name", "severity", "area_m2", "share", "sliver"),
    "ledger": ("posting", "effective_on", "entry_action", "quota_kind", "bucket", "unit", "amount_mu", "reason", "who"),
    "files": ("no", "file", "media_type", "size", "sha256"),
    "seals": ("entry", "at", "account", "entry_action", "seal"),
}  # fmt: skip


def _heads(name: str, lang: Lang) -> list[str]:
    return [tr(f"reviews.file.col_{column}", lang) for column in _COLUMNS[name]]


def _local(at: object) -> str:
    return at.astimezone(_SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")  # type: ignore[attr-defined]


def _roles(text: str, lang: Lang) -> str:
    known = {str(role): role.text.get(lang) for role in Role}
    pairs = (held.partition("@") for held in text.split())
    return " ".join(f"{known.get(role, role)}@{place}" for role, _, place in pairs)


def _parcel(of: Dossier, lang: Lang) -> list[Row]:
    one = of.review
    told: list[tuple[str, object]] = [
        ("parcel", one.parcel_no),
        ("name", one.name),
        ("admin_code", one.admin_code),
        ("area_mu", one.area_mu),
        ("supply", one.parcel_kind.text.get(lang)),
        ("use", "" if one.parcel_use is None else one.parcel_use.text.get(lang)),
        ("quota_kind", one.quota_kind.text.get(lang)),
        ("project", one.project_no or ""),
        ("state", one.state.text.get(lang)),
        ("round", one.round),
        ("digest", one.digest),
        ("submitted_digest", one.submitted_digest or ""),
    ]
    rows: list[Row] = [[tr("reviews.file.title", lang, parcel=one.parcel_no)]]
    rows += [[tr(f"reviews.file.col_{key}", lang), value] for key, value in told]
    notes = [tr("reviews.file.note_area", lang), tr("reviews.file.note_digest", lang)]
    notes.append(tr("reviews.file.note_sealed" if of.seals else "reviews.file.note_unsealed", lang))
    if one.changed_since_submitted:
        notes.append(tr("reviews.file.note_changed", lang))
    return [*rows, [], *([note] for note in notes)]


def _steps(of: Dossier, lang: Lang) -> list[Row]:
    return [
        [
            step.version,
            step.round,
            _local(step.at),
            step.made_by,
            step.account_name,
            _roles(step.roles, lang),
            step.action.text.get(lang),
            step.from_state.text.get(lang),
            step.to_state.text.get(lang),
            step.remark or "",
            "" if step.due_on is None else step.due_on.isoformat(),
            step.area_mu,
            step.check_id,
            step.posting_id,
            step.parcel_digest or "",
        ]
        for step in of.steps
    ]


def _checks(of: Dossier, lang: Lang) -> list[Row]:
    yes, no = tr("reviews.file.yes", lang), tr("reviews.file.no", lang)
    return [
        [
            int(one.check_id),
            Constraint.of(one.feature_id).text.get(lang),
            _said(one.feature_key),
            _said(one.name),
            tr(f"reviews.file.severity_{one.severity}", lang),
            round(float(one.area_m2), 2),
            round(float(one.share), 4),
            yes if one.sliver else no,
        ]
        for one in of.conflicts.itertuples(index=False)
    ]


def _said(value: object) -> str:
    """A word as it is kept; nothing where there is none: land that lies in no village has neither number nor name."""
    return value if isinstance(value, str) else ""


def _ledger(of: Dossier, lang: Lang) -> list[Row]:
    return [
        [
            posting.id,
            posting.effective_on.isoformat(),
            QuotaEntry.of(posting.entry).text.get(lang),
            QuotaKind.of(posting.kind).text.get(lang),
            QuotaBucket.of(line.account.bucket).text.get(lang),
            line.account.admin_code,
            line.amount_mu,
            posting.reason,
            posting.made_by,
        ]
        for posting in of.postings
        for line in posting.lines
    ]


def _files(of: Dossier, lang: Lang) -> list[Row]:
    numbers = {step.id: step.version for step in of.steps}
    return [[numbers[one.step_id], one.name, one.media_type, one.size, one.sha256] for one in of.files]


def _seals(of: Dossier, lang: Lang) -> list[Row]:
    return [
        [one.entry, _local(one.at), one.account_name, tr(f"pages.record.action_{one.action}", lang), one.seal]
        for one in of.seals
    ]


def _paper(of: Dossier, lang: Lang) -> table_sheet.TableSheet:
    one = of.review
    wanted = ("no", "at", "who", "roles", "action", "after", "remark", "area_mu")
    positions = [_COLUMNS["steps"].index(name) for name in wanted]
    rows = [["" if row[p] is None else str(row[p]) for p in positions] for row in _steps(of, lang)]
    subtitle = tr(
        "reviews.file.subtitle",
        lang,
        name=one.name,
        state=one.state.text.get(lang),
        area=f"{one.area_mu:.2f}",
        kind=one.quota_kind.text.get(lang),
    )
    attached = [
        tr("reviews.file.attached", lang, step=row[0], name=row[1], digest=str(row[4]))
        for row in _files(of, lang)
    ]
    return table_sheet.TableSheet(
        tr("reviews.file.title", lang, parcel=one.parcel_no),
        subtitle,
        [tr(f"reviews.file.col_{name}", lang) for name in wanted],
        [name in ("no", "area_mu") for name in wanted],
        rows,
        [tr("reviews.file.note_area", lang), *attached],
        "" if not of.steps else _local(of.steps[-1].at),
        lang,
    )


def _sheet(
    book: Workbook, title: str, head: Sequence[str] | None, rows: Iterable[Row], widths: Sequence[int]
) -> None:
    sheet = book.create_sheet(title)
    for index, width in enumerate(widths):
        sheet.column_dimensions[chr(65 + index)].width = width
    if head is not None:
        sheet.freeze_panes = "A2"
        sheet.append([_heading(sheet, words) for words in head])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: object, value: object) -> WriteOnlyCell:
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:_MOST_LETTERS])
    # openpyxl takes a leading "=" for a formula unless the type is said.
    cell.data_type = "s"
    cell.number_format = "@"
    return cell


def _heading(sheet: object, words: str) -> WriteOnlyCell:
    cell = _cell(sheet, words)
    cell.font = Font(bold=True)
    cell.fill = _HEAD_FILL
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    return cell


def _timeless(book: bytes) -> bytes:
    """A workbook without the moment at which it was written."""
    with zipfile.ZipFile(io.BytesIO(book)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    core = parts["docProps/core.xml"].decode()
    parts["docProps/core.xml"] = re.sub(
        r"(<dcterms:(created|modified)[^>]*>)[^<]*", rf"\g<1>{_NEVER}", core
    ).encode()
    return _packed(parts)


def _packed(parts: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, content)
    return written.getvalue()
