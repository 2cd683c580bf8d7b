"""What each step does to a record, and the record of an earlier day put together from the log.

One function, :func:`take_step`, changes a case; commands use it to write the row, and ``--as-of`` uses it to
replay the log, so the two can never differ.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from typing import Any, TypeVar

from msgspec.structs import replace

from zhuomuniao import stepwords
from zhuomuniao.codes import OutcomeEffect
from zhuomuniao.fieldlife import FIELD_WRITERS, as_opened, counted
from zhuomuniao.handlers import Handling, moved_on, with_units, without_unit
from zhuomuniao.lifecycle import (
    ARROW,
    STEP_RULES,
    TRUE,
    Terms,
    is_of_co_handler,
    progress_on_acceptance,
    status_on_acceptance,
)
from zhuomuniao.logbook import AGREED, LADDER_KINDS, UNREACHED, in_order
from zhuomuniao.model import Case, Clock, Record, Status, Step, StepKind
from zhuomuniao.roundtext import OVERRIDDEN, add_part, close_round

L = TypeVar("L", bound=Record)

_OPENINGS = (StepKind.ACCEPT, StepKind.HOLD, StepKind.FIND)
"""Lines that tell how a record began."""


def take_step(case: L, step: Step, terms: Terms) -> L:
    """The record after the step: status, clocks and the columns the step writes."""
    after = replace(case, clocks=merge_clocks(case.clocks, step.clock_changes))
    write = _WRITERS.get(step.kind)
    written: L = write(after, step, terms) if write else after
    return written


def as_accepted(case: Case, step: Step, terms: Terms, later: Iterable[Step]) -> Case:
    """The case as it stood when it was accepted: what the ``later`` steps have written is undone, facts stay.

    回访情况 and 满意度 that people typed into the book stay too: no step of ours wrote them.
    """
    steps = list(later)
    written = {name for s in steps if s.kind in STEP_RULES for name in STEP_RULES[s.kind].columns}
    blank: dict[str, object] = {name: "" for name in written if isinstance(getattr(case, name), str)}
    if "tier" in written:
        raised = next(s for s in steps if s.kind is StepKind.RAISE)
        blank["tier"] = stepwords.read(raised.text)[stepwords.HEAD].partition(ARROW)[0]
    if "unit" in written:
        is_given = bool(step.unit) and terms.ledger.asks_assignment
        blank |= {"unit": step.unit, "assigned_at": case.accepted_at if is_given else None, "signed_at": None}
    if "signed_at" in written:
        blank["signed_at"] = None
    reset = replace(case, **blank)
    return replace(
        reset,
        clocks=step.clock_changes,
        status=status_on_acceptance(step.unit, terms.ledger),
        outcome="",
        progress=progress_on_acceptance(step.unit),
        result="",
        resolved_at=None,
        first_feedback_at=None,
        informed_at=None,
        round=1,
        round_started_on=case.accepted_at.date(),
    )


_UNDONE = ("status", "clocks", "progress", "outcome", "result", "resolved_at", "first_feedback_at", "informed_at")
"""What a replay undoes of every record, whether or not a step of ours has written it."""


def _typed_over(state: L, row: L, step: Step, terms: Terms, kept: Collection[str]) -> L:
    """The record with what a person typed by then over the fields ``kept``; facts have stayed as the row has them."""
    typed: Any = {name: value for name, value in terms.typed_over(row, step.text).items() if name in kept}
    return replace(state, **typed) if typed else state


def _written_by(step: Step) -> Collection[str]:
    return ("progress", *STEP_RULES[step.kind].columns) if step.kind in STEP_RULES else ()


def _written_over(step: Step, steps: Sequence[Step]) -> set[str]:
    """What a line that was told late wrote after a person had typed, though it tells of a time before."""
    place = next(n for n, other in enumerate(steps) if other is step)
    return {name for late in steps[place + 1 :] if late.at <= step.at for name in _written_by(late)}


def replay(case: L, steps: Iterable[Step], terms: Terms, as_of: date) -> L | None:
    """The record at the end of ``as_of`` by 发生时间, or ``None`` when there was none yet.

    One without a line of its opening (registered elsewhere) is returned as the row has it.
    """
    return replay_days(case, steps, terms, (as_of,))[0]


def replay_days(case: L, steps: Iterable[Step], terms: Terms, days: Sequence[date]) -> tuple[L | None, ...]:
    """What :func:`replay` answers for each of the days, the log run once."""
    told = list(steps)
    ordered = in_order(told)
    opening = next((s for s in ordered if s.kind in _OPENINGS), None)
    opened_on = case.opened_at.date()
    if opening is None:
        return tuple(case if day >= opened_on else None for day in days)
    later = [s for s in ordered if s.kind not in _OPENINGS]
    opened: Any = as_accepted(case, opening, terms, later) if isinstance(case, Case) else None
    state: L = opened or as_opened(case, opening, later)
    undone = {*_UNDONE, *(name for step in later for name in _written_by(step))}
    found: dict[date, L | None] = {day: None for day in days if day < opened_on}
    taken = 0
    for day in sorted({*days} - found.keys()):
        while taken < len(later) and later[taken].at.date() <= day:
            step = later[taken]
            state = take_step(state, step, terms)
            if step.kind is StepKind.EDIT:
                state = _typed_over(state, case, step, terms, undone - _written_over(step, told))
            taken += 1
        found[day] = state
    return tuple(found[day] for day in days)


def merge_clocks(clocks: tuple[Clock, ...], changes: tuple[Clock, ...]) -> tuple[Clock, ...]:
    """The clocks with each changed one in place of the old one of its round and act; new ones at the end.

    What was cancelled is gone. What has ended does not run again: a 日历调整 of the day after moves nothing.
    """
    ended = {(c.round, c.act) for c in clocks if not c.is_running}
    changed = {(c.round, c.act): c for c in changes if not (c.is_running and (c.round, c.act) in ended)}
    kept = tuple(changed.pop((c.round, c.act), c) for c in clocks)
    return tuple(c for c in (*kept, *changed.values()) if not c.is_cancelled)


# —— What each step writes ——

Write = Callable[[Any, Step, Terms], Any]
"""Given a record of the sort whose step it is, the record afterwards."""


def _said(step: Step, text: str = "") -> str:
    return f"{step.at.month}月{step.at.day}日{step.kind}{f'：{text}' if text else ''}"


def _handled_status(case: Case, terms: Terms) -> Status:
    """Where a case stands that is being handled: with whom, and whether he has signed."""
    if terms.ledger.asks_assignment and not case.unit:
        return Status.AWAITING_ASSIGNMENT
    waits = terms.ledger.asks_signature and bool(case.unit) and case.signed_at is None
    return Status.AWAITING_SIGNATURE if waits else Status.IN_PROGRESS


def _assigned(case: Case, step: Step, terms: Terms) -> Case:
    words = stepwords.read(step.text)
    lead = words.get(stepwords.LEAD) or step.unit
    beside = stepwords.split(words.get(stepwords.WITH, ""))
    state = Handling.AWAITING_SIGNATURE if terms.ledger.asks_signature else Handling.SIGNED
    co_handlers = with_units(without_unit(case.co_handlers, lead), beside, state)
    after = replace(case, co_handlers=co_handlers, progress=_said(step, lead))
    if lead == case.unit and case.status is not Status.AWAITING_ASSIGNMENT:
        # Only co-handlers were added: the lead has what it had.
        return after
    after = replace(after, unit=lead, assigned_at=step.at, signed_at=None)
    return replace(after, status=_handled_status(after, terms))


def _signed(case: Case, step: Step, terms: Terms) -> Case:
    if is_of_co_handler(case, step):
        return replace(case, co_handlers=moved_on(case.co_handlers, step.unit, Handling.SIGNED))
    return replace(case, signed_at=step.at, status=Status.IN_PROGRESS, progress=_said(step))


def _returned(case: Case, step: Step, terms: Terms) -> Case:
    # Who asks to hand it back has taken note of it: the time for that runs from now at the latest.
    signed_at = (case.signed_at or step.at) if terms.ledger.asks_signature else case.signed_at
    return replace(case, status=Status.RETURN_REQUESTED, signed_at=signed_at, progress=_said(step))


def _reviewed(case: Case, step: Step, terms: Terms) -> Case:
    verdict = stepwords.read(step.text)[stepwords.HEAD]
    after = replace(case, progress=_said(step, verdict))
    if verdict != AGREED:
        return replace(after, status=Status.IN_PROGRESS)
    status = status_on_acceptance("", terms.ledger)
    # The lead goes, those beside it stay with what they have done.
    return replace(after, status=status, unit="", assigned_at=None, signed_at=None)


def _fed_back(case: Case, step: Step, terms: Terms) -> Case:
    if is_of_co_handler(case, step):
        answered = moved_on(case.co_handlers, step.unit, Handling.ANSWERED)
        return replace(case, co_handlers=answered, progress=f"{_said(step, step.text)}（{step.unit}）")
    first = min(case.first_feedback_at or step.at, step.at)
    return replace(case, first_feedback_at=first, progress=_said(step, step.text))


def _replied(case: Case, step: Step, terms: Terms) -> Case:
    last = max(case.informed_at or step.at, step.at)
    return replace(case, informed_at=last, progress=_said(step, step.text))


def _raised(case: Case, step: Step, terms: Terms) -> Case:
    head = stepwords.read(step.text)[stepwords.HEAD]
    return replace(case, tier=head.partition(ARROW)[2], progress=_said(step, head))


def _paused(case: Case, step: Step, terms: Terms) -> Case:
    reason = stepwords.read(step.text)[stepwords.HEAD]
    pause = f"{step.at.date()} 起：{reason}"
    return replace(case, status=Status.PAUSED, pause=pause, progress=_said(step, reason))


def _resumed(case: Case, step: Step, terms: Terms) -> Case:
    return replace(case, status=_handled_status(case, terms), pause="", progress=_said(step))


def _extended(case: Case, step: Step, terms: Terms) -> Case:
    words = stepwords.read(step.text)
    part = f"{step.at.date()} 延{words[stepwords.HEAD]}（{words.get(stepwords.APPROVER, '')}批准）"
    was = words.get(stepwords.DUE, "")
    part += f"，原期限{was}" if was else ""
    basis = words.get(stepwords.BASIS, "")
    part += f"，{OVERRIDDEN}{basis}" if basis else ""
    return replace(case, extension=add_part(case.extension, part), progress=_said(step, words[stepwords.HEAD]))


def _told(case: L, step: Step, terms: Terms) -> L:
    """A step that leaves its words in 处理进度 and nothing else."""
    return replace(case, progress=_said(step, step.text)) if case.status.is_open else case


def _resolved(case: Case, step: Step, terms: Terms) -> Case:
    outcome, _, result = step.text.partition("：")
    after = replace(case, outcome=outcome, progress=_said(step, outcome), result=result, informed_at=step.at)
    match terms.effect_of(case, outcome):
        case OutcomeEffect.STAYS_OPEN:
            return after
        case OutcomeEffect.ROUTED_OUT:
            return replace(after, status=Status.ROUTED_OUT, resolved_at=step.at)
        case OutcomeEffect.RESOLVED:
            asks = terms.ledger.asks_verification or terms.ledger.asks_revisit
            status = Status.AWAITING_REVISIT if asks else Status.RESOLVED
            return replace(after, status=status, resolved_at=step.at)


def _verified(case: Case, step: Step, terms: Terms) -> Case:
    verdict = stepwords.read(step.text)[stepwords.HEAD]
    after = replace(
        case,
        verification=add_part(case.verification, f"{step.at.date()} {verdict}"),
        progress=_said(step, verdict),
    )
    is_over = verdict == TRUE and not terms.ledger.asks_revisit
    return replace(after, status=Status.RESOLVED) if is_over else after


def _visited(case: Case, step: Step, terms: Terms) -> Case:
    words = stepwords.read(step.text)
    satisfaction = words.get(stepwords.SATISFACTION, "")
    head = words[stepwords.HEAD]
    told = "，".join(filter(None, (head, satisfaction, words.get(stepwords.SOLVED, ""))))
    after = replace(
        case,
        revisit=add_part(case.revisit, f"{step.at.date()} {told}"),
        progress=_said(step, told),
    )
    if not head.startswith(UNREACHED):
        solved, fault = words.get(stepwords.SOLVED), words.get(stepwords.FAULT)
        after = replace(after, solved=solved or case.solved, fault=fault or case.fault)
    return replace(after, satisfaction=satisfaction, status=Status.RESOLVED) if satisfaction else after


def _redone(case: Case, step: Step, terms: Terms) -> Case:
    number = case.round
    return replace(
        case,
        round=number + 1,
        round_started_on=step.at.date(),
        status=Status.IN_PROGRESS,
        verification=close_round(case.verification, number),
        revisit=close_round(case.revisit, number),
        urging=close_round(case.urging, number),
        extension=close_round(case.extension, number),
        outcome="",
        result="",
        satisfaction="",
        solved="",
        fault="",
        resolved_at=None,
        first_feedback_at=None,
        informed_at=None,
        progress=_said(step, f"第{number + 1}轮"),
    )


def _escalated(case: Case, step: Step, terms: Terms) -> Case:
    rung = stepwords.read(step.text)[stepwords.HEAD]
    return replace(case, urging=add_part(case.urging, f"{rung} {step.at.date()}"), progress=_said(step))


def _linked(case: Record, step: Step, terms: Terms) -> Record:
    if not isinstance(case, Case):
        # An activity tells so of an issue it found, and how many there are now; the issue names the activity.
        return counted(case, step)
    return replace(case, related_no=stepwords.read(step.text)[stepwords.HEAD])


def _voided(record: Record, step: Step, terms: Terms) -> Record:
    after = replace(record, status=Status.VOID, progress=_said(step, step.text))
    return replace(after, resolved_at=step.at, pause="") if isinstance(after, Case) else after


_WRITERS: dict[StepKind, Write] = {
    StepKind.ASSIGN: _assigned,
    StepKind.SIGN: _signed,
    StepKind.RETURN: _returned,
    StepKind.REVIEW_RETURN: _reviewed,
    StepKind.FIRST_FEEDBACK: _fed_back,
    StepKind.REPLY: _replied,
    StepKind.RAISE: _raised,
    StepKind.PAUSE: _paused,
    StepKind.RESUME: _resumed,
    StepKind.EXTEND: _extended,
    StepKind.SET_DUE: _told,
    StepKind.ADMIT: _told,
    StepKind.RESOLVE: _resolved,
    StepKind.VERIFY: _verified,
    StepKind.VISIT: _visited,
    StepKind.REDO: _redone,
    StepKind.CIRCULAR: _told,
    StepKind.REFER_LEAD: _told,
    StepKind.MEETING_PLAN: _told,
    StepKind.MEETING_RECORD: _told,
    StepKind.LINK: _linked,
    StepKind.VOID: _voided,
    StepKind.NOTE: _told,
    **dict.fromkeys(LADDER_KINDS, _escalated),
    **FIELD_WRITERS,
}
