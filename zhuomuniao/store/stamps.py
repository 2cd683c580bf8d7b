"""The stamp in a book's properties: which ledger it is, in which version of its layout."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.store.bookparts import Book, relations_of
from zhuomuniao.store.xmlspans import elements_of

if TYPE_CHECKING:
    from zhuomuniao.store.shape import BookShape

LAYOUT_KEY: Final = "zmn.layout"
VERSION_KEY: Final = "zmn.layout_version"

_STAMP_PART: Final = "docProps/custom.xml"


def read_stamp(book: Book) -> dict[str, str]:
    """Answer the custom document properties as text; none is an empty dict."""
    part = stamp_part(book)
    if not book.has(part):
        return {}
    found = elements_of(book.get(part), part=part)
    answer: dict[str, str] = {}
    for element in found:
        if element.parent >= 0 and found[element.parent].tag == "property":
            answer[found[element.parent].attributes.get("name", "")] = element.text
    return answer


def stamp_part(book: Book) -> str:
    """Where the custom properties stand, or would."""
    related = [target for target, kind, _ in relations_of(book, "") if kind == "custom-properties"]
    return related[0] if related else _STAMP_PART


def require_known_version(book: Book, shape: BookShape) -> int | None:
    """The version a book is stamped with; refuses one that a newer zmn wrote, or that is another ledger's.

    ``None`` for a book without a stamp. Raises :class:`UnreadableFileError` with kind ``newer_version``,
    ``other_layout`` or ``bad_stamp``.
    """
    stamped = stamped_version(book)
    if stamped is None:
        return None
    layout, version = stamped
    name = book.archive.name
    if layout != shape.layout.id:
        raise UnreadableFileError(
            f"“{name}”是另一种台账（表样 {layout}），不是《{shape.layout.title}》（表样 {shape.layout.id}）",
            "请核对是不是放错了文件；放错的请移回原处，把本台账的文件放回来",
            kind="other_layout",
        )
    if version > shape.layout.version:
        raise UnreadableFileError(
            f"“{name}”这本台账是更新版本的 zmn 写的（表样第{version}版，这里只认得到第{shape.layout.version}版）",
            "请把这台电脑上的 zmn 更新到最新版再打开；没有读也没有改动任何内容",
            kind="newer_version",
        )
    return version


def stamped_version(book: Book) -> tuple[str, int] | None:
    """The layout and version a book is stamped with. Raises :class:`UnreadableFileError` ``bad_stamp``."""
    stamp = read_stamp(book)
    layout, version = stamp.get(LAYOUT_KEY, ""), stamp.get(VERSION_KEY, "")
    if not layout:
        return None
    if not re.fullmatch(r"[0-9]{1,4}", version):
        raise UnreadableFileError(
            f"“{book.archive.name}”里记着表样 {layout}，但版本号认不出",
            "文件属性里的 zmn.layout_version 被改动过；请从备份找回，或在 WPS 的文件属性里改回",
            kind="bad_stamp",
        )
    return layout, int(version)
