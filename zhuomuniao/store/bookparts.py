"""The parts of one book: sheets by the names a clerk sees, relations, defined names, the date system."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Mapping
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from zhuomuniao.errors import CannotPatchError, UnreadableFileError
from zhuomuniao.intake import Archive, check_streams, inflate_member
from zhuomuniao.store.beside import Beside
from zhuomuniao.store.sheetxml import SheetXml, open_sheet
from zhuomuniao.store.xmlspans import Element, elements_of, main_attribute

_SAVE_AGAIN = "请用 WPS 或 Excel 打开并重新保存为 .xlsx，再试一次"


class SheetEntry(Struct, frozen=True):
    """A sheet of the workbook: its visible name, its place in the order (from 0), its id and its part."""

    name: str
    index: int
    sheet_id: str
    part: str
    is_worksheet: bool


class Book(Struct):
    """An opened book. Parts are inflated when first asked for; ``put`` keeps the new bytes of a part.

    ``sound`` are the sheets' parts of which :attr:`SheetXml.is_sound` is known, with the rows they had when the book
    was opened (:func:`usualrows.usual_rows`).
    """

    archive: Archive
    workbook_part: str
    sheets: tuple[SheetEntry, ...]
    date1904: bool
    changed: dict[str, bytes] = field(default_factory=dict)
    _inflated: dict[str, bytes] = field(default_factory=dict)
    _sheets: dict[str, SheetXml] = field(default_factory=dict)
    sound: Mapping[str, range] = field(default_factory=dict)
    _coming: dict[str, Beside[bytes]] = field(default_factory=dict)
    _checked: set[str] = field(default_factory=set)

    def fork(self) -> Book:
        """A book of the same archive without changes; what was inflated and indexed is shared."""
        return replace(self, changed={})

    def check_streams(self, *, known: Collection[str] = (), later: Collection[str] = ()) -> None:
        """Make sure, once, that every XML part inflates to what it declares; of ``known`` ones somebody has seen it.

        Parts to be looked at ``later`` are left out for now. Raises :class:`UnreadableFileError`.
        """
        self._checked.update(known)
        check_streams(self.archive, known={*later, *self._checked, *self._inflated})
        self._checked |= self.archive.members.keys() - {*later}

    def sheet_xml(self, entry: SheetEntry) -> SheetXml:
        """Answer a worksheet's part as it stands now, indexed; an unchanged one is indexed once."""
        part = self.get(entry.part)
        if entry.part in self.changed:
            # Its rows may be others now.
            return open_sheet(part, name=entry.name, sound=range(0) if entry.part in self.sound else None)
        if entry.part not in self._sheets:
            self._sheets[entry.part] = open_sheet(part, name=entry.name, sound=self.sound.get(entry.part))
        return self._sheets[entry.part]

    def fetch_ahead(self, parts: Iterable[str]) -> None:
        """Begin to inflate parts that will be asked for; what is wrong with one, whoever asks for it is told."""
        for part in parts:
            if part not in self._inflated and part not in self._coming:
                self._coming[part] = Beside(partial(inflate_member, self.archive, part))

    def get(self, part: str) -> bytes:
        """Answer a part as it stands now, changes included."""
        if part in self.changed:
            return self.changed[part]
        if (coming := self._coming.pop(part, None)) is not None:
            self._inflated[part] = coming.result()
        if part not in self._inflated:
            self._inflated[part] = inflate_member(self.archive, part)
        return self._inflated[part]

    def forget(self, part: str) -> None:
        """Let go of the bytes and the index of an unchanged part; they are made again when it is asked for."""
        self._inflated.pop(part, None)
        self._sheets.pop(part, None)

    def put(self, part: str, data: bytes) -> None:
        """Keep new bytes for a part; equal bytes are no change."""
        if data != self.get(part):
            self.changed[part] = data

    def add(self, part: str, data: bytes) -> None:
        """Keep the bytes of a part that the book does not have yet."""
        if self.has(part):
            raise CannotPatchError(f"“{self.archive.name}”里已有部件 {part}", _SAVE_AGAIN)
        self.changed[part] = data

    def has(self, part: str) -> bool:
        """Whether the book has such a part, added ones included."""
        return part in self.archive.members or part in self.changed

    def sheet(self, name: str) -> SheetEntry:
        """Answer a worksheet by its visible name. Raises :class:`CannotPatchError` when there is none."""
        for entry in self.sheets:
            if entry.name == name:
                if not entry.is_worksheet:
                    raise CannotPatchError(f"“{name}”是图表页，不是工作表", "请选一张有表头的工作表")
                return entry
        raise CannotPatchError(
            f"“{self.archive.name}”里没有工作表“{name}”", "请核对工作表名；若被改名，请改回或运行 zmn check"
        )

    def related(self, part: str, kind: str) -> list[str]:
        """Answer the parts that ``part`` points to by relations whose type ends in ``/kind``."""
        return [target for target, found, _ in relations_of(self, part) if found == kind]


def open_book(archive: Archive) -> Book:
    """Answer the book of a checked archive. Raises :class:`UnreadableFileError` when its parts do not fit."""
    probe = Book(archive=archive, workbook_part="", sheets=(), date1904=False)
    roots = [target for target, kind, _ in relations_of(probe, "") if kind == "officeDocument"]
    if not roots:
        raise UnreadableFileError(f"“{archive.name}”没有指明工作簿部件", _SAVE_AGAIN, kind="damaged")
    workbook = roots[0]
    found = elements_of(probe.get(workbook), part=workbook)
    targets = {ident: (target, kind) for target, kind, ident in relations_of(probe, workbook)}
    sheets: list[SheetEntry] = []
    for element in found:
        if element.tag == "sheet" and element.is_main and found[element.parent].tag == "sheets":
            target, kind = targets.get(main_attribute(element.attributes, "id"), ("", ""))
            if not target:
                # No program opens such a book, not even for its other sheets.
                what = f"“{archive.name}”的工作表“{element.attributes.get('name', '')}”没有部件"
                raise UnreadableFileError(what, _SAVE_AGAIN, kind="damaged")
            sheets.append(
                SheetEntry(
                    name=element.attributes.get("name", ""),
                    index=len(sheets),
                    sheet_id=element.attributes.get("sheetId", ""),
                    part=target,
                    is_worksheet=kind == "worksheet" and probe.has(target),
                )
            )
    if not sheets:
        raise UnreadableFileError(f"“{archive.name}”里没有工作表", _SAVE_AGAIN, kind="damaged")
    if len({s.name.casefold() for s in sheets}) < len(sheets) or len({s.part for s in sheets}) < len(sheets):
        # Nobody could say which of the two a row was written into.
        raise UnreadableFileError(f"“{archive.name}”里有两张同名或同源的工作表", _SAVE_AGAIN, kind="damaged")
    date1904 = any(e.tag == "workbookPr" and e.attributes.get("date1904") in ("1", "true", "on") for e in found)
    return Book(archive, workbook, tuple(sheets), date1904, _inflated=dict(probe._inflated))


def relations_of(book: Book, part: str) -> list[tuple[str, str, str]]:
    """Answer (target part, last word of the type, id) of each internal relation of a part ("" = package)."""
    folder, _, leaf = part.rpartition("/")
    path = posixpath.join(folder, "_rels", leaf + ".rels")
    if not book.has(path):
        return []
    answer = []
    for element in elements_of(book.get(path), part=path):
        if element.tag != "Relationship" or element.attributes.get("TargetMode") == "External":
            continue
        target = element.attributes.get("Target", "")
        if "%" in target:
            from urllib.parse import unquote

            target = unquote(target)
        full = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        kind = element.attributes.get("Type", "").rpartition("/")[2]
        answer.append((full.lstrip("/"), kind, element.attributes.get("Id", "")))
    return answer


def defined_names(book: Book) -> list[Element]:
    """Answer the ``definedName`` elements of the workbook part as it stands now."""
    found = elements_of(book.get(book.workbook_part), part=book.workbook_part)
    return [e for e in found if e.tag == "definedName" and e.is_main]
