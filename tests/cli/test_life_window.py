"""At the window: duplicates, routing, copied text (scenarios N-09…N-11), and batches that bring both (I-01…I-05)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.desk import Desk

ABOUT = "营业执照变更在窗口跑了三次还没有办下来"


@pytest.fixture
def window(new_desk: Callable[..., Desk]) -> Desk:
    return new_desk("xiangtan", "2026-10-30")


def test_N09_text_of_an_old_web_page_is_taken_as_it_is(window: Desk) -> None:
    about = '縣直機關各單位\u00a0?h直機關推諉、相互"踢皮球"'
    no = window.register("2026-08-10 09:00", about=about, name="張\u00a0三")["case_no"]
    shown = window.ask("show", no, "--full")["case"]
    assert shown["about"].replace("\u00a0", " ") == about.replace("\u00a0", " ")
    found = window.ask("list", "--search", "縣直機關各單位 ?h直機關")["cases"]
    assert [c["case_no"] for c in found] == [no]


def test_N10_steps_name_nobody_unasked(window: Desk) -> None:
    no = window.register("2026-08-10 09:00", name="李四", phone="13800138000", tier="二级", unit="司法局")["case_no"]
    window.ask("feedback", no, "--text", "已电联李四13800138000", "--at", "2026-08-11 09:00")
    window.ask("resolve", no, "--result", "李四已取证", "--at", "2026-08-12 09:00")
    for line in (("show", no), ("list",), ("overdue",), ("escalate",), ("report", "--month", "2026-08")):
        for words in (line, (*line, "--json")):
            said = window.type(*words)
            assert "李四" not in said.out + said.err, words
            assert "13800138000" not in said.out + said.err, words
    assert "李四" in window.type("show", no, "--full").out


def test_N11_the_same_person_with_the_same_matter(window: Desk) -> None:
    first = window.register("2026-08-03 09:00", about=ABOUT, phone="13800138000")
    assert first["similar"] == []
    second = window.register("2026-08-10 09:00", about=f"{ABOUT}！", phone="138-0013-8000")
    assert second["similar"] == [first["case_no"]]
    assert second["saved"] == "written"
    (told,) = [w for w in second["warnings"] if "疑似重复" in w]
    assert f"zmn link {second['case_no']} --to {first['case_no']}" in told
    linked = window.ask("link", second["case_no"], "--to", first["case_no"], "--at", "2026-08-10 10:00")
    assert (linked["step"], linked["status"]) == ("关联", "待交办")
    assert window.ask("show", second["case_no"])["case"]["related_no"] == first["case_no"]
    assert window.type("link", second["case_no"], "--to", second["case_no"]).code == 2
    assert window.type("link", second["case_no"], "--to", "2026080399").code == 2


@pytest.mark.parametrize(
    ("at", "more"),
    [
        ("2026-09-03 09:00", {}),
        ("2026-08-10 09:00", {"about": "社保关系转移的材料被退了回来"}),
        ("2026-08-10 09:00", {"name": "王五"}),
    ],
)
def test_N11_another_matter_person_or_time(window: Desk, at: str, more: dict[str, str]) -> None:
    window.register("2026-08-03 09:00", about=ABOUT)
    assert window.register(at, **{"about": ABOUT, **more})["similar"] == []


def test_N11_told_at_registration_when_it_is_known_already(window: Desk) -> None:
    first = window.register("2026-08-03 09:00", about=ABOUT)["case_no"]
    second = window.register("2026-08-10 09:00", about=ABOUT, related=first)["case_no"]
    assert window.ask("show", second)["case"]["related_no"] == first
    wrong = window.type("register", "--name", "李", "--about", "事", "--related", "2026080399")
    assert wrong.code == 2


@pytest.mark.parametrize(
    ("locality", "route", "outcome"),
    [
        ("xiangtan", "信访", "转信访"),
        ("xiangtan", "涉法涉诉", "转政法"),
        ("xiangtan", "转热线", "转热线"),
        ("neixiang", "涉诉", "转政法"),
        ("neixiang", "涉访", "转信访"),
    ],
)
def test_what_a_notice_excludes_is_routed(
    new_desk: Callable[..., Desk], locality: str, route: str, outcome: str
) -> None:
    desk = new_desk(locality, "2026-10-30")
    answer = desk.register("2026-08-10 09:00", route=route)
    assert answer["status"] == "已转出"
    shown = desk.ask("show", answer["case_no"])
    assert shown["case"]["outcome"] == outcome
    assert [s["step"] for s in shown["steps"]] == ["受理", "办结"]
    assert desk.ask("overdue", "--as-of", "2026-10-30")["overdue"] == []
    counts = desk.ask("report", "--month", "2026-08")["counts"]
    assert (counts["accepted"], counts["transferred"], counts["resolved"]) == (1, 1, 0)


def test_the_whistle_of_a_chief_representative_stays(window: Desk) -> None:
    answer = window.register("2026-08-10 09:00", route="首席代表吹哨")
    assert answer["status"] == "待交办"
    assert any("县市场监管局" in w for w in answer["warnings"])
    assert window.ask("show", answer["case_no"])["case"]["track"] == "商事服务"
    told = window.ask("assign", answer["case_no"], "--unit", "司法局", "--at", "2026-08-10 10:00")
    assert any("县市场监管局统筹" in w for w in told["warnings"])


def test_what_is_against_the_law_is_answered(desk: Desk) -> None:
    answer = desk.register("2026-08-10 09:00", route="政策法规")
    assert (answer["status"], [d["act"] for d in answer["deadlines"]]) == ("待交办", ["答复"])
    bare = desk.type("resolve", answer["case_no"], "--result", "不符", "--outcome", "不能办理", "--at", "2026-08-11")
    assert bare.code == 6
    for word in ("--reported-to", "制度第二条"):
        assert word in bare.err
    words = ("--outcome", "不能办理", "--reason", "无依据", "--reported-to", "中心主任", "--at", "2026-08-11")
    desk.ask("resolve", answer["case_no"], "--result", "已说明", *words)
    result = desk.ask("show", answer["case_no"])["case"]["result"]
    assert "无依据" in result
    assert "中心主任" in result


def test_I02_I03_a_batch_points_out_what_is_there_already(window: Desk, tmp_path: Path) -> None:
    sheet = tmp_path / "旧台账.json"
    rows = [{"name": "李四", "about": ABOUT, "at": f"2026-08-0{n} 09:00", "phone": "13800138000"} for n in (3, 4)]
    sheet.write_text(json.dumps([*rows, {"name": "", "about": "没有姓名"}], ensure_ascii=False), encoding="utf-8")
    dry = window.type("register", "--from", str(sheet), "--dry-run", "--json")
    assert (dry.code, dry.json["accepted"], dry.json["dry_run"]) == (1, 2, True)
    assert window.ask("list")["count"] == 0
    done = window.type("register", "--from", str(sheet), "--json")
    assert done.code == 1
    first, second = done.json["registered"]
    assert second["similar"] == [first["case_no"]]
    assert [r["row"] for r in done.json["rejected"]] == [3]
    undone = window.ask("undo", "--batch", done.json["batch"])
    assert undone["count"] == 2
    assert window.ask("list")["count"] == 0


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_I05_csv_in_any_of_our_encodings(window: Desk, tmp_path: Path, encoding: str) -> None:
    sheet = tmp_path / "登记.csv"
    sheet.write_text(f"反映人,问题描述,受理时间\n李四,{ABOUT},2026-08-03 09:00\n", encoding=encoding)
    done = window.ask("register", "--from", str(sheet))
    assert done["count"] == 1
    row = next(openpyxl.load_workbook(window.book).worksheets[0].iter_rows(min_row=3, values_only=True))
    assert "李四" in row
    assert ABOUT in row
