"""A paper with a matter's words in it, still without file format: a grid of cells, or a letter of paragraphs.

Words are put in once and never looked at again: what a person typed is printed as typed, braces and all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum

from msgspec import Struct, field

from zhuomuniao.errors import FileProblem
from zhuomuniao.paperlayouts import FormCell, FormLayout, FormRow, Span

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_BRACED = re.compile(r"[{｛]+[^{}｛｝\n]*[}｝]*|[}｝]+")
_LONGEST_TAG = 24
# What no XML can hold; line ends are made one kind.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_FIRST_LEVEL = re.compile(r"[一二三四五六七八九十]+、")
_SECOND_LEVEL = re.compile(r"（[一二三四五六七八九十{][^）]*）")
_UNLESS = "!"

Words = Mapping[str, str]
"""What each placeholder stands for."""


class PaperValues(Struct, frozen=True):
    """The words of a paper by name, and its lists: the lines of the log, the visits, the cases on an agenda."""

    words: Words
    lists: Mapping[str, tuple[Words, ...]] = field(default_factory=dict)


class FilledCell(Struct, frozen=True):
    """One cell of the grid: where it begins (from 0), how far it reaches, what it says."""

    row: int
    column: int
    row_span: int
    column_span: int
    kind: Span
    text: str
    align: str


class FilledRow(Struct, frozen=True):
    """Height in points as the layout gives it, and whether the row's cells have lines around them.

    ``is_listed`` is one entry of a list: such a row stays together on its page.
    """

    height: float
    is_framed: bool
    is_header: bool = False
    is_listed: bool = False


class FilledForm(Struct, frozen=True):
    """A filled paper as a plain grid. ``column_widths`` in characters, as in the layout."""

    name: str
    annex: str
    title: str
    column_widths: tuple[float, ...]
    rows: tuple[FilledRow, ...]
    cells: tuple[FilledCell, ...]
    is_landscape: bool


class Level(Enum):
    """What a paragraph of a letter is: 一、 (黑体), （一） (楷体), or plain text."""

    FIRST = 1
    SECOND = 2
    PLAIN = 3


class FilledParagraph(Struct, frozen=True):
    """One paragraph of a letter, without its indent."""

    text: str
    level: Level


class FilledLetter(Struct, frozen=True):
    """A filled letter (公文) in the order of GB/T 9704: 字号, title, 主送, text, 附件说明, signature, date, 附注."""

    name: str
    annex: str
    number: str
    title: str
    to: str
    paragraphs: tuple[FilledParagraph, ...]
    attachments: tuple[str, ...]
    signed_by: str
    date: str
    remark: str


def fill_paper(layout: FormLayout, values: PaperValues) -> FilledForm | FilledLetter:
    """The paper with its words. Names the values do not have stay blank in a field, and as they are in a text."""
    return fill_letter(layout, values) if layout.is_letter else fill_form(layout, values)


def fill_form(form: FormLayout, values: PaperValues) -> FilledForm:
    """The grid with its words; a row of a list once for each entry, once and blank where there is none."""
    taken: set[tuple[int, int]] = set()
    cells: list[FilledCell] = []
    rows: list[FilledRow] = []
    for row, (form_row, words) in enumerate(_rows(form, values)):
        column = 0
        for cell in form_row.cells:
            while (row, column) in taken:
                column += 1
            said = _cell_text(cell, words)
            cells.append(FilledCell(row, column, cell.rows, cell.columns, cell.kind, said, cell.align))
            taken.update((row + down, column + right) for down in range(cell.rows) for right in range(cell.columns))
            column += cell.columns
        rows.append(FilledRow(form_row.height, form_row.is_framed, form_row.is_header, bool(form_row.repeat)))
    return FilledForm(
        name=form.name,
        annex=form.annex,
        title=_put(form.title, values.words),
        column_widths=form.column_widths,
        rows=tuple(rows),
        cells=tuple(cells),
        is_landscape=form.is_landscape,
    )


def fill_letter(letter: FormLayout, values: PaperValues) -> FilledLetter:
    """The letter with its words; a line end in a value begins a new paragraph."""
    words = values.words
    return FilledLetter(
        name=letter.name,
        annex=letter.annex,
        number=_put(letter.number, words),
        title=_put(letter.title, words),
        to=_put(letter.to, words),
        paragraphs=tuple(_paragraphs(letter, values)),
        attachments=tuple(_put(text, words) for text in letter.attachments),
        signed_by=_put(letter.signed_by, words),
        date=words.get("today", ""),
        remark=_put(letter.remark, words),
    )


def problems_of(layout: FormLayout, values: PaperValues, file: str) -> tuple[FileProblem, ...]:
    """Every placeholder, field and list of a layout that has no such value, with the place where it stands.

    A brace that belongs to no placeholder is told too: one left open, ``{%`` of another program, ｛full-width｝ ones.
    """
    found: list[FileProblem] = []

    def look(key: str, text: str, repeat: str = "") -> None:
        entries = values.lists.get(repeat, ())
        known = {*values.words, *(entries[0] if entries else ())}
        for name in dict.fromkeys(_PLACEHOLDER.findall(text)):
            if name not in known:
                what = f"“{{{name}}}”不是认识的栏目"
                remedy = "请核对拼写；可用的栏目见《新增区县》"
                found.append(FileProblem(file, key, what, remedy, expected="认识的栏目"))
        for tag in dict.fromkeys(_BRACED.findall(_PLACEHOLDER.sub("", text))):
            short = tag if len(tag) <= _LONGEST_TAG else f"{tag[:_LONGEST_TAG]}…"
            what = f"“{short}”不是栏目的写法"
            remedy = "栏目要写成一对半角花括号，中间是小写英文名，例如 {case_no}；可用的栏目见《新增区县》"
            found.append(FileProblem(file, key, what, remedy, expected="{case_no} 这样的栏目"))

    def look_at_list(key: str, repeat: str) -> None:
        if repeat and repeat not in values.lists:
            listed = "、".join(values.lists)
            found.append(FileProblem(file, key, f"没有“{repeat}”这种清单", f"可写：{listed}", expected=listed))

    for key in ("title", "number", "to", "signed_by", "remark", "recipient"):
        look(key, getattr(layout, key))
    for n, text in enumerate(layout.attachments, start=1):
        look(f"attachments[{n}]", text)
    for n, paragraph in enumerate(layout.paragraphs, start=1):
        look_at_list(f"paragraphs[{n}].repeat", paragraph.repeat)
        look(f"paragraphs[{n}].text", paragraph.text, paragraph.repeat)
        name = paragraph.when.removeprefix(_UNLESS)
        look(f"paragraphs[{n}].when", f"{{{name}}}" if name else "", paragraph.repeat)
    for n, row in enumerate(layout.rows, start=1):
        look_at_list(f"rows[{n}].repeat", row.repeat)
        for place, cell in enumerate(row.cells, start=1):
            text = f"{{{cell.text}}}" if cell.kind is Span.FIELD and cell.text else cell.text
            look(f"rows[{n}].cells[{place}]", text, row.repeat)
    return tuple(found)


def names_used(layout: FormLayout) -> frozenset[str]:
    """Every name that a layout asks a value for."""
    texts = [layout.title, layout.to, layout.remark, *layout.attachments, *(p.text for p in layout.paragraphs)]
    cells = [cell for row in layout.rows for cell in row.cells]
    texts += [cell.text for cell in cells if cell.kind is Span.NOTE]
    fields = {cell.text for cell in cells if cell.kind is Span.FIELD}
    return frozenset(fields | {name for text in texts for name in _PLACEHOLDER.findall(text)})


def fill_text(text: str, words: Words) -> str:
    """A text with its placeholders filled, once: a placeholder inside a value stays text."""
    return _put(text, words)


def _rows(form: FormLayout, values: PaperValues) -> Iterator[tuple[FormRow, Words]]:
    for row in form.rows:
        if not row.repeat:
            yield row, values.words
            continue
        entries = values.lists.get(row.repeat, ())
        for entry in entries:
            yield row, {**values.words, **entry}
        if not entries:
            yield row, {}


def _paragraphs(letter: FormLayout, values: PaperValues) -> Iterator[FilledParagraph]:
    for paragraph in letter.paragraphs:
        entries = values.lists.get(paragraph.repeat, ()) if paragraph.repeat else ({},)
        for entry in entries:
            words = {**values.words, **entry}
            name = paragraph.when.removeprefix(_UNLESS)
            if name and bool(words.get(name, "").strip()) is paragraph.when.startswith(_UNLESS):
                continue
            for template in paragraph.text.split("\n"):
                lines = [line.strip() for line in _put(template, words).split("\n") if line.strip()]
                yield from (FilledParagraph(line, _level(template)) for line in lines)


def _level(template: str) -> Level:
    """By how the layout begins the paragraph, never by what a person typed into it."""
    if _FIRST_LEVEL.match(template):
        return Level.FIRST
    return Level.SECOND if _SECOND_LEVEL.match(template) else Level.PLAIN


def _cell_text(cell: FormCell, words: Words) -> str:
    if cell.kind is Span.FIELD:
        return printable(words.get(cell.text, ""))
    return _put(cell.text, words).strip("\n")


def _put(text: str, words: Words) -> str:
    # Not str.format: what a person typed may hold braces. Those of the paper itself are checked by problems_of.
    return printable(_PLACEHOLDER.sub(lambda found: words.get(found[1], found[0]), text))


def printable(text: str) -> str:
    """The text without what no file can hold (controls, halves of characters), its line ends of one kind."""
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
