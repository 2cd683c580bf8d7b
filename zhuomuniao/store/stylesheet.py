"""Cell formats added to ``styles.xml`` by splices: what stands keeps its number and its bytes."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from zhuomuniao import sheetlook
from zhuomuniao.errors import CannotPatchError
from zhuomuniao.layouts import Column, ColumnType
from zhuomuniao.store.newparts import (
    XML_HEAD,
    append_child,
    declare_part,
    free_part,
    prefix_of,
    put_spliced,
    relate,
)
from zhuomuniao.store.xmlspans import Element, Splice, attribute_span, children, elements_of, escape, number_in

if TYPE_CHECKING:
    from zhuomuniao.store.bookparts import Book

OWN_FILL: Final = "D9D9D9"
"""The grey of the headers of zmn's own columns, as :func:`sheetlook.own_fill` has it."""

_SAVE_AGAIN: Final = "请用 WPS 或 Excel 打开并重新保存为 .xlsx，再试一次"
_CONTENT_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_COLLECTIONS: Final = ("fonts", "fills", "borders", "cellXfs")
_FIRST_OWN_FORMAT: Final = 164
_MAX_FORMATS: Final = 64_000
_TEXT_FORMAT: Final = 49
# Every program writes the border without lines first.
_NO_LINES: Final = "0"


def plain_styles(main: str) -> bytes:
    """Answer the style sheet of a book that has none: one font, no lines, the general format."""
    return (
        f'{XML_HEAD}<styleSheet xmlns="{main}"><fonts count="1"><font><sz val="11"/><name val="{sheetlook.SONG}"/>'
        '<family val="3"/><charset val="134"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/>'
        '</fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/>'
        '<top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" '
        'borderId="0"/></cellStyleXfs><cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" '
        'xfId="0"/></cellXfs></styleSheet>'
    ).encode()


class StyleSheet(Struct):
    """A book's cell formats and the ones to add. Numbers answered hold once :func:`put_styles` has been called."""

    part: str
    data: bytes
    found: list[Element]
    prefix: str
    places: dict[str, int]
    added: dict[str, list[str]] = field(default_factory=dict)

    def header_like(self, style: int | None) -> int:
        """The format of a header cell beside one of this format: the same look, on grey."""
        model = self._format(style)
        grey = self._grey()
        if model.attributes.get("fillId") == str(grey):
            return style or 0
        tag = f"{self.prefix}xf"
        given = {**_plain(model), "fillId": str(grey), "applyFill": "1"}
        close = self.data.rfind(b"</", model.open_end, model.end)
        inside = self.data[model.open_end : max(close, model.open_end)].decode()
        return self._add("cellXfs", f"<{tag}{_written(given)}>{inside}</{tag}>" if inside else _alone(tag, given))

    def body_like(self, style: int | None, column: Column, *, is_framed: bool = True) -> int:
        """The format of a column's data cells beside cells of this format: their font and lines, its own type.

        Without a frame it is the format of the whole column: lines there would run over the whole sheet.
        """
        given = self._format(style).attributes
        border = given.get("borderId", "0") if is_framed else _NO_LINES
        return self._body(given.get("fontId", "0"), border, column, given.get("xfId", "0"))

    def log_title(self) -> int:
        """The format of the title of a sheet of ours."""
        font = self._font(sheetlook.SONG, sheetlook.TITLE_SIZE, is_bold=True)
        return self._new({"numFmtId": "0", "fontId": str(font), "borderId": "0"}, _PLACES["center"])

    def log_header(self) -> int:
        """The format of the headers of a sheet of ours."""
        given = {"numFmtId": str(_TEXT_FORMAT), "fontId": str(self._font(sheetlook.HEI, sheetlook.HEADER_SIZE))}
        return self._new({**given, "borderId": str(self._frame())}, _PLACES["center"])

    def log_body(self, column: Column, *, is_framed: bool = True) -> int:
        """The format of a column of a sheet of ours, as :meth:`body_like`."""
        border = str(self._frame()) if is_framed else _NO_LINES
        return self._body(str(self._font(sheetlook.FANG, sheetlook.BODY_SIZE)), border, column, "0")

    def splices(self) -> list[Splice]:
        """What puts the added formats behind those that stand, and counts them."""
        answer: list[Splice] = []
        for tag, new in self.added.items():
            inside = "".join(new).encode()
            place = self.places.get(tag)
            if place is None:
                # numFmts is the first child there may be.
                whole = (
                    f'<{self.prefix}{tag} count="{len(new)}">'.encode() + inside + f"</{self.prefix}{tag}>".encode()
                )
                answer.append(Splice(self.found[0].open_end, self.found[0].open_end, whole))
                continue
            element = self.found[place]
            answer.append(append_child(self.data, element, inside))
            if "count" in element.attributes:
                first, last = attribute_span(self.data, element, "count")
                answer.append(Splice(first, last, str(self._standing(tag) + len(new)).encode()))
        return answer

    def _body(self, font: str, border: str, column: Column, parent: str) -> int:
        code = sheetlook.NUMBER_FORMATS[column.type]
        number = {ColumnType.TEXT: _TEXT_FORMAT, ColumnType.NUMBER: 1}.get(column.type) or self._number_format(code)
        if sheetlook.is_long_text(column):
            look = _PLACES["long"]
        else:
            look = _PLACES["center" if column.type is ColumnType.TEXT else "tight"]
        return self._new({"numFmtId": str(number), "fontId": font, "borderId": border}, look, parent=parent)

    def _new(self, given: dict[str, str], look: str, *, parent: str = "0") -> int:
        applied = {f"apply{name}": "1" for name in ("NumberFormat", "Font", "Border", "Alignment")}
        based = {"xfId": parent} if "cellStyleXfs" in self.places else {}
        tag = f"{self.prefix}xf"
        written = _written({**given, "fillId": "0", **based, **applied})
        return self._add("cellXfs", f"<{tag}{written}><{self.prefix}alignment {look}/></{tag}>")

    def _format(self, style: int | None) -> Element:
        formats = children(self.found, self.places["cellXfs"])
        if not formats:
            raise CannotPatchError("这本表的样式表（styles.xml）里没有单元格格式", _SAVE_AGAIN)
        return formats[style] if style is not None and style < len(formats) else formats[0]

    def _number_format(self, code: str) -> int:
        place = self.places.get("numFmts")
        standing = children(self.found, place) if place is not None else []
        for element in standing:
            if element.attributes.get("formatCode") == code:
                return number_in(element.attributes.get("numFmtId", "0"), part="styles.xml")
        taken = [number_in(e.attributes.get("numFmtId", "0"), part="styles.xml") for e in standing]
        first = max([*taken, _FIRST_OWN_FORMAT - 1]) + 1
        tag = f"{self.prefix}numFmt"
        codes = self.added.setdefault("numFmts", [])
        for n, one in enumerate(codes):
            if f'formatCode="{escape(code, quotes=True)}"' in one:
                return first + n
        codes.append(_alone(tag, {"numFmtId": str(first + len(codes)), "formatCode": code}))
        return first + len(codes) - 1

    def _grey(self) -> int:
        for n, fill in enumerate(children(self.found, self.places["fills"])):
            place = self.found.index(fill)
            inside = children(self.found, place)
            if inside and inside[0].attributes.get("patternType") == "solid":
                colors = children(self.found, self.found.index(inside[0]))
                if any(c.tag == "fgColor" and c.attributes.get("rgb", "")[-6:] == OWN_FILL for c in colors):
                    return n
        p = self.prefix
        return self._add(
            "fills",
            f'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor rgb="FF{OWN_FILL}"/><{p}bgColor indexed="64"/>'
            f"</{p}patternFill></{p}fill>",
        )

    def _font(self, name: str, size: float, *, is_bold: bool = False) -> int:
        p = self.prefix
        bold = f"<{p}b/>" if is_bold else ""
        family = 2 if name == sheetlook.HEI else 3
        return self._add(
            "fonts",
            f'<{p}font>{bold}<{p}sz val="{size:g}"/><{p}name val="{name}"/><{p}family val="{family}"/>'
            f'<{p}charset val="134"/></{p}font>',
        )

    def _frame(self) -> int:
        p = self.prefix
        sides = "".join(
            f'<{p}{side} style="thin"><{p}color rgb="FF000000"/></{p}{side}>'
            for side in ("left", "right", "top", "bottom")
        )
        return self._add("borders", f"<{p}border>{sides}<{p}diagonal/></{p}border>")

    def _add(self, tag: str, xml: str) -> int:
        new = self.added.setdefault(tag, [])
        if xml not in new:
            new.append(xml)
        number = self._standing(tag) + new.index(xml)
        if number >= _MAX_FORMATS:
            raise CannotPatchError("这本表的单元格格式太多，不能再加", _SAVE_AGAIN)
        return number

    def _standing(self, tag: str) -> int:
        return len(children(self.found, self.places[tag])) if tag in self.places else 0


_PLACES: Final = {
    "center": 'horizontal="center" vertical="center" wrapText="1"',
    "tight": 'horizontal="center" vertical="center" shrinkToFit="1"',
    "long": 'horizontal="left" vertical="top" wrapText="1"',
}


def open_styles(data: bytes, *, part: str) -> StyleSheet:
    """Answer the style sheet. Raises :class:`CannotPatchError` where one of its lists is missing or empty."""
    found = elements_of(data, part=part)
    places = {e.tag: n for n, e in enumerate(found) if e.parent == 0 and e.is_main}
    for tag in _COLLECTIONS:
        if tag not in places or not children(found, places[tag]):
            raise CannotPatchError(f"这本表的样式表 {part} 里缺少 {tag}，不能加单元格格式", _SAVE_AGAIN)
    return StyleSheet(part, data, found, prefix_of(data, found[0]), places)


def book_styles(book: Book) -> StyleSheet:
    """Answer a book's style sheet; one is added where there is none.

    Raises :class:`CannotPatchError` as :func:`open_styles` does.
    """
    parts = [p for p in book.related(book.workbook_part, "styles") if book.has(p)]
    if not parts:
        # Some readers look for no other name.
        usual = posixpath.join(posixpath.dirname(book.workbook_part), "styles.xml")
        parts = [free_part(book, usual.replace(".xml", "{}.xml")) if book.has(usual) else usual]
        main = elements_of(book.get(book.workbook_part), part=book.workbook_part)[0].uri
        book.add(parts[0], plain_styles(main))
        declare_part(book, parts[0], _CONTENT_TYPE)
        relate(book, book.workbook_part, parts[0], "styles")
    return open_styles(book.get(parts[0]), part=parts[0])


def put_styles(book: Book, styles: StyleSheet) -> None:
    """Write the added formats into the book."""
    if styles.added:
        put_spliced(book, styles.part, styles.splices())


def _plain(element: Element) -> dict[str, str]:
    return {name: text for name, text in element.attributes.items() if " " not in name}


def _written(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(text, quotes=True)}"' for name, text in attributes.items())


def _alone(tag: str, attributes: dict[str, str]) -> str:
    return f"<{tag}{_written(attributes)}/>"
