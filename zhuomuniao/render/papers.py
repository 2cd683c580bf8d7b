"""A filled paper as the bytes of a file of the format asked for."""

from __future__ import annotations

from enum import StrEnum

from zhuomuniao.forms.filled import FilledForm, FilledLetter
from zhuomuniao.render.form_docx import render_form_docx
from zhuomuniao.render.form_xlsx import render_form
from zhuomuniao.render.letter_docx import render_letter_docx
from zhuomuniao.render.letter_xlsx import render_letter
from zhuomuniao.render.pdf import convert_to_pdf


class PaperFormat(StrEnum):
    """What a paper can be saved as."""

    XLSX = "xlsx"
    DOCX = "docx"
    PDF = "pdf"


def own_format(paper: FilledForm | FilledLetter) -> PaperFormat:
    """The format a paper is at home in: xlsx for grids, docx for letters."""
    return PaperFormat.XLSX if isinstance(paper, FilledForm) else PaperFormat.DOCX


def render_paper(paper: FilledForm | FilledLetter, format_: PaperFormat) -> bytes:
    """The file's bytes; the same paper gives the same bytes, but for a PDF's own date.

    Raises :class:`CannotWriteError` for a PDF on a computer without LibreOffice.
    """
    if format_ is PaperFormat.PDF:
        own = own_format(paper)
        return convert_to_pdf(render_paper(paper, own), own.value)
    if isinstance(paper, FilledForm):
        return render_form(paper) if format_ is PaperFormat.XLSX else render_form_docx(paper)
    return render_letter(paper) if format_ is PaperFormat.XLSX else render_letter_docx(paper)
