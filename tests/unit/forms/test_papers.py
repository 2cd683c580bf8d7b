"""Papers as data: what every one of them says, and that what a person typed is never taken for a placeholder."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.paperwork import ABOUT, CASE, CONTEXT, MEETING, STEPS, meeting_of, paper, paper_files, step
from zhuomuniao.assets import data_folder, locality_slugs
from zhuomuniao.forms.filled import FilledForm, FilledLetter, Level, fill_form, fill_letter, fill_paper, problems_of
from zhuomuniao.forms.values import every_name, paper_values
from zhuomuniao.layouts import load_layout
from zhuomuniao.model import StepKind
from zhuomuniao.paperlayouts import FormCell, FormLayout, FormRow, LetterParagraph, PaperView, Span
from zhuomuniao.rulefile import load_locality

EXPECTED = {
    "交办单", "转办单", "延期申请", "退回申请", "催办单", "督办函", "问责移送函", "通报单", "线索上报表", "回访记录",
    "核查记录", "销号单", "不能办理告知", "会议议程", "会议纪要",
}  # fmt: skip
VALUES = paper_values(CONTEXT)


def said(filled: FilledForm | FilledLetter) -> str:
    if isinstance(filled, FilledForm):
        return "\n".join([filled.title, *(cell.text for cell in filled.cells)])
    return "\n".join([filled.title, filled.to, *(p.text for p in filled.paragraphs), filled.signed_by, filled.date])


def letter(*paragraphs: LetterParagraph) -> FormLayout:
    return FormLayout("l", "函", "题", "", paragraphs=paragraphs, signed_by="{office}", to="{recipient}")


def test_every_county_has_the_papers_of_the_trade() -> None:
    names = {load_layout(path).name for path in paper_files() if path.parent.name == "forms"}  # type: ignore[union-attr]
    assert names == EXPECTED


@pytest.mark.parametrize("path", list(paper_files()), ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_every_paper_names_only_what_there_is(path: Path) -> None:
    layout = load_layout(path)
    assert isinstance(layout, FormLayout)
    assert problems_of(layout, every_name(), path.name) == ()
    text = said(fill_paper(layout, paper_values(meeting_of(2))))
    assert CASE.case_no in text or "2026100801" in text
    assert "{office}" not in text


@pytest.mark.parametrize("slug", locality_slugs())
def test_every_rung_of_a_ladder_has_its_paper(slug: str) -> None:
    folder = load_locality(data_folder() / "localities" / slug, data_folder() / "policies.toml")
    asked = {r.paper for e in folder.locality.editions for ladder in e.ladders for r in ladder.rungs if r.paper}
    assert asked <= EXPECTED | {form.name for form in folder.forms.values()}


def test_every_name_is_there_whatever_has_happened() -> None:
    full, nothing = VALUES.words, every_name().words
    assert set(full) == set(nothing)


def test_m10_a_misspelt_name_is_told_with_its_file_and_place() -> None:
    row = FormRow(20, (FormCell(Span.NOTE, "好", 1), FormCell(Span.FIELD, "aplicant", 1)), repeat="stepps")
    form = FormLayout("f", "表", "{titel}", "", (10, 10), (row,))
    told = [(p.file, p.key, p.what) for p in problems_of(form, every_name(), "f.toml")]
    assert told == [
        ("f.toml", "title", "“{titel}”不是认识的栏目"),
        ("f.toml", "rows[1].repeat", "没有“stepps”这种清单"),
        ("f.toml", "rows[1].cells[2]", "“{aplicant}”不是认识的栏目"),
    ]
    wrong = letter(LetterParagraph("一"), LetterParagraph("{ofice}", "!whn"))
    assert [p.key for p in problems_of(wrong, every_name(), "l.toml")] == ["paragraphs[2].text", "paragraphs[2].when"]


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("经{% if unit %}办", "{% if unit %}"),
        ("经{%办", "{%办"),
        ("由{office办理", "{office办理"),
        ("由office}办理", "}"),
        ("由{Office}办理", "{Office}"),
        ("由{ office }办理", "{ office }"),
        ("由{{office}}办理", "{}"),
        ("由{{ office }}办理", "{{ office }}"),
        ("由｛office｝办理", "｛office｝"),
        ("由{承办单位}办理", "{承办单位}"),
        ("由{office}办理{", "{"),
    ],
)
def test_m10_a_brace_that_is_no_placeholder_is_told_with_file_paragraph_and_tag(written: str, tag: str) -> None:
    wrong = letter(LetterParagraph("{office}"), LetterParagraph(written))
    (told,) = problems_of(wrong, every_name(), "l.toml")
    assert (told.file, told.key, told.what) == ("l.toml", "paragraphs[2].text", f"“{tag}”不是栏目的写法")
    assert "{case_no}" in told.remedy


def test_m10_stray_braces_are_told_wherever_they_stand() -> None:
    cells = (FormCell(Span.LABEL, "{%", 1), FormCell(Span.NOTE, "见{office", 1), FormCell(Span.FIELD, "Office", 1))
    form = FormLayout("f", "表", "题}", "", (10, 10, 10), (FormRow(20, cells),))
    told = [(p.key, p.what) for p in problems_of(form, every_name(), "f.toml")]
    assert told == [
        ("title", "“}”不是栏目的写法"),
        ("rows[1].cells[1]", "“{%”不是栏目的写法"),
        ("rows[1].cells[2]", "“{office”不是栏目的写法"),
        ("rows[1].cells[3]", "“{Office}”不是栏目的写法"),
    ]
    long = letter(LetterParagraph("{" + "很长" * 40))
    (one,) = problems_of(long, every_name(), "l.toml")
    assert len(one.what) < 40


@pytest.mark.parametrize("name", ["assignment", "supervise", "decline", "agenda", "minutes", "visit", "closing"])
def test_m09_what_a_person_typed_is_printed_as_typed(name: str) -> None:
    assert ABOUT in said(fill_paper(paper(name), paper_values(replace(CONTEXT, cases=(CONTEXT,)))))


def test_a_placeholder_inside_a_value_is_text() -> None:
    case = replace(CASE, about="{office}{phone}", applicant="{about}")
    values = paper_values(replace(CONTEXT, case=case))
    filled = fill_letter(letter(LetterParagraph("{applicant}说{about}")), values)
    assert [p.text for p in filled.paragraphs] == ["{about}说{office}{phone}"]


def test_control_characters_and_line_ends_break_nothing() -> None:
    case = replace(CASE, about="第一行\r\n\x0b第二\x00行\x1b[31m\ud800\ufffe\n\n　第三行")
    values = paper_values(replace(CONTEXT, case=case))
    paragraphs = fill_letter(letter(LetterParagraph("{about}")), values).paragraphs
    assert [p.text for p in paragraphs] == ["第一行", "第二行[31m", "第三行"]
    cells = (FormCell(Span.FIELD, "about", 2),)
    (cell,) = fill_form(FormLayout("f", "表", "题", "", (10, 10), (FormRow(20, cells),)), values).cells
    assert cell.text == "第一行\n第二行[31m\n\n　第三行"


def test_headings_are_known_by_the_paper_never_by_the_words() -> None:
    case = replace(CASE, about="一、我要投诉")
    filled = fill_letter(
        letter(LetterParagraph("一、情况"), LetterParagraph("（一）经过\n{about}"), LetterParagraph("{about}")),
        paper_values(replace(CONTEXT, case=case)),
    )
    assert [p.level for p in filled.paragraphs] == [Level.FIRST, Level.SECOND, Level.PLAIN, Level.PLAIN]


def test_paragraphs_come_and_go_with_their_words() -> None:
    both = (LetterParagraph("有：{late_words}", "late_words"), LetterParagraph("没有", "!late_words"))
    assert [p.text for p in fill_letter(letter(*both), VALUES).paragraphs] == ["有：已逾期3个工作日"]
    in_time = paper_values(replace(CONTEXT, late_workdays=0))
    assert [p.text for p in fill_letter(letter(*both), in_time).paragraphs] == ["没有"]


def test_a_list_has_a_row_for_each_and_a_blank_one_for_none() -> None:
    agenda = fill_form(paper("agenda"), paper_values(meeting_of(60)))
    assert [c.text for c in agenda.cells if c.text.startswith("20261008")] == [
        f"20261008{n:02}" for n in range(1, 61)
    ]
    assert sum(row.is_listed for row in agenda.rows) == 60
    nobody = fill_form(paper("visit"), paper_values(replace(CONTEXT, steps=())))
    assert [cell.text for cell in nobody.cells if nobody.rows[cell.row].is_listed] == ["", "", "", ""]


def test_e06_the_supervision_letter_lists_what_was_urged_before() -> None:
    text = said(fill_paper(paper("supervise"), VALUES))
    assert "2026年10月15日催办、2026年10月16日催办，均未办结。" in text
    assert "问责" not in text, "what came later is no earlier rung"
    assert "五.5“对逾期未办结事项进行催办”" in text
    assert "请主要负责人过问。" in text
    first = said(fill_paper(paper("supervise"), paper_values(replace(CONTEXT, steps=STEPS[:6]))))
    assert "均未办结" not in first


def test_the_words_of_the_log_are_taken_apart() -> None:
    words = VALUES.words
    assert {name: words[name] for name in (
        "assign_coordinator", "return_reason", "return_basis", "review_return_head", "extend_head", "extend_approver",
        "extend_reason", "extended_due", "verify_head", "visit_satisfaction", "visit_solved", "visit_fault",
        "circular_disposition", "meeting_record_decision", "meeting_record_due", "refer_lead_note",
    )} == {
        "assign_coordinator": "县行政审批局",
        "return_reason": "备案证明由住建部门出具",
        "return_basis": "《商品房屋租赁管理办法》第四条",
        "review_return_head": "不同意",
        "extend_head": "5工作日",
        "extend_approver": "张主任",
        "extend_reason": "省平台迁移数据",
        "extended_due": "2026年10月21日",
        "verify_head": "属实",
        "visit_satisfaction": "不满意",
        "visit_solved": "已解决",
        "visit_fault": "承办单位主观原因",
        "circular_disposition": "提醒谈话，一周内修订办事指南",
        "meeting_record_decision": "先行受理、容缺办理",
        "meeting_record_due": "2026年11月2日",
        "refer_lead_note": "擅自增加办理要件。",
    }  # fmt: skip
    assert VALUES.lists["visits"][0]["step_text"] == "未接通（第1次）"


def test_result_clocks_and_days_in_words() -> None:
    words = VALUES.words
    assert (words["result_plain"], words["result_reason"], words["reported_to"]) == (
        "新执照已经送达", "没有启用线下流程", "分管副主任",
    )  # fmt: skip
    assert words["clocks"].split("\n") == [
        "解决：2026年10月14日前，自受理起5工作日；已于2026年10月20日完成，超时",
        "初步反馈：2026年10月13日前；已于2026年10月12日完成，按时",
    ]
    assert (words["due_on"], words["accepted_on"], words["accepted_at"], words["today"]) == (
        "2026年10月14日", "2026年10月8日", "2026年10月8日 09:30", "2026年10月30日",
    )  # fmt: skip


def test_the_last_step_of_a_kind_counts() -> None:
    later = step(StepKind.CIRCULAR, 10, 30, "处理意见：改为书面检查")
    words = paper_values(replace(CONTEXT, steps=(*STEPS, later))).words
    assert words["circular_disposition"] == "改为书面检查"
    assert words["circular_on"] == "2026年10月30日"


def test_the_minutes_have_a_heading_for_each_matter() -> None:
    filled = fill_letter(paper("minutes"), paper_values(meeting_of(12)))
    headings = [p.text for p in filled.paragraphs if p.level is Level.SECOND]
    assert headings[0].startswith("（一）关于县市场监管局")
    assert headings[11].startswith("（十二）")
    assert "2026年10月20日，某县行政审批服务中心召开联席会议，研究12件" in filled.paragraphs[0].text
    assert "、".join(MEETING.members) in filled.paragraphs[0].text


def test_who_reads_which_paper() -> None:
    views = {path.stem: load_layout(path).view for path in paper_files()}  # type: ignore[union-attr]
    outside = {"supervise", "accountability", "circular", "lead", "agenda", "minutes", "supervise-letter"}
    assert {name for name, view in views.items() if view is PaperView.OUTSIDE} == outside
    inside = {"visit", "verification", "closing", "decline", "register-form"}
    assert {name for name, view in views.items() if view is PaperView.INSIDE} == inside
