"""Reports on leaders' activities as files: what was approved cell for cell, marked blanks, real pages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn
from msgspec.structs import replace

from tests.leaders import (
    AUGUST,
    HANDINS,
    OWED,
    QUARTER,
    RECORDS,
    THIRD,
    WINDOW,
    WINDOW_COVERAGE,
    WINDOW_RECORDS,
    YEAR,
    activity,
    issue,
)
from zhuomuniao.assets import data_folder
from zhuomuniao.forms.filled import FilledLetter, FilledParagraph, Level
from zhuomuniao.layouts import Layout, load_layout
from zhuomuniao.render.letter_docx import render_letter_docx, render_report_letter
from zhuomuniao.render.report_xlsx import render_report
from zhuomuniao.reports.coverlines import Coverage, Standing
from zhuomuniao.reports.leaderfigures import FieldRecords
from zhuomuniao.reports.leaders import (
    build_assessment,
    build_month_info,
    build_quarter_summary,
    build_window_report,
)
from zhuomuniao.reports.tables import Paragraph, Report, ReportLetter
from zhuomuniao.rulefile import load_locality

GOLDEN = Path(__file__).parents[2] / "golden" / "leaders"
LOCALITIES = data_folder() / "localities"
MISSING = [tool for tool in ("soffice", "pdftotext") if shutil.which(tool) is None]


def issues_layout() -> Layout:
    layout = load_layout(LOCALITIES / "beilin" / "layouts" / "issues.toml")
    assert isinstance(layout, Layout)
    return layout


def quarter(records: FieldRecords = RECORDS, coverage: Coverage = QUARTER) -> tuple[Report, ReportLetter]:
    return build_quarter_summary(records, THIRD, coverage, handins=HANDINS, layout=issues_layout())


def reports() -> Iterator[tuple[str, Report, ReportLetter | None]]:
    yield "month", *build_month_info(RECORDS, AUGUST)
    yield "quarter", *quarter()
    yield "window", *build_window_report(WINDOW_RECORDS, WINDOW, WINDOW_COVERAGE)
    yield "year", build_assessment(RECORDS, YEAR, owed=OWED, items=QUARTER.items), None


REPORTS = [pytest.param(report, letter, name, id=name) for name, report, letter in reports()]


def loaded(data: bytes) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Print area cannot be set")
        return openpyxl.load_workbook(BytesIO(data))


def cells_of(data: bytes) -> Iterator[str]:
    for sheet in loaded(data):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    mark = " ●" if cell.fill.fgColor.rgb.endswith("FFFF00") else ""
                    yield f"{sheet.title}!{cell.coordinate}\t{cell.number_format}\t{cell.value!r}{mark}"


def words_of(data: bytes) -> Iterator[str]:
    for paragraph in docx.Document(BytesIO(data)).paragraphs:
        for run in paragraph.runs:
            font, size = run._r.rPr.rFonts.get(qn("w:eastAsia")), run.font.size.pt
            mark = "● " if run.font.highlight_color else ""
            yield f"{mark}{font} {size:g}\t{run.text}"


@pytest.mark.parametrize(("report", "letter", "name"), REPORTS)
def test_every_report_is_what_was_approved(report: Report, letter: ReportLetter | None, name: str) -> None:
    lines = [*cells_of(render_report(report))]
    if letter is not None:
        lines += ["", *words_of(render_report_letter(letter))]
    found = "\n".join(lines) + "\n"
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("ZMN_UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize(("report", "letter", "name"), REPORTS)
def test_the_same_report_has_the_same_bytes(report: Report, letter: ReportLetter | None, name: str) -> None:
    assert render_report(report) == render_report(report)
    if letter is not None:
        assert render_report_letter(letter) == render_report_letter(letter)


def test_every_blank_is_marked_and_nothing_else() -> None:
    report, letter = quarter()
    marked = [line.partition("\t")[2] for line in words_of(render_report_letter(letter)) if line.startswith("●")]
    assert marked == list(letter.blanks)
    assert len(marked) == 4
    cells = [line for line in cells_of(render_report(report)) if line.endswith("●")]
    assert [line.split("!")[0] for line in cells] == ["总结"] * 4


def test_what_a_person_typed_like_a_blank_is_not_taken_for_one() -> None:
    typed = "［请填写：别人打的字］"
    letter = ReportLetter("题", "区营商办", (Paragraph(typed),), (), "某局", "2026年9月22日")
    assert not [line for line in words_of(render_report_letter(letter)) if line.startswith("●")]
    records = FieldRecords((), (issue(1, "2026-08-03", "区发改委", typed),))
    report, _ = build_month_info(records, AUGUST)
    assert not [line for line in cells_of(render_report(report)) if line.endswith("●")]


def test_a_report_and_a_letter_of_the_same_words_are_set_the_same() -> None:
    report = ReportLetter("题", "区营商办", (Paragraph("一段话。"),), ("统计表",), "某局", "2026年9月22日")
    text = (FilledParagraph("一段话。", Level.PLAIN),)
    letter = FilledLetter("", "", "", "题", "区营商办", text, ("统计表",), "某局", "2026年9月22日", "")
    assert render_report_letter(report) == render_letter_docx(letter)


def test_no_cell_of_a_report_is_a_formula() -> None:
    hostile = FieldRecords(
        (activity(1, "2026-08-03T09:00", "=1+1", "@SUM(A1)", items=("-2+3", "+cmd|'/c'!A1"), enforcements=("=A1",)),),
        (issue(1, "2026-08-03", "=1+1", "=HYPERLINK(1)", need="@x"),),
    )
    book = loaded(render_report(build_month_info(hostile, AUGUST)[0]))
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    assert "=HYPERLINK(1)" in [cell.value for row in book["发现和解决问题"].iter_rows() for cell in row]


def whole_district() -> FieldRecords:
    """Every unit of 附件1 with two activities, long items and long issues."""
    rules = load_locality(LOCALITIES / "beilin", data_folder() / "policies.toml").locality.editions[0]
    units = rules.units.names
    assert len(units) > 40
    long = "企业群众反映线上填报环节多、等待时间长、一次性告知内容与窗口口径不一致，"
    activities = [
        activity(
            n, f"2026-08-{n % 18 + 1:02d}T09:00", unit, f"主要负责人{n}，职务", place=f"{unit}办事大厅",
            items=(f"第{n}号事项甲", f"第{n}号事项乙"), enforcements=(f"第{n}次检查",),
        )
        for n, unit in enumerate(units, start=1)
    ]  # fmt: skip
    issues = [
        issue(n, f"2026-08-{n % 18 + 1:02d}", unit, f"问题{n:03d}：" + long * (n % 7 + 1), remedy=long, need=long)
        for n, unit in enumerate(units, start=1)
    ]
    return FieldRecords(activities, issues)


@pytest.mark.libreoffice
@pytest.mark.skipif(bool(MISSING), reason=f"本机没有 {'、'.join(MISSING)}")
def test_a_whole_district_prints_on_a4_and_nothing_is_cut(tmp_path: Path) -> None:
    records = whole_district()
    present = tuple(replace(line, standing=Standing.DONE) for line in QUARTER.units)
    report, letter = quarter(records, replace(QUARTER, units=present))
    info, info_letter = build_month_info(records, replace(AUGUST, covered=AUGUST.covered))
    files = {
        "quarter.xlsx": render_report(report),
        "month.xlsx": render_report(info),
        "month-letter.docx": render_report_letter(info_letter),
        "quarter-letter.docx": render_report_letter(letter),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--convert-to", "pdf",
         "--outdir", str(tmp_path / "pdf"), *(str(tmp_path / name) for name in files)],
        capture_output=True, check=True, timeout=300,
    )  # fmt: skip
    expected = {f"问题{n:03d}" for n in range(1, len(records.issues) + 1)}
    for name in ("quarter", "month", "month-letter"):
        said = pdf_text(tmp_path / "pdf" / f"{name}.pdf")
        assert set(re.findall(r"问题\d{3}", said)) == expected, name
        for n in range(1, len(records.activities) + 1):
            assert f"第{n}号事项乙" in said, (name, n)
    assert pdf_text(tmp_path / "pdf" / "quarter-letter.pdf").count("［请填写：") == 4
    for pdf in (tmp_path / "pdf").glob("*.pdf"):
        info_of = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, text=True, check=True).stdout
        assert "(A4)" in info_of, pdf.name


def pdf_text(pdf: Path) -> Any:
    """The text of a PDF without its line breaks."""
    done = subprocess.run(["pdftotext", "-raw", str(pdf), "-"], capture_output=True, text=True, check=True)
    return re.sub(r"\s", "", done.stdout)
