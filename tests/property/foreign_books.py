"""One ledger as many programs save it, to be fuzzed: ours, openpyxl, pandas, LibreOffice, and made by hand."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import openpyxl

from tests.unit.store.books import FIXTURES, zip_of
from zhuomuniao.assets import data_folder
from zhuomuniao.layouts import LOG_LAYOUT, Layout, load_layout
from zhuomuniao.model import Case, Status, Step, StepKind
from zhuomuniao.rows import CASE_ROWS, row_of_step
from zhuomuniao.store.applying import apply_entry
from zhuomuniao.store.create import create_book
from zhuomuniao.store.entry import Change, Entry
from zhuomuniao.store.reading import BookReading
from zhuomuniao.store.shape import BookShape

_loaded = load_layout(data_folder() / "localities" / "neixiang" / "layouts" / "window.toml")
assert isinstance(_loaded, Layout)
LAYOUT: Layout = _loaded
SHAPE = BookShape("window", LAYOUT, {"units": ("医保局", "社保局")}, {"zmn.layout": LAYOUT.id})
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
NAMES = ("卫竹", "李=某", "王 <&> 五", "赵\n六", "+86 某", "钱_x0041_")


@dataclass(frozen=True)
class ForeignBook:
    """A book to be fuzzed; one that is no ledger of ours is written to by sheet, header row and key column."""

    name: str
    data: bytes
    plain_sheet: str = ""


def registration(case_no: str, place: int, *, row_no: int) -> Entry:
    """An entry as ``zmn register`` writes it: one row, one line of the log."""
    at = datetime(2026, 10, 8, 9, place % 60)
    case = Case(
        case_no, "window", at, NAMES[place % len(NAMES)], f"第{place}件：材料退了三次", phone="13800138000",
        unit="医保局", status=Status.IN_PROGRESS, accepted_by="赵敏慧", edition="2021", round_started_on=at.date(),
    )  # fmt: skip
    op = f"20261008-{place:07d}"
    step = Step(case_no, StepKind.ACCEPT, at, "赵敏慧", unit="医保局", op_id=op, recorded_at=at)
    changes = (
        Change(LAYOUT.sheet, case_no, {**CASE_ROWS.row_of(case, LAYOUT), "row_no": row_no}),
        Change(LOG_LAYOUT.sheet, case_no, row_of_step(step)),
    )
    return Entry(op, "register", "赵敏慧", at, "window", "台账.xlsx", changes)


def amendment(case_no: str, before: Mapping[str, object]) -> Entry:
    """An entry that changes three cells of a row that stands, and tells of it in the log."""
    at = datetime(2026, 10, 9, 10)
    values = {"resolved_at": at, "result": "=办好了", "status": Status.RESOLVED.value}
    step = Step(case_no, StepKind.RESOLVE, at, "赵敏慧", text="办好了", op_id="20261009-0000999", recorded_at=at)
    changes = (
        Change(LAYOUT.sheet, case_no, values, {name: before.get(name) for name in values}),  # type: ignore[misc]
        Change(LOG_LAYOUT.sheet, case_no, row_of_step(step)),
    )
    return Entry("20261009-0000999", "resolve", "赵敏慧", at, "window", "台账.xlsx", changes)


@cache
def our_book() -> bytes:
    """Ours, with six cases."""
    data = create_book(LAYOUT, choices=SHAPE.choices, stamp=SHAPE.stamp)
    for place in range(1, 7):
        data = apply_entry(
            BookReading(data, SHAPE, name="x"), registration(f"20261008{place:02d}", place, row_no=place)
        ).data
    return data


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@cache
def foreign_books(*, with_office: bool) -> tuple[ForeignBook, ...]:
    """Every producer's book; ``with_office`` lets a LibreOffice that is installed save one too."""
    saved = _saved_by_openpyxl(our_book())
    books = [
        ForeignBook("zmn", our_book()),
        ForeignBook("openpyxl", saved),
        ForeignBook("合计", _with_total(our_book())),
        ForeignBook("pandas", _by_pandas()),
        ForeignBook("没有单元格引用", _sheets_rewritten(our_book(), _without_references)),
        ForeignBook("前缀", _sheets_rewritten(saved, _prefixed)),
        ForeignBook("单引号", _sheets_rewritten(saved, _single_quoted)),
        ForeignBook("换行缩进", _sheets_rewritten(our_book(), _indented)),
        ForeignBook("BOM", zip_of({n: _with_mark(n, b) for n, b in parts_of(saved).items()})),
        ForeignBook("严格命名空间", _strict(saved)),
        ForeignBook("流式压缩", _streamed(parts_of(our_book()))),
        ForeignBook("装饰", (FIXTURES / "decorated-workbook.xlsx").read_bytes(), plain_sheet="登记表"),
    ]  # fmt: skip
    if with_office and shutil.which("soffice"):
        books.append(ForeignBook("LibreOffice", _saved_by_libreoffice(_with_total(our_book()))))
    return tuple(books)


def _saved_by_openpyxl(data: bytes) -> bytes:
    out = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(data)).save(out)
    return out.getvalue()


def _with_total(data: bytes) -> bytes:
    """Directly below the rows a total, merged signature cells, and another sheet that counts the rows."""
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    sheet = workbook[LAYOUT.sheet]
    last = sheet.max_row
    sheet.cell(last + 1, 2).value = "合计"
    sheet.cell(last + 1, 3).value = f"=COUNTA(C3:C{last})"
    sheet.cell(last + 2, 2).value = "填表人：赵敏慧"
    sheet.merge_cells(start_row=last + 2, end_row=last + 2, start_column=2, end_column=5)
    other = workbook.create_sheet("统计")
    other["A1"] = f"=SUM('{LAYOUT.sheet}'!A3:A{last})"
    other["A2"] = f"='{LAYOUT.sheet}'!C{last + 1}"
    sheet.auto_filter.ref = f"A2:{sheet.cell(2, sheet.max_column).column_letter}{last}"
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _by_pandas() -> bytes:
    import pandas

    reading = BookReading(our_book(), SHAPE, name="x")
    out = io.BytesIO()
    with pandas.ExcelWriter(out, engine="openpyxl") as writer:
        for layout in SHAPE.layouts:
            rows = [{c.header: r.values.get(c.field) for c in layout.columns} for r in reading.rows(layout)]
            pandas.DataFrame(rows).to_excel(writer, sheet_name=layout.sheet, index=False)
    return out.getvalue()


def _saved_by_libreoffice(data: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "book.xlsx").write_bytes(data)
        subprocess.run(
            ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "xlsx",
             "--outdir", f"{folder}/out", f"{folder}/book.xlsx"],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        return (place / "out" / "book.xlsx").read_bytes()


def _sheets_rewritten(data: bytes, rewrite: Callable[[bytes], bytes]) -> bytes:
    return zip_of({n: rewrite(b) if n.startswith("xl/worksheets/sheet") else b for n, b in parts_of(data).items()})


def _without_references(part: bytes) -> bytes:
    return re.sub(rb'(<(?:c|row)) r="\w+"', rb"\1", part)


def _indented(part: bytes) -> bytes:
    return re.sub(rb">(?=<(?:row|c|/row)\b)", b">\r\n  ", part)


def _strict(data: bytes) -> bytes:
    return zip_of({n: b.replace(MAIN.encode(), STRICT.encode()) for n, b in parts_of(data).items()})


def _prefixed(part: bytes) -> bytes:
    head, rest = part.split(b"?>", 1) if part.startswith(b"<?xml") else (b"", part)
    tagged = re.sub(rb"<(/?)(?=[A-Za-z])", rb"<\1x:", rest).replace(b" xmlns=", b" xmlns:x=")
    return (head + b"?>" if head else b"") + tagged


def _single_quoted(part: bytes) -> bytes:
    return re.sub(rb"<[^<>]*>", lambda tag: tag[0].replace(b'"', b"'") if b"'" not in tag[0] else tag[0], part)


def _with_mark(name: str, content: bytes) -> bytes:
    return b"\xef\xbb\xbf" + content if name.endswith((".xml", ".rels")) else content


def _streamed(parts: Mapping[str, bytes]) -> bytes:
    """Written to a pipe: the sizes stand behind each member."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.held: list[bytes] = []

        def writable(self) -> bool:
            return True

        def write(self, piece: bytes) -> int:  # type: ignore[override]
            self.held.append(bytes(piece))
            return len(piece)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return b"".join(pipe.held)
