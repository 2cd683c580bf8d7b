"""What comes out of the printer: real soffice, real pages."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from tests.casework import build
from tests.paperwork import values_of
from zhuomuniao.assets import data_folder
from zhuomuniao.forms.filled import fill_form
from zhuomuniao.layouts import Layout, load_layout
from zhuomuniao.model import Case
from zhuomuniao.paperlayouts import FormLayout
from zhuomuniao.render.form_xlsx import render_form
from zhuomuniao.render.report_xlsx import render_report
from zhuomuniao.store.create import create_book

LAYOUTS = data_folder() / "localities" / "neixiang" / "layouts"


def pages(path: Path) -> list[tuple[float, float]]:
    """Width and height in points of each page, as pdfinfo tells them."""
    told = subprocess.run(["pdfinfo", "-l", "999", str(path)], capture_output=True, text=True, check=True).stdout
    sizes = re.findall(r"^Page +\d+ size: +([\d.]+) x ([\d.]+)", told, re.MULTILINE)
    return [(round(float(width)), round(float(height))) for width, height in sizes]


@pytest.mark.libreoffice
def test_book_form_and_report_print_on_a4_and_the_widest_sheet_on_a3(tmp_path: Path) -> None:
    missing = [tool for tool in ("soffice", "pdfinfo") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"本机没有 {'、'.join(missing)}，不检查打印效果")
    layout, form = load_layout(LAYOUTS / "window.toml"), load_layout(LAYOUTS / "register-form.toml")
    assert isinstance(layout, Layout)
    assert isinstance(form, FormLayout)
    case = Case("2026100801", "window", datetime(2026, 10, 8, 9, 30), "李四", "情况说明。" * 180, phone="13800138000")
    report = build([case], "2026-10")
    files = {
        "book": create_book(layout, choices={"tier": ["三级"]}, stamp={"zmn.ledger": "window"}),
        "form": render_form(fill_form(form, values_of(case))),
        "report": render_report(report),
    }
    for name, data in files.items():
        (tmp_path / f"{name}.xlsx").write_bytes(data)
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(tmp_path),
            *(str(tmp_path / f"{name}.xlsx") for name in files),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    portrait, landscape, wide = (595, 842), (842, 595), (1191, 842)
    assert pages(tmp_path / "form.pdf") == [portrait]
    book = pages(tmp_path / "book.pdf")
    # Ledger, log, words: one page each, for the own columns stand outside the print area.
    assert book[:2] == [landscape, landscape]
    assert len(book) == 3
    found = pages(tmp_path / "report.pdf")
    # 汇总 and 指标口径 take more than a page each; 台账 has 23 columns, whose type nobody could read on A4.
    sheets = [portrait, landscape, portrait, wide, landscape, landscape, portrait]
    assert [size for n, size in enumerate(found) if not n or size != found[n - 1]] == [
        size for n, size in enumerate(sheets) if not n or size != sheets[n - 1]
    ]
    assert len(found) <= 12
