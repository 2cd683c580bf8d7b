"""What cannot be moved down with the rows: found before anything is changed, and named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from zhuomuniao.errors import CannotPatchError
from zhuomuniao.store.refs import Growth, RowShift, area_of, move_formula
from zhuomuniao.store.xmlspans import elements_of, number_in

if TYPE_CHECKING:
    from zhuomuniao.store.bookparts import Book, SheetEntry
    from zhuomuniao.store.sheetxml import SheetXml

_REMEDY: Final = "请在 WPS 里先在合计行（或落款）上方插入若干空行，再重新登记"
_UNMOVABLE: Final = {
    "scenarios": "方案",
    "customSheetViews": "自定义视图",
    "dataConsolidate": "合并计算",
    "oleObjects": "嵌入对象",
    "controls": "表单控件",
    "cellWatches": "监视窗口",
    "smartTags": "智能标记",
}
_ANCHOR: Final = re.compile(rb"<(?:\w+:)?Anchor>([^<]*)</")
_NOTE_ROW: Final = re.compile(rb"<(?:\w+:)?Row>\s*(\d+)\s*</")
_SHAPE: Final = re.compile(rb"<(?:\w+:)?shape[\s>].*?</(?:\w+:)?shape>", re.DOTALL)


def refuse_obstacles(book: Book, entry: SheetEntry, sheet: SheetXml, shift: RowShift) -> None:
    """Raise :class:`CannotPatchError` naming the first thing that would have to move and cannot."""
    for tag, name in _UNMOVABLE.items():
        if any(e.tag == tag for e in sheet.outline):
            raise _obstacle(sheet, name)
    _refuse_drawings(book, entry, sheet, shift)
    _refuse_comments(book, entry, sheet, shift)
    _refuse_pictures_in_vml(book, entry, sheet, shift)
    _refuse_outside_references(book, entry, sheet, shift)


def _refuse_drawings(book: Book, entry: SheetEntry, sheet: SheetXml, shift: RowShift) -> None:
    for part in book.related(entry.part, "drawing"):
        found = elements_of(book.get(part), part=part)
        for index, element in enumerate(found):
            if element.tag not in ("from", "to"):
                continue
            anchor = found[element.parent]
            if element.tag == "to" and anchor.attributes.get("editAs") in ("oneCell", "absolute"):
                continue
            rows = [number_in(e.text, part=part) for e in found[index:] if e.parent == index and e.tag == "row"]
            if rows and rows[0] + 1 >= shift.at:
                raise _obstacle(sheet, f"第 {rows[0] + 1} 行处的图片、印章、图表或文本框")


def _refuse_comments(book: Book, entry: SheetEntry, sheet: SheetXml, shift: RowShift) -> None:
    for kind in ("comments", "threadedComment"):
        for part in book.related(entry.part, kind):
            for element in elements_of(book.get(part), part=part):
                area = area_of(element.attributes.get("ref", ""))
                if area and area.last_row >= shift.at:
                    raise _obstacle(sheet, f"{element.attributes['ref']} 的批注")


def _refuse_pictures_in_vml(book: Book, entry: SheetEntry, sheet: SheetXml, shift: RowShift) -> None:
    # VML of old writers is not always XML, so it is searched and not parsed.
    for part in book.related(entry.part, "vmlDrawing"):
        for shape in _SHAPE.finditer(book.get(part)):
            note = _NOTE_ROW.search(shape[0])
            anchor = _ANCHOR.search(shape[0])
            numbers = [int(n) for n in re.findall(rb"-?\d+", anchor[1])] if anchor else []
            lowest = int(note[1]) if note else numbers[6] if len(numbers) == 8 else -1
            if lowest + 1 >= shift.at:
                raise _obstacle(sheet, f"第 {lowest + 1} 行处的批注框或控件")


def _refuse_outside_references(book: Book, entry: SheetEntry, sheet: SheetXml, shift: RowShift) -> None:
    # Charts, pivots and linked controls keep their own copies of references.
    for part in book.archive.members:
        if part.startswith(("xl/charts/chart", "xl/chartEx", "xl/ctrlProps/", "xl/drawings/drawing")):
            for element in elements_of(book.get(part), part=part):
                texts = [element.text] if element.tag in ("f", "formula") else []
                texts += [element.attributes.get(n, "") for n in ("textlink", "fmlaLink", "fmlaRange")]
                on_sheet = part.startswith("xl/ctrlProps/")
                if any(t and _moves(t, shift, entry.name, on_sheet=on_sheet) for t in texts):
                    raise _obstacle(sheet, f"图表或控件（{part.rpartition('/')[2]}）对下方单元格的引用")
        elif part.startswith("xl/pivotCache/pivotCacheDefinition"):
            for element in elements_of(book.get(part), part=part):
                source = element.attributes
                if element.tag == "worksheetSource" and source.get("sheet") == entry.name:
                    area = area_of(source.get("ref", ""))
                    if area and area.last_row >= shift.at:
                        raise _obstacle(sheet, f"数据透视表的数据源 {source['ref']}")
        elif part.startswith("xl/pivotTables/") and part in book.related(entry.part, "pivotTable"):
            raise _obstacle(sheet, "数据透视表")


def _moves(text: str, shift: RowShift, sheet: str, *, on_sheet: bool) -> bool:
    moved = move_formula(text, shift, sheet=sheet, on_sheet=on_sheet, growth=Growth.NONE, where="图表")
    return moved != text


def _obstacle(sheet: SheetXml, what: str) -> CannotPatchError:
    return CannotPatchError(
        f"工作表“{sheet.name}”的合计或落款上方没有空行，插行会移动{what}，zmn 不能移动它", _REMEDY
    )
