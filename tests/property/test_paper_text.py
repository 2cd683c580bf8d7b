"""Whatever a person types, every paper can be made of it, opened again, and says it."""

from __future__ import annotations

import re
from io import BytesIO

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.effort import tries
from tests.paperwork import CASE, CONTEXT, STEPS, paper
from zhuomuniao.forms.filled import fill_paper
from zhuomuniao.forms.values import paper_values
from zhuomuniao.model import Step, StepKind
from zhuomuniao.render.papers import PaperFormat, render_paper

TYPED = st.text(st.characters(exclude_categories=()), max_size=60) | st.sampled_from(
    [
        "{{7*7}}",
        "{% if %}",
        "{case_no}",
        "<w:p/>",
        "&amp;",
        "]]>",
        "=1+1",
        "_x0041_",
        "主办：；协办：；",
        "\ud800",
        "\x0b",
    ]
)
WHITE = re.compile(r"\s+")
GONE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def bare(text: str) -> str:
    """What can be seen of a text: Word keeps tabs and line ends as elements of their own."""
    return WHITE.sub("", GONE.sub("", text))


@pytest.mark.search
@settings(max_examples=tries(25), deadline=None)
@given(TYPED, TYPED)
def test_any_text_is_printed_as_typed(about: str, said: str) -> None:
    steps = (*STEPS, Step(CASE.case_no, StepKind.URGE, STEPS[-1].at, text=said))
    context = replace(CONTEXT, case=replace(CASE, about=about), steps=steps)
    for name in ("verification", "decline"):
        filled = fill_paper(paper(name), paper_values(context))
        document = docx.Document(BytesIO(render_paper(filled, PaperFormat.DOCX)))
        texts = [p.text for p in document.paragraphs]
        texts += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        assert bare(about) in bare("".join(texts))
        book = openpyxl.load_workbook(BytesIO(render_paper(filled, PaperFormat.XLSX)))
        cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]
        assert {cell.data_type for cell in cells} == {"s"}
