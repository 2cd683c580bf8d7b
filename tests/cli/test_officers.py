"""临县's 体验官: the roster, its composition and rotation, the sites, and what the officers find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cli.test_json_contract import asked, check
from tests.cli.walking import Walk
from tests.desk import Desk
from zhuomuniao.model import BEIJING
from zhuomuniao.usecases.office import Moment, open_office
from zhuomuniao.usecases.officers import NewOfficer, check_officer, find_officer, rotate, rotations_ahead
from zhuomuniao.usecases.rosterviews import list_officers
from zhuomuniao.usecases.sites import close_site
from zhuomuniao.usecases.undoing import undo

ROSTER, SITES, LOG = "体验官名册", "体验点", "流转记录"
TEN = (
    ("高建平", "人大代表", "枣业公司 经理", "13803580001", "县政务服务大厅"),
    ("王秀英", "党代表", "第一小学 教师", "13803580002", "县政务服务大厅"),
    ("张志强", "政协委员", "金穗商贸 经理", "13803580003", "临泉镇便民服务中心"),
    ("马俊", "招商引资企业代表", "绿能公司 厂长", "13803580004", "临泉镇便民服务中心"),
    ("侯丽", "民营企业代表", "面粉厂 会计", "13803580005", "县政务服务大厅"),
    ("郭美玲", "群众", "", "13803580006", "县政务服务大厅"),
    ("任海生", "群众", "", "13803580007", "县政务服务大厅"),
    ("薛文", "群众", "", "13803580008", "县政务服务大厅"),
    ("白云", "中介机构从业人员代表", "诚信代理 职员", "13803580009", "县政务服务大厅"),
    ("秦勇", "重点项目建设单位代表", "项目部 主任", "13803580010", "县政务服务大厅"),
)
"""The office's own list: three of the first sort, two of the second, ten in all."""


@pytest.fixture
def desk(new_desk: Callable[..., Desk]) -> Desk:
    """临县's desk with two sites."""
    desk = new_desk("linxian", "2026-08-10")
    site = ("site", "add", "--on", "2023-11-10", "--name")
    desk.ask(*site, "县政务服务大厅", "--kind", "政务服务大厅", "--contact", "孙晓梅", "--phone", "0358-4421234")
    desk.ask(*site, "临泉镇便民服务中心", "--kind", "便民服务中心")
    return desk


@pytest.fixture
def full(desk: Desk, tmp_path: Path) -> Desk:
    """The same with ten officers, appointed together on 15 November 2023."""
    answer = desk.ask("officer", "add", "--from", str(table(tmp_path, TEN)), "--on", "2023-11-15")
    assert (answer["count"], answer["warnings"]) == (10, [])
    return desk


def table(folder: Path, people: tuple[tuple[str, ...], ...], *, headers: tuple[str, ...] = ()) -> Path:
    """The roster as the office keeps it in WPS, with a title above."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["临县营商环境体验官名单"])
    sheet.append(list(headers or ("姓名", "类别", "单位及职务", "联系电话", "体验点")))
    for person in people:
        sheet.append(list(person))
    path = folder / "名单.xlsx"
    book.save(path)
    return path


def book_of(desk: Desk) -> Path:
    (path,) = (p for p in (desk.folder / "台账").rglob("*体验官*.xlsx") if p.name[0] not in "~.")
    return path


def rows(desk: Desk, sheet: str = ROSTER) -> list[dict[str, Any]]:
    """The rows of a sheet of the officers' book, by an independent reader."""
    lines = [r for r in openpyxl.load_workbook(book_of(desk))[sheet].iter_rows(values_only=True) if any(r)]
    start = next(n for n, row in enumerate(lines) if "编号" in row)
    headers = [str(h) for h in lines[start]]
    return [dict(zip(headers, row, strict=False)) for row in lines[start + 1 :] if row[headers.index("编号")]]


def typed_over(desk: Desk, name: str, **cells: object) -> None:
    """Somebody opens the roster in WPS, types into the row of ``name`` and saves."""
    book = openpyxl.load_workbook(book_of(desk))
    sheet = book[ROSTER]
    headers = {str(c.value): c.column for row in sheet.iter_rows(max_row=3) for c in row if c.value}
    (row,) = (c.row for c in sheet[openpyxl.utils.get_column_letter(headers["姓名"])] if c.value == name)
    for header, value in cells.items():
        sheet.cell(row, headers[header]).value = value
    book.save(book_of(desk))


def add(desk: Desk, name: str = "高建平", source: str = "人大代表", on: str = "2023-11-15", **options: str) -> Any:
    given = [part for key, value in options.items() for part in (f"--{key}", value)]
    return desk.ask("officer", "add", "--name", name, "--source", source, "--on", on, *given)


def found(desk: Desk, *, at: str = "2026-08-10 10:00", about: str = "取号机坏了两台", **options: str) -> Any:
    given = [part for key, value in options.items() for part in (f"--{key.replace('_', '-')}", value)]
    return desk.ask("register", "--ledger", "officer", "--about", about, "--at", at, *given)


def test_an_officer_is_put_into_the_roster_with_the_term_counted(desk: Desk) -> None:
    answer = asked(desk, "officer", "add", "--name", " 高建平", "--source", "人大代表", "--on", "2023-11-15",
                   "--post", "枣业公司 经理", "--phone", "13803580001", "--site", "县政务服务大厅")  # fmt: skip
    check(answer, "roster-row")
    assert (answer["status"], answer["saved"], answer["warnings"]) == ("任期内", "written", [])
    (row,) = rows(desk)
    assert (row["姓名"], row["类别"], row["聘期起止"]) == ("高建平", "人大代表", "2023-11-15 至 2026-11-14")
    assert (row["聘任日期"].date(), row["编号"], row["体验点"]) == (
        date(2023, 11, 15), answer["case_no"], "县政务服务大厅",
    )  # fmt: skip
    (line,) = [told for told in rows(desk, LOG) if told["编号"] == answer["case_no"]]
    assert (line["环节"], line["说明"]) == ("列入", "列入体验官名册：人大代表，聘任 2023-11-15")


def test_what_is_missing_is_named_all_at_once(desk: Desk) -> None:
    refused = desk.type("officer", "add", "--name", "高建平")
    assert refused.code == 2
    assert "--source（类别）、--on（聘任日期）" in refused.err
    assert desk.type("site", "add").err.count("--") == 2


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"source": "企业家"}, "可填：党代表、人大代表"),
        ({"phone": "138035"}, "联系电话不像电话号码"),
        ({"on": "2062-11-15"}, "在一年以后"),
        ({"on": "1923-11-15"}, "太早"),
        ({"on": "十一月中旬"}, "2026"),
        ({"name": "  "}, "姓名是空的"),
        ({"name": "高" * 60}, "超过50个字"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_written(desk: Desk, options: dict[str, str], says: str) -> None:
    before = book_of(desk).read_bytes()
    given = {"name": "高建平", "source": "人大代表", "on": "2023-11-15"} | options
    refused = desk.type("officer", "add", *(part for k, v in given.items() for part in (f"--{k}", v)))
    assert refused.code == 2, refused.err
    assert says in refused.err
    assert book_of(desk).read_bytes() == before


def test_other_localities_have_no_officers(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("neixiang", "2026-08-10")
    for line in (("officer", "list"), ("officer", "check"), ("site", "list"), ("officer", "add"), ("site", "add")):
        assert "本区县的通知没有" in desk.type(*line).err
    refused = desk.type("register", "--name", "李四", "--about", "事", "--officer", "高建平")
    assert "不记体验官" in refused.err


def test_an_unknown_site_is_taken_with_the_nearest_named(desk: Desk) -> None:
    (told,) = add(desk, site="政务服务厅")["warnings"]
    assert "没有“政务服务厅”" in told
    assert "相近的有：县政务服务大厅" in told
    assert rows(desk)[0]["体验点"] == "政务服务厅"


def test_the_same_person_is_not_listed_twice_and_a_namesake_is_told(desk: Desk) -> None:
    no = add(desk, phone="13803580001")["case_no"]
    again = ("officer", "add", "--name", "高建平", "--source", "群众", "--on", "2024-01-10")
    refused = desk.type(*again, "--phone", "13803580001")
    assert no in refused.err
    assert "已经有这位" in refused.err
    (told,) = desk.ask(*again, "--phone", "13803580099")["warnings"]
    assert no in told
    assert "同名" in told
    assert len(rows(desk)) == 2


def test_an_eleventh_officer_and_a_share_that_falls_are_remarked_with_the_clause(full: Desk) -> None:
    told = add(full, "苗青", "群众")["warnings"]
    assert told == [
        "体验官现有11名，多1名（二（一）1）",
        "党代表、人大代表、政协委员现有3名，占27.2%，减到10名就够了（二（一）1）",
        "招商引资企业代表、民营企业和中小企业代表现有2名，占18.1%，减到10名就够了（二（一）1）",
    ]
    full.ask("undo")
    assert len(rows(full)) == 10
    (told,) = full.ask("officer", "rotate", "马俊", "--to", "苗青", "--source", "群众")["warnings"]
    assert told == "招商引资企业代表、民营企业和中小企业代表现有1名，占10%，至少还要1名（二（一）1）"


def test_the_offices_own_list_is_taken_in_and_bad_rows_are_told(desk: Desk, tmp_path: Path) -> None:
    people = (
        (*TEN[0], "2023-12-01 至 2026-11-30"),
        ("李红", "企业家", "", "13803580004", "", "2024-01-10至2027-01-09"),
        ("侯丽", "民营企业代表", "面粉厂", "13803580005", "", None),
        (*TEN[0], "2024-12-01 至 2027-11-30"),
        (*TEN[1], "2023年11月15日—2026年11月14日"),
        ("薛文", "群众", "", "", "", "三年"),
    )
    headers = ("姓名", "人员类别", "单位及职务", "联系电话", "体验点", "聘期")
    path = str(table(tmp_path, people, headers=headers))
    tried = asked(desk, "officer", "add", "--from", path, "--dry-run", code=1)
    check(tried, "officer-add-bulk")
    assert (tried["accepted"], tried["count"], rows(desk)) == (2, 0, [])
    assert [r["row"] for r in tried["rejected"]] == [4, 5, 6, 8]
    for row, says in zip(tried["rejected"], ("企业家", "没有聘任日期", "同一份名单里", "三年"), strict=True):
        assert says in row["problems"][0]
    refused = desk.type("officer", "add", "--from", path, "--all-or-nothing")
    assert (refused.code, rows(desk)) == (1, [])
    assert desk.type("officer", "add", "--from", path, "--name", "甲").code == 2
    done = asked(desk, "officer", "add", "--from", path, code=1)
    check(done, "officer-add-bulk")
    assert [r["聘期起止"] for r in rows(desk)] == ["2023-11-15 至 2026-11-14", "2023-12-01 至 2026-11-30"]
    desk.ask("undo", "--batch", done["batch"])
    assert rows(desk) == []


def test_a_hand_in_that_has_no_month_is_not_answered_with_another(full: Desk) -> None:
    refused = full.type("report", "--month", "2026-08", "--duty", "officer-list")
    assert refused.code == 2
    assert "营商环境体验官名单" in refused.err
    assert "只写 --duty" in refused.err
    assert full.type("report", "--month", "2026-08", "--duty", "officer-problems").code == 0


def test_the_list_is_masked_and_the_full_one_is_journalled(full: Desk) -> None:
    listed = asked(full, "officer", "list")
    check(listed, "officer-list")
    assert (listed["count"], listed["officers"][0]["name"], listed["officers"][0]["phone"]) == (
        10, "高**", "138****0001",
    )  # fmt: skip
    shown = full.type("officer", "list").out
    assert not any(name in shown or phone in shown for name, _, _, phone, _ in TEN if len(name) > 2)
    history = full.type("book", "history", listed["officers"][0]["case_no"]).out
    assert "姓名：高**" in history
    assert "13803580001" not in history
    assert "体验点：县政务服务大厅" in history
    journal = full.folder / ".zmn" / "journal.jsonl"
    before = journal.read_text(encoding="utf-8")
    assert full.ask("officer", "list", "--full")["officers"][0]["name"] == "高建平"
    assert "officer list" in journal.read_text(encoding="utf-8")[len(before) :]
    sites = asked(full, "site", "list")
    check(sites, "site-list")
    assert (sites["sites"][0]["contact"], len(sites["sites"][0]["officers"])) == ("孙**", 8)
    assert full.ask("site", "list", "--full")["sites"][1]["officers"] == ["张志强", "马俊"]


@pytest.mark.parametrize(
    ("day", "state"),
    [("2026-10-14", "任期内"), ("2026-10-15", "即将届满"), ("2026-11-14", "即将届满"), ("2026-11-15", "已届满")],
)
def test_rotation_is_reminded_of_before_the_term_ends(full: Desk, day: str, state: str) -> None:
    full.day = day
    assert {o["state"] for o in full.ask("officer", "list")["officers"]} == {state}
    answer = asked(full, "officer", "check", code=0 if state == "任期内" else 1)
    check(answer, "officer-check")
    assert len(answer["rotations"]) == (0 if state == "任期内" else 10)
    assert answer["composition"]["missing"] == 0
    office = open_office(full.folder, Moment(datetime.fromisoformat(f"{day} 08:30:00"), date.fromisoformat(day)))
    assert [r.state for r in rotations_ahead(office)] == [state] * len(answer["rotations"])


def test_what_is_missing_is_said_in_numbers_of_people(desk: Desk) -> None:
    for name, source, post, phone, site in TEN[3:9]:
        add(desk, name, source, post=post, phone=phone, site=site)
    add(desk, "秦勇", "群众", site="县政务中心")
    add(desk, "高建平", "人大代表")
    answer = asked(desk, "officer", "check", code=1)
    check(answer, "officer-check")
    composition = answer["composition"]
    assert (composition["count"], composition["missing"]) == (8, 2)
    assert [(g["count"], g["missing"], g["percent"]) for g in composition["groups"]] == [(1, 2, 12.5), (2, 0, 25.0)]
    codes = [f["code"] for f in answer["findings"]]
    assert codes == ["officer_composition", "officer_composition", "officer_site_unknown", "officer_without_site"]
    said = desk.type("officer", "check").out
    assert "还差 2 名" in said
    assert "至少还要 2 名（二（一）1）" in said
    empty = desk.type("officer", "check", "--as-of", "2020-01-01")
    assert (empty.code, "还差 10 名" in empty.out) == (1, True)


def test_a_site_without_an_officer_is_told(full: Desk) -> None:
    assert full.type("officer", "check").code == 0
    no = full.ask("site", "add", "--name", "县办税大厅", "--kind", "办税大厅")["case_no"]
    (finding,) = asked(full, "officer", "check", code=1)["findings"]
    assert (finding["code"], no in finding["found"], finding["sheet"]) == ("site_without_officer", True, SITES)


def test_one_leaves_and_another_comes_in_one_operation(full: Desk) -> None:
    full.day = "2026-11-20"
    line = ("officer", "rotate", "高建平", "--on", "2026-11-15", "--reason", "三年届满")
    new = ("--to", "苗青", "--source", "人大代表", "--post", "妇联", "--phone", "13803580020")
    before = rows(full)
    answer = asked(full, *line, *new)
    check(answer, "officer-rotate")
    assert (answer["status"], answer["successor"]["status"]) == ("已离任", "任期内")
    old, came = rows(full)[0], rows(full)[-1]
    assert (old["离任日期"].date(), came["姓名"], came["体验点"]) == (date(2026, 11, 15), "苗青", old["体验点"])
    assert came["聘期起止"] == "2026-11-15 至 2029-11-14"
    lines = [(told["编号"], told["环节"]) for told in rows(full, LOG)][-2:]
    assert sorted(lines) == sorted([(old["编号"], "变更"), (came["编号"], "列入")])
    assert "三年届满" in "".join(told["说明"] for told in rows(full, LOG)[-2:])
    assert full.ask("officer", "list")["count"] == 10
    assert full.ask("officer", "list", "--all")["count"] == 11
    # The day before he was still in office, and she was not.
    names = [o["name"] for o in full.ask("officer", "list", "--full", "--as-of", "2026-11-14")["officers"]]
    assert "高建平" in names
    assert "苗青" not in names
    refused = full.type(*line)
    assert refused.code == 6
    assert "已登记 2026-11-15 离任" in refused.err
    full.ask("undo")
    assert rows(full) == before
    assert full.ask("check")["findings"] == []


def test_one_leaves_and_nobody_comes(full: Desk) -> None:
    no = rows(full)[9]["编号"]
    answer = asked(full, "officer", "rotate", no, "--reason", "调离本县")
    check(answer, "officer-rotate")
    assert (answer["successor"], answer["warnings"]) == (None, ["体验官现有9名，还差1名（二（一）1）"])
    for line, says in (
        (("officer", "rotate", "高建", "--on", "2026-08-10"), "相近的有：高建平"),
        (("officer", "rotate", "王秀英", "--on", "2022-01-01"), "早于聘任日期"),
        (("officer", "rotate", "王秀英", "--source", "群众"), "还没有写 --to"),
        (("officer", "rotate", "王秀英", "--to", "苗青"), "--source（接替的人的类别）"),
        (("officer", "rotate", "王秀英", "--to", "薛文", "--source", "群众", "--phone", "13803580008"), "已经有这位"),
    ):
        refused = full.type(*line)
        assert refused.code in (2, 6)
        assert says in refused.err
    assert full.ask("officer", "list")["count"] == 9


def test_the_open_book_keeps_the_row_until_it_is_closed(full: Desk) -> None:
    owner = book_of(full).with_name(f".~{book_of(full).name}")
    owner.touch()
    waiting = asked(full, "officer", "rotate", "秦勇", "--to", "苗青", "--source", "重点项目建设单位代表", code=4)
    check(waiting, "officer-rotate")
    assert (waiting["saved"], waiting["successor"]["saved"], len(rows(full))) == ("queued", "queued", 10)
    listed = {o["case_no"]: o["queued"] for o in full.ask("officer", "list", "--all")["officers"]}
    assert listed[waiting["successor"]["case_no"]] is True
    assert full.type("site", "add", "--name", "县办税大厅", "--kind", "办税大厅").code == 4
    owner.unlink()
    add(full, "苗红", "群众")
    assert [r["姓名"] for r in rows(full)][-2:] == ["苗青", "苗红"]
    assert rows(full)[9]["离任日期"] is not None
    assert [s["name"] for s in full.ask("site", "list")["sites"]][-1] == "县办税大厅"


def test_the_roster_edited_in_wps_is_taken_over(full: Desk) -> None:
    full.day = ""
    typed_over(full, "王秀英", 聘任日期=datetime(2024, 2, 1), 体验点="临泉镇便民服务中心", 联系电话="13803580088")
    (row,) = [r for r in full.ask("officer", "list", "--full")["officers"] if r["name"] == "王秀英"]
    assert (row["term"], row["site"]) == ("2024-02-01 至 2027-01-31", "临泉镇便民服务中心")
    (cells,) = [r for r in rows(full) if r["姓名"] == "王秀英"]
    assert cells["聘期起止"] == "2024-02-01 至 2027-01-31"
    (line,) = [told for told in rows(full, LOG) if told["环节"] == "人工修改"]
    assert line["编号"] == row["case_no"]
    assert "体验点：县政务服务大厅 → 临泉镇便民服务中心" in line["说明"]
    typed_over(full, "王秀英", 聘期起止="长期")
    assert full.type("check").code == 1
    full.ask("check", "--restore", row["case_no"])
    assert full.ask("check")["findings"] == []


def test_the_roster_goes_on_over_the_years(full: Desk) -> None:
    """Who is appointed next January stands in that year's book; the desk reads both, and changes both at once."""
    new_year = datetime(datetime.now(BEIJING).year + 1, 1, 5, 9)
    office = open_office(full.folder, Moment(new_year, new_year.date()))
    old = find_officer(office, "高建平", new_year.date())
    fresh = NewOfficer(name="苗青", source="人大代表", on=new_year.date())
    told: list[str] = []
    came = check_officer(office, fresh, office.officers.state().records, told)
    rotated = rotate(office, old, on=new_year.date(), reason="轮换", at=new_year, successor=came)
    assert rotated.came is not None
    assert [str(new_year.year) in book for book in (rotated.came.book, rotated.left.book)] == [True, False]
    assert rotated.left.record.case_no == old.case_no
    names = {v.officer.name for v in list_officers(office, is_full=True)}
    assert ("苗青" in names, "高建平" in names, len(names)) == (True, False, 10)
    undo(office)
    names = {v.officer.name for v in list_officers(office, is_full=True)}
    assert ("苗青" in names, "高建平" in names, len(names)) == (False, True, 10)


def test_a_site_is_given_up(full: Desk) -> None:
    for line, says in (
        (("--name", "县政务服务大厅", "--kind", "政务服务大厅"), "已经有体验点"),
        (("--name", "县医院", "--kind", "医院"), "可填：政务服务大厅"),
        (("--name", "县医院", "--kind", "其他", "--on", "2026-09-01"), "还没有到"),
    ):
        assert says in full.type("site", "add", *line).err
    office = open_office(full.folder, Moment(datetime(2026, 8, 10, 9), date(2026, 8, 10)))
    at = datetime(2026, 8, 10, 9)
    receipt, told = close_site(office, "临泉镇便民服务中心", on=date(2026, 8, 10), reason="合并", at=at)
    assert receipt.record.closed_on == date(2026, 8, 10)
    assert "还有在任的体验官" in told[0]
    assert [s["name"] for s in full.ask("site", "list")["sites"]] == ["县政务服务大厅"]
    assert [s["state"] for s in full.ask("site", "list", "--all")["sites"]] == ["在用", "已撤销"]
    codes = {f["code"] for f in asked(full, "officer", "check", code=1)["findings"]}
    assert codes == {"officer_site_closed"}
    told = found(full, officer="张志强")["warnings"]
    assert any("已在 2026-08-10 撤销" in text for text in told)


def test_a_finding_takes_source_site_and_kind_from_the_roster(full: Desk) -> None:
    answer = found(full, officer="张志强", way="沉浸式", immersion_step="取号", immersion_way="亲自办",
                   category="检查", suggestion="增设取号机", name="金穗商贸")  # fmt: skip
    assert not any("体验" in warning for warning in answer["warnings"])
    (row,) = rows(full, "体验官问题台账")
    want = {
        "体验官": "张志强", "体验官来源": "政协委员",
        "体验点": "临泉镇便民服务中心", "体验点类别": "各乡镇便民服务中心",
        "发现方式": "沉浸式体验", "体验环节": "取号", "体验形式": "亲自办", "问题类别": "涉企检查不合理",
        "意见建议": "增设取号机", "涉及企业": "金穗商贸",
    }  # fmt: skip
    assert {header: row[header] for header in want} == want
    shown = asked(full, "show", answer["case_no"])
    check(shown, "show")
    assert (shown["case"]["experience_officer"], shown["case"]["officer_source"]) == ("张**", "政协委员")
    (listed,) = full.ask("list", "--ledger", "officer", "--full")["cases"]
    assert (listed["experience_officer"], listed["finding_way"]) == ("张志强", "沉浸式体验")
    said = full.type("show", answer["case_no"]).out
    assert "体验官：张**　政协委员" in said
    assert "张志强" not in said
    assert "增设取号机" in said
    assert {o["name"]: o["findings"] for o in full.ask("officer", "list", "--full")["officers"]}["张志强"] == 1
    assert [s["findings"] for s in full.ask("site", "list")["sites"]] == [0, 1]


def test_a_finding_is_never_lost_over_a_name(full: Desk) -> None:
    warned = found(full, officer="张志", officer_site="临泉")["warnings"]
    assert any("相近的有：张志强" in w for w in warned)
    assert any("相近的有：临泉镇便民服务中心" in w for w in warned)
    full.ask("officer", "rotate", "马俊", "--on", "2026-08-03")
    warned = found(full, officer="马俊", about="窗口没人")["warnings"]
    assert any("已在 2026-08-03 离任" in w for w in warned)
    earlier = found(full, officer="马俊", at="2026-08-02 10:00", about="午休无人值守")["warnings"]
    assert not any("离任" in w for w in earlier)
    number = rows(full)[1]["编号"]
    found(full, officer=number, about="叫号不响")
    told = rows(full, "体验官问题台账")
    assert [r["体验官"] for r in told] == ["张志", "马俊", "马俊", "王秀英"]
    assert [r["体验官来源"] for r in told] == [None, "招商引资企业代表", "招商引资企业代表", "党代表"]
    assert {r["涉及企业"] for r in told} == {"无"}
    # Without officer and site nobody can say whose it is: then the name must be there.
    refused = full.type("register", "--ledger", "officer", "--about", "事")
    assert refused.code == 2
    assert "--name" in refused.err


def test_two_of_one_name_are_told_apart_by_number(full: Desk) -> None:
    no = add(full, "薛文", "党代表", phone="13803580077")["case_no"]
    assert any("2位同名" in w for w in found(full, officer="薛文", officer_site="县政务服务大厅")["warnings"])
    found(full, officer=no, officer_site="县政务服务大厅", about="另一件")
    assert [r["体验官来源"] for r in rows(full, "体验官问题台账")] == [None, "党代表"]
    assert "请写编号" in full.type("officer", "rotate", "薛文").err


def test_findings_are_registered_from_a_file(full: Desk, tmp_path: Path) -> None:
    headers = (
        "发现时间",
        "体验官",
        "体验点",
        "发现方式",
        "涉及企业",
        "问题描述",
        "问题类别",
        "意见建议",
        "体验环节",
        "体验形式",
    )
    people = (
        ("2026-08-07 09:30", "侯丽", "", "探头式", "", "证明来回开了三次", "来回跑", "共享证明", "", ""),
        ("2026-08-07 15:00", "王秀英", "县政务服务大厅", "沉浸式", "", "填表样式没有", "其他", "", "填表", "陪同办"),
        ("2026-08-07 16:00", "王秀英", "", "沉浸", "", "等", "其他", "", "", ""),
    )
    answer = asked(
        full, "register", "--ledger", "officer", "--from", str(table(tmp_path, people, headers=headers)), code=1
    )
    check(answer, "register-bulk")
    assert (answer["count"], [r["row"] for r in answer["rejected"]]) == (2, [5])
    told = [
        (r["体验官"], r["体验官来源"], r["发现方式"], r["体验点"], r["体验环节"])
        for r in rows(full, "体验官问题台账")
    ]
    assert told == [
        ("侯丽", "民营企业和中小企业代表", "探头式收集", "县政务服务大厅", None),
        ("王秀英", "党代表", "沉浸式体验", "县政务服务大厅", "填表"),
    ]


def test_a_finding_walks_through_its_whole_life(full: Desk) -> None:
    no = found(full, officer="张志强", name="金穗商贸", way="下沉式", category="收费")["case_no"]
    walk = Walk(full, no, "officer")
    assert (walk.row()["状态"], walk.row()["时限明细"]) == ("待交办", "解决=一事一议")
    walk.lines = len(walk.log())
    walk.go(
        "assign",
        "2026-08-10 11:00",
        "--unit",
        "注册股",
        "--with",
        "大厅",
        status="办理中",
        row={"责任单位": "登记注册股"},
    )
    walk.refused("sign", "2026-08-10 12:00", says="没有规定签收")
    walk.go(
        "set-due",
        "2026-08-10 15:00",
        "--due",
        "2026-08-20",
        "--basis",
        "交办单写明",
        status="办理中",
        clocks="解决=2026-08-20",
    )
    walk.go("feedback", "2026-08-12 10:00", "--text", "在核实收费依据", status="办理中")
    walk.go("feedback", "2026-08-12 11:00", "--unit", "大厅", "--text", "窗口没有收费", status="办理中",
            row={"协办单位": "政务服务大厅：已反馈"})  # fmt: skip
    assert [c["case_no"] for c in full.ask("overdue", "--as-of", "2026-08-21")["overdue"]] == [no]
    walk.takes_back("resolve", "2026-08-21 09:00", "--result", "试记")
    walk.go("resolve", "2026-08-21 10:00", "--result", "退还多收的费用", status="已办结",
            clocks="解决=2026-08-20×2026-08-21", row={"处理情况": "退还多收的费用"})  # fmt: skip
    walk.refused("visit", "2026-08-21 11:00", "--satisfaction", "满意", says="没有规定回访")
    walk.go("redo", "2026-08-24 10:00", "--reason", "又收了一次", status="办理中",
            clocks="解决=2026-08-20×2026-08-21;第2轮解决=一事一议", row={"轮次": "2"})  # fmt: skip
    walk.go("resolve", "2026-08-26 10:00", "--result", "已公示收费目录", status="已办结",
            clocks="解决=2026-08-20×2026-08-21;第2轮解决=一事一议√2026-08-26")  # fmt: skip
    assert walk.row()["体验官"] == "张志强"
    walk.ends(rounds=2)


def test_the_monthly_summary_counts_by_way_officer_category_and_site(full: Desk) -> None:
    for officer, way, category, at in (
        ("张志强", "沉浸式", "其他", "2026-07-06 10:00"),
        ("张志强", "探头式", "来回跑", "2026-07-08 10:00"),
        ("侯丽", "探头式", "来回跑", "2026-07-09 10:00"),
    ):
        found(full, officer=officer, way=way, category=category, at=at, about=f"{officer}{way}")
    found(full, name="某店", about="没有写是谁发现的", at="2026-07-10 10:00")
    answer = asked(full, "report", "--ledger", "officer", "--month", "2026-07")
    check(answer, "report")
    sheet = openpyxl.load_workbook(full.folder / answer["files"][0])["汇总"]
    lines = [[c for c in row if c is not None] for row in sheet.iter_rows(values_only=True)]
    names = [str(line[0]).partition("、")[2] for line in lines if line and "、按" in str(line[0])]
    assert names[:2] == ["按日受理和办结", "按责任单位"]
    asked_for = ["按发现方式", "按体验官", "按问题类别", "按体验点"]
    place = names.index(asked_for[0])
    assert names[place : place + 4] == asked_for
    counted = {str(line[0]): line[1] for line in lines if len(line) > 1}
    want = {
        "沉浸式体验": 1, "探头式收集": 2, "张**": 2, "侯*": 1, "“多头跑”“来回跑”": 2, "临泉镇便民服务中心": 2,
    }  # fmt: skip
    assert {word: counted[word] for word in want} == want
    whole = full.ask("report", "--ledger", "officer", "--month", "2026-07", "--full")["files"][0]
    cells = [c.value for row in openpyxl.load_workbook(full.folder / whole)["汇总"].iter_rows() for c in row]
    assert "张志强" in cells
    assert "张**" not in cells
