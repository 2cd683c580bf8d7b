"""The books of activities and issues, as somebody looks at them or types into them in WPS."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl

from tests.desk import Desk
from zhuomuniao.fieldwork import Activity
from zhuomuniao.ledger import Draft
from zhuomuniao.model import BEIJING, Status, Step, StepKind
from zhuomuniao.usecases.office import Moment, open_office


def issue_book(desk: Desk) -> Path:
    """The book of 问题清单 or 整改清单."""
    (path,) = (p for p in (desk.folder / "台账").rglob("*.xlsx") if "清单" in p.name and p.name[0] not in "~.")
    return path


def activity_book(desk: Desk) -> Path:
    """The book of activities."""
    (path,) = (p for p in (desk.folder / "台账").rglob("*.xlsx") if "参与台账" in p.name and p.name[0] not in "~.")
    return path


def row_of(path: Path, key: str, sheet: int = 0) -> dict[str, Any]:
    """The cells of the row that bears a number, by header."""
    cells = openpyxl.load_workbook(path).worksheets[sheet]
    rows = list(cells.iter_rows(values_only=True))
    header = next(row for row in rows if "编号" in row)
    (found,) = (row for row in rows if key in row)
    return {str(title): value for title, value in zip(header, found, strict=True) if title}


def log_of(path: Path, key: str) -> list[tuple[str, str]]:
    """环节 and 说明 of the lines of 流转记录 that tell of a number."""
    sheet = openpyxl.load_workbook(path)["流转记录"]
    rows = list(sheet.iter_rows(values_only=True))
    header = next(row for row in rows if "环节" in row)
    kind, text = header.index("环节"), header.index("说明")
    return [(str(row[kind]), str(row[text] or "")) for row in rows if key in row]


def type_in(path: Path, key: str, **typed: Any) -> None:
    """Type into cells of the row that bears a number, by header, and save the book."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows() if any(cell.value == "编号" for cell in row))
    columns = {cell.value: cell.column for cell in header}
    (row,) = (n for n in range(1, sheet.max_row + 1) if sheet.cell(n, columns["编号"]).value == key)
    for title, value in typed.items():
        sheet.cell(row, columns[title]).value = value
    book.save(path)


def hold(desk: Desk, at: str, unit: str, kind: str, **changes: Any) -> str:
    """Put an activity on the books; answers its number."""
    now = datetime.now(BEIJING).replace(tzinfo=None, microsecond=0)
    office = open_office(desk.folder, Moment(now, now.date()))
    held_at = datetime.fromisoformat(at)
    activity = Activity(
        "", "activity", held_at, unit=unit, activity_kind=kind, status=Status.AWAITING_FILING,
        edition=office.locality.rules_on(held_at.date()).edition, **changes,
    )  # fmt: skip
    draft = Draft(activity, (Step("", StepKind.HOLD, held_at, "赵敏慧", unit),))
    (receipt,) = office.activities.append([draft], signature=office.signature("hold"))
    return receipt.record.case_no
