"""The official look of a docx (GB/T 9704-2012): paper, fonts, lines, page numbers.

**Fonts.** The standard asks for 仿宋 and 小标宋; offices have them as 仿宋_GB2312 and 方正小标宋简体. A docx names
one font for each run (``w:eastAsia``: without it Word prints Chinese in its default font) and keeps the substitutes
in its font table (``w:altName``), so that a computer without them takes 仿宋 and 宋体.
"""

from __future__ import annotations

import re
from copy import deepcopy
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from zhuomuniao.forms.filled import printable

if TYPE_CHECKING:
    from docx.document import Document
    from docx.section import Section
    from docx.shared import Emu
    from docx.text.paragraph import Paragraph

FANG: Final = "仿宋_GB2312"
TITLE: Final = "方正小标宋简体"
HEI: Final = "黑体"
KAI: Final = "楷体_GB2312"
SONG: Final = "宋体"

FALLBACKS: Final = {
    FANG: ("仿宋", "FangSong", "华文仿宋", "STFangsong"),
    TITLE: ("小标宋", "华文中宋", "STZhongsong", "宋体", "SimSun"),
    HEI: ("SimHei", "华文黑体", "STHeiti"),
    KAI: ("楷体", "KaiTi", "华文楷体", "STKaiti"),
    SONG: ("SimSun", "华文宋体", "STSong"),
}
"""What a computer without the first font takes instead, best first."""

BODY_SIZE: Final = 16.0
"""3号."""
TITLE_SIZE: Final = 22.0
"""2号."""
PAGE_NUMBER_SIZE: Final = 14.0
"""4号."""
LINE_POINTS: Final = 28.95
"""22 lines on a page of 225 mm."""
_FIGURES: Final = "Times New Roman"
"""Figures and Latin letters, as offices print them; every program has it or a font of the same widths."""
_BODY_SPACING = -5
"""Twentieths of a point between characters: 28 characters of 3号 on a line of 156 mm, which is 6 points short."""
_MILLIMETRE = 36000
_FOOTER_FROM_EDGE = 23
_FIXED_TIME = (2000, 1, 1, 0, 0, 0)
_SAVED_AT = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def new_document(*, top: float, bottom: float, left: float, right: float, is_landscape: bool = False) -> Document:
    """An empty A4 document with margins in millimetres, in 仿宋 3号."""
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.shared import Emu, Pt

    document = docx.Document()
    section = document.sections[0]
    width, height = (297, 210) if is_landscape else (210, 297)
    section.orientation = WD_ORIENT.LANDSCAPE if is_landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Emu(width * _MILLIMETRE), Emu(height * _MILLIMETRE)
    section.top_margin, section.bottom_margin = Emu(int(top * _MILLIMETRE)), Emu(int(bottom * _MILLIMETRE))
    section.left_margin, section.right_margin = Emu(int(left * _MILLIMETRE)), Emu(int(right * _MILLIMETRE))
    section.footer_distance = _footer_distance(bottom)
    normal: Any = document.styles["Normal"]
    normal.font.size = Pt(BODY_SIZE)
    _name_fonts(normal.element.get_or_add_rPr(), FANG)
    for language in document.styles.element.iter(element("w:lang").tag):
        # Else Word breaks lines and marks mistakes as in English.
        language.attrib.update(element("w:lang", eastAsia="zh-CN").attrib)
    spacing = normal.paragraph_format
    spacing.space_before = spacing.space_after = Pt(0)
    properties = document.core_properties
    properties.author = properties.last_modified_by = "zmn"
    properties.title = properties.comments = ""
    return document


def write(
    paragraph: Paragraph,
    text: str,
    font: str,
    size: float,
    *,
    bold: bool = False,
    is_body: bool = False,
    is_marked: bool = False,
) -> None:
    """Add a text to a paragraph, without what no docx can hold; line ends in it are kept.

    Body text is set 28 characters to the line. Marked text stands on yellow: somebody must still write what it
    asks for.
    """
    from docx.enum.text import WD_COLOR_INDEX
    from docx.shared import Pt

    run = paragraph.add_run(printable(text))
    run.font.size = Pt(size)
    run.font.bold = bold or None
    run.font.highlight_color = WD_COLOR_INDEX.YELLOW if is_marked else None
    properties = run._r.get_or_add_rPr()
    _name_fonts(properties, font)
    if is_body:
        properties.append(element("w:spacing", val=_BODY_SPACING))
        # The schema wants spacing before the size.
        properties.insert(1, properties[-1])


def set_lines(paragraph: Paragraph, points: float) -> None:
    """Lines exactly this high, nothing before or after."""
    from docx.enum.text import WD_LINE_SPACING
    from docx.shared import Pt

    spacing = paragraph.paragraph_format
    spacing.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    spacing.line_spacing = Pt(points)
    spacing.space_before = spacing.space_after = Pt(0)
    # Lines keep their own height, and figures stand against Chinese characters without a gap.
    properties = paragraph._p.get_or_add_pPr()
    for name in ("autoSpaceDE", "autoSpaceDN", "snapToGrid"):
        properties.find(element("w:spacing").tag).addprevious(element(f"w:{name}", val=0))
    # 22 lines to the page: Word would move a paragraph's last lines to the next one.
    spacing.widow_control = False


def write_gap(document: Document, points: float) -> Paragraph:
    """Add a paragraph nobody sees: Word joins tables that touch, and wants one after the last."""
    gap = document.add_paragraph()
    set_lines(gap, points)
    write(gap, "", FANG, 1)
    mark = gap._p.get_or_add_pPr()
    mark.append(element("w:rPr"))
    mark[-1].append(element("w:sz", val=2))
    return gap


def number_pages(document: Document) -> None:
    """— 1 — in 4号 on the outer side: right on odd pages, left on even ones, one character in."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    section = document.sections[0]
    document.settings.odd_and_even_pages_header_footer = True
    _write_number(section, WD_ALIGN_PARAGRAPH.RIGHT, is_even=False)
    _write_number(section, WD_ALIGN_PARAGRAPH.LEFT, is_even=True)


def turn_page(document: Document, *, is_landscape: bool) -> None:
    """End the page after the last paragraph; what follows stands on A4 turned on its side, or upright again.

    A turned page keeps its margins where they are on the sheet, its head at the sheet's left edge (GB/T 9704-2012
    on tables across): bound with the others, it is read from the right.
    """
    from docx.enum.section import WD_ORIENT

    rest = document.sections[-1]
    if (rest.orientation == WD_ORIENT.LANDSCAPE) is is_landscape:
        return
    document.paragraphs[-1]._p.get_or_add_pPr().append(deepcopy(rest._sectPr))
    top, right, bottom, left = rest.top_margin, rest.right_margin, rest.bottom_margin, rest.left_margin
    rest.orientation = WD_ORIENT.LANDSCAPE if is_landscape else WD_ORIENT.PORTRAIT
    rest.page_width, rest.page_height = rest.page_height, rest.page_width
    turned = (left, top, right, bottom) if is_landscape else (right, bottom, left, top)
    rest.top_margin, rest.right_margin, rest.bottom_margin, rest.left_margin = turned
    rest.footer_distance = _footer_distance(round((turned[2] or 0) / _MILLIMETRE))


def set_grid(document: Document) -> None:
    """22 lines to the page, for whoever goes on writing in the document."""
    for section in document.sections:
        properties = section._sectPr
        for grid in properties.findall(element("w:docGrid").tag):
            properties.remove(grid)
        properties.append(element("w:docGrid", type="lines", linePitch=round(LINE_POINTS * 20)))


def element(tag: str, **attributes: object) -> Any:
    """A WordprocessingML element; attributes are in the same namespace."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    return made


def document_bytes(document: Document) -> bytes:
    """The saved document, the same bytes for the same content, with the substitutes in its font table."""
    saved, out = BytesIO(), BytesIO()
    document.save(saved)
    with ZipFile(saved) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "word/fontTable.xml":
                data = _font_table()
            elif name == "docProps/core.xml":
                data = _SAVED_AT.sub(rb"\g<1>2000-01-01T00:00:00Z", data)
            target.writestr(ZipInfo(name, _FIXED_TIME), data, ZIP_DEFLATED)
    return out.getvalue()


def _footer_distance(bottom: float) -> Emu:
    """How far from the edge of the sheet the page number stands in a margin of so many millimetres."""
    from docx.shared import Emu

    return Emu(min(_FOOTER_FROM_EDGE, int(bottom * 0.6)) * _MILLIMETRE)


def _name_fonts(properties: Any, font: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    # The hint makes “ ” and — Chinese; without it Word takes them from the Western font, half as wide.
    named = element("w:rFonts", hint="eastAsia", ascii=_FIGURES, hAnsi=_FIGURES, eastAsia=font, cs=_FIGURES)
    for name, value in named.attrib.items():
        fonts.set(name, value)


def _write_number(section: Section, alignment: Any, *, is_even: bool) -> None:
    from docx.shared import Pt

    footer = section.even_page_footer if is_even else section.footer
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    paragraph.alignment = alignment
    spacing = paragraph.paragraph_format
    if is_even:
        spacing.left_indent = Pt(PAGE_NUMBER_SIZE)
    else:
        spacing.right_indent = Pt(PAGE_NUMBER_SIZE)
    write(paragraph, "— ", SONG, PAGE_NUMBER_SIZE)
    for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), ("number", "1"), ("end", "")):
        write(paragraph, text if kind == "number" else "", SONG, PAGE_NUMBER_SIZE)
        run = paragraph.runs[-1]._r
        if kind in ("begin", "separate", "end"):
            run.append(element("w:fldChar", fldCharType=kind))
        elif not kind:
            instruction = element("w:instrText")
            instruction.text = text
            run.append(instruction)
    write(paragraph, " —", SONG, PAGE_NUMBER_SIZE)


def _font_table() -> bytes:
    """Charset 86 (GB2312) makes Word look for a Chinese font even where it knows none of the names."""
    from xml.sax.saxutils import quoteattr

    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    fonts = "".join(
        f"<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(','.join(others))}/>"
        '<w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name, others in FALLBACKS.items()
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f'{head}<w:fonts xmlns:w="{space}">{fonts}</w:fonts>'.encode()
