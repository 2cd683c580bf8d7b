"""N-10, the other way round: a phone in every cell that takes text, and none of them leaves the window unasked."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests import countycases, countydesks
from tests.countyoffices import OfficeDesk

_NO_TEXT = re.compile("编号|序号|日期|时间|时限|期限|状态")
_NUMBER = re.compile(r'"case_no": "(.*?)"')
_PHONE = re.compile(r"135\d{8}")
_LOOKS = (
    *("check", "doctor", "list", "list --json", "overdue", "overdue --json", "duties --json", "escalate"),
    *("activity list", "activity list --json", "issue list", "issue list --json", "escalate --json"),
    *("calendar feed -o -", "book verify", "book history"),
)


def type_phones(book: Path, known: int) -> dict[str, str]:
    """A phone of its own behind every second text of a row, and in every third empty cell: phone → header."""
    workbook = openpyxl.load_workbook(book)
    sheet = workbook.worksheets[0]
    phones: dict[str, str] = {}
    for row in sheet.iter_rows(min_row=3):
        for head, cell in zip(sheet[2], row, strict=True):
            if not head.value or _NO_TEXT.search(str(head.value)) or not isinstance(cell.value, str | None):
                continue
            if cell.row % (3 if cell.value is None else 2):
                continue
            phone = f"135{known + len(phones):08d}"
            phones[phone] = str(head.value)
            cell.value = f"{cell.value or ''}，打{phone}"
    workbook.save(book)
    return phones


def texts_of(path: Path) -> str:
    """All that a file holds, also what no program shows."""
    if path.suffix not in (".xlsx", ".docx"):
        return path.read_text(encoding="utf-8-sig")
    with zipfile.ZipFile(path) as parts:
        return "\n".join(parts.read(name).decode("utf-8", "ignore") for name in parts.namelist())


@pytest.mark.parametrize(
    ("build", "reports"),
    [
        (countycases.xiangtan, ("--month 2026-10", "--year 2026")),
        (countycases.neixiang, ("--month 2026-10", "--quarter 2026Q3")),
        (countydesks.linxian, ("--ledger hotline --month 2026-10", "--ledger window --month 2026-10")),
        (countydesks.beilin, ("--month 2026-09", "--quarter 2026Q3", "--year 2026")),
        (countydesks.jingbian, ("--window 2026-08",)),
    ],
)
def test_n10_a_phone_in_any_cell_stays_at_the_window(
    build: Callable[[Path], OfficeDesk], reports: tuple[str, ...], tmp_path: Path
) -> None:
    desk = build(tmp_path / "台")
    phones: dict[str, str] = {}
    for book in sorted((desk.folder / "台账").rglob("*.xlsx")):
        phones |= type_phones(book, len(phones))
    assert len(set(phones.values())) > 10
    said = {line: desk.type(*line.split(), "--as-of", "2026-11-03") for line in _LOOKS}
    numbers = _NUMBER.findall(said["list --json"].out + said["issue list --json"].out)
    said |= {f"show {no}": desk.type("show", no, "--as-of", "2026-11-03") for no in numbers}
    for line in reports:
        asked = ("report", *line.split(), "--format", "xlsx,csv,docx,json")
        said[" ".join(asked)] = answer = desk.type(*asked, "--as-of", "2026-11-03")
        assert answer.code == 0, answer.err
    told = {line: answer.out + answer.err for line, answer in said.items()}
    told |= {path.name: texts_of(path) for path in (desk.folder / "报表").rglob("*") if path.is_file()}
    leaked: dict[str, set[str]] = defaultdict(set)
    for where, text in told.items():
        for phone in _PHONE.findall(text):
            leaked[where].add(phones.get(phone, phone))
    assert not leaked
    full = desk.ask("report", *reports[0].split(), "--format", "json", "--full", "--as-of", "2026-11-03")
    assert _PHONE.search("".join(texts_of(desk.folder / name) for name in full["files"])), (
        "asked for, it is all there"
    )
