"""Letters with tables and figures: what was approved, the standard's look, real pages from real LibreOffice."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import docx
import pytest
from docx.oxml.ns import qn
from msgspec.structs import replace

from tests.docxdump import dump_docx, runs_of, words_of
from tests.sampleletters import DAY, STORY, WHOLE, by_day, by_unit, heading, letter, number, overdue, register
from zhuomuniao.layouts import ColumnType
from zhuomuniao.render import chart_picture
from zhuomuniao.render.chart_picture import ChartPicture, draw_chart
from zhuomuniao.render.docx_look import FALLBACKS
from zhuomuniao.render.letter_docx import draw_report_letter, render_report_letter
from zhuomuniao.render.letter_tables import NOTHING, plan_table
from zhuomuniao.reports.tables import Blank, Figure, Paragraph, Place, ReportLetter, Table, TableColumn

GOLDEN = Path(__file__).parents[2] / "golden" / "letters"
CAN_DRAW = isinstance(draw_chart(by_unit()), ChartPicture)
MISSING = [tool for tool in ("soffice", "pdftotext", "pdfinfo") if shutil.which(tool) is None]
draws = pytest.mark.skipif(not CAN_DRAW, reason="本机没有 matplotlib 或中文字体")


@pytest.fixture
def no_plot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer without the extra ``plot``: Python finds no matplotlib."""
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.backends", "matplotlib.backends.backend_agg"):
        monkeypatch.setitem(sys.modules, name, None)


def tables_of(data: bytes) -> list[Any]:
    return docx.Document(BytesIO(data)).tables


def pictures_of(data: bytes) -> list[str]:
    return [name for name in ZipFile(BytesIO(data)).namelist() if name.startswith("word/media/")]


def approved(name: str, data: bytes) -> None:
    found = dump_docx(data, today=DAY)
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("ZMN_UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


@draws
def test_a_letter_with_figures_is_what_was_approved() -> None:
    approved("pictures", render_report_letter(WHOLE))


def test_a_letter_with_tables_in_the_place_of_figures_is_what_was_approved(no_plot: None) -> None:
    approved("tables", render_report_letter(WHOLE))


def test_the_same_letter_has_the_same_bytes() -> None:
    assert render_report_letter(WHOLE) == render_report_letter(WHOLE)


def test_the_dump_masks_the_day_and_tells_what_differs() -> None:
    other = replace(WHOLE, date="2026年12月7日")
    assert dump_docx(render_report_letter(WHOLE), today=DAY) == dump_docx(
        render_report_letter(other), today=date(2026, 12, 7)
    )
    assert dump_docx(render_report_letter(WHOLE)) != dump_docx(render_report_letter(other))


@draws
def test_a_figure_is_a_picture_or_its_table_never_both(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = letter(Figure(by_unit(5)))
    drawn = draw_report_letter(wanted)
    assert (len(pictures_of(drawn.data)), len(tables_of(drawn.data)), drawn.notices) == (1, 0, ())
    assert "图1　各单位受理、办结件数" in words_of(drawn.data)
    monkeypatch.setattr(chart_picture, "installed_fonts", dict)
    without_font = draw_report_letter(wanted)
    assert (len(pictures_of(without_font.data)), len(tables_of(without_font.data))) == (0, 1)
    assert "图1" not in words_of(without_font.data)
    (notice,) = without_font.notices
    assert "中文字体" in notice
    assert "请装上" in notice


def test_without_the_plotting_extra_the_table_stands_there_and_nobody_is_bothered(no_plot: None) -> None:
    drawn = draw_report_letter(letter(Figure(by_unit(5))))
    assert (len(pictures_of(drawn.data)), len(tables_of(drawn.data)), drawn.notices) == (0, 1, ())
    assert "各单位办理情况" in words_of(drawn.data)


def test_a_table_that_stands_in_the_letter_is_not_repeated_for_its_figure(no_plot: None) -> None:
    both = letter(by_unit(5), Figure(by_unit(5)), Figure(by_day()))
    said = words_of(render_report_letter(both))
    assert (said.count("各单位办理情况"), said.count("按日")) == (1, 1)


@draws
def test_figures_are_numbered_in_their_order_and_told_in_words() -> None:
    data = render_report_letter(letter(Figure(by_day()), Paragraph("见图。"), Figure(by_unit(3))))
    about = [p.get("descr") for p in docx.Document(BytesIO(data)).element.body.iter(qn("wp:docPr"))]
    assert about[0].startswith("图1，柱形图：10月每日受理、办结件数。受理：1至31，最少0件，最多4件；")
    assert about[1].startswith("图2，条形图：各单位受理、办结件数。受理件数：县市场监督管理局1件、县自然资源局4件、")
    captions = [line for line in words_of(data).split("\n") if line.startswith("图")]
    assert captions == ["图1　10月每日受理、办结件数", "图2　各单位受理、办结件数"]


def test_m08_sixty_rows_repeat_their_header_are_not_torn_and_name_a_chinese_font() -> None:
    data = render_report_letter(letter(overdue(60)))
    (table,) = tables_of(data)
    assert len(table.rows) == 61
    headers = [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows]
    assert headers == [True] + [False] * 60
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    runs = runs_of(data)
    assert len(runs) > 360
    assert {run.find(qn("w:rPr")).find(qn("w:rFonts")).get(qn("w:eastAsia")) for run in runs} <= set(FALLBACKS)


def test_a_row_higher_than_a_page_may_be_torn_and_only_that_one() -> None:
    table = overdue(3)
    tall = (*table.rows[1][:3], STORY * 60, *table.rows[1][4:])
    rows = tables_of(render_report_letter(letter(replace(table, rows=(table.rows[0], tall, table.rows[2])))))[0].rows
    assert [row._tr.trPr.find(qn("w:cantSplit")) is not None for row in rows] == [True, True, False, True]


def test_a_table_without_rows_says_so() -> None:
    (table,) = tables_of(render_report_letter(letter(overdue(0))))
    assert [cell.text for cell in table.rows[0].cells][:2] == ["序号", "事项编号"]
    assert {cell.text for cell in table.rows[1].cells} == {NOTHING}
    assert len(table.rows[1]._tr.tc_lst) == 1


def test_a_table_stands_in_the_text_s_width_by_the_shares_of_its_columns() -> None:
    plan = plan_table(by_unit())
    assert sum(plan.widths) / 72 * 25.4 == pytest.approx(156)
    assert (plan.size, plan.is_landscape) == (12, False)
    assert plan.widths[0] == pytest.approx(plan.widths[1] * 20 / 6)


def test_no_number_and_no_day_is_broken_however_small_its_share() -> None:
    columns = (
        TableColumn("情况", 90, place=Place.LEFT),
        number("件数", 0.1),
        TableColumn("日", 0.1, ColumnType.DATE),
    )
    plan = plan_table(Table("", "表", columns, ((STORY, 1234567, DAY),)))
    figures, day = ((width - 8) / plan.size for width in plan.widths[1:])
    assert figures >= 7 * 0.5
    assert day >= 10 * 0.5


def test_a_wide_list_stands_on_a_turned_page_with_its_heading_and_the_text_goes_on_upright() -> None:
    data = render_report_letter(letter(Paragraph("前文。"), heading("二、清单"), register(4), Paragraph("后文。")))
    sections = docx.Document(BytesIO(data)).sections
    assert [round(s.page_width.mm) for s in sections] == [210, 297, 210]
    parts = dump_docx(data).split("—— 节 ")
    assert "前文" in parts[0]
    assert "二、清单" in parts[1]
    assert "本月办理事项清单" in parts[1]
    assert "后文" in parts[2]
    margins = [(s.top_margin, s.right_margin, s.bottom_margin, s.left_margin) for s in sections]
    assert [[round(m.mm) for m in four] for four in margins] == [[37, 26, 35, 28], [28, 37, 26, 35], [37, 26, 35, 28]]


def test_many_columns_of_numbers_stay_upright() -> None:
    columns = (TableColumn("单位", 20), *(number(f"第{n}\n季度", 6) for n in range(9)))
    assert not plan_table(Table("", "表", columns, (("县公安局", *range(9)),))).is_landscape
    assert plan_table(register(1)).is_landscape


def test_days_are_folded_so_that_the_letter_stays_upright() -> None:
    data = render_report_letter(letter(by_day()))
    tables = tables_of(data)
    assert len(docx.Document(BytesIO(data)).sections) == 1
    headers = [[cell.text for cell in table.rows[0].cells] for table in tables]
    assert [header[0] for header in headers] == ["类别"] * 3
    assert [text for header in headers for text in header[1:] if text] == [*map(str, range(1, 32)), "合计"]
    settled = [cell.text for table in tables for cell in table.rows[2].cells[1:] if cell.text]
    assert settled == [str(value) for value in by_day().rows[1][1:]]
    assert words_of(data).count("按日") == 1


def test_a_letter_that_ends_with_a_turned_page_has_no_empty_one_after_it() -> None:
    bare = replace(letter(register(2)), attachments=(), signed_by="", date="")
    assert [round(s.page_width.mm) for s in docx.Document(BytesIO(render_report_letter(bare))).sections] == [210, 297]


def test_the_total_is_set_in_hei_and_does_not_stand_alone_on_a_page() -> None:
    rows = tables_of(render_report_letter(letter(by_unit(40))))[0].rows
    font = rows[-1].cells[0].paragraphs[0].runs[0]._r.rPr.rFonts.get(qn("w:eastAsia"))
    assert (rows[-1].cells[0].text, font) == ("合计", "黑体")
    keeps = [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in rows]
    assert (keeps[0], keeps[10], keeps[-2], keeps[-1]) == (True, None, True, True)


def test_a_blank_in_a_table_is_marked_and_counted() -> None:
    wanted = letter(register(4), Paragraph(Blank("下一步打算")))
    assert wanted.blanks == ("［请填写：原因］", "［请填写：下一步打算］")
    marked = [
        run
        for run in runs_of(render_report_letter(wanted))
        if run.find(qn("w:rPr")).find(qn("w:highlight")) is not None
    ]
    assert ["".join(t.text for t in run.iter(qn("w:t"))) for run in marked] == list(wanted.blanks)


def test_a_figure_with_a_blank_is_given_as_its_table() -> None:
    table = by_unit(2)
    blank = replace(table, rows=((*table.rows[0][:3], Blank("率")), *table.rows[1:]))
    assert len(tables_of(render_report_letter(letter(Figure(blank))))) == 1


HOSTILE = (
    "A&B公司 <有限> 责任",
    "{{7*7}} {% if %} {case_no} ]]> &amp;",
    "_x0041_ =1+1 $\\frac$ _开头",
    "👍🏽 很好 \u202e倒着\u202c \u200f",
    "x" * 400,
)
GONE = "\x00\x0b\x1f\ud800\ufffe"


@pytest.mark.parametrize("text", HOSTILE)
def test_m09_any_text_stands_in_a_letter_as_typed(text: str) -> None:
    typed = f"{text[:3]}{GONE}{text[3:]}"
    table = Table(
        "", f"名{typed}", (TableColumn(typed, 10), number(f"数{typed}"), TableColumn("说", 10, place=Place.LEFT)),
        (("甲", 1, typed), ("乙", 2, typed)), notes=(typed,),
    )  # fmt: skip
    data = render_report_letter(letter(Paragraph(f"说：{typed}"), table, attachments=(typed, "乙")))
    said = words_of(data)
    assert said.count(text) == 8, "the paragraph, name, two headers, two cells, note and attachment"
    assert docx.Document(BytesIO(data)).tables[0].rows[1].cells[2].text == text


@draws
@pytest.mark.parametrize("text", HOSTILE)
def test_m09_any_text_can_be_drawn(text: str, recwarn: pytest.WarningsRecorder) -> None:
    chart = replace(by_unit(3).chart, title=f"题{text}{GONE}", unit=text)
    columns = (TableColumn("单位", 9), number(f"{text}{GONE}"), number("乙"))
    rows = ((f"{text}{GONE}", 1, 2), ("乙", 3, 4))
    for kind in chart_picture.ChartKind:
        table = Table("", "表", columns, rows, chart=replace(chart, kind=kind))
        data = render_report_letter(letter(Figure(table)))
        assert (f"图1　题{text}" in words_of(data), len(pictures_of(data))) == (True, 1)
    assert not recwarn.list


def test_drawing_letters_without_figures_never_loads_the_plotting_package() -> None:
    script = (
        "import sys; from tests.sampleletters import letter, overdue;"
        "from zhuomuniao.render.letter_docx import render_report_letter;"
        "assert 'docx' not in sys.modules; render_report_letter(letter(overdue(2)));"
        "sys.exit('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], check=False)
    assert done.returncode == 0


def printed(folder: Path, letters: dict[str, ReportLetter]) -> dict[str, Path]:
    for name, each in letters.items():
        (folder / f"{name}.docx").write_bytes(render_report_letter(each))
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--convert-to", "pdf",
         "--outdir", str(folder), *(str(folder / f"{name}.docx") for name in letters)],
        capture_output=True, check=True, timeout=300,
    )  # fmt: skip
    return {name: folder / f"{name}.pdf" for name in letters}


def pages_of(pdf: Path) -> list[str]:
    done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True)
    return done.stdout.split("\f")[:-1]


def boxes_of(pdf: Path) -> list[tuple[float, list[tuple[float, float]]]]:
    """For each page its width, and where each word begins and ends."""
    told = subprocess.run(["pdftotext", "-bbox", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    pages = re.findall(r'<page width="([\d.]+)".*?</page>', told, re.DOTALL)
    parts = re.findall(r"<page .*?</page>", told, re.DOTALL)
    words = [
        [(float(a), float(b)) for a, b in re.findall(r'<word xMin="([\d.]+)".*?xMax="([\d.]+)"', part)]
        for part in parts
    ]
    return list(zip(map(float, pages), words, strict=True))


@pytest.mark.libreoffice
@pytest.mark.skipif(bool(MISSING), reason=f"本机没有 {'、'.join(MISSING)}")
def test_letters_print_on_a4_with_their_headers_and_page_numbers_and_nothing_is_cut(tmp_path: Path) -> None:
    columns = (TableColumn("甲", 5), TableColumn("乙", 20, place=Place.LEFT))
    nasty = Table("", "表", columns, tuple((text, text) for text in HOSTILE))
    letters = {
        "none": letter(overdue(0), Paragraph("完。")),
        "five": letter(overdue(5), Paragraph("完。")),
        "sixty": letter(overdue(60), Paragraph("完。")),
        "turned": letter(Paragraph("起。"), register(60), Paragraph("完。")),
        "whole": WHOLE,
        "hostile": letter(nasty, *(Paragraph(text) for text in HOSTILE)),
    }
    pdfs = printed(tmp_path, letters)
    made = {name: pages_of(pdf) for name, pdf in pdfs.items()}
    assert (len(made["none"]), len(made["five"])) == (1, 2)
    assert NOTHING in made["none"][0]
    for name in ("sixty", "turned"):
        pages = [re.sub(r"\s", "", page) for page in made[name]]
        listed = [page for page in pages if "事项编号" in page]
        assert re.findall(r"20261008\d\d", "".join(pages)) == [f"20261008{n:02}" for n in range(1, 61)]
        assert set(re.findall(r"第\d\d件", "".join(pages))) == {f"第{n:02}件" for n in range(1, 61)}
        assert all(page in listed for page in pages if "20261008" in page), "the header stands on every page"
        assert len(listed) > 5
    for name, texts in made.items():
        numbers = [int(found[-1]) for page in texts if (found := re.findall(r"—\s*(\d+)\s*—", page))]
        assert numbers == list(range(1, len(texts) + 1)), name
        for page in texts:
            assert re.sub(r"—\s*\d+\s*—|\s", "", page), f"{name}: no empty page"
    widths = [round(width) for width, _ in boxes_of(pdfs["turned"])]
    assert [width for width, after in pairwise([*widths, 0]) if width != after] == [595, 842, 595]
    for name, pdf in pdfs.items():
        for width, words in boxes_of(pdf):
            left, right = (28, 26) if width < 600 else (35, 37)
            assert min(begin for begin, _ in words) > (left - 1) / 25.4 * 72, name
            assert max(end for _, end in words) < width - (right - 2) / 25.4 * 72, name
