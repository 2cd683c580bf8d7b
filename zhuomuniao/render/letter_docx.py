"""A letter (公文) as a docx, by GB/T 9704-2012: 28 characters × 22 lines, title 2号小标宋, text 3号仿宋."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zhuomuniao.forms.filled import FilledLetter, Level
from zhuomuniao.render import docx_look
from zhuomuniao.reports.tables import Blank, ParagraphKind, ReportLetter
from zhuomuniao.sheetlook import text_width

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

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


def render_letter_docx(letter: FilledLetter) -> bytes:
    """The bytes of a docx with the letter, ready to print."""
    return _render(letter, [(paragraph.text, paragraph.level) for paragraph in letter.paragraphs])


def render_report_letter(letter: ReportLetter) -> bytes:
    """The bytes of a docx with a hand-in as a letter; what somebody must still write is marked yellow."""
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
    return _render(frame, [(paragraph.text, _LEVELS[paragraph.kind]) for paragraph in letter.paragraphs])


def _render(letter: FilledLetter, paragraphs: Sequence[tuple[str, Level]]) -> bytes:
    """The letter with these paragraphs for its text."""
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
    for text, level in paragraphs:
        written = _line(document, is_indented=True)
        docx_look.write(written, text, _FONTS[level], _SIZE, is_body=True, is_marked=isinstance(text, Blank))
        written.paragraph_format.keep_with_next = level is not Level.PLAIN or None
    _write_attachments(document, letter.attachments)
    _write_end(document, letter)
    docx_look.number_pages(document)
    docx_look.set_grid(document)
    return docx_look.document_bytes(document)


def _line(document: Document, *, is_indented: bool = False) -> Paragraph:
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
        number = f"{n}." if len(attachments) > 1 else ""
        docx_look.write(paragraph, f"{'附件：' if n == 1 else ''}{number}{name}", docx_look.FANG, _SIZE, is_body=True)


def _write_end(document: Document, letter: FilledLetter) -> None:
    """Signature over the date, centred on it; both move together to a page that has some of the text."""
    if not letter.signed_by and not letter.date:
        return
    signature, date = text_width(letter.signed_by, _SIZE), text_width(letter.date, _SIZE)
    date_in = _DATE_IN * _SIZE
    signature_in = date_in + (date - signature) / 2
    if signature_in < _SIGNATURE_IN * _SIZE:
        signature_in = _SIGNATURE_IN * _SIZE
        date_in = max(date_in, signature_in + (signature - date) / 2)
    if document.paragraphs:
        document.paragraphs[-1].paragraph_format.keep_with_next = True
    for _ in range(2):
        _line(document).paragraph_format.keep_with_next = True
    if letter.signed_by:
        _write_right(document, letter.signed_by, signature_in / _SIZE).paragraph_format.keep_with_next = True
    _write_right(document, letter.date, date_in / _SIZE)
    if letter.remark:
        docx_look.write(
            _line(document, is_indented=True), f"（{letter.remark}）", docx_look.FANG, _SIZE, is_body=True
        )


def _write_right(document: Document, text: str, characters: float) -> Paragraph:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = _line(document)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.paragraph_format.right_indent = Pt(characters * _SIZE)
    docx_look.write(paragraph, text, docx_look.FANG, _SIZE)
    return paragraph
