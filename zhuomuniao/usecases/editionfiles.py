"""The files of an edition: what they are called, which stand in a folder, and putting them there all or none."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from zhuomuniao.errors import BadValueError, CannotWriteError, quoted, reason_of
from zhuomuniao.render.letter_docx import draw_report_letter
from zhuomuniao.render.pdf import convert_to_pdf
from zhuomuniao.render.report_csv import render_csv
from zhuomuniao.render.report_json import render_json
from zhuomuniao.render.report_xlsx import render_report
from zhuomuniao.reports.changes import UNCOUNTED_SHEETS
from zhuomuniao.reports.correction import mark
from zhuomuniao.store.owner import find_owner, is_left_behind
from zhuomuniao.store.stage import make_folder, write_durably, write_together
from zhuomuniao.usecases.reportcopies import Copy, find_copy, is_there
from zhuomuniao.workspace import file_name

if TYPE_CHECKING:
    from zhuomuniao.reports.tables import Report, ReportLetter

DRAFT = "（旧稿"
"""What marks the files of an older draft, before its number."""
REPRINT = "（补印）"
"""What marks a file made again because the one that was handed in is gone: it is not the one that left."""
WITH_NAMES = "（含姓名电话）"
"""What marks the files of a copy that is not masked."""
_LETTER_PDF = "（报告）.pdf"
_MOST_DIGITS = 6


class ReportFormat(StrEnum):
    """What a report can be had as. The workbook is always there: by it an edition is known again."""

    XLSX = "xlsx"
    DOCX = "docx"
    JSON = "json"
    CSV = "csv"
    PDF = "pdf"


USUAL_FORMATS = (ReportFormat.XLSX, ReportFormat.DOCX)


def parse_formats(text: str | None) -> tuple[ReportFormat, ...] | None:
    """The formats named, ``xlsx,pdf``; ``None`` where none is. Raises :class:`BadValueError`."""
    if text is None:
        return None
    parts = [part.strip().lower() for part in re.split("[,，、\\s]+", text) if part.strip()]
    known = {one.value: one for one in ReportFormat}
    if unknown := [part for part in parts if part not in known]:
        raise BadValueError(f"还不能生成“{'、'.join(unknown)}”", f"现有格式：{'、'.join(known)}")
    if not parts:
        raise BadValueError("没有写要哪种格式", f"现有格式：{'、'.join(known)}")
    return tuple(dict.fromkeys(known[part] for part in parts))


class Shelf(Struct, frozen=True):
    """What stands in a folder under one stem: the workbooks by their number, and all files by theirs.

    ``drafts`` is the highest number an older draft was put aside under.
    """

    folder: Path
    stem: str
    copies: Mapping[int, Copy]
    files: Mapping[int, tuple[Path, ...]]
    drafts: int

    @property
    def newest(self) -> int | None:
        """The number of the newest workbook."""
        return max(self.copies, default=None)

    def base(self, number: int) -> str:
        """What the files of an edition are called, before their endings."""
        return f"{self.stem}{mark(number)}"

    def path(self, number: int) -> Path:
        """Where the workbook of an edition stands."""
        return self.folder / f"{self.base(number)}.xlsx"


def number_in(name: str, stem: str) -> int | None:
    """Which edition of a stem a workbook's name tells of, or that it was made again; ``None`` for another paper."""
    match = re.fullmatch(f"{re.escape(stem)}{_NUMBER}\\.xlsx", name.replace(REPRINT, ""))
    return int(match["number"] or 0) if match else None


_NUMBER = f"(?:（更正(?P<number>[0-9]{{1,{_MOST_DIGITS}}})）)?"


def look_at_shelf(folder: Path, stem: str, sheets: Iterable[str]) -> Shelf:
    """What stands there. Raises :class:`CannotWriteError` where it may not be read, or a folder is in the way."""
    try:
        names = sorted(os.listdir(folder)) if folder.is_dir() else []
    except OSError as error:
        raise CannotWriteError(
            f"打不开文件夹{quoted(folder.name)}：{reason_of(error)}", "请核对 --out 和文件夹权限"
        ) from error
    copies: dict[int, Copy] = {}
    for name in names:
        number = number_in(name, stem)
        if number is not None and REPRINT not in name and (copy := find_copy(folder / name)) is not None:
            copies[number] = copy
    stamped = {sheet for copy in copies.values() if copy.stamp for sheet, _, _ in copy.stamp.tables}
    endings = "|".join(map(re.escape, _endings({*sheets, *stamped, *UNCOUNTED_SHEETS})))
    pattern = re.compile(f"{re.escape(stem)}{_NUMBER}(?:{DRAFT}(?P<draft>[0-9]{{1,{_MOST_DIGITS}}})）)?(?:{endings})")
    files: dict[int, tuple[Path, ...]] = {}
    drafts = 0
    for name in names:
        if match := pattern.fullmatch(name):
            number = int(match["number"] or 0)
            if match["draft"]:
                drafts = max(drafts, int(match["draft"]))
            elif is_there(folder / name):
                files[number] = (*files.get(number, ()), folder / name)
    return Shelf(folder, stem, copies, files, drafts)


def _endings(sheets: Iterable[str]) -> list[str]:
    return [".xlsx", ".docx", ".json", ".pdf", _LETTER_PDF, *(_csv_ending(sheet) for sheet in sheets)]


def _csv_ending(sheet: str) -> str:
    return f"-{file_name(sheet)}.csv"


def files_beside(workbook: Copy) -> tuple[Path, ...]:
    """What lies beside a workbook as files of the same edition: its letter, its tables as csv, its prints."""
    sheets = {sheet for sheet, _, _ in workbook.stamp.tables} if workbook.stamp else set()
    base = workbook.path.with_suffix("")
    beside = [_beside(base, ending) for ending in _endings(sorted({*sheets, *UNCOUNTED_SHEETS})) if ending != ".xlsx"]
    return tuple(path for path in beside if path.is_file())


class Edition(Struct, frozen=True):
    """An edition to be put down: its number, its content, its stamp.

    ``recorded`` are the places of the files that were handed in: what is gone from there is made again beside.
    """

    number: int
    report: Report
    letter: ReportLetter | None
    as_of: date
    properties: Mapping[str, str]
    recorded: frozenset[Path] = frozenset()

    def place(self, shelf: Shelf, ending: str) -> Path:
        """Where its file with an ending stands. Raises :class:`CannotWriteError` where a folder is in the way."""
        path = shelf.folder / f"{shelf.base(self.number)}{ending}"
        if path.resolve() not in self.recorded or is_there(path):
            return path
        return shelf.folder / f"{shelf.base(self.number)}{REPRINT}{ending}"


class PutDown(Struct, frozen=True):
    """What came of it: every file asked for, whether the workbook is new, and where older drafts were put.

    ``notices`` tell of what could not be drawn as it should be.
    """

    paths: tuple[Path, ...]
    is_new: bool
    drafts: tuple[Path, ...]
    notices: tuple[str, ...] = ()


def put_down(
    shelf: Shelf, edition: Edition, formats: Sequence[ReportFormat], *, is_draft_replaced: bool = False
) -> PutDown:
    """Write the files of an edition, but for PDFs. What is there already stays: people write into it.

    ``is_draft_replaced``: what stands under its number is an older draft and moves aside first. Raises
    :class:`CannotWriteError`; then nothing has changed, or what has is named.
    """
    moved = _aside(shelf, edition.number) if is_draft_replaced else {}
    for path in moved:
        _require_shut(path)
    pen = _Pen(edition)
    drawings = _drawings(shelf, pen, formats)
    workbook = next(iter(drawings))
    wanted = {path: draw for path, draw in drawings.items() if path in moved or not is_there(path)}
    try:
        make_folder(shelf.folder)
    except OSError as error:
        raise CannotWriteError(f"建不了文件夹“{shelf.folder}”：{reason_of(error)}", "请核对 --out") from error
    is_new = workbook in wanted
    if wanted:
        write_together({path: draw() for path, draw in wanted.items()}, moved=moved)
    return PutDown(tuple(drawings), is_new, tuple(moved.values()), tuple(pen.notices))


_Draw = Callable[[], bytes]


class _Pen(Struct):
    """Draws the letter of an edition and keeps what is to be told of it."""

    edition: Edition
    notices: list[str] = field(default_factory=list)

    def draw_letter(self) -> bytes:
        """The docx. Only for an edition that has a letter."""
        assert self.edition.letter is not None
        drawn = draw_report_letter(self.edition.letter)
        self.notices += drawn.notices
        return drawn.data


def _drawings(shelf: Shelf, pen: _Pen, formats: Sequence[ReportFormat]) -> dict[Path, _Draw]:
    """How each file is drawn. The workbook comes first: the others are found again by it."""
    edition = pen.edition
    report, place = edition.report, partial(edition.place, shelf)
    drawings: dict[Path, _Draw] = {place(".xlsx"): partial(render_report, report, properties=edition.properties)}
    if ReportFormat.DOCX in formats and edition.letter is not None:
        drawings[place(".docx")] = pen.draw_letter
    if ReportFormat.JSON in formats:
        drawings[place(".json")] = partial(render_json, report, as_of=edition.as_of, correction=edition.number)
    if ReportFormat.CSV in formats:
        for sheet, tables in groupby(report.tables, key=lambda table: table.sheet):
            drawings[place(_csv_ending(sheet))] = partial(render_csv, tuple(tables))
    return drawings


def put_down_pdfs(shelf: Shelf, edition: Edition, put: PutDown) -> PutDown:
    """Add the PDFs of an edition's workbook and letter, drawn from the files as they are: people write into them.

    A PDF younger than its file stays, and one that was handed in always does. Raises :class:`CannotWriteError` where
    there is no LibreOffice.
    """
    pen = _Pen(edition)
    made = [edition.place(shelf, ".pdf")]
    _convert(edition.place(shelf, ".xlsx"), made[0], edition.recorded)
    if edition.letter is not None:
        made.append(edition.place(shelf, _LETTER_PDF))
        _convert(edition.place(shelf, ".docx"), made[1], edition.recorded, draw=pen.draw_letter)
    notices = tuple(dict.fromkeys((*put.notices, *pen.notices)))
    return replace(put, paths=(*put.paths, *made), notices=notices)


def _convert(source: Path, pdf: Path, recorded: frozenset[Path], *, draw: _Draw | None = None) -> None:
    """``draw`` makes the source where it was not asked for as a file; a ``recorded`` PDF left the office as it is."""
    try:
        has_source = source.is_file()
        if is_there(pdf) and pdf.resolve() in recorded:
            return
        if is_there(pdf) and has_source and pdf.stat().st_mtime >= source.stat().st_mtime:
            return
        data = source.read_bytes() if has_source or draw is None else draw()
    except OSError as error:
        raise CannotWriteError(f"打不开{quoted(source.name)}：{reason_of(error)}", "请核对文件夹权限") from error
    write_durably(pdf, convert_to_pdf(data, "xlsx" if draw is None else "docx"))


def _beside(base: Path, ending: str) -> Path:
    return base.with_name(base.name + ending)


def _aside(shelf: Shelf, number: int) -> dict[Path, Path]:
    """Where the files of an older draft go: （旧稿N） behind their name."""
    base, draft = shelf.base(number), f"{DRAFT}{shelf.drafts + 1}）"
    files = sorted(shelf.files.get(number, ()), key=lambda path: path.suffix != ".xlsx")
    return {path: path.with_name(base + draft + path.name.removeprefix(base)) for path in files}


def _require_shut(path: Path) -> None:
    owner = find_owner(path)
    if owner and not is_left_behind(path, owner):
        raise CannotWriteError(f"{quoted(path.name)}正被 {owner} 打开，没有改动它", "请关闭后再生成一次")
