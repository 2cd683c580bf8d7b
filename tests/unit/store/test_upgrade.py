"""Books of older layout versions are brought to today's; books of newer ones are refused, not guessed."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from msgspec.structs import replace

from tests.unit.store.books import FIXTURES, others_equal, part, replace_part
from tests.unit.store.test_libreoffice import SOFFICE, convert
from zhuomuniao.assets import data_folder
from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.intake import require_xlsx
from zhuomuniao.layouts import LOG_LAYOUT, Column, ColumnType, Layout, load_layout
from zhuomuniao.store.applying import apply_entry
from zhuomuniao.store.bookparts import open_book
from zhuomuniao.store.cells import CellValue
from zhuomuniao.store.create import create_book
from zhuomuniao.store.entry import Change, Entry
from zhuomuniao.store.reader import read_custom_properties, read_sheets
from zhuomuniao.store.reading import BookReading
from zhuomuniao.store.shape import BookShape
from zhuomuniao.store.stamps import require_known_version
from zhuomuniao.store.upgrade import (
    STEPS,
    LayoutStep,
    UpgradedBook,
    layout_version_of,
    upgrade_book,
)

# Made and filled by zmn itself while 未办成原因 was not thought of: two registrations of invented people.
V1 = (FIXTURES / "layouts" / "linxian-window-v1.xlsx").read_bytes()


def linxian() -> Layout:
    loaded = load_layout(data_folder() / "localities" / "linxian" / "layouts" / "window.toml")
    assert isinstance(loaded, Layout)
    return loaded


TODAY = linxian()
LAYOUT = replace(TODAY, version=2, columns=tuple(c for c in TODAY.columns if c.field != "co_handlers"))
"""The second version, as it was when 未办成原因 had come and 协办单位 had not."""


def stamp_of(layout: Layout) -> dict[str, str]:
    return {
        "zmn.layout": layout.id,
        "zmn.layout_version": str(layout.version),
        "zmn.ledger": "window",
        "zmn.locality": "linxian",
    }


def shape_of(layout: Layout) -> BookShape:
    return BookShape("window", layout, {}, stamp_of(layout))


SHAPE = shape_of(LAYOUT)


def headers_of(data: bytes, layout: Layout = LAYOUT) -> list[CellValue]:
    return read_sheets(data, name="x")[layout.sheet][layout.header_row - 1]


def upgraded(data: bytes, layout: Layout = LAYOUT, *steps: LayoutStep) -> UpgradedBook:
    result = upgrade_book(data, shape_of(layout), name="台账.xlsx", steps=steps or STEPS)
    assert result is not None
    return result


def made(layout: Layout) -> bytes:
    """A new book of a layout, as zmn makes it."""
    return create_book(layout, choices={}, stamp=stamp_of(layout))


def known(data: bytes) -> int | None:
    return require_known_version(open_book(require_xlsx(data, name="x")), SHAPE)


def test_every_layout_with_a_later_version_has_its_steps() -> None:
    assert (TODAY.id, TODAY.version) == ("linxian-window", 3)
    for path in sorted(data_folder().glob("localities/*/layouts/*.toml")):
        layout = load_layout(path)
        if isinstance(layout, Layout):
            reached = [s.version for s in STEPS if s.layout == layout.id]
            assert reached == list(range(2, layout.version + 1)), path


def test_the_first_version_of_linxian_becomes_the_second() -> None:
    assert layout_version_of(V1, name="x") == ("linxian-window", 1)
    assert "未办成原因" not in headers_of(V1)
    result = upgraded(V1)
    assert (result.from_version, result.to_version) == (1, 2)
    assert (result.added, result.renamed) == (("未办成原因",), ())
    assert headers_of(result.data) == [*headers_of(V1), "未办成原因"]
    assert set(headers_of(result.data)) == set(headers_of(made(LAYOUT))), "the same columns as a new book has"
    assert BookReading(result.data, SHAPE, name="x").missing_columns(LAYOUT) == ()
    assert read_custom_properties(result.data) == {**read_custom_properties(V1), "zmn.layout_version": "2"}
    changed = ("xl/worksheets/sheet1.xml", "xl/styles.xml", "docProps/custom.xml")
    assert others_equal(V1, result.data, *changed)
    properties = openpyxl.load_workbook(io.BytesIO(result.data)).custom_doc_props.props
    assert [(p.name, p.value) for p in properties] == list(read_custom_properties(result.data).items())


def test_the_first_version_of_linxian_becomes_todays() -> None:
    result = upgraded(V1, TODAY)
    assert (result.from_version, result.to_version) == (1, 3)
    assert result.added == ("未办成原因", "协办单位")
    assert set(headers_of(result.data)) == set(headers_of(made(TODAY)))


def test_an_upgraded_book_is_written_and_upgraded_only_once() -> None:
    data = upgraded(V1).data
    assert upgrade_book(data, SHAPE, name="x") is None
    before: dict[str, CellValue] = {"unsolved_reason": None}
    amend = Change(LAYOUT.sheet, "2026100801", {"unsolved_reason": "县里没有权限"}, before)
    new = Change(LAYOUT.sheet, "2026112201", {"case_no": "2026112201", "unsolved_reason": "等上级答复"})
    entry = Entry("1", "note", "赵敏慧", datetime(2026, 11, 22, 9), "window", "x", (amend, new))
    result = apply_entry(BookReading(data, SHAPE, name="x"), entry)
    rows = {row.key: row.values for row in BookReading(result.data, SHAPE, name="x").rows(LAYOUT)}
    assert rows["2026100801"]["unsolved_reason"] == "县里没有权限"
    assert rows["2026112201"]["unsolved_reason"] == "等上级答复"
    assert rows["2026100801"]["due_on"] == "一事一议"


def test_the_new_header_looks_like_its_neighbours_and_stays_off_the_paper() -> None:
    data = upgraded(V1).data
    sheet = openpyxl.load_workbook(io.BytesIO(data))[LAYOUT.sheet]
    last = sheet.max_column
    new, neighbour = sheet.cell(LAYOUT.header_row, last), sheet.cell(LAYOUT.header_row, last - 1)
    assert new.value == "未办成原因"
    cells = re.findall(rf'<c r="[A-Z]+{LAYOUT.header_row}" s="(\d+)"', part(data))
    assert cells[-1] == cells[-2], "the very format of the grey columns beside it"
    assert neighbour.fill.fgColor.rgb[-6:] == new.fill.fgColor.rgb[-6:] == "D9D9D9"
    body = sheet.cell(LAYOUT.header_row + 1, last)
    assert (body.number_format, body.alignment.horizontal, body.border.left.style) == ("@", "left", "thin")
    assert sheet.column_dimensions[new.column_letter].width == pytest.approx(24)
    assert "!$A:$O<" in part(V1, "xl/workbook.xml")
    assert part(data, "xl/workbook.xml") == part(V1, "xl/workbook.xml")


def test_a_book_from_the_first_days_of_version_1_gets_both_columns() -> None:
    gone = ("progress", "unsolved_reason")
    first = replace(LAYOUT, version=1, columns=tuple(c for c in LAYOUT.columns if c.field not in gone))
    assert upgraded(made(first)).added == ("处理进度", "未办成原因")


def test_steps_run_in_order_whatever_order_they_are_written_in() -> None:
    """Version 2 adds 回访人, version 3 calls it 回访员 and 备注 说明, version 4 adds a day beside it."""
    person = Column("visitor", "回访人", is_own=True)
    day = Column("visited_on", "回访日", ColumnType.DATE, is_own=True)
    renamed = {"回访人": "回访员", "备注": "说明"}
    steps = (
        LayoutStep("t", 4, added=(day,)),
        LayoutStep("t", 2, added=(person,)),
        LayoutStep("t", 3, renamed=tuple(renamed.items())),
        LayoutStep("other", 3, added=(Column("x", "别人的"),)),
    )
    base = replace(LAYOUT, id="t", version=1)
    columns = (*(replace(c, header=renamed.get(c.header, c.header)) for c in (*base.columns, person)), day)
    latest = replace(base, version=4, columns=columns)
    result = upgraded(made(base), latest, *steps)
    assert result.added == ("回访人", "回访日")
    assert result.renamed == (("回访人", "回访员"), ("备注", "说明"))
    assert set(headers_of(result.data)) == {c.header for c in columns}
    assert headers_of(result.data)[-2:] == ["回访员", "回访日"]
    values: dict[str, CellValue] = {"case_no": "2026112201", "visited_on": date(2026, 11, 22)}
    entry = Entry("1", "note", "赵", datetime(2026, 11, 22), "w", "x", (Change(base.sheet, "2026112201", values),))
    shape = shape_of(latest)
    after = apply_entry(BookReading(result.data, shape, name="x"), entry).data
    assert BookReading(after, shape, name="x").rows(latest)[0].values["visited_on"] == date(2026, 11, 22)


def test_headers_that_were_renamed_twice_are_followed() -> None:
    """事项编号 was 案号 before, and 件号 before that; most of the other headers had other names too."""
    old = {c.header: f"旧{c.header}" for c in LAYOUT.official_columns}
    oldest = {f"旧{header}": f"老{header}" for header in old}
    steps = (
        LayoutStep("t", 3, renamed=tuple((before, now) for now, before in old.items())),
        LayoutStep("t", 2, renamed=tuple((before, now) for now, before in oldest.items())),
    )
    renamed = tuple(replace(c, header=f"老{c.header}", aliases=()) if not c.is_own else c for c in LAYOUT.columns)
    first = replace(LAYOUT, id="t", version=1, columns=renamed)
    latest = replace(LAYOUT, id="t", version=3)
    result = upgraded(made(first), latest, *steps)
    assert headers_of(result.data) == [c.header for c in LAYOUT.columns]
    assert len(result.renamed) == 2 * len(old)


def test_a_county_s_own_new_version_without_a_step_gets_its_own_columns() -> None:
    newer = replace(LAYOUT, id="t", version=3, columns=(*LAYOUT.columns, Column("visitor", "回访人", is_own=True)))
    older = made(replace(LAYOUT, id="t", version=1))
    assert upgraded(older, newer).added == ("回访人",)
    official = replace(newer, columns=(*newer.columns, Column("boss", "分管领导")))
    with pytest.raises(UnreadableFileError, match="分管领导") as caught:
        upgraded(older, official)
    assert caught.value.kind == "missing_columns"


def test_a_book_of_a_newer_version_is_refused() -> None:
    newer = made(replace(LAYOUT, version=3))
    for refuse in (lambda: known(newer), lambda: upgraded(newer)):
        with pytest.raises(UnreadableFileError) as caught:
            refuse()
        assert caught.value.kind == "newer_version"
        assert "这本台账是更新版本的 zmn 写的（表样第3版，这里只认得到第2版）" in caught.value.message
        assert "更新" in caught.value.remedy
    known(made(LAYOUT))
    known(V1)


def test_another_ledger_s_book_is_named() -> None:
    other = made(replace(LAYOUT, id="neixiang-window"))
    with pytest.raises(UnreadableFileError, match="neixiang-window") as caught:
        known(other)
    assert caught.value.kind == "other_layout"


def test_a_book_without_a_stamp_is_let_through() -> None:
    bare = create_book(LAYOUT, choices={}, stamp={})
    assert layout_version_of(bare, name="x") is None
    assert upgrade_book(bare, SHAPE, name="x") is None
    known(bare)


@pytest.mark.parametrize("version", ["", "二", "1.5", "-1"])
def test_a_version_that_is_no_number_is_named(version: str) -> None:
    data = replace_part(
        V1, "docProps/custom.xml", part(V1, "docProps/custom.xml").replace(">1<", f">{version}<").encode()
    )
    with pytest.raises(UnreadableFileError, match="版本号认不出") as caught:
        layout_version_of(data, name="x")
    assert caught.value.kind == "bad_stamp"


def test_a_version_that_another_program_wrote_as_a_number_counts() -> None:
    xml = part(V1, "docProps/custom.xml").replace("<vt:lpwstr>1</vt:lpwstr>", "<vt:i4>1</vt:i4>")
    data = replace_part(V1, "docProps/custom.xml", xml.encode())
    result = upgraded(data)
    assert layout_version_of(result.data, name="x") == ("linxian-window", 2)
    with zipfile.ZipFile(io.BytesIO(result.data)) as archive:
        assert archive.testzip() is None


@pytest.mark.libreoffice
@pytest.mark.skipif(SOFFICE is None, reason="没有找到 soffice：未装 LibreOffice，跳过真实往返")
def test_libreoffice_reads_an_upgraded_book_and_what_it_saved_is_upgraded(tmp_path: Path) -> None:
    result = upgraded(V1).data
    again = convert(result, tmp_path, "xlsx").read_bytes()
    assert read_sheets(again, name="x") == read_sheets(result, name="x")
    assert layout_version_of(again, name="x") == ("linxian-window", 2)
    saved = convert(V1, tmp_path, "xlsx").read_bytes()
    both = upgraded(saved)
    assert both.added == ("未办成原因",)
    assert LOG_LAYOUT.sheet in openpyxl.load_workbook(io.BytesIO(both.data)).sheetnames
    assert read_sheets(both.data, name="x")[LAYOUT.sheet] == read_sheets(result, name="x")[LAYOUT.sheet]
