"""The files of a report: xlsx, docx, json, csv and pdf, each as its readers expect it."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import jsonschema
import openpyxl
import pytest
import referencing

from tests.desk import Desk
from tests.julyhall import HOTLINE, names, open_hall, take_call
from zhuomuniao.render.pdf import find_office_program

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def hall(tmp_path: Path) -> Desk:
    return open_hall(tmp_path / "台")


def test_all_files_of_an_edition_carry_its_number_and_missing_ones_are_added(hall: Desk) -> None:
    hall.ask(*HOTLINE, "2026-07")
    hall.day = "2026-09-01"
    take_call(hall, "2026-07-30 09:00")
    hall.ask(*HOTLINE, "2026-07")
    more = hall.ask(*HOTLINE, "2026-07", "--format", "json，csv")
    assert more["is_new"] is False
    assert all("2026-07（更正1）" in name for name in more["files"])
    endings = {Path(name).name.partition("（更正1）")[2] for name in more["files"]}
    assert {".xlsx", ".json", "-台账.csv", "-逾期明细.csv", "-汇总.csv", "-更正说明.csv"} <= endings
    assert "李四" not in "".join(
        (hall.folder / name).read_bytes().decode("utf-8", "ignore") for name in more["files"]
    )


def test_the_json_file_is_what_its_schema_promises(hall: Desk) -> None:
    answer = hall.ask(*HOTLINE, "2026-07", "--format", "json")
    (path,) = (hall.folder / name for name in answer["files"] if name.endswith(".json"))
    data = json.loads(path.read_text("utf-8"))
    folder = ROOT / "docs" / "json"
    schemas = {p.name: json.loads(p.read_text("utf-8")) for p in folder.glob("*.json")}
    registry = referencing.Registry().with_resources(
        (name, referencing.Resource.from_contents(schema)) for name, schema in schemas.items()
    )
    validator = jsonschema.Draft202012Validator(schemas["report-file.json"], registry=registry)
    assert [error.message for error in validator.iter_errors(data)] == []
    assert data.keys() == schemas["report-file.json"]["properties"].keys()
    assert (data["counts"], data["as_of"], data["correction"]) == (answer["counts"], "2026-07-31", 0)
    (ledger,) = (t for t in data["tables"] if t["sheet"] == "台账")
    assert len(ledger["rows"]) == answer["rows"] == 2
    assert all(len(row) == len(table["headers"]) for table in data["tables"] for row in table["rows"])


TRICKS = (
    '=HYPERLINK("http://x","点我")',
    "@SUM(A1)",
    "-1",
    "+86 10",
    "'=1",
    "''+2",
    "'平常",
    '="0012"',
    "甲,乙\n“丙”",
)


def test_n07_text_that_looks_like_a_formula_comes_back_as_it_was(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "台", "2026-10-30")
    assert desk.type("init", str(desk.folder), "--locality", "neixiang", "--year", "2026").code == 0
    listed = tmp_path / "名单.json"
    rows = [{"name": "李四", "about": f"{text}", "at": "2026-09-01 09:00"} for text in TRICKS]
    listed.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    assert desk.type("register", "--from", str(listed)).code == 0
    kept = [case["about"] for case in desk.ask("list")["cases"]]
    answer = desk.ask("report", "--month", "2026-09", "--full", "--format", "csv")
    (path,) = (desk.folder / name for name in answer["files"] if name.endswith("-台账.csv"))
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == len(TRICKS) + 1
    with io.StringIO(data.decode("utf-8-sig"), newline="") as text:
        found = [cell for row in csv.reader(text) for cell in row]
    assert [cell for cell in found if re.match(r"[=+\-@\t\r]", cell)] == []
    (cut,) = (c.value for row in openpyxl.load_workbook(desk.folder / answer["files"][0])["台账"] for c in row
              if str(c.value).startswith("=HYPER"))  # fmt: skip
    assert cut == TRICKS[0]
    second = Desk(tmp_path / "另一台", "2026-10-30")
    assert second.type("init", str(second.folder), "--locality", "neixiang", "--year", "2026").code == 0
    taken = second.type("register", "--from", str(path))
    assert taken.code == 0, taken.err + taken.out
    assert sorted(case["about"] for case in second.ask("list")["cases"]) == sorted(kept)
    assert set(TRICKS) >= set(kept) - {"甲,乙 “丙”"}


@pytest.mark.skipif(not find_office_program(), reason="needs LibreOffice")
def test_pdfs_follow_the_files_as_people_left_them(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "台", "2026-10-22")
    line = ("--locality", "beilin", "--year", "2026", "--role", "牵头部门", "--office", "碑林区行政审批局")
    desk.type("init", str(desk.folder), *line)
    answer = desk.ask("report", "--month", "2026-10", "--format", "pdf")
    files = [desk.folder / name for name in answer["files"]]
    assert [re.sub("^.*2026-10", "", p.name) for p in files] == [".xlsx", ".pdf", "（报告）.pdf"]
    assert all(p.read_bytes()[:5] == b"%PDF-" for p in files[1:])
    before = files[1].stat().st_mtime_ns
    desk.ask("report", "--month", "2026-10", "--format", "pdf,docx")
    assert files[1].stat().st_mtime_ns == before


def test_without_libreoffice_the_other_files_are_made_and_named(hall: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(hall.folder))
    monkeypatch.setattr("zhuomuniao.render.pdf._PLACES", ())
    answer = hall.type(*HOTLINE, "2026-07", "--format", "xlsx,json,pdf")
    assert (answer.code, "没有 LibreOffice" in answer.err, "WPS" in answer.err) == (8, True, True)
    assert "已经生成" in answer.err
    assert names(hall) == ["2026-07.json", "2026-07.xlsx"]


def test_a_chart_that_had_to_be_a_table_is_told_once(hall: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr("zhuomuniao.render.chart_picture.installed_fonts", dict)
    answer = hall.ask(*HOTLINE, "2026-07")
    (told_once,) = answer["remarks"]
    assert "中文字体" in told_once
    assert hall.ask(*HOTLINE, "2026-07")["remarks"] == [], "nothing was drawn"
    take_call(hall, "2026-07-30 09:00")
    assert hall.type(*HOTLINE, "2026-07").out.count("中文字体") == 1


def test_a_format_nobody_knows_is_refused_with_those_there_are(hall: Desk) -> None:
    for text in ("doc", "xlsx,ppt", ",", ""):
        answer = hall.type(*HOTLINE, "2026-07", "--format", text)
        assert (answer.code, "xlsx、docx、json、csv、pdf" in answer.err) == (2, True), text
    assert not (hall.folder / "报表" / "2026-07").exists()


@pytest.mark.libreoffice
@pytest.mark.skipif(not find_office_program(), reason="needs LibreOffice")
def test_a_pdf_that_was_handed_in_is_never_printed_anew(hall: Desk) -> None:
    line = (*HOTLINE, "2026-07", "--format", "xlsx,docx,pdf")
    made = [hall.folder / name for name in hall.ask(*line)["files"]]
    assert sorted(path.suffix for path in made) == [".docx", ".pdf", ".pdf", ".xlsx"]
    hall.ask("duties", "done", "hotline-ledger", "--period", "2026-07")
    handed = {path: path.read_bytes() for path in made if path.suffix == ".pdf"}
    letter = next(path for path in made if path.suffix == ".docx")
    letter.write_bytes(letter.read_bytes())
    assert letter.stat().st_mtime_ns > max(path.stat().st_mtime_ns for path in handed)
    hall.ask(*line)
    assert {path: path.read_bytes() for path in handed} == handed
    take_call(hall, "2026-07-30 09:00")
    corrected = [hall.folder / name for name in hall.ask(*line)["files"]]
    assert not {*corrected} & {*made}
    assert {path: path.read_bytes() for path in handed} == handed
