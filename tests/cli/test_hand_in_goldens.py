"""The most telling hand-ins of each county, cell by cell and paragraph by paragraph, as an office approved them.

``ZMN_UPDATE_GOLDEN=1`` writes them anew: then look at the difference before it is committed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from tests import countycases, countydesks
from tests.countyoffices import OfficeDesk
from tests.docxdump import dump_docx, words_of
from tests.sampleletters import by_unit
from tests.sheetdump import HIDDEN, dump_workbook
from zhuomuniao.model import BEIJING
from zhuomuniao.render.chart_picture import ChartPicture, draw_chart

GOLDEN = Path(__file__).parents[1] / "golden" / "hand-ins"
CAN_DRAW = isinstance(draw_chart(by_unit()), ChartPicture)
MISSING = [tool for tool in ("soffice", "pdftotext") if shutil.which(tool) is None]
SEAL = re.compile(r"\b[0-9a-f]{32,}\b")
"""The last line of the journal and the check sum of a file, which no two desks share."""
PERSONAL = ("李四", "某某", "13800138000", "13912345678", "13712345678")
"""Names and numbers typed at the desks; 临县某某… and 张某某 of the leaders are taken off first."""


@dataclass(frozen=True)
class HandIn:
    """What a role hands in on a day: the command, and which of its files are kept as golden ones."""

    county: str
    name: str
    day: str
    line: tuple[str, ...]
    kept: tuple[str, ...]
    role: str = ""
    office: str = ""


def _duty(duty: str, *period: str) -> tuple[str, ...]:
    return ("--duty", duty, *period)


WALK, FOLLOW, _COMPLAINT = countydesks.BEILIN_LEADS
LEAD, BUSINESS, HALL, OFFICERS = "牵头部门", "营商办", "政务服务大厅", "政务改革和政策法规股"
MONTH, QUARTER, WINDOW = ("--month", "2026-10"), ("--quarter", "2026Q3"), ("--window", "2026-08")
HAND_INS = (
    HandIn("neixiang", "month", "2026-11-03", MONTH, ("xlsx", "docx")),
    HandIn("xiangtan", "analysis", "2026-11-03", _duty("analysis", *MONTH), ("docx",)),
    HandIn("linxian", "hard-cases", "2026-11-02", _duty("hard-cases", *MONTH), ("xlsx",), "窗口"),
    HandIn("linxian", "hotline-ledger", "2026-11-05", _duty("hotline-ledger", *MONTH), ("xlsx", "docx"), HALL),
    HandIn("linxian", "officer-problems", "2026-11-05", _duty("officer-problems", *MONTH), ("docx",), OFFICERS),
    HandIn("linxian", "officer-list", "2026-11-05", _duty("officer-list"), ("xlsx",), OFFICERS),
    HandIn("linxian", "site-list", "2026-11-05", _duty("site-list"), ("xlsx",), HALL),
    HandIn(
        "beilin",
        "info",
        "2026-09-20",
        _duty("monthly-info-walk-process", "--month", "2026-09"),
        ("docx",),
        LEAD,
        WALK,
    ),
    HandIn(
        "beilin",
        "summary",
        "2026-09-22",
        _duty("quarter-summary-walk-process", *QUARTER),
        ("xlsx", "docx"),
        LEAD,
        WALK,
    ),
    HandIn("beilin", "lists", "2026-09-22", _duty("three-lists-onward", *QUARTER), ("xlsx",), LEAD, WALK),
    HandIn(
        "beilin", "plans", "2026-09-22", _duty("plan-and-unit-list", "--quarter", "2026Q4"), ("xlsx",), LEAD, FOLLOW
    ),
    HandIn(
        "beilin", "circular", "2026-10-09", _duty("district-circular", *QUARTER), ("docx",), BUSINESS, "碑林区营商办"
    ),
    HandIn(
        "jingbian",
        "government",
        "2026-10-08",
        _duty("report-to-government", *WINDOW),
        ("xlsx", "docx"),
        "司法局",
        "靖边县司法局",
    ),
    HandIn("yunxi", "monthly", "2026-11-03", _duty("monthly", *MONTH), ("docx",)),
)

OFFICES: dict[str, Callable[[Path], OfficeDesk]] = {
    "neixiang": countycases.neixiang,
    "xiangtan": countycases.xiangtan,
    "yunxi": countycases.yunxi,
    "linxian": countydesks.linxian,
    "beilin": countydesks.beilin,
    "jingbian": countydesks.jingbian,
}

Made = dict[tuple[str, str], list[Path]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Every hand-in, made once by the commands its role types."""
    folder = tmp_path_factory.mktemp("各县")
    desks: dict[str, OfficeDesk] = {}
    files: Made = {}
    for one in HAND_INS:
        if one.county not in desks:
            desks[one.county] = OFFICES[one.county](folder / one.county)
        desk = desks[one.county]
        if one.role:
            desk.sit(one.role, one.office)
        answer = desk.ask("report", *one.line, "--as-of", one.day)
        assert all(check["holds"] for check in answer["checks"]), (one, answer["checks"])
        files[one.county, one.name] = [desk.folder / name for name in answer["files"]]
    return files


def file_of(made: Made, one: HandIn, kind: str) -> Path:
    (path,) = (path for path in made[one.county, one.name] if path.suffix == f".{kind}")
    return path


KEPT = [pytest.param(one, kind, id=f"{one.county}-{one.name}-{kind}") for one in HAND_INS for kind in one.kept]


@pytest.mark.parametrize(("one", "kind"), KEPT)
def test_a_hand_in_is_as_it_was_approved(made: Made, one: HandIn, kind: str) -> None:
    if kind == "docx" and not CAN_DRAW:
        pytest.skip("本机没有 matplotlib 或中文字体")
    data, today = file_of(made, one, kind).read_bytes(), datetime.now(BEIJING).date()
    dumped = dump_docx(data, today=today) if kind == "docx" else dump_workbook(data, today=today)
    found = SEAL.sub(HIDDEN, dumped)
    golden = GOLDEN / f"{one.county}-{one.name}.{kind}.txt"
    if os.environ.get("ZMN_UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


def text_of(path: Path) -> str:
    if path.suffix == ".docx":
        return words_of(path.read_bytes())
    book = openpyxl.load_workbook(path)
    return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)


def test_n10_no_hand_in_names_anybody_unasked(made: Made) -> None:
    for (county, name), paths in made.items():
        for path in paths:
            if county in ("beilin", "jingbian"):
                # Leaders sign for what they did: their names belong there.
                text = re.sub(r"张某某|周某某", "", text_of(path))
            else:
                text = re.sub(r"临县某某单位", "", text_of(path))
            assert not [one for one in PERSONAL if one in text], (county, name, path.name)


def test_no_sentence_of_a_letter_counts_nothing(made: Made) -> None:
    """“0件，环比增加0件” and its like."""
    silly = re.compile(r"增加0|减少0|其中[^，。；]{0,12}?(?<!\d)0[件个条次]|没有[^，。；]*(?<!\d)0[件个条次]")
    for paths in made.values():
        for path in (p for p in paths if p.suffix == ".docx"):
            found = silly.findall(words_of(path.read_bytes()))
            assert not found, (path.name, found)


def test_the_letter_says_what_the_sheets_say(made: Made) -> None:
    for one in (one for one in HAND_INS if {"month", "analysis", "hotline-ledger"} & {one.name}):
        book = openpyxl.load_workbook(file_of(made, one, "xlsx"))
        rows = book.worksheets[0].iter_rows(values_only=True)
        counts = {row[0]: next(c for c in row[1:] if c is not None) for row in rows if row[0] and any(row[1:])}
        letter = words_of(file_of(made, one, "docx").read_bytes())
        for row, said in (
            ("本月受理", "本月共受理企业群众反映事项{}件"),
            ("本月办结", "本月办结{}件"),
            ("结转下月", "结转下月{}件"),
            ("逾期未结", "逾期未结{}件"),
            ("超时办结", "超时办结{}件"),
            ("已回访", "已回访{}件"),
        ):
            assert said.format(counts[row]) in letter, (one.name, row, counts[row])


@pytest.mark.libreoffice
@pytest.mark.skipif(bool(MISSING), reason=f"本机没有 {'、'.join(MISSING)}")
def test_printed_hand_ins_have_no_empty_page_and_every_number(made: Made, tmp_path: Path) -> None:
    chosen = [
        one
        for one in HAND_INS
        if (one.county, one.name) in {("neixiang", "month"), ("linxian", "hard-cases"), ("jingbian", "government")}
    ]
    copies: dict[Path, Path] = {}
    for one in chosen:
        for path in made[one.county, one.name]:
            copies[tmp_path / f"{one.county}-{path.suffix[1:]}{path.suffix}"] = path
    for copy, path in copies.items():
        shutil.copyfile(path, copy)
    for kind in (".xlsx", ".docx"):
        subprocess.run(
            [
                "soffice",
                "--headless",
                f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
                "--convert-to",
                "pdf",
                "--outdir",
                str(tmp_path),
                *(str(copy) for copy in copies if copy.suffix == kind),
            ],
            capture_output=True,
            check=True,
            timeout=300,
        )
    for copy, path in copies.items():
        pdf = copy.with_suffix(".pdf")
        done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True)
        pages = [re.sub(r"\s", "", page) for page in done.stdout.split("\f")[:-1]]
        bodies = [re.sub(r"—\d+—|第\d+页共\d+页", "", page) for page in pages]
        assert all(bodies), (path.name, [len(body) for body in bodies])
        assert all(re.search(r"—\d+—|第\d+页共\d+页", page) for page in pages), path.name
        numbers = set(re.findall(r"(?<!\d)20\d{8}(?!\d)", text_of(path)))
        assert numbers <= set(re.findall(r"20\d{8}", "".join(pages))), path.name
