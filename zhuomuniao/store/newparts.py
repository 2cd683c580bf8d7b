"""Parts added to a book that stands: content types, relations, a sheet's entry, the stamp in the properties.

Every part that was there before changes by splices only, and each change is undone again for proof.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from zhuomuniao.errors import CannotPatchError, IntegrityError, UnreadableFileError
from zhuomuniao.store.cells import MAX_COLUMN
from zhuomuniao.store.stamps import read_stamp, stamp_part
from zhuomuniao.store.xmlspans import Element, Splice, elements_of, escape, number_in, splice_bytes
from zhuomuniao.store.zipcopy import prove_replaced, replace_members

if TYPE_CHECKING:
    from zhuomuniao.store.bookparts import Book

XML_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

_TYPES: Final = "[Content_Types].xml"
_PACKAGE_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PROPERTIES: Final = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_VALUES: Final = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_USER_PROPERTY: Final = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_SAVE_AGAIN: Final = "请用 WPS 或 Excel 打开并重新保存为 .xlsx，再试一次"
_NAME: Final = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?")


def prefix_of(data: bytes, element: Element) -> str:
    """Answer the prefix of an element as it is written, colon included, or ""."""
    match = _NAME.match(data, element.start)
    return f"{match[1].decode()}:" if match and match[1] else ""


def append_child(data: bytes, element: Element, child: bytes) -> Splice:
    """Answer the splice that makes ``child`` the last thing inside an element."""
    if data[element.open_end - 2 : element.open_end] == b"/>":
        tag = prefix_of(data, element) + element.tag
        return Splice(element.open_end - 2, element.open_end, b">" + child + f"</{tag}>".encode())
    at = data.rindex(b"</", element.open_end, element.end)
    return Splice(at, at, child)


def put_spliced(book: Book, part: str, splices: Iterable[Splice]) -> None:
    """Keep a small part with the splices applied, proved to differ in nothing else and to be well-formed.

    Raises :class:`IntegrityError`.
    """
    new = spliced(book.get(part), splices, part=part)
    try:
        elements_of(new, part=part)
    except UnreadableFileError as error:
        raise IntegrityError(f"写后核对不符：部件 {part} 读不回来", "台账未改动；请保留现场并报告") from error
    book.put(part, new)


def spliced(old: bytes, splices: Iterable[Splice], *, part: str) -> bytes:
    """Answer the bytes with the splices applied, after undoing them has given the old bytes again.

    Raises :class:`IntegrityError`.
    """
    ordered = sorted(splices, key=lambda s: (s.start, s.end))
    new = splice_bytes(old, ordered)
    pieces: list[bytes] = []
    at = moved = 0
    for splice in ordered:
        start = splice.start + moved
        pieces += [new[at:start], old[splice.start : splice.end]]
        at = start + len(splice.new)
        moved += len(splice.new) - (splice.end - splice.start)
    if b"".join([*pieces, new[at:]]) != old:
        raise IntegrityError(f"写后核对不符：部件 {part} 里改动以外的内容变了", "台账未改动；请保留现场并报告")
    return new


def free_part(book: Book, pattern: str) -> str:
    """Answer a part name that nobody has yet, from a pattern with ``{}`` for a number from 1 on."""
    # OPC part names differ in more than letter case.
    taken = {name.lower() for name in (*book.archive.members, *book.changed)}
    number = 1
    while pattern.format(number).lower() in taken:
        number += 1
    return pattern.format(number)


def declare_part(book: Book, part: str, content_type: str) -> None:
    """Say in the list of content types what a part is, unless it is said already."""
    found = elements_of(book.get(_TYPES), part=_TYPES)
    if any(e.tag == "Override" and e.attributes.get("PartName", "").lower() == f"/{part}".lower() for e in found):
        return
    tag = prefix_of(book.get(_TYPES), found[0]) + "Override"
    child = f'<{tag} PartName="/{escape(part, quotes=True)}" ContentType="{content_type}"/>'
    put_spliced(book, _TYPES, [append_child(book.get(_TYPES), found[0], child.encode())])


def relate(book: Book, source: str, target: str, kind: str) -> str:
    """Answer the id of a new relation from a part ("" = the package) to another.

    ``kind`` is the last word of its type; the words before are those of the part's other relations. Raises
    :class:`CannotPatchError` for a part without any.
    """
    folder, _, leaf = source.rpartition("/")
    path = posixpath.join(folder, "_rels", leaf + ".rels")
    if not book.has(path):
        raise CannotPatchError(f"“{book.archive.name}”里缺少 {path}", _SAVE_AGAIN)
    data = book.get(path)
    found = elements_of(data, part=path)
    others = [e.attributes for e in found if e.tag == "Relationship"]
    words = [o.get("Type", "").rpartition("/")[0] for o in others]
    base = next((w for w in words if w.endswith("/officeDocument/relationships")), _PACKAGE_RELATIONS)
    taken = {o.get("Id", "").lower() for o in others}
    number = len(taken) + 1
    while f"rid{number}" in taken:
        number += 1
    tag = prefix_of(data, found[0]) + "Relationship"
    there = posixpath.relpath(target, folder) if folder else target
    child = f'<{tag} Id="rId{number}" Type="{base}/{kind}" Target="{escape(there, quotes=True)}"/>'
    put_spliced(book, path, [append_child(data, found[0], child.encode())])
    return f"rId{number}"


def set_stamp(book: Book, stamp: Mapping[str, str]) -> None:
    """Give custom document properties these values; other properties stay as they are."""
    part = stamp_part(book)
    if not book.has(part):
        book.add(part, f'{XML_HEAD}<Properties xmlns="{_PROPERTIES}" xmlns:vt="{_VALUES}"></Properties>'.encode())
    related = book.related("", "custom-properties")
    if part not in related:
        relate(book, "", part, "custom-properties")
    declare_part(book, part, "application/vnd.openxmlformats-officedocument.custom-properties+xml")
    data = book.get(part)
    found = elements_of(data, part=part)
    tag = prefix_of(data, found[0]) + "property"
    standing = {e.attributes.get("name", ""): e for e in found if e.tag == "property"}
    number = max((number_in(e.attributes.get("pid", "1"), part=part) for e in standing.values()), default=1)
    splices: list[Splice] = []
    added: list[str] = []
    for name, text in stamp.items():
        old = standing.get(name)
        if old is None:
            number += 1
        pid = old.attributes.get("pid", "2") if old else str(number)
        element = (
            f'<{tag} fmtid="{_USER_PROPERTY}" pid="{pid}" name="{escape(name, quotes=True)}">'
            f'<vt:lpwstr xmlns:vt="{_VALUES}">{escape(text)}</vt:lpwstr></{tag}>'
        )
        if old is None:
            added.append(element)
        elif read_stamp(book).get(name) != text:
            splices.append(Splice(old.start, old.end, element.encode()))
    if added:
        splices.append(append_child(data, found[0], "".join(added).encode()))
    if splices:
        put_spliced(book, part, splices)
    if any(read_stamp(book).get(name) != text for name, text in stamp.items()):
        raise IntegrityError("写后核对不符：台账的标记没有写进去", "台账未改动；请保留现场并报告")


def finished_book(book: Book) -> bytes:
    """Answer the book's bytes with its changed and added parts, proved to leave every other member as it was."""
    before = book.archive
    changed = {part: data for part, data in book.changed.items() if part in before.members}
    added = {part: data for part, data in book.changed.items() if part not in before.members}
    after = replace_members(before, changed, additions=added)
    prove_replaced(before, after, changed, additions=added)
    return after


def prove_values(
    before: bytes, after: bytes, *, new_from: Mapping[str, int], written: Collection[tuple[str, int, int]] = ()
) -> None:
    """Check with an independent reader that every value of the old book stands where it stood.

    New values may stand in columns from ``new_from`` (sheet → 1-based column) on and in the cells ``written``
    (sheet, row, column), and in sheets that were not there. Raises :class:`IntegrityError` naming the first other.
    """
    from zhuomuniao.store.reader import read_sheets

    old, new = read_sheets(before, name="before"), read_sheets(after, name="after")
    for sheet, grid in old.items():
        now = new.get(sheet, [])
        first = new_from.get(sheet, MAX_COLUMN + 1)
        for row in range(1, max(len(grid), len(now)) + 1):
            one, other = (g[row - 1] if row <= len(g) else [] for g in (grid, now))
            kept = {n: v for n, v in enumerate(one, start=1) if v is not None and (sheet, row, n) not in written}
            stands = {
                n: v
                for n, v in enumerate(other, start=1)
                if v is not None and (sheet, row, n) not in written and (n < first or n in kept)
            }
            if kept != stands:
                raise IntegrityError(
                    f"核对不符：工作表“{sheet}”第 {row} 行原有的内容变了", "台账未改动；请保留现场并报告"
                )
