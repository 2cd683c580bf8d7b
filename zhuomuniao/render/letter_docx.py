"""A letter (公文) as a docx, by GB/T 9704-2012: 28 characters × 22 lines, title 2号小标宋, text 3号仿宋."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.forms.filled import FilledLetter, Level, printable
from zhuomuniao.render import docx_look
from zhuomuniao.render.chart_picture import ChartPicture, NoPicture, draw_chart
from zhuomuniao.render.letter_tables import TablePlan, plan_table, write_table
from zhuomuniao.reports.tables import Blank, Figure, Paragraph, ParagraphKind, ReportLetter, Table
from zhuomuniao.sheetlook import text_width

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph as DocxParagraph

_TOP, _BOTTOM, _LEFT, _RIGHT = 37, 35, 28, 26
_SIZE = docx_look.BODY_SIZE
_FONTS = {Level.FIRST: docx_look.HEI, Level.SECOND: docx_look.KAI, Level.PLAIN: docx_look.FANG}
_LEVELS = {
    ParagraphKind.HEADING: Level.FIRST,
    ParagraphKind.SUBHEADING: Level.SECOND,
    ParagraphKind.TEXT: Level.PLAIN,
}
_DATE_IN = 4
"""成文日期右空四字."""
_SIGNATURE_IN = 2
"""A signature longer than its date keeps two characters from the edge."""
_TITLE_LINE = 35.0
_CAPTION_SIZE, _CAPTION_LINE = 12.0, 24.0
_AROUND_PICTURE = 6.0
_NO_FONT = (
    "这台电脑上没有找到可以画图的中文字体，公文里的图都用表格代替；请装上宋体、仿宋、黑体或 Noto CJK 字体，再生成一次"
)


class _CaptionedPicture(Struct, frozen=True):
    picture: ChartPicture
    title: str


_Part = Paragraph | TablePlan | _CaptionedPicture


class DrawnLetter(Struct, frozen=True):
    """A docx, and what the office should be told of it: a chart that had to be given as a table."""

    data: bytes
    notices: tuple[str, ...] = ()


def render_letter_docx(letter: FilledLetter) -> bytes:
    """The bytes of a docx with the letter, ready to print."""
    document = _begin(letter)
    for paragraph in letter.paragraphs:
        _write_text(document, paragraph.text, paragraph.level)
    return _finish(document, letter)


def render_report_letter(letter: ReportLetter) -> bytes:
    """The bytes of a docx with a hand-in as a letter; what somebody must still write is marked yellow."""
    return draw_report_letter(letter).data


def draw_report_letter(letter: ReportLetter) -> DrawnLetter:
    """The docx of a hand-in, tables and figures in their places, with what is to be told of it.

    A figure is a picture where one can be drawn, else its table, which never stands there twice. Wide tables stand
    on turned pages of their own, with the headings just above them.
    """
    frame = FilledLetter(
        name="",
        annex="",
        number="",
        title=letter.title,
        to=letter.to,
        paragraphs=(),
        attachments=letter.attachments,
        signed_by=letter.signed_by,
        date=letter.date,
        remark="",
    )
    notices: dict[str, None] = {}
    parts = list(_parts(letter, notices))
    turned = _turned(parts)
    document = _begin(frame)
    figures = 0
    for part, is_turned in zip(parts, turned, strict=True):
        docx_look.turn_page(document, is_landscape=is_turned)
        if isinstance(part, Paragraph):
            _write_text(document, part.text, _LEVELS[part.kind])
        elif isinstance(part, TablePlan):
            write_table(document, part)
        else:
            figures += 1
            _write_picture(document, part, figures)
    if letter.attachments or letter.signed_by or letter.date:
        docx_look.turn_page(document, is_landscape=False)
    return DrawnLetter(_finish(document, frame), tuple(notices))


def _parts(letter: ReportLetter, notices: dict[str, None]) -> Iterator[_Part]:
    """What is drawn: a figure as its picture, else as its table, unless that stands in the letter anyway."""
    tables = [replace(part, chart=None) for part in letter.body if isinstance(part, Table)]
    for part in letter.body:
        if isinstance(part, Paragraph):
            yield part
            continue
        if isinstance(part, Figure):
            picture = draw_chart(part.table)
            if isinstance(picture, ChartPicture):
                yield _CaptionedPicture(picture, part.table.chart.title if part.table.chart else part.table.name)
                continue
            if picture is NoPicture.NO_FONT:
                notices[_NO_FONT] = None
            if replace(part.table, chart=None) in tables:
                continue
        yield plan_table(part.table if isinstance(part, Figure) else part)


def _turned(parts: Sequence[_Part]) -> list[bool]:
    """For each part, whether its page is turned: that of a wide table, and of the headings that belong to it."""
    turned: list[bool] = []
    follows = False
    for part in reversed(parts):
        if isinstance(part, TablePlan):
            follows = part.is_landscape
        else:
            is_heading = isinstance(part, Paragraph) and part.kind is not ParagraphKind.TEXT
            follows = follows and is_heading
        turned.append(follows)
    return turned[::-1]


def _begin(letter: FilledLetter) -> Document:
    """A document with what stands above the text."""
    document = docx_look.new_document(top=_TOP, bottom=_BOTTOM, left=_LEFT, right=_RIGHT)
    if letter.annex:
        docx_look.write(_line(document), letter.annex, docx_look.HEI, _SIZE)
    if letter.number:
        _write_right(document, letter.number, 1)
        _line(document)
    _write_title(document, letter.title)
    _line(document)
    if letter.to:
        docx_look.write(_line(document), f"{letter.to}：", docx_look.FANG, _SIZE, is_body=True)
    return document


def _finish(document: Document, letter: FilledLetter) -> bytes:
    """The bytes of a document with what stands below its text, which takes the text's end along to a new page."""
    before = len(document.paragraphs)
    _write_attachments(document, letter.attachments)
    _write_end(document, letter)
    for paragraph in document.paragraphs[before - 1 : -1]:
        paragraph.paragraph_format.keep_with_next = True
    docx_look.number_pages(document)
    docx_look.set_grid(document)
    return docx_look.document_bytes(document)


def _write_text(document: Document, text: str, level: Level) -> None:
    written = _line(document, is_indented=True)
    docx_look.write(written, text, _FONTS[level], _SIZE, is_body=True, is_marked=isinstance(text, Blank))
    written.paragraph_format.keep_with_next = level is not Level.PLAIN or None


def _write_picture(document: Document, drawn: _CaptionedPicture, number: int) -> None:
    """The picture as wide as the text, 图1 and its title below."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    # Of a line of fixed height Word would show a strip of the picture.
    paragraph.paragraph_format.line_spacing = 1.0
    paragraph.paragraph_format.space_before = Pt(_AROUND_PICTURE)
    paragraph.paragraph_format.keep_with_next = True
    docx_look.write(paragraph, "", docx_look.FANG, _CAPTION_SIZE)
    caption = f"图{number}　{drawn.title}"
    shape = paragraph.runs[0].add_picture(BytesIO(drawn.picture.png), width=Mm(drawn.picture.width))
    for side in ("distT", "distB", "distL", "distR"):
        # LibreOffice keeps an eighth of an inch free where nothing is said.
        shape._inline.set(side, "0")
    properties = shape._inline.docPr
    properties.set("name", f"图{number}")
    properties.set("descr", printable(f"图{number}，{drawn.picture.words}"))
    below = document.add_paragraph()
    below.alignment = WD_ALIGN_PARAGRAPH.CENTER
    docx_look.set_lines(below, _CAPTION_LINE)
    below.paragraph_format.space_after = Pt(_AROUND_PICTURE)
    docx_look.write(below, caption, docx_look.HEI, _CAPTION_SIZE)


def _line(document: Document, *, is_indented: bool = False) -> DocxParagraph:
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    docx_look.set_lines(paragraph, docx_look.LINE_POINTS)
    if is_indented:
        paragraph.paragraph_format.first_line_indent = Pt(_SIZE * 2)
    return paragraph


def _write_title(document: Document, title: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    docx_look.set_lines(paragraph, _TITLE_LINE)
    docx_look.write(paragraph, title, docx_look.TITLE, docx_look.TITLE_SIZE)


def _write_attachments(document: Document, attachments: tuple[str, ...]) -> None:
    """附件：1.…, one line below the text, each name under the one before."""
    from docx.shared import Pt

    if not attachments:
        return
    _line(document)
    for n, name in enumerate(attachments, start=1):
        paragraph = _line(document)
        hanging = 3 if len(attachments) == 1 else 4
        paragraph.paragraph_format.left_indent = Pt(_SIZE * (2 + hanging))
        paragraph.paragraph_format.first_line_indent = Pt(-_SIZE * hanging if n == 1 else -_SIZE)
        # 1.2026年 would be read as a number.
        number = f"{n}.{' ' if name[:1].isdigit() else ''}" if len(attachments) > 1 else ""
        docx_look.write(paragraph, f"{'附件：' if n == 1 else ''}{number}{name}", docx_look.FANG, _SIZE, is_body=True)


def _write_end(document: Document, letter: FilledLetter) -> None:
    """Signature over the date, centred on it, two lines below."""
    if not letter.signed_by and not letter.date:
        return
    signature, date = text_width(letter.signed_by, _SIZE), text_width(letter.date, _SIZE)
    date_in = _DATE_IN * _SIZE
    signature_in = date_in + (date - signature) / 2
    if signature_in < _SIGNATURE_IN * _SIZE:
        signature_in = _SIGNATURE_IN * _SIZE
        date_in = max(date_in, signature_in + (signature - date) / 2)
    for _ in range(2):
        _line(document)
    if letter.signed_by:
        _write_right(document, letter.signed_by, signature_in / _SIZE)
    _write_right(document, letter.date, date_in / _SIZE)
    if letter.remark:
        docx_look.write(
            _line(document, is_indented=True), f"（{letter.remark}）", docx_look.FANG, _SIZE, is_body=True
        )


def _write_right(document: Document, text: str, characters: float) -> DocxParagraph:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = _line(document)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.paragraph_format.right_indent = Pt(characters * _SIZE)
    docx_look.write(paragraph, text, docx_look.FANG, _SIZE)
    return paragraph
