"""Several files put in their places: all of them or none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from zhuomuniao.errors import CannotWriteError
from zhuomuniao.store import stage
from zhuomuniao.store.stage import write_together


def standing(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_new_files_take_the_place_of_those_that_move_aside(tmp_path: Path) -> None:
    (tmp_path / "表.xlsx").write_bytes(b"old")
    write_together(
        {tmp_path / "表.xlsx": b"new", tmp_path / "文.docx": b"letter"},
        moved={tmp_path / "表.xlsx": tmp_path / "表（旧稿1）.xlsx"},
    )
    assert standing(tmp_path) == {"表.xlsx": b"new", "文.docx": b"letter", "表（旧稿1）.xlsx": b"old"}


def test_a_failure_in_the_middle_takes_everything_back(tmp_path: Path) -> None:
    before = {"表.xlsx": b"old", "文.docx": b"somebody's"}
    for name, data in before.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(CannotWriteError) as told:
        write_together(
            {tmp_path / "表.xlsx": b"new", tmp_path / "文.docx": b"letter"},
            moved={tmp_path / "表.xlsx": tmp_path / "表（旧稿1）.xlsx"},
        )
    assert "文.docx" in told.value.message
    assert "没有改动任何文件" in told.value.remedy
    assert standing(tmp_path) == before


def test_what_cannot_be_taken_back_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "表.xlsx").write_bytes(b"old")
    (tmp_path / "文.docx").write_bytes(b"somebody's")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "shut")

    swap = stage._replace
    monkeypatch.setattr(
        stage, "_replace", lambda one, other: (swap(one, other), monkeypatch.setattr(os, "replace", refuse))
    )
    with pytest.raises(CannotWriteError) as told:
        write_together({tmp_path / "文.docx": b"letter"}, moved={tmp_path / "表.xlsx": tmp_path / "表（旧稿1）.xlsx"})
    assert "表（旧稿1）.xlsx" in told.value.remedy


@pytest.mark.skipif(sys.platform == "win32", reason="限额只在 POSIX 上有")
def test_a_full_disk_is_met_before_anything_has_changed(tmp_path: Path) -> None:
    import resource
    import signal

    (tmp_path / "表.xlsx").write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(CannotWriteError):
            write_together(
                {tmp_path / "表.xlsx": b"new", tmp_path / "文.docx": b"x" * 5000},
                moved={tmp_path / "表.xlsx": tmp_path / "表（旧稿1）.xlsx"},
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert standing(tmp_path) == {"表.xlsx": b"old"}


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError):
        write_together({tmp_path / "没有" / "表.xlsx": b"new"})
