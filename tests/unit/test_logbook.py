"""What the log tells: which lines count, in which order, and what they say."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from msgspec.structs import replace

from zhuomuniao.course import Extension
from zhuomuniao.limits import parse_limit
from zhuomuniao.logbook import (
    attempts_made,
    extension_words,
    extensions_used,
    in_order,
    is_deemed_signed,
    is_returned,
    read_extension,
    rungs_issued,
    standing_steps,
    this_round,
    undo_words,
)
from zhuomuniao.model import Case, Step, StepKind

CASE = Case("2026081001", "window", datetime(2026, 8, 10, 9), "李四", "事")
SECOND = Case("2026081001", "window", datetime(2026, 8, 10, 9), "李四", "事", round=2)


def step(kind: StepKind, at: str, text: str = "", op: str = "") -> Step:
    return Step(CASE.case_no, kind, datetime.fromisoformat(at), "赵敏慧", "县住建局", text, op_id=op)


def test_lines_taken_back_do_not_count() -> None:
    urged = step(StepKind.URGE, "2026-08-18 10:00", "催办", "20260818-0000007")
    undone = step(StepKind.UNDO, "2026-08-18 11:00", undo_words("20260818-0000007", "催办"), "20260818-0000008")
    again = step(StepKind.URGE, "2026-08-18 12:00", "催办", "20260818-0000009")
    assert standing_steps([urged, undone, again]) == [again]
    assert rungs_issued(CASE, [urged, undone]) == {}
    assert rungs_issued(CASE, [urged, undone, again]) == {"催办": date(2026, 8, 18)}


def test_a_number_in_a_note_takes_nothing_back() -> None:
    urged = step(StepKind.URGE, "2026-08-18 10:00", "催办", "20260818-0000007")
    note = step(StepKind.NOTE, "2026-08-18 11:00", "操作 20260818-0000007 记错了", "20260818-0000008")
    assert standing_steps([urged, note]) == [urged, note]


def test_lines_count_by_when_it_happened() -> None:
    late = step(StepKind.NOTE, "2026-08-12 10:00", "二")
    early = step(StepKind.NOTE, "2026-08-11 10:00", "一")
    same = step(StepKind.NOTE, "2026-08-12 10:00", "三")
    assert [s.text for s in in_order([late, early, same])] == ["一", "二", "三"]


def test_a_round_begins_with_its_redo() -> None:
    steps = [
        step(StepKind.RESOLVE, "2026-08-12 10:00", "已解决：好"),
        step(StepKind.REDO, "2026-08-13 10:00", "理由：没办"),
        step(StepKind.FIRST_FEEDBACK, "2026-08-14 10:00", "在办"),
    ]
    assert [s.kind for s in this_round(SECOND, steps)] == [StepKind.REDO, StepKind.FIRST_FEEDBACK]
    assert this_round(CASE, steps[:1]) == steps[:1]


def test_rungs_are_of_the_current_round() -> None:
    steps = [
        step(StepKind.URGE, "2026-08-18 10:00", "催办"),
        step(StepKind.SUPERVISE, "2026-08-25 10:00", "督办；依据：12345热线（已督办），直接进入督办（五.5）"),
        step(StepKind.REDO, "2026-08-27 10:00", "理由：没办"),
        step(StepKind.URGE, "2026-09-04 10:00", "催办；说明：；督办"),
    ]
    assert rungs_issued(CASE, steps[:2]) == {"催办": date(2026, 8, 18), "督办": date(2026, 8, 25)}
    assert rungs_issued(SECOND, steps) == {"催办": date(2026, 9, 4)}


def test_attempts_since_the_last_resolution() -> None:
    steps = [
        step(StepKind.RESOLVE, "2026-08-12 10:00", "已解决：好"),
        step(StepKind.VISIT, "2026-08-13 10:00", "未接通（第1次）"),
        step(StepKind.VISIT, "2026-08-14 10:00", "是否解决：基本解决"),
        step(StepKind.VISIT, "2026-08-17 10:00", "未接通（第2次）；说明：停机"),
    ]
    assert attempts_made(CASE, steps) == 2
    again = step(StepKind.RESOLVE, "2026-08-18 10:00", "已解决：又办")
    assert attempts_made(CASE, [*steps, again]) == 0


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([], False),
        ([(StepKind.REVIEW_RETURN, "同意")], True),
        ([(StepKind.REVIEW_RETURN, "同意；说明：不同意也行")], True),
        ([(StepKind.REVIEW_RETURN, "不同意；说明：同意的话")], False),
        ([(StepKind.REVIEW_RETURN, "同意"), (StepKind.ASSIGN, "主办：县人社局")], False),
    ],
)
def test_whether_a_matter_was_given_back(kinds: list[tuple[StepKind, str]], expected: bool) -> None:
    steps = [step(kind, f"2026-08-1{n} 10:00", text) for n, (kind, text) in enumerate(kinds)]
    assert is_returned(steps) is expected


def test_silence_is_a_signature_until_somebody_signs() -> None:
    deemed = step(StepKind.SIGN, "2026-08-13 00:00", "视为签收：到 2026-08-12 没有签收")
    signed = step(StepKind.SIGN, "2026-08-14 10:00", "说明：视为签收也行")
    assert is_deemed_signed(replace(CASE, unit="县住建局"), [deemed])
    assert not is_deemed_signed(replace(CASE, unit="县住建局"), [deemed, signed])
    assert not is_deemed_signed(replace(CASE, unit="县住建局"), [])


@pytest.mark.parametrize(
    "reason",
    [
        "要现场核实",
        "一；二",
        "忙；批准人：李四",
        "忙；依据：没有；原因：再说",
        "原因：原因：",
        "期限：2026-09-01",
        "：；",
    ],
)
@pytest.mark.parametrize("basis", ["", "专题会议纪要〔2026〕3号；其他"])
def test_an_extension_is_read_as_it_was_granted(reason: str, basis: str) -> None:
    asked = Extension(parse_limit("5工作日"), date(2026, 8, 14), "张主任", reason, basis)
    written = step(StepKind.EXTEND, "2026-08-14 10:00", extension_words(asked, "2026-08-17"))
    read = read_extension(written)
    assert (read.limit, read.asked_on, read.approver) == (asked.limit, asked.asked_on, asked.approver)
    assert bool(read.override) == bool(basis)
    assert read.override == basis
    # A mark that would read as a title of its own may be written otherwise; the words stay.
    assert read.reason.replace("，", "；").replace(":", "：") == reason
    assert extensions_used([written]) == (read,)
