"""Papers as files: what was approved cell for cell, the official look, real pages from real LibreOffice."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import time
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn
from msgspec.structs import replace

from tests.paperwork import ABOUT, CASE, CONTEXT, meeting_of, paper, paper_files
from zhuomuniao.errors import CannotWriteError
from zhuomuniao.forms.filled import FilledLetter, FilledParagraph, Level, fill_paper
from zhuomuniao.forms.values import paper_values
from zhuomuniao.layouts import load_layout
from zhuomuniao.paperlayouts import FormLayout
from zhuomuniao.render.docx_look import FALLBACKS
from zhuomuniao.render.papers import PaperFormat, render_paper
from zhuomuniao.render.pdf import convert_to_pdf

GOLDEN = Path(__file__).parents[2] / "golden" / "papers"
FILES = [pytest.param(path, id=f"{path.parent.parent.name}-{path.stem}") for path in paper_files()]


def made(path: Path, format_: PaperFormat) -> bytes:
    layout = load_layout(path)
    assert isinstance(layout, FormLayout)
    return render_paper(fill_paper(layout, paper_values(meeting_of(2))), format_)


def document(data: bytes) -> Any:
    return docx.Document(BytesIO(data))


def words_of(data: bytes) -> list[str]:
    """Paragraphs and table rows of a docx in their order, with font and size of the first run."""
    lines = []
    for child in document(data).element.body:
        for paragraph in child.iter(qn("w:p")):
            text = "".join(node.text or "" for node in paragraph.iter(qn("w:t")))
            if text:
                fonts = next(paragraph.iter(qn("w:rFonts"))).get(qn("w:eastAsia"))
                size = int(next(paragraph.iter(qn("w:sz"))).get(qn("w:val"))) / 2
                lines.append(f"{'|' if child.tag == qn('w:tbl') else ''}{fonts} {size:g}\t{text}")
    return lines


def cells_of(data: bytes) -> list[str]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Print area cannot be set")
        sheet = openpyxl.load_workbook(BytesIO(data)).worksheets[0]
    return [
        f"{cell.coordinate}\t{cell.font.name} {cell.font.sz:g}\t{cell.value!r}"
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]


@pytest.mark.parametrize("path", FILES)
def test_every_paper_is_what_was_approved(path: Path) -> None:
    xlsx, as_docx = made(path, PaperFormat.XLSX), made(path, PaperFormat.DOCX)
    found = "\n".join(["xlsx", *cells_of(xlsx), "", "docx", *words_of(as_docx)]) + "\n"
    county = "" if path.parent.name == "forms" else f"{path.parent.parent.name}-"
    golden = GOLDEN / f"{county}{path.stem}.txt"
    if os.environ.get("ZMN_UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES)
def test_the_same_paper_has_the_same_bytes(path: Path) -> None:
    for format_ in (PaperFormat.XLSX, PaperFormat.DOCX):
        assert made(path, format_) == made(path, format_)


@pytest.mark.parametrize("path", FILES)
def test_m08_every_run_names_a_chinese_font_that_has_substitutes(path: Path) -> None:
    data = made(path, PaperFormat.DOCX)
    languages = [lang.get(qn("w:eastAsia")) for lang in document(data).styles.element.iter(qn("w:lang"))]
    assert languages
    assert set(languages) == {"zh-CN"}
    runs = list(document(data).element.body.iter(qn("w:r")))
    assert runs
    assert {run.find(qn("w:rPr")).find(qn("w:rFonts")).get(qn("w:eastAsia")) for run in runs} <= set(FALLBACKS)
    table = ZipFile(BytesIO(data)).read("word/fontTable.xml").decode()
    for name, others in FALLBACKS.items():
        assert f'w:name="{name}"><w:altName w:val="{",".join(others)}"' in table


def test_a_letter_is_set_by_gb_t_9704() -> None:
    made_of = document(render_paper(fill_paper(paper("supervise"), paper_values(CONTEXT)), PaperFormat.DOCX))
    section = made_of.sections[0]
    page = [round(length.mm) for length in (section.page_width, section.page_height)]
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert (page, [round(m.mm) for m in margins]) == ([210, 297], [37, 35, 28, 26])
    by_text = {p.text.split("\n")[0]: p for p in made_of.paragraphs if p.text}
    title, heading = by_text["关于督办“办不成事”事项"], by_text["一、事项情况"]
    body = next(p for text, p in by_text.items() if text.startswith("2026年10月8日，"))
    fonts = [p.runs[0]._r.rPr.rFonts.get(qn("w:eastAsia")) for p in (title, heading, body)]
    assert fonts == ["方正小标宋简体", "黑体", "仿宋_GB2312"]
    assert [p.runs[0].font.size.pt for p in (title, heading, body)] == [22, 16, 16]
    assert (body.paragraph_format.line_spacing.pt, body.paragraph_format.first_line_indent.pt) == (28.95, 32)
    assert made_of.settings.odd_and_even_pages_header_footer
    odd, even = section.footer.paragraphs[0], section.even_page_footer.paragraphs[0]
    assert (odd.text, even.text) == ("— 1 —", "— 1 —")
    assert (odd.alignment, even.alignment) == (2, 0), "the outer side: right on odd pages, left on even ones"
    assert odd.runs[0].font.size.pt == 14
    assert "PAGE" in odd._p.xml


@pytest.mark.parametrize("office", ["某县审批局", "某县优化营商环境解决企业群众问题工作领导小组办公室"])
def test_signature_and_date_stand_in_from_the_right_one_over_the_other(office: str) -> None:
    text = (FilledParagraph("文", Level.PLAIN),)
    letter = FilledLetter("函", "", "", "题", "", text, (), office, "2026年10月30日", "")
    signature, date = document(render_paper(letter, PaperFormat.DOCX)).paragraphs[-2:]
    indents = [p.paragraph_format.right_indent.pt for p in (signature, date)]
    assert indents[1] >= 64, "成文日期右空四字"
    assert indents[0] >= 32
    # Eight figures of half a character and three characters.
    centres = [indents[0] + len(office) * 8, indents[1] + 7 * 8]
    assert centres[0] == pytest.approx(centres[1], abs=0.1)
    assert signature.paragraph_format.keep_with_next


@pytest.mark.parametrize("format_", [PaperFormat.XLSX, PaperFormat.DOCX])
def test_m09_hostile_text_stands_in_the_file_as_typed(format_: PaperFormat) -> None:
    about = "A&B公司 <有限> 责任 {{7*7}} {% if %} {case_no} _x0041_ =1+1 ]]> &amp;\x0b\x00"
    context = replace(CONTEXT, case=replace(CASE, about=about))
    clean = about.rstrip("\x0b\x00")
    for name in ("assignment", "decline"):
        data = render_paper(fill_paper(paper(name), paper_values(context)), format_)
        if format_ is PaperFormat.DOCX:
            assert clean in "\n".join(words_of(data)), name
        else:
            sheet = openpyxl.load_workbook(BytesIO(data)).worksheets[0]
            cells = [c for row in sheet.iter_rows() for c in row if c.value is not None]
            assert any(clean.replace("_x0041_", "A") in str(c.value).replace("_x005F_x0041_", "A").replace(
                "_x0041_", "A") for c in cells), name  # fmt: skip
            assert {c.data_type for c in cells} == {"s"}


def test_m08_sixty_rows_repeat_their_header_and_are_never_torn() -> None:
    agenda = fill_paper(paper("agenda"), paper_values(meeting_of(60)))
    tables = document(render_paper(agenda, PaperFormat.DOCX)).tables
    listed = next(t for t in tables if len(t.rows) > 50)
    properties = [row._tr.trPr for row in listed.rows]
    assert len(properties) == 61
    assert properties[0].find(qn("w:tblHeader")) is not None
    assert all(p.find(qn("w:cantSplit")) is not None for p in properties)
    assert {p.find(qn("w:trHeight")).get(qn("w:hRule")) for p in properties} == {"atLeast"}
    sheet = openpyxl.load_workbook(BytesIO(render_paper(agenda, PaperFormat.XLSX))).worksheets[0]
    header = sheet.print_title_rows.replace("$", "").split(":")[0]
    assert sheet[f"A{header}"].value == "序号"


def lacks(*tools: str) -> str:
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return f"本机没有 {'、'.join(missing)}" if missing else ""


def text_pages(pdf: Path) -> list[str]:
    text = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    return text.split("\f")[:-1]


@pytest.mark.libreoffice
@pytest.mark.skipif(bool(lacks("soffice", "pdftotext")), reason=lacks("soffice", "pdftotext") or "-")
def test_every_paper_prints_on_a4_and_nothing_is_cut(tmp_path: Path) -> None:
    long = replace(CASE, about=ABOUT * 3)
    for path in paper_files():
        layout = load_layout(path)
        assert isinstance(layout, FormLayout)
        filled = fill_paper(layout, paper_values(replace(meeting_of(60), case=long)))
        for format_ in (PaperFormat.XLSX, PaperFormat.DOCX):
            county = path.parent.parent.name
            (tmp_path / f"{county}-{path.stem}-{format_}.{format_}").write_bytes(render_paper(filled, format_))
    (tmp_path / "grid-docx.docx").write_bytes(
        render_paper(
            FilledLetter("函", "", "", "题", "", (FilledParagraph("字" * 2000, Level.PLAIN),), (), "", "", ""),
            PaperFormat.DOCX,
        )
    )
    files = sorted(str(p) for p in tmp_path.iterdir())
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--convert-to", "pdf",
         "--outdir", str(tmp_path / "pdf"), *files],
        capture_output=True, check=True, timeout=300,
    )  # fmt: skip
    made_of = {pdf.stem: text_pages(pdf) for pdf in (tmp_path / "pdf").glob("*.pdf")}
    assert len(made_of) == len(files)
    lists = ("agenda", "minutes", "verification", "supervise", "accountability", "decline")
    for stem, pages in made_of.items():
        if stem != "grid-docx" and not any(word in stem for word in lists):
            assert len(pages) == 1, stem
    for stem in ("data-agenda-xlsx", "data-agenda-docx"):
        numbers = re.findall(r"20261008\d\d", "".join(made_of[stem]))
        assert numbers == [f"20261008{n:02}" for n in range(1, 61)], stem
        assert len(made_of[stem]) > 2
        for page in made_of[stem][:-1]:
            assert "承办单位" in page, "the header stands on every page"
    lines = [line.strip() for line in made_of["grid-docx"][1].splitlines() if "字" in line]
    assert (len(lines), {len(line) for line in lines}) == (22, {28})


@pytest.mark.libreoffice
@pytest.mark.skipif(bool(lacks("soffice", "pdftotext")), reason=lacks("soffice", "pdftotext") or "-")
def test_a_pdf_is_the_paper_printed(tmp_path: Path) -> None:
    data = render_paper(fill_paper(paper("urge"), paper_values(CONTEXT)), PaperFormat.PDF)
    assert data.startswith(b"%PDF")
    (tmp_path / "p.pdf").write_bytes(data)
    (page,) = text_pages(tmp_path / "p.pdf")
    assert CASE.case_no in page


def fake_office(folder: Path, script: str) -> None:
    program = folder / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_without_libreoffice_the_clerk_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotWriteError) as told:
        convert_to_pdf(b"x", "docx")
    assert "没有 LibreOffice" in told.value.message
    assert "WPS" in told.value.remedy


def test_a_libreoffice_that_makes_nothing_or_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    fake_office(tmp_path, "exit 0")
    with pytest.raises(CannotWriteError, match="没有生成"):
        convert_to_pdf(b"x", "docx")
    fake_office(tmp_path, f"sleep 60 & echo $! > {tmp_path / 'child'}\nwait")
    began = time.monotonic()
    with pytest.raises(CannotWriteError, match="已经停下"):
        convert_to_pdf(b"x", "docx", seconds=1)
    assert time.monotonic() - began < 20
    child = int((tmp_path / "child").read_text())
    # The signal is sent to the whole group; a busy machine takes its time to deliver it.
    while is_running(child):
        assert time.monotonic() - began < 40
        time.sleep(0.01)


def is_running(process: int) -> bool:
    """A zombie has ended: it only waits for its parent to be told."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
