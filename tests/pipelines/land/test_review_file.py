"""The auditor's file: it opens, says what the database keeps, is the same each time, and runs nothing."""

import hashlib
import io
import time
import zipfile
from collections.abc import Iterator

import openpyxl
import pytest
import sqlalchemy as sa

from base.settings import settings
from pipelines.land.review_file import archive, dossier, take_away
from store.embedded import Cluster
from store.engine import make_engine
from store.land import review_errors
from store.land.attachments import accepted
from store.protection import APP
from tests.reviewed import PARCEL, Bureau

FORMULA = '=HYPERLINK("http://x","看")'


@pytest.fixture
def bureau(cluster: Cluster, database: sa.Engine) -> Iterator[Bureau]:
    """An approved parcel with conflicts, attachments and remarks that look like formulas."""
    app = make_engine(cluster.url(str(database.url.database), user=APP), settings())
    made = Bureau(database, app)
    made.put_parcel()
    made.put_check(restricted=1)
    made.issue()
    made.step("clerk", "submit", FORMULA, files=(accepted("=cmd.txt", "说明".encode()),))
    made.step("county", "examine", "+同意上报", files=(accepted("../意见.txt", "同意".encode()),))
    made.step("city", "approve", "@同意用地")
    yield made
    app.dispose()


def _file(bureau: Bureau, name: str, lang: str = "zh") -> bytes:
    with bureau.looking(name) as connection:
        return archive(dossier(connection, PARCEL), lang)  # type: ignore[arg-type]


def _opened(made: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def _rows(book: bytes, sheet: str) -> list[tuple[object, ...]]:
    opened = openpyxl.load_workbook(io.BytesIO(book))
    return [tuple(cell.value for cell in row) for row in opened[sheet].iter_rows()]


def test_it_opens_and_its_digests_agree(bureau: Bureau) -> None:
    parts = _opened(_file(bureau, "auditor"))
    assert list(parts) == [
        "审查档案.pdf", "审查档案.xlsx", "附件/01_=cmd.txt", "附件/02__意见.txt", "SHA256SUMS.txt",
    ]  # fmt: skip
    assert parts["审查档案.pdf"].startswith(b"%PDF-")
    assert parts["附件/02__意见.txt"] == "同意".encode()
    lines = parts.pop("SHA256SUMS.txt").decode().splitlines()
    assert dict(reversed(line.split("  ")) for line in lines) == {
        name: hashlib.sha256(content).hexdigest() for name, content in parts.items()
    }
    assert all(not name.startswith("/") and ".." not in name for name in parts)


def test_the_tables_say_what_is_kept(bureau: Bureau) -> None:
    book = _opened(_file(bureau, "auditor"))["审查档案.xlsx"]
    steps = _rows(book, "审查过程")[1:]
    assert [(row[0], row[3], row[6], row[8], row[9]) for row in steps] == [
        (1, "clerk", "报审", "待县级审查", FORMULA),
        (2, "county", "县级审查通过", "待市级批准", "+同意上报"),
        (3, "city", "市级批准", "已批准", "@同意用地"),
    ]
    conflicts = _rows(book, "所见冲突")[1:]
    assert [(row[1], row[3], row[4], row[7]) for row in conflicts] == [
        ("地质灾害影响范围", "=甲", "限制", "否"), ("永久基本农田", "=甲", "禁止", "是"),
    ]  # fmt: skip
    assert [row[6] for row in _rows(book, "指标账目")[1:]] == [-16.89, 16.89]
    assert [(row[0], row[1]) for row in _rows(book, "附件")[1:]] == [(1, "=cmd.txt"), (2, "_意见.txt")]
    sealed = _rows(book, "操作记录封签")[1:]
    with bureau.owner.connect() as connection:
        stored = connection.execute(
            sa.text(
                "SELECT e.id, encode(e.seal, 'hex') FROM access.record AS e "
                "JOIN xiangtu.review_steps AS s ON s.record_id = e.id ORDER BY e.id"
            )
        ).all()
    assert [(row[0], row[4]) for row in sealed] == [tuple(row) for row in stored]
    assert len(sealed) == 3


def test_no_cell_is_a_formula(bureau: Bureau) -> None:
    book = openpyxl.load_workbook(io.BytesIO(_opened(_file(bureau, "auditor"))["审查档案.xlsx"]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) > 80
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert any(cell.value == FORMULA and cell.data_type == "s" for cell in cells)


def test_it_is_the_same_each_time(bureau: Bureau) -> None:
    first = _file(bureau, "auditor")
    time.sleep(2.1)
    assert _opened(_file(bureau, "auditor")) == _opened(first)
    assert _file(bureau, "auditor") == first


def test_whoever_does_not_read_the_record_gets_no_seals(bureau: Bureau) -> None:
    parts = _opened(_file(bureau, "city", "en"))
    book = parts["review.xlsx"]
    assert len(_rows(book, "seals of the record")) == 1
    assert any("Only auditors" in str(row[0]) for row in _rows(book, "parcel"))
    assert len(_rows(book, "steps")) == 4


def test_taking_it_away_is_on_record(bureau: Bureau) -> None:
    with bureau.as_("auditor") as connection:
        made = take_away(connection, PARCEL, "zh")
    with bureau.owner.connect() as connection:
        last = connection.execute(
            sa.text("SELECT action, object, object_id, after FROM access.record ORDER BY id DESC LIMIT 1")
        ).one()
    assert (last.action, last.object, last.object_id) == ("exported", "parcel_review", PARCEL)
    assert last.after["file"] == hashlib.sha256(made).hexdigest()


def test_nobody_takes_away_what_they_may_not_see(bureau: Bureau) -> None:
    with pytest.raises(review_errors.UnknownParcel):
        _file(bureau, "foreign_county")
