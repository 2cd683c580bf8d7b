"""Any sequence of appends and amends equals a plain dict, read back by two independent readers."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.store.books import FIXTURES, HEADER, book, ledger_rows, others_equal, part, sheet, text_cell
from zhuomuniao.store.patch import SheetPatch, patch_book
from zhuomuniao.store.reader import read_sheets
from zhuomuniao.store.verify import verify_book

TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"), min_size=1, max_size=12
) | st.sampled_from(
    ["=1+1", "@x", "-1", "0012", "<&>\"'", "a\nb", "a\r\nb", "_x0041_", "_x005F_", "]]>", "\t", "合计"]
)
DATES = st.dates(date(1950, 1, 1), date(2199, 12, 31))
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2199, 1, 1)).map(lambda d: d.replace(microsecond=0))
VALUES = st.none() | TEXT | st.integers(-(10**14), 10**14) | st.booleans() | DATES | MOMENTS | st.floats(-1e9, 1e9)
KEYS = st.from_regex(r"2026[0-9]{4,8}", fullmatch=True)
# Column 3 is formatted as a date: a number there would be read as a day by any program.
IN_DATE_COLUMN = st.none() | TEXT | st.booleans() | DATES | MOMENTS
CELLS = st.dictionaries(st.sampled_from([2, 4, 5, 6, 7, 8]), VALUES, max_size=5).flatmap(
    lambda cells: st.just(cells) | IN_DATE_COLUMN.map(lambda value: {**cells, 3: value})
)
ROW = st.tuples(KEYS, CELLS).map(lambda t: {1: t[0], **t[1]})
STEP = st.tuples(st.dictionaries(st.integers(0, 5), CELLS, max_size=3), st.lists(ROW, max_size=3))

PLAIN = book({"台账": sheet(HEADER + ledger_rows(2, 3), before='<dimension ref="A1:C4"/>'), "别": sheet(HEADER)})
FREE = "".join(f'<row r="{r}" ht="20"><c r="A{r}" s="1"/><c r="C{r}" s="3"/></row>' for r in range(5, 8))
TOTAL = f'<row r="8">{text_cell("B8", "总 数")}<c r="C8" s="1"><f>SUM(C2:C4)</f><v>9</v></c></row>'
FOOTED = book({"台账": sheet(HEADER + ledger_rows(2, 3) + FREE + TOTAL), "别": sheet(HEADER)})


def seen(value: object, *, escapes: bool) -> object:
    """One value as both readers are expected to agree on it: days as text, blanks as None."""
    if isinstance(value, bool):
        return f"bool {value}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S").removesuffix(" 00:00:00").removesuffix(":00")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, str):
        # openpyxl leaves the escapes of the format in inline strings.
        text = re.sub(r"_x005F_(?=x[0-9A-Fa-f]{4}_)", "_", value) if escapes else value
        return text.removesuffix(" 00:00") or None
    return value


def model_of(data: bytes) -> dict[tuple[int, int], object]:
    rows = read_sheets(data, name="x")["台账"]
    return {
        (r, c): seen(v, escapes=False)
        for r, row in enumerate(rows, start=1)
        for c, v in enumerate(row, start=1)
        if v is not None
    }


def openpyxl_model(data: bytes) -> dict[tuple[int, int], object]:
    ws = openpyxl.load_workbook(io.BytesIO(data), data_only=True)["台账"]
    return {
        (cell.row, cell.column): seen(cell.value, escapes=True)
        for row in ws.iter_rows()
        for cell in row
        if seen(cell.value, escapes=True) is not None
    }


def untouched(data: bytes, touched: set[tuple[int, int]]) -> dict[tuple[int, int], str]:
    whole = re.findall(r'(<c r="([A-Z]+)(\d+)"[^>]*?(?:/>|>.*?</c>))', part(data), re.DOTALL)
    cells = [((int(row), ord(column) - 64), xml) for xml, column, row in whole]
    return {place: xml for place, xml in cells if place not in touched}


def close(one: dict, other: dict) -> bool:
    if one.keys() != other.keys():
        return False
    return all(a == b or (isinstance(a, float) and isinstance(b, float) and abs(a - b) <= abs(a) * 1e-14)
               for a, b in ((one[k], other[k]) for k in one))  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, min_size=1, max_size=4))
def test_sequences_equal_a_dict(steps):
    data, model, last = PLAIN, model_of(PLAIN), 4
    touched: set[tuple[int, int]] = set()
    for amends_by_offset, appends in steps:
        amends = {2 + (offset % (last - 1)): values for offset, values in amends_by_offset.items()}
        patches = [SheetPatch("台账", 1, 1, amends=amends, appends=appends)]
        result = patch_book(data, patches, name="x")
        for row, values in [*amends.items(), *zip(range(last + 1, last + 1 + len(appends)), appends, strict=True)]:
            for column, value in values.items():
                model[row, column] = seen(value, escapes=False)
                touched.add((row, column))
        assert result.appended_rows.get("台账", ()) == tuple(range(last + 1, last + 1 + len(appends)))
        last += len(appends)
        verify_book(data, result.data, patches)
        assert others_equal(data, result.data, "xl/worksheets/sheet1.xml")
        data = result.data
    expected = {place: value for place, value in model.items() if value is not None}
    assert close(model_of(data), expected)
    assert close(openpyxl_model(data), expected)
    before, after = untouched(PLAIN, touched), untouched(data, touched)
    assert before
    assert {place: after.get(place) for place in before} == before


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(ROW, min_size=1, max_size=3), min_size=1, max_size=4))
def test_appends_never_reach_the_total(batches):
    data, count = FOOTED, 0
    for rows in batches:
        patches = [SheetPatch("台账", 1, 1, appends=rows)]
        result = patch_book(data, patches, name="x")
        verify_book(data, result.data, patches)
        data = result.data
        count += len(rows)
        assert result.appended_rows["台账"][-1] == 4 + count
    values = read_sheets(data, name="x")["台账"]
    below = max(8, 5 + count)
    assert values[below - 1][1:3] == ["总 数", 9]
    assert len(values) == below
    assert f"<f>SUM(C2:C{4 + count})</f>" in part(data)
    keys = [row[1 - 1] for row in values[4 : 4 + count]]
    assert keys == [row[1] for rows in batches for row in rows]


def test_the_decorated_book_survives_a_year_of_entries():
    data = before = (FIXTURES / "decorated-workbook.xlsx").read_bytes()
    for n in range(60):
        data = patch_book(data, [SheetPatch("登记表", 2, 1, appends=[{1: 11 + n}])], name="x").data
    assert others_equal(before, data, "xl/worksheets/sheet1.xml", "xl/workbook.xml")
    assert 'sqref="A3:A72"' in part(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
