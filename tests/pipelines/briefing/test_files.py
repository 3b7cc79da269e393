"""Files of a run: whole or not there, one failure named, the others written."""

from dataclasses import replace
from pathlib import Path

import pytest

from layers import AdminKind, AdminLevel
from pipelines.briefing import Briefing, Format, NotWritten, write_all
from pipelines.briefing.errors import NoSnapshot
from pipelines.briefing.files import put
from pipelines.briefing.gather import Place
from tests.pipelines.briefing.told import told

PLACES = [Place(f"44182610{i}000", f"第{i}镇", AdminLevel.TOWNSHIP, AdminKind.TOWN) for i in range(4)]


def of(code: str) -> Briefing:
    if code == PLACES[1].admin_code:
        raise NoSnapshot(month="2026-10")
    if code == PLACES[2].admin_code:
        raise KeyError("gone")
    name = next(one.name for one in PLACES if one.admin_code == code)
    return replace(told(), place=name, path=f"清远市 · 连南 · {name}", sections=())


def test_one_failure_does_not_cost_the_others_their_file(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    done = list(write_all(PLACES, of, {Format.PDF, Format.DOCX}, folder))
    assert [one.place for one in done] == [one.name for one in PLACES]
    assert [bool(one.failure) for one in done] == [False, True, True, False]
    assert "2026-10" in done[1].failure
    assert "gone" in done[2].failure
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(
        f"连南_{name}_进度简报_2026-10.{kind}" for name in ("第0镇", "第3镇") for kind in ("pdf", "docx")
    )


def test_a_second_run_replaces_every_file(tmp_path: Path) -> None:
    first = next(iter(write_all(PLACES, of, {Format.PDF}, tmp_path))).paths[0]
    first.write_bytes(b"old")
    list(write_all(PLACES, of, {Format.PDF}, tmp_path))
    assert first.read_bytes().startswith(b"%PDF")


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path / "a.pdf", b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(NotWritten) as told_of:
        put(path, b"new")
    assert "No space left" in str(told_of.value)
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.pdf"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotWritten):
        list(write_all(PLACES, of, {Format.PDF}, tmp_path / "file"))
