"""覆盖: who has not taken part, which items nobody has experienced yet; the catalogues they are counted by."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cli.test_activities import write_csv
from tests.cli.test_json_contract import asked, check
from tests.desk import Desk
from zhuomuniao.commands._view import display_width

NewDesk = Callable[..., Desk]


@pytest.fixture
def beilin(new_desk: NewDesk) -> Desk:
    """碑林 on 22 September 2026; 住建局 may send a delegate."""
    desk = new_desk("beilin", "2026-09-22")
    config = desk.folder / "zmn.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("may_delegate = []", 'may_delegate = ["区住建局"]'), encoding="utf-8")
    return desk


@pytest.fixture
def jingbian(new_desk: NewDesk) -> Desk:
    return new_desk("jingbian", "2027-01-31", folder="靖")


def hold(desk: Desk, unit: str, on: str, *line: str, kind: str = "走流程") -> None:
    desk.ask("activity", "record", "--unit", unit, "--leader", "张明 局长", "--kind", kind, "--on", on, *line)


def standing(covered: Any) -> dict[str, str]:
    """The units that did anything at all."""
    return {u["unit"]: u["standing"] for u in covered["units"] if u["standing"] != "未参加"}


def test_how_each_unit_stands_in_the_quarter(beilin: Desk) -> None:
    hold(beilin, "教育局", "2026-07-01")
    hold(beilin, "住建局", "2026-08-12", "--delegate-for", "王刚")
    hold(beilin, "卫健局", "2026-08-12", "--mode", "即时", "--trigger", "流程变化")
    hold(beilin, "医保局", "2026-06-30")
    covered = asked(beilin, "activity", "coverage")
    check(covered, "activity-coverage")
    assert covered["period"] == {"label": "2026Q3", "first": "2026-07-01", "last": "2026-09-30"}
    assert standing(covered) == {"区教育局": "已参加", "区住建局": "仅委托", "区卫健局": "仅即时跟踪"}
    # 41 of 附件1一; every unit of 附件1二 is among them.
    assert (covered["count"], covered["met"]) == (41, False)
    (health,) = (u for u in covered["units"] if u["unit"] == "区卫健局")
    assert (health["counted"], health["by_mode"], health["dates"]) == (
        0,
        {"定期": 0, "即时": 1, "跟踪": 0},
        ["2026-08-12"],
    )
    before = beilin.ask("activity", "coverage", "--quarter", "2026Q2")
    assert standing(before) == {"区医保局": "已参加"}


def test_the_last_moments_of_a_quarter(beilin: Desk) -> None:
    beilin.day = "2026-10-01"
    hold(beilin, "教育局", "2026-09-30 23:50")
    assert standing(beilin.ask("activity", "coverage")) == {}
    assert standing(beilin.ask("activity", "coverage", "--quarter", "2026Q3")) == {"区教育局": "已参加"}


def test_one_kind_of_activity_has_its_own_units(beilin: Desk) -> None:
    hold(beilin, "教育局", "2026-08-12")
    hold(beilin, "住建局", "2026-08-12", kind="跟执法")
    covered = beilin.ask("activity", "coverage", "--kind", "跟执法")
    assert (covered["count"], standing(covered)) == (30, {"区住建局": "已参加"})


def test_participants_that_the_office_names(beilin: Desk) -> None:
    assert beilin.ask("activity", "coverage", "--kind", "处投诉")["units"] == []
    told = beilin.type("activity", "coverage", "--kind", "处投诉").out
    assert "[participants]" in told
    config = beilin.folder / "zmn.toml"
    text = config.read_text(encoding="utf-8")
    named = text.replace("[policies]", '"处投诉" = ["住建局", "区城管执法局"]\n\n[policies]', 1)
    config.write_text(named, encoding="utf-8")
    covered = beilin.ask("activity", "coverage", "--kind", "处投诉")
    assert [u["unit"] for u in covered["units"]] == ["区住建局", "区城管执法局"]


def test_over_the_year_each_quarter_counts_by_itself(beilin: Desk) -> None:
    for day in ("2026-07-01", "2026-07-02", "2026-07-03"):
        hold(beilin, "教育局", day)
    for day in ("2026-01-05", "2026-04-05", "2026-07-05"):
        hold(beilin, "住建局", day)
    covered = beilin.ask("activity", "coverage", "--year", "2026")
    by_unit = {u["unit"]: u for u in covered["units"]}
    assert (by_unit["区教育局"]["counted"], by_unit["区教育局"]["needed"]) == (1, 3)
    assert (by_unit["区教育局"]["standing"], by_unit["区住建局"]["standing"]) == ("不足", "已参加")
    (row,) = (r for r in covered["heat"]["rows"] if r["unit"] == "区教育局")
    assert [(c["standing"], c["total"]) for c in row["cells"]] == [
        ("未参加", 0), ("未参加", 0), ("已参加", 3), ("未参加", 0),
    ]  # fmt: skip
    assert [p["begun"] for p in covered["heat"]["periods"]] == [True, True, True, False]


def test_a_void_activity_covers_nothing(beilin: Desk) -> None:
    hold(beilin, "教育局", "2026-08-12")
    assert standing(beilin.ask("activity", "coverage")) == {"区教育局": "已参加"}
    assert beilin.type("undo").code == 0
    assert standing(beilin.ask("activity", "coverage")) == {}


def test_the_winter_window_crosses_the_year(jingbian: Desk) -> None:
    for unit, on in (("公安局", "2026-12-01"), ("水利局", "2027-01-31"), ("交通局", "2026-11-30")):
        hold(jingbian, unit, on, kind="跟执法")
    covered = asked(jingbian, "activity", "coverage")
    check(covered, "activity-coverage")
    assert covered["period"] == {"label": "2026-12", "first": "2026-12-01", "last": "2027-01-31"}
    assert standing(covered) == {"县公安局": "已参加", "县水利局": "已参加"}
    assert covered["count"] == 24
    assert jingbian.ask("activity", "coverage", "--window", "2027-01")["units"] == covered["units"]
    assert jingbian.ask("activity", "coverage", "--as-of", "2026-11-15")["period"]["label"] == "2026-08"
    assert jingbian.type("activity", "coverage", "--quarter", "2026Q3").code == 2
    refused = jingbian.type("activity", "coverage", "--window", "2026-10", "--json")
    assert refused.code == 2
    assert "2026-08、2026-12" in refused.error["remedy"]


def test_an_unlisted_unit_with_enforcement_powers_is_named_beside(jingbian: Desk) -> None:
    hold(jingbian, "县气象局", "2026-12-05", kind="跟执法")
    covered = jingbian.ask("activity", "coverage")
    assert (covered["others"], covered["count"]) == (["县气象局"], 24)


def test_the_heat_map_is_aligned_and_fits_eighty_columns(beilin: Desk) -> None:
    hold(beilin, "教育局", "2026-08-12")
    hold(beilin, "住建局", "2026-08-12", "--delegate-for", "王刚")
    lines = beilin.type("activity", "coverage").out.splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("单位 "))
    rows = lines[start : start + 42]
    assert all(display_width(line) <= 80 for line in rows)
    column = display_width(rows[0][: rows[0].index("2026Q3")])
    for line in rows[1:]:
        used, at = 0, 0
        while used < column:
            used += display_width(line[at])
            at += 1
        assert line[at : at + 2].strip() in ("参", "委", "待"), line
    assert any("委=只有受委托人参加" in line for line in lines)
    assert "\x1b" not in "".join(lines)


def test_exit_code_for_scripts(jingbian: Desk) -> None:
    assert jingbian.type("activity", "coverage").code == 0
    assert jingbian.type("activity", "coverage", "--exit-code").code == 1
    hold(jingbian, "公安局", "2026-12-01", kind="跟执法")
    assert jingbian.type("activity", "coverage", "--unit", "公安局", "--exit-code").code == 0


# ---- the catalogue ----


def catalogue(path: Path, *rows: tuple[str | None, ...], merge: str = "") -> str:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    book.save(path)
    return str(path)


def items(desk: Desk, *line: str) -> dict[str, Any]:
    found = asked(desk, "item", "list", *line)
    check(found, "item-list")
    return {item["item"]: item for item in found["items"]}


def test_a_catalogue_with_merged_units_is_taken_in_once(beilin: Desk, tmp_path: Path) -> None:
    file = catalogue(
        tmp_path / "清单.xlsx",
        ("各单位事项清单", None, None),
        ("实施主体", "事项名称", "权力类型"),
        ("区教育局", "教师资格认定", "行政许可"),
        (None, "校车使用许可", "行政许可"),
        ("住建局", "商品房预售许可", "行政许可"),
        ("区住建局", None, None),
        merge="A3:A4",
    )
    done = asked(beilin, "item", "import", file, code=1)
    check(done, "item-import")
    assert (done["new"], [r["row"] for r in done["rejected"]]) == (3, [6])
    assert {name: i["unit"] for name, i in items(beilin).items()} == {
        "教师资格认定": "区教育局", "校车使用许可": "区教育局", "商品房预售许可": "区住建局",
    }  # fmt: skip
    again = asked(beilin, "item", "import", file, code=1)
    assert (again["new"], again["known"], again["saved"]) == (0, 3, None)
    assert beilin.type("undo").code == 0
    assert items(beilin) == {}


def test_items_are_covered_by_name_whatever_the_spaces(beilin: Desk, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "事项.csv", ("事项",), ("教师资格认定",), ("校车使用许可",), ("民办学校设立",))
    beilin.ask("item", "import", file, "--unit", "教育局")
    hold(beilin, "教育局", "2026-08-12", "--item", "教师资格 认定", "--item", "别的事")
    (covered,) = beilin.ask("activity", "coverage")["items"]
    assert (covered["covered"], covered["missing"]) == (["教师资格认定"], ["校车使用许可", "民办学校设立"])
    assert (covered["uncatalogued"], covered["percent"]) == (["别的事"], 33.33)
    assert set(items(beilin, "--missing")) == {"校车使用许可", "民办学校设立"}
    assert items(beilin)["教师资格认定"]["covered_on"] == "2026-08-12"
    assert items(beilin, "--year", "2025")["教师资格认定"]["covered"] is False
    told = beilin.type("activity", "coverage", "--unit", "教育局").out
    assert "1/3项（33.3%），还没有体验：校车使用许可、民办学校设立" in told


def test_what_is_no_longer_listed_is_struck_off_only_when_asked(beilin: Desk, tmp_path: Path) -> None:
    first = write_csv(tmp_path / "一.csv", ("单位", "事项"), ("教育局", "甲"), ("教育局", "乙"), ("住建局", "丙"))
    then = write_csv(tmp_path / "二.csv", ("单位", "事项"), ("教育局", "甲"), ("教育局", "丁"))
    beilin.ask("item", "import", first)
    told = beilin.ask("item", "import", then)
    assert ([i["item"] for i in told["absent"]], told["dropped"], told["new"]) == (["乙"], 0, 1)
    assert items(beilin)["乙"]["dropped_on"] is None
    third = write_csv(tmp_path / "三.csv", ("单位", "事项"), ("教育局", "甲"), ("教育局", "戊"))
    done = beilin.ask("item", "import", third, "--complete")
    assert (done["new"], done["dropped"]) == (1, 2)
    now = items(beilin)
    assert {name for name, i in now.items() if i["dropped_on"]} == {"乙", "丁"}
    assert now["丙"]["dropped_on"] is None, "another unit's items are none of this file's business"
    assert "乙" not in items(beilin, "--missing")
    assert beilin.type("undo").code == 0
    assert {name for name, i in items(beilin).items() if i["dropped_on"]} == set()
    assert "戊" not in items(beilin)
    beilin.ask("item", "import", third, "--complete")
    back = beilin.ask("item", "import", first)
    assert (back["relisted"], items(beilin)["乙"]["dropped_on"]) == (1, None)


def test_a_dry_run_of_a_catalogue_writes_nothing(beilin: Desk, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "一.csv", ("单位", "事项"), ("教育局", "甲"))
    tried = asked(beilin, "item", "import", file, "--dry-run")
    check(tried, "item-import")
    assert (tried["new"], tried["dry_run"], items(beilin)) == (1, True, {})


def test_hundreds_of_items_are_one_operation_of_seconds(beilin: Desk, tmp_path: Path) -> None:
    rows = [("教育局", f"事项{n:03d}") for n in range(600)]
    file = write_csv(tmp_path / "全.csv", ("单位", "事项"), *rows)
    started = time.perf_counter()
    assert beilin.ask("item", "import", file)["new"] == 600
    half = write_csv(tmp_path / "半.csv", ("单位", "事项"), *rows[::2], ("教育局", "新事项"))
    done = beilin.ask("item", "import", half, "--complete")
    taken = time.perf_counter() - started
    assert (done["new"], done["known"], done["dropped"]) == (1, 300, 300)
    assert taken < 30, f"{taken:.1f} s"
    assert beilin.type("undo").code == 0
    assert sum(i["dropped_on"] is not None for i in items(beilin).values()) == 0


def test_a_file_that_is_no_catalogue_says_what_it_lacks(beilin: Desk, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "x.csv", ("名字", "电话"), ("甲", "1"))
    refused = beilin.type("item", "import", file, "--json")
    assert refused.code == 5
    assert "单位、事项名称" in refused.error["message"]


# ---- what the reports are told ----


def sheets_of_report(desk: Desk, role: str, office: str, duty: str, *period: str) -> dict[str, list[list[Any]]]:
    """The rows that name a unit, sheet by sheet, of a hand-in made at the desk of a role."""
    config = desk.folder / "zmn.toml"
    text = re.sub(r"^role = .*$", f'role = "{role}"', config.read_text(encoding="utf-8"), flags=re.M)
    config.write_text(re.sub(r"^office = .*$", f'office = "{office}"', text, flags=re.M), encoding="utf-8")
    made = desk.ask("report", "--duty", duty, *period, "--format", "xlsx")
    book = openpyxl.load_workbook(desk.folder / made["files"][0])
    rows = {s.title: [[v for v in row if v is not None] for row in s.iter_rows(values_only=True)] for s in book}
    return {title: [row for row in found if {*row} & UNITS] for title, found in rows.items()}


UNITS = {"区教育局", "区住建局", "区卫健局", "区民政局"}


def test_the_reports_are_told_the_same(beilin: Desk, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "事项.csv", ("单位", "事项"), ("教育局", "甲"), ("教育局", "乙"))
    beilin.ask("item", "import", file)
    hold(beilin, "教育局", "2026-04-01", "--item", "甲")
    hold(beilin, "教育局", "2026-07-01")
    hold(beilin, "住建局", "2026-08-12", "--delegate-for", "王刚")
    hold(beilin, "卫健局", "2026-08-12", "--mode", "即时", "--trigger", "流程变化")
    lead = sheets_of_report(
        beilin, "牵头部门", "碑林区行政审批局", "quarter-summary-walk-process", "--quarter", "2026Q3"
    )
    lines = {row[1]: row[2:] for row in lead["参与情况"]}
    # 情况, then 定期, 即时, 跟踪, 受委托.
    assert lines["区教育局"] == ["已参加", 1, 0, 0, 0]
    assert lines["区住建局"] == ["只有受委托人参加", 1, 0, 0, 1]
    assert lines["区卫健局"] == ["只有即时、跟踪体验", 0, 1, 0, 0]
    assert lines["区民政局"] == ["尚未参加", 0, 0, 0, 0]
    assert lead["事项覆盖"] == [[1, "区教育局", 2, 1, 1, "乙"]]
    data = sheets_of_report(beilin, "营商办", "碑林区营商办", "assessment-data", "--year", "2026")
    owed = {row[0]: row[1:9] for row in data["活动执行情况"]}
    # 应 and 已 of each quarter that has begun, then of the year: the fourth owes nothing yet.
    assert owed["区教育局"] == [1, 0, 1, 1, 1, 1, 3, 2]
    assert owed["区住建局"] == [1, 0, 1, 0, 1, 0, 3, 0]
