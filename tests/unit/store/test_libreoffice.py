"""Books that really went through LibreOffice: patched after it, opened by it after the patch."""

from __future__ import annotations

import csv
import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from tests.unit.store.books import FIXTURES, HEADER, book, ledger_rows, openpyxl_values, part, sheet, text_cell
from zhuomuniao.store.patch import SheetPatch, patch_book
from zhuomuniao.store.reader import read_sheets
from zhuomuniao.store.verify import verify_book

SOFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.libreoffice,
    pytest.mark.skipif(SOFFICE is None, reason="没有找到 soffice：未装 LibreOffice，跳过真实往返"),
]
NEW = {1: "20269999", 2: "=SUM(A1) 卫竹", 3: date(2026, 8, 10)}


def convert(data: bytes, folder: Path, target: str) -> Path:
    """Let LibreOffice open the bytes and save them as ``target`` (xlsx, or csv of the first sheet)."""
    source = folder / "in" / "book.xlsx"
    source.parent.mkdir(exist_ok=True)
    source.write_bytes(data)
    out = folder / f"out-{target}"
    # UTF-8, commas, cell contents as shown.
    filter_name = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false" if target == "csv" else target
    subprocess.run(
        [str(SOFFICE), "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", filter_name,
         "--outdir", str(out), str(source)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return out / f"book.{target}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("office")


def shown(data: bytes, folder: Path) -> list[list[str]]:
    with convert(data, folder, "csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def test_a_book_saved_by_libreoffice_is_patched_and_opens_again(folder):
    tail = (
        '<autoFilter ref="A1:C4"/><conditionalFormatting sqref="C2:C4"><cfRule type="cellIs" priority="1" '
        'operator="lessThan"><formula>46000</formula></cfRule></conditionalFormatting><dataValidations count="1">'
        '<dataValidation type="list" sqref="B2:B4"><formula1>"甲,乙"</formula1></dataValidation></dataValidations>'
    )
    names = '<definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">台账!$A$1:$C$4</definedName>'
    data = book(sheet(HEADER + ledger_rows(2, 3), after=tail), names=names)
    saved = convert(data, folder, "xlsx").read_bytes()
    assert 't="s"' in part(saved), "LibreOffice writes shared strings"
    patches = [SheetPatch("台账", 1, 1, amends={3: {2: "改名"}}, appends=[NEW])]
    result = patch_book(saved, patches, name="x")
    assert result.appended_rows == {"台账": (5,)}
    verify_book(saved, result.data, patches)
    for grown in ('autoFilter ref="A1:C5"', 'sqref="C2:C5"', 'sqref="B2:B5"'):
        assert grown in part(result.data), grown
    rows = shown(result.data, folder)
    assert rows[2][1] == "改名"
    assert rows[4][:2] == ["20269999", "=SUM(A1) 卫竹"]
    assert "10" in rows[4][2]
    again = convert(result.data, folder, "xlsx").read_bytes()
    assert read_sheets(again, name="x") == read_sheets(result.data, name="x")


def test_the_decorated_book_opens_in_libreoffice_after_the_patch(folder):
    data = (FIXTURES / "decorated-workbook.xlsx").read_bytes()
    after = patch_book(data, [SheetPatch("登记表", 2, 1, appends=[{1: 11, 2: "周小满"}])], name="x").data
    assert shown(after, folder)[12][:2] == ["11", "周小满"]


def test_a_decorated_book_saved_by_libreoffice_is_patched(folder):
    data = (FIXTURES / "decorated-workbook.xlsx").read_bytes()
    saved = convert(data, folder, "xlsx").read_bytes()
    patches = [SheetPatch("登记表", 2, 1, amends={5: {2: "改"}}, appends=[{1: 11, 5: date(2026, 11, 2)}])]
    result = patch_book(saved, patches, name="x")
    verify_book(saved, result.data, patches)
    assert read_sheets(result.data, name="x")["登记表"][12][:5] == [11, None, None, None, date(2026, 11, 2)]


def test_rows_inserted_above_a_total_compute_in_libreoffice(folder):
    total = f'<row r="5">{text_cell("A5", "合计")}<c r="C5"><f>COUNTA(A2:A4)</f><v>3</v></c></row>'
    data = book(sheet(HEADER + ledger_rows(2, 3) + total, after='<mergeCells><mergeCell ref="A5:B5"/></mergeCells>'))
    saved = convert(data, folder, "xlsx").read_bytes()
    result = patch_book(saved, [SheetPatch("台账", 1, 1, appends=[NEW, {1: "b"}])], name="x")
    assert result.appended_rows == {"台账": (5, 6)}
    again = convert(result.data, folder, "xlsx").read_bytes()
    workbook = openpyxl.load_workbook(convert(again, folder, "xlsx"))
    assert workbook["台账"]["C7"].value == "=COUNTA(A2:A6)"
    assert [str(r) for r in workbook["台账"].merged_cells.ranges] == ["A7:B7"]
    assert openpyxl_values(again, "台账")[4][2] in (datetime(2026, 8, 10), date(2026, 8, 10))
