"""What each step writes, and the case of an earlier day put together from the log."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from msgspec.structs import replace

from zhuomuniao.assets import data_folder, locality_folder
from zhuomuniao.codes import OutcomeEffect
from zhuomuniao.errors import RefusedByRuleError
from zhuomuniao.lifecycle import STEP_RULES, Terms, clocks_ended_by, has_answer, require_order, require_step
from zhuomuniao.model import Act, Case, Clock, Status, Step, StepKind
from zhuomuniao.rulefile import load_locality
from zhuomuniao.transitions import as_accepted, merge_clocks, replay, take_step

LOCALITY = load_locality(locality_folder("xiangtan"), data_folder() / "policies.toml").locality
TERMS = Terms(LOCALITY.ledger("window"), lambda case: LOCALITY.editions[-1].code_list("window", "outcome"))
DUE = Clock(Act.RESOLVE, date(2026, 8, 17))
ACCEPTED = Case(
    "2026081001", "window", datetime(2026, 8, 10, 9), "李四", "事", kind="应办未办", tier="二级", channel="窗口",
    status=Status.AWAITING_ASSIGNMENT, progress="已受理，待交办", round_started_on=date(2026, 8, 10), clocks=(DUE,),
)  # fmt: skip


def step(kind: StepKind, at: str, text: str = "", unit: str = "", *clocks: Clock) -> Step:
    return Step(ACCEPTED.case_no, kind, datetime.fromisoformat(at), "赵敏慧", unit, text, tuple(clocks))


RECEIPT = step(StepKind.ACCEPT, "2026-08-10 09:00", "", "", DUE)
LIFE = [
    step(StepKind.ASSIGN, "2026-08-10 10:00", "主办：县司法局；协办：县信访局", "县司法局"),
    step(StepKind.SIGN, "2026-08-10 11:00", "", "县司法局"),
    step(StepKind.SIGN, "2026-08-10 12:00", "", "县信访局"),
    step(StepKind.FIRST_FEEDBACK, "2026-08-11 10:00", "在办", "县司法局"),
    step(StepKind.RAISE, "2026-08-12 10:00", "二级 → 一级；理由：难；说明：a → b", "", replace(DUE, due_on=None)),
    step(StepKind.URGE, "2026-08-18 10:00", "催办", "县司法局"),
    step(
        StepKind.RESOLVE, "2026-08-20 10:00", "已解决：办了；不实：不", "县司法局",
        replace(DUE, due_on=None, ended_on=date(2026, 8, 20)),
    ),
    step(StepKind.VERIFY, "2026-08-20 11:00", "属实；说明：不实", "县司法局"),
    step(StepKind.VISIT, "2026-08-21 10:00", "满意度：不满意；不满意原因：承办单位主观原因；说明：慢", "县司法局"),
    step(StepKind.REDO, "2026-08-21 10:00", "理由：慢", "县司法局", Clock(Act.RESOLVE, None, round=2)),
]  # fmt: skip


def lived(*steps: Step) -> Case:
    case = ACCEPTED
    for one in steps:
        case = take_step(case, one, TERMS)
    return case


def test_a_life_step_by_step() -> None:
    statuses = [lived(*LIFE[:n]).status.value for n in range(len(LIFE) + 1)]
    assert statuses == [
        "待交办", "待签收", "办理中", "办理中", "办理中", "办理中", "办理中", "待回访", "待回访", "已办结", "办理中",
    ]  # fmt: skip
    end = lived(*LIFE)
    assert (end.round, end.round_started_on, end.tier) == (2, date(2026, 8, 21), "一级")
    assert end.co_handlers == "县信访局：已签收"
    assert end.urging == "催办 2026-08-18（第1轮）"
    assert end.verification == "2026-08-20 属实（第1轮）"
    assert (end.satisfaction, end.fault, end.result, end.resolved_at, end.first_feedback_at) == (
        "",
        "",
        "",
        None,
        None,
    )
    assert [(c.round, c.ended_on) for c in end.clocks] == [(1, date(2026, 8, 20)), (2, None)]


def test_words_are_read_by_their_titles_and_the_first_word() -> None:
    resolved = lived(*LIFE[:7])
    assert (resolved.outcome, resolved.result) == ("已解决", "办了；不实：不")
    visited = lived(*LIFE[:9])
    assert (visited.satisfaction, visited.fault) == ("不满意", "承办单位主观原因")


@pytest.mark.parametrize("taken", range(len(LIFE) + 1))
def test_every_day_can_be_put_together_from_the_end(taken: int) -> None:
    """From the last row and the log, each state in between comes back."""
    end = lived(*LIFE)
    state = as_accepted(end, RECEIPT, TERMS, LIFE)
    assert state == ACCEPTED
    for one in LIFE[:taken]:
        state = take_step(state, one, TERMS)
    assert state == lived(*LIFE[:taken])


def test_the_end_of_a_day() -> None:
    end, log = lived(*LIFE), [RECEIPT, *LIFE]
    assert replay(end, log, TERMS, date(2026, 8, 9)) is None
    assert replay(end, log, TERMS, date(2026, 8, 10)) == lived(*LIFE[:3])
    assert replay(end, log, TERMS, date(2026, 8, 20)) == lived(*LIFE[:8])
    assert replay(end, log, TERMS, date(2027, 1, 1)) == end


def test_what_people_typed_stays() -> None:
    """回访情况 and 满意度 that no step of ours wrote are facts of the row."""
    typed = replace(lived(*LIFE[:2]), revisit="当面说好", satisfaction="满意", remark="领导关注")
    before = as_accepted(typed, RECEIPT, TERMS, LIFE[:2])
    assert (before.revisit, before.satisfaction, before.remark) == ("当面说好", "满意", "领导关注")
    assert before.status is Status.AWAITING_ASSIGNMENT


def test_a_case_assigned_at_the_counter() -> None:
    receipt = step(StepKind.ACCEPT, "2026-08-10 09:00", "", "县司法局", DUE)
    given = replace(ACCEPTED, unit="县司法局", status=Status.AWAITING_SIGNATURE, assigned_at=ACCEPTED.accepted_at)
    later = [
        step(StepKind.SIGN, "2026-08-10 10:00", "", "县司法局"),
        step(StepKind.ASSIGN, "2026-08-11 10:00", "主办：县信访局", "县信访局"),
    ]
    end = given
    for one in later:
        end = take_step(end, one, TERMS)
    assert (end.unit, end.signed_at, end.status) == ("县信访局", None, Status.AWAITING_SIGNATURE)
    back = as_accepted(end, receipt, TERMS, later)
    assert (back.unit, back.assigned_at, back.signed_at) == ("县司法局", given.accepted_at, None)


def test_a_case_without_its_receipt_is_as_the_row_has_it() -> None:
    end = lived(*LIFE[:3])
    assert replay(end, LIFE[:3], TERMS, date(2026, 8, 10)) == end


def test_clocks_are_merged_by_act_and_round() -> None:
    ended, second = replace(DUE, ended_on=date(2026, 8, 14)), replace(DUE, round=2, due_on=date(2026, 9, 1))
    assert merge_clocks((DUE,), (ended, second)) == (ended, second)
    assert merge_clocks((ended, second), (replace(second, is_cancelled=True),)) == (ended,)
    assert merge_clocks((), ()) == ()


def test_an_ended_clock_does_not_run_again() -> None:
    """A date that a notice moved later on does not bring back what was over by then."""
    ended = replace(DUE, ended_on=date(2026, 8, 14))
    assert merge_clocks((ended,), (replace(DUE, due_on=date(2026, 8, 18)),)) == (ended,)


def test_a_co_handler_ends_no_clock_of_the_lead() -> None:
    case = replace(lived(*LIFE[:2]), clocks=(DUE, Clock(Act.FIRST_FEEDBACK, date(2026, 8, 13))))
    theirs = step(StepKind.FIRST_FEEDBACK, "2026-08-12 10:00", "查了", "县信访局")
    ours = replace(theirs, unit="县司法局")
    assert clocks_ended_by(case, theirs, OutcomeEffect.RESOLVED) == ()
    assert [c.act for c in clocks_ended_by(case, ours, OutcomeEffect.RESOLVED)] == [Act.FIRST_FEEDBACK]
    assert take_step(case, theirs, TERMS).first_feedback_at is None


def test_an_attempt_answers_nothing() -> None:
    assert not has_answer(step(StepKind.VISIT, "2026-08-21 10:00", "未接通（第1次）；说明：停机"))
    assert has_answer(step(StepKind.VISIT, "2026-08-21 10:00", "未接通（第3次）；满意度：无法回访"))


def test_each_row_of_the_table_can_be_reached_and_is_told() -> None:
    for kind, rule in STEP_RULES.items():
        assert rule.kind is kind
        assert rule.command
        assert rule.allowed_from
    reached = {status for rule in STEP_RULES.values() for status in rule.leads_to}
    # An activity waits to be filed from the beginning; no step leads back there.
    assert reached | {Status.AWAITING_FILING} == set(Status)
    for status in Status:
        if status.is_open:
            ways = {s for r in STEP_RULES.values() if status in r.allowed_from for s in r.leads_to}
            assert ways - {status}, status


@pytest.mark.parametrize("kind", list(STEP_RULES))
@pytest.mark.parametrize("status", list(Status))
def test_a_step_is_taken_only_where_the_table_allows_it(kind: StepKind, status: Status) -> None:
    case, at = replace(ACCEPTED, status=status), datetime(2026, 8, 11, 9)
    if status in STEP_RULES[kind].allowed_from:
        require_step(case, kind, at)
        with pytest.raises(RefusedByRuleError, match="早于受理时间"):
            require_step(case, kind, datetime(2026, 8, 10, 8))
    else:
        with pytest.raises(RefusedByRuleError, match=f"现在是“{status}”") as refused:
            require_step(case, kind, at)
        assert "zmn show" in refused.value.remedy


def test_steps_that_move_the_case_stand_in_their_order() -> None:
    with pytest.raises(RefusedByRuleError, match="早于“签收”"):
        require_order(lived(*LIFE[:2]), StepKind.RETURN, datetime(2026, 8, 10, 10, 30), LIFE[:2])
    require_order(lived(*LIFE[:2]), StepKind.NOTE, datetime(2026, 8, 10, 10, 30), LIFE[:2])
    require_order(lived(*LIFE[:2]), StepKind.RETURN, datetime(2026, 8, 10, 11), LIFE[:2])


def test_a_feedback_before_the_assignment_is_refused() -> None:
    with pytest.raises(RefusedByRuleError, match="早于“交办”"):
        require_order(lived(LIFE[0]), StepKind.FIRST_FEEDBACK, datetime(2026, 8, 10, 9, 30), LIFE[:1])
