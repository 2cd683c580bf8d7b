"""zmn form: papers of a matter, when they may be printed, who reads what in them, where they stand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from tests.desk import Desk
from zhuomuniao.errors import BadValueError, RefusedByRuleError
from zhuomuniao.forms.values import Meeting
from zhuomuniao.model import Step, StepKind
from zhuomuniao.usecases.looking import show_record
from zhuomuniao.usecases.office import Moment, Office, open_office
from zhuomuniao.usecases.papers import WrittenPaper, write_meeting_paper, write_paper

PHONE, IDENTITY = "13800138000", "11010519491231002X"
TALE = f"我叫欧阳小明，电话{PHONE}，身份证{IDENTITY}，A&B公司 <有限> 责任，{{{{7*7}}}}、{{case_no}}"


@pytest.fixture
def xiangtan(new_desk: Callable[..., Desk]) -> Desk:
    return new_desk("xiangtan", "2026-10-30")


def words_of(path: Path) -> str:
    """Everything that stands in a paper."""
    if path.suffix == ".xlsx":
        sheets = openpyxl.load_workbook(path).worksheets
        return "\n".join(str(c.value) for s in sheets for row in s.iter_rows() for c in row if c.value is not None)
    document = docx.Document(str(path))
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def printed(desk: Desk, no: str, kind: str, *line: str) -> tuple[str, Path]:
    answer = desk.ask("form", no, "--kind", kind, *line)
    (name,) = answer["files"]
    assert Path(name).suffix == f".{answer['format']}"
    return words_of(desk.folder / name), desk.folder / name


def open_desk(desk: Desk) -> Office:
    day = datetime.fromisoformat(desk.day)
    return open_office(desk.folder, Moment(day, day.date()))


def handled(desk: Desk, no: str, kind: str, steps: Sequence[tuple[StepKind, str]], **given: Any) -> WrittenPaper:
    """The paper of a registered case to whose log these steps were added."""
    office = open_desk(desk)
    spec = office.locality.ledger()
    shown, log = show_record(office, spec, no, is_full=True)
    more = [
        Step(no, step, datetime(2026, 10, 20 + n, 9), "赵敏慧", shown.record.unit, text)
        for n, (step, text) in enumerate(steps)
    ]
    return write_paper(office, spec, shown.record, [*log, *more], kind, **given)


URGED = ((StepKind.URGE, "催办；说明：请尽快"), (StepKind.SUPERVISE, "督办；说明：请主要负责人过问"))


def test_every_paper_is_listed_with_its_reader(desk: Desk) -> None:
    papers = {p["kind"]: p for p in desk.ask("form", "--list")["papers"]}
    assert len(papers) == 16
    assert papers["登记表"]["view"] == "inside"
    assert (papers["督办函"]["format"], papers["督办函"]["view"]) == ("docx", "outside")
    screen = desk.type("form", "--list").out
    assert "退回申请" in screen
    assert "随时" in screen


def test_an_unknown_kind_names_those_there_are(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:30")["case_no"]
    answer = desk.type("form", no, "--kind", "表扬信")
    assert answer.code == 2
    assert all(kind in answer.err for kind in ("登记表", "交办单", "会议纪要"))
    assert desk.type("form", no, "--format", "doc").code == 2
    missing = desk.type("form", "--json")
    assert (missing.code, missing.error["code"]) == (2, "missing_values")


@pytest.mark.parametrize(
    ("kind", "command"),
    [("督办函", "zmn supervise"), ("回访记录", "zmn visit"), ("催办单", "zmn urge"), ("核查记录", "zmn verify"),
     ("问责移送函", "zmn accountability"), ("交办单", "zmn assign"), ("会议议程", "zmn meeting plan")],
)  # fmt: skip
def test_what_has_not_happened_is_not_printed(desk: Desk, kind: str, command: str) -> None:
    no = desk.register("2026-10-08 09:30")["case_no"]
    answer = desk.type("form", no, "--kind", kind)
    assert answer.code == 6
    assert f"{command} {no}" in answer.err
    assert not (desk.folder / "表单").exists()


def test_an_application_may_be_printed_blank_for_the_pen(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:30", unit="社保")["case_no"]
    for kind in ("延期申请", "退回申请"):
        text, _ = printed(desk, no, kind)
        assert no in text
        assert "负责人签字" in text


def test_the_register_form_comes_in_every_format(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:30", name="李四", phone=PHONE)["case_no"]
    for format_ in ("xlsx", "docx"):
        text, path = printed(desk, no, "登记表", "--format", format_)
        assert path == desk.folder / "表单" / no / f"登记表{no}.{format_}"
        assert {"李四", PHONE, "经办人员签字："} <= set(text.split("\n"))


def test_what_a_person_said_is_printed_as_said(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:30", name="欧阳小明", about=TALE, unit="社保")["case_no"]
    for format_ in ("xlsx", "docx"):
        assert "A&B公司 <有限> 责任，{{7*7}}、{case_no}" in printed(desk, no, "交办单", "--format", format_)[0]


def test_the_same_paper_is_one_file_and_a_changed_one_is_numbered(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:30", unit="社保")["case_no"]
    _, first = printed(desk, no, "交办单")
    assert "没有另存" in desk.type("form", no, "--kind", "交办单").out
    before = first.read_bytes()
    desk.ask("resolve", no, "--result", "已经办好", "--at", "2026-10-09 09:00")
    _, second = printed(desk, no, "交办单")
    assert (second.name, first.read_bytes()) == (f"交办单{no}（2）.xlsx", before)
    assert printed(desk, no, "交办单")[1] == second


def test_a_paper_goes_where_it_is_told(desk: Desk, tmp_path: Path) -> None:
    no = desk.register("2026-10-08 09:30", unit="社保")["case_no"]
    (name,) = desk.ask("form", no, "--kind", "交办", "--out", str(tmp_path / "外面"))["files"]
    assert Path(name) == tmp_path / "外面" / f"交办单{no}.xlsx"


def test_the_unit_gets_the_phone_but_never_of_a_whistle_blower(xiangtan: Desk) -> None:
    plain = xiangtan.register("2026-10-08 09:30", name="欧阳小明", about=TALE, phone=PHONE, unit="县住建局")
    text, _ = printed(xiangtan, plain["case_no"], "交办单")
    assert PHONE in text
    assert "欧阳小明" in text
    told = xiangtan.register(
        "2026-10-08 10:30", name="欧阳小明", about=TALE, phone=PHONE, unit="县住建局", category="举报"
    )
    text, _ = printed(xiangtan, told["case_no"], "工作表")
    for secret in (PHONE, IDENTITY, "欧阳小明", "138****8000\n"):
        assert secret not in text
    assert "欧***" in text
    assert "不提供" in text


def test_a_paper_that_needs_no_phone_has_none(xiangtan: Desk) -> None:
    no = xiangtan.register("2026-10-08 09:30", name="欧阳小明", about=TALE, phone=PHONE, unit="县住建局")["case_no"]
    text = words_of(handled(xiangtan, no, "催办单", URGED[:1]).path)
    assert "欧阳小明" in text
    assert PHONE not in text
    assert IDENTITY not in text


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        ("督办函", URGED),
        ("问责移送函", (*URGED, (StepKind.ACCOUNTABILITY, f"问责；说明：欧阳小明（{PHONE}）反映属实"))),
        ("通报单", ((StepKind.CIRCULAR, f"处理意见：向欧阳小明（{PHONE}）致歉"),)),
        ("线索上报表", ((StepKind.REFER_LEAD, f"上报；说明：欧阳小明{PHONE}"),)),
        ("会议议程", ((StepKind.MEETING_PLAN, "联席会议 2026-10-20；成员：县司法局"),)),
        ("会议纪要", ((StepKind.MEETING_RECORD, f"议定：请欧阳小明（{PHONE}）补件"),)),
    ],
)
def test_n10_what_goes_up_is_masked(xiangtan: Desk, kind: str, steps: Sequence[tuple[StepKind, str]]) -> None:
    no = xiangtan.register("2026-10-08 09:30", name="欧阳小明", about=TALE, phone=PHONE, unit="县住建局")["case_no"]
    for format_ in ("xlsx", "docx"):
        paper = handled(xiangtan, no, kind, steps, format=format_)
        text = words_of(paper.path)
        assert "138****8000" in text
        for secret in (PHONE, IDENTITY, "欧阳小明"):
            assert secret not in text
        assert paper.is_masked
        assert "欧" not in paper.path.name
    whole = handled(xiangtan, no, kind, steps, is_full=True)
    assert PHONE in words_of(whole.path)
    assert "全名" in whole.path.name


def test_masking_is_lifted_and_journalled_when_asked(xiangtan: Desk) -> None:
    no = xiangtan.register(
        "2026-10-08 09:30", name="欧阳小明", phone=PHONE, unit="县住建局", category="举报"
    )["case_no"]  # fmt: skip
    journal = xiangtan.folder / ".zmn" / "journal.jsonl"
    before = journal.read_text(encoding="utf-8")
    text, path = printed(xiangtan, no, "交办单", "--full")
    assert PHONE in text
    assert "全名" in path.name
    added = journal.read_text(encoding="utf-8").removeprefix(before)
    told = json.dumps([json.loads(line) for line in added.splitlines()], ensure_ascii=False)
    assert no in told
    assert "form" in told


def test_a_county_s_own_paper_takes_the_place_of_the_common_one(xiangtan: Desk) -> None:
    no = xiangtan.register("2026-10-08 09:30", unit="县住建局")["case_no"]
    assert "湘潭县解决企业群众“办不成事”问题工作表" in printed(xiangtan, no, "交办单")[0]
    letter = words_of(handled(xiangtan, no, "督办函", URGED).path)
    assert "县政府督查室：" in letter
    assert "2026年10月20日催办，均未解决。" in letter
    assert "县长：" in words_of(handled(xiangtan, no, "督办函", URGED, to="县长").path)


def test_a_routed_matter_goes_with_a_transfer_slip(xiangtan: Desk) -> None:
    no = xiangtan.register("2026-10-08 09:30", unit="县住建局")["case_no"]
    early = xiangtan.type("form", no, "--kind", "转办单")
    assert early.code == 6
    assert "已转出" in early.err
    xiangtan.ask("resolve", no, "--outcome", "转信访", "--result", "属于信访事项", "--at", "2026-10-09 09:00")
    text, _ = printed(xiangtan, no, "转办单")
    assert "信访部门" in text
    assert "属于信访事项" in text


def test_who_is_refused_is_told_by_name_and_with_the_reason(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:30", name="李四", unit="社保")["case_no"]
    assert desk.type("form", no, "--kind", "不能办理告知").code == 6
    desk.ask("resolve", no, "--outcome", "不能办理", "--result", "不符合参保条件", "--reported-to", "分管副主任",
             "--at", "2026-10-09 09:00")  # fmt: skip
    text, path = printed(desk, no, "告知书")
    assert path.suffix == ".docx"
    assert "李四：" in text
    assert "不符合参保条件" in text
    assert "分管副主任" not in text, "whom it was reported to is no matter of the person's"


def test_a_case_of_another_day_is_printed_as_it_stood(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:30", unit="社保")["case_no"]
    desk.ask("resolve", no, "--result", "已经办好", "--at", "2026-10-12 09:00")
    then, _ = printed(desk, no, "交办单", "--as-of", "2026-10-09")
    assert "已经办好" not in then
    assert "2026年10月9日" in then


def test_a_meeting_s_papers_hold_all_its_matters(xiangtan: Desk) -> None:
    numbers = [
        xiangtan.register(f"2026-10-08 {9 + n // 30:02}:{n % 30:02}", name="欧阳小明", about=f"{TALE}第{n}件",
                          phone=PHONE, unit="县住建局")["case_no"]
        for n in range(3)
    ]  # fmt: skip
    office = open_desk(xiangtan)
    spec = office.locality.ledger()
    plan = Step(
        "", StepKind.MEETING_PLAN, datetime(2026, 10, 19, 9), text="联席会议 2026-10-20；成员：县司法局、县信访局"
    )
    cases = []
    for no in numbers:
        shown, log = show_record(office, spec, no, is_full=True)
        cases.append((shown.record, [*log, plan]))
    paper = write_meeting_paper(office, spec, cases, "会议议程")
    assert paper.path == xiangtan.folder / "表单" / "会议" / "会议议程20261020.xlsx"
    text = words_of(paper.path)
    for expected in (*numbers, "联席会议议程", "县司法局、县信访局", "2026年10月20日", "3件"):
        assert expected in text
    assert PHONE not in text
    called = Meeting("联动会审", datetime(2026, 10, 21).date(), "三楼", ("县发改局",), "张主任")
    text = words_of(write_meeting_paper(office, spec, cases, "会议议程", meeting=called).path)
    for expected in ("联动会审议程", "三楼", "县发改局", "张主任"):
        assert expected in text
    with pytest.raises(RefusedByRuleError, match="会议决定"):
        write_meeting_paper(office, spec, cases, "会议纪要")
    with pytest.raises(BadValueError):
        write_meeting_paper(office, spec, [], "会议议程")


def test_m10_a_county_s_slip_is_told_with_file_and_place(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "县"
    shutil.copytree(Path(__file__).parents[1] / "fixtures" / "counties" / "qingshi", folder)
    letter = folder / "layouts" / "supervise.toml"
    letter.write_text(letter.read_text("utf-8").replace("{applicant}", "{aplicant}"), encoding="utf-8")
    own = Desk(tmp_path / "青石", "2026-10-30")
    assert own.type("init", str(own.folder), "--locality", str(folder), "--year", "2026").code == 0
    no = own.register("2026-10-08 09:30")["case_no"]
    answer = own.type("form", no, "--kind", "交办单")
    assert answer.code == 5
    assert "layouts/supervise.toml 的 paragraphs[1].text：“{aplicant}”" in answer.err


def test_without_libreoffice_a_pdf_is_refused_with_a_way_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    no = desk.register("2026-10-08 09:30")["case_no"]
    monkeypatch.setenv("PATH", "")
    answer = desk.type("form", no, "--format", "pdf")
    assert answer.code == 8
    assert "docx" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.libreoffice
@pytest.mark.skipif(shutil.which("soffice") is None, reason="本机没有 LibreOffice")
def test_a_pdf_printed_twice_is_one_file(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:30")["case_no"]
    first, again = (desk.ask("form", no, "--format", "pdf")["files"] for _ in range(2))
    assert first == again
    assert (desk.folder / first[0]).read_bytes().startswith(b"%PDF")
