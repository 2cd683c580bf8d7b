"""The table of steps: from which status a step may be taken, which clocks it ends, what it leaves.

One function, :func:`take_step`, changes a case; commands use it to write the row, and ``--as-of`` uses it to
replay the log, so the two can never differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from zhuomuniao.codes import CodeList, OutcomeEffect
from zhuomuniao.course import Course, Extension, Pause
from zhuomuniao.errors import RefusedByRuleError
from zhuomuniao.limits import parse_limit
from zhuomuniao.model import FACT_FIELDS, Act, Case, Clock, StartEvent, Status, Step, StepKind
from zhuomuniao.rules import LedgerSpec, RuleSet


@dataclass(frozen=True, slots=True)
class StepRule:
    """One row of the table. ``ends`` are the clocks the step stops."""

    kind: StepKind
    allowed_from: frozenset[Status]
    ends: tuple[Act, ...]


_OPEN = frozenset(s for s in Status if s.is_open)
_HANDLED = _OPEN - {Status.PAUSED, Status.RETURN_REQUESTED}
_MEANWHILE = (Act.FIRST_FEEDBACK, Act.PROGRESS, Act.FIRST_CONTACT)
"""Acts that a matter passes through on its way: once it is resolved, none of them is owed any more."""

STEP_RULES: dict[StepKind, StepRule] = {
    rule.kind: rule
    for rule in (
        StepRule(StepKind.FIRST_FEEDBACK, _HANDLED, (Act.FIRST_FEEDBACK, Act.PROGRESS, Act.FIRST_CONTACT)),
        StepRule(StepKind.REPLY, _HANDLED, (Act.REPLY, Act.INFORM, Act.FIRST_CONTACT)),
        StepRule(StepKind.RESOLVE, _HANDLED, (Act.RESOLVE, Act.REPLY, *_MEANWHILE)),
        StepRule(StepKind.NOTE, frozenset(Status), ()),
    )
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the locality says about the life of a case in one ledger."""

    ledger: LedgerSpec
    outcomes_of: Callable[[Case], CodeList | None]
    """结果类别 of the edition a case was accepted under."""

    def effect_of(self, case: Case, outcome: str) -> OutcomeEffect:
        """What an outcome does to the case: ends it, routes it out, or leaves it open."""
        outcomes = self.outcomes_of(case)
        codes = outcomes.codes if outcomes else ()
        return next((c.effect for c in codes if c.name == outcome), OutcomeEffect.RESOLVED)


def status_on_acceptance(unit: str, ledger: LedgerSpec) -> Status:
    """待交办, or 办理中 where no assignment is known, or the unit is given and none has to sign (cli.md)."""
    if not ledger.asks_assignment:
        return Status.IN_PROGRESS
    if not unit:
        return Status.AWAITING_ASSIGNMENT
    return Status.AWAITING_SIGNATURE if ledger.asks_signature else Status.IN_PROGRESS


def progress_on_acceptance(unit: str) -> str:
    """处理进度 of a case nobody has worked on yet."""
    return f"已受理，交{unit}办理" if unit else "已受理，待交办"


def require_step(case: Case, kind: StepKind, at: datetime) -> None:
    """Raise :class:`RefusedByRuleError` when the case cannot take this step now, or not at that moment."""
    if case.status not in STEP_RULES[kind].allowed_from:
        raise RefusedByRuleError(
            f"事项 {case.case_no} 现在是“{case.status}”，不能再登记“{kind}”",
            "请先用 zmn show 核对；只想补一句说明，可用 zmn note",
        )
    if at < case.accepted_at:
        raise RefusedByRuleError(
            f"“{kind}”的时间 {at:%Y-%m-%d %H:%M} 早于受理时间 {case.accepted_at:%Y-%m-%d %H:%M}",
            "请核对 --at",
        )


_OPERATION = re.compile(r"\d{8}-\d{7,}")


def undo_words(op_id: str, what: str) -> str:
    """说明 of a 撤销 line: which operation is taken back."""
    return f"操作 {op_id}：{what}"


def standing_steps(steps: Iterable[Step]) -> list[Step]:
    """The steps that count: without those taken back, and without the lines that took them back."""
    given = list(steps)
    undone = {found[0] for s in given if s.kind is StepKind.UNDO and (found := _OPERATION.search(s.text))}
    return [s for s in given if s.op_id not in undone and s.kind is not StepKind.UNDO]


def course_of(case: Case, steps: Iterable[Step], rules: RuleSet) -> Course:
    """What has happened to a case so far, as far as its limits depend on it.

    Events stand in the row; pauses and extensions are replayed from the log, so that changing kind or tier never
    loses them. The ledgers have one column for 受理时间: a matter is taken as received (收到) when accepted.
    """
    moments = {
        StartEvent.ACCEPTED: case.accepted_at,
        StartEvent.RECEIVED: case.accepted_at,
        StartEvent.ASSIGNED: case.assigned_at,
        StartEvent.SIGNED: case.signed_at,
        StartEvent.RESOLVED: case.resolved_at,
    }
    ordered = sorted(standing_steps(steps), key=lambda s: s.at)
    return Course(
        events={event: moment for event, moment in moments.items() if moment is not None},
        pauses=tuple(_pauses(ordered, rules, case.ledger)),
        extensions=tuple(read_extension(s) for s in ordered if s.kind is StepKind.EXTEND),
    )


def _pauses(steps: Iterable[Step], rules: RuleSet, ledger: str) -> Iterator[Pause]:
    restarting = {r for rule in rules.pauses if rule.ledger == ledger and rule.restarts for r in rule.reasons}
    since: Step | None = None
    for step in steps:
        if step.kind is StepKind.PAUSE and since is None:
            since = step
        elif step.kind is StepKind.RESUME and since is not None:
            yield Pause(since.at.date(), step.at.date(), since.text, since.text in restarting)
            since = None
    if since is not None:
        yield Pause(since.at.date(), None, since.text, since.text in restarting)


def extension_words(extension: Extension) -> str:
    """说明 of a 延期 line: ``5工作日；批准人：张主任；依据：……；原因：……``."""
    parts = [str(extension.limit), f"批准人：{extension.approver}"]
    parts += [f"依据：{extension.override}"] if extension.override else []
    return "；".join([*parts, f"原因：{extension.reason}"])


def read_extension(step: Step) -> Extension:
    """The extension a 延期 line tells of. Raises :class:`BadValueError` where its limit cannot be read."""
    limit, *parts = step.text.split("；")
    said = dict(part.split("：", 1) for part in parts if "：" in part)
    acts = tuple(c.act for c in step.clock_changes)
    extension = Extension(
        parse_limit(limit), step.at.date(), said.get("批准人", ""), said.get("原因", ""), said.get("依据", "")
    )
    return replace(extension, acts=acts) if acts else extension


def facts_of(case: Case) -> dict[str, str]:
    """The codes of a case on which rules depend."""
    return {name: getattr(case, name) for name in FACT_FIELDS}


def clocks_ended_by(case: Case, kind: StepKind, at: datetime, effect: OutcomeEffect) -> tuple[Clock, ...]:
    """The running clocks this step stops, as they stand afterwards."""
    acts = STEP_RULES[kind].ends
    if kind is StepKind.RESOLVE and effect is OutcomeEffect.STAYS_OPEN:
        # 暂时无法解决 answers the person but does not solve the matter.
        acts = (Act.REPLY, *_MEANWHILE)
    return tuple(
        replace(c, ended_on=at.date(), ended_time=at.time() if c.due_time else None)
        for c in case.clocks
        if c.is_running and c.act in acts
    )


def take_step(case: Case, step: Step, terms: Terms) -> Case:
    """The case after the step: status, clocks and the columns the step writes."""
    after = replace(case, clocks=merge_clocks(case.clocks, step.clock_changes))
    said = f"{step.at.month}月{step.at.day}日{step.kind}"
    match step.kind:
        case StepKind.FIRST_FEEDBACK:
            return replace(after, first_feedback_at=step.at, progress=f"{said}：{step.text}")
        case StepKind.REPLY:
            return replace(after, informed_at=step.at, progress=f"{said}：{step.text}")
        case StepKind.NOTE:
            return replace(after, progress=f"{said}：{step.text}") if case.status.is_open else after
        case StepKind.RESOLVE:
            return _resolved(after, step, terms, said)
    return after


def as_accepted(case: Case, step: Step, terms: Terms) -> Case:
    """The case as it stood when it was accepted: what steps have written is undone, facts stay.

    回访情况 and 满意度 stay too: people type them into the book, no step of ours writes them yet.
    """
    return replace(
        case,
        clocks=step.clock_changes,
        status=status_on_acceptance(step.unit, terms.ledger),
        outcome="",
        progress=progress_on_acceptance(step.unit),
        result="",
        resolved_at=None,
        first_feedback_at=None,
        informed_at=None,
        round=1,
    )


def replay(case: Case, steps: Iterable[Step], terms: Terms, as_of: date) -> Case | None:
    """The case at the end of ``as_of`` by 发生时间, or ``None`` when it was not accepted yet.

    A case without a 受理 line (registered elsewhere) is returned as the row has it.
    """
    if case.accepted_at.date() > as_of:
        return None
    ordered = sorted(standing_steps(steps), key=lambda s: s.at)
    accepted = next((s for s in ordered if s.kind is StepKind.ACCEPT), None)
    if accepted is None:
        return case
    state = as_accepted(case, accepted, terms)
    for step in ordered:
        if step.at.date() <= as_of and step.kind is not StepKind.ACCEPT:
            state = take_step(state, step, terms)
    return state


def merge_clocks(clocks: tuple[Clock, ...], changes: tuple[Clock, ...]) -> tuple[Clock, ...]:
    """The clocks with each changed one in place of the old one of its round and act; new ones at the end.

    What was cancelled is gone.
    """
    changed = {(c.round, c.act): c for c in changes}
    kept = tuple(changed.pop((c.round, c.act), c) for c in clocks)
    return tuple(c for c in (*kept, *changed.values()) if not c.is_cancelled)


def resolution_text(outcome: str, result: str) -> str:
    """说明 of a 办结 line: the outcome first, so that a replay finds it."""
    return f"{outcome}：{result}"


def _resolved(case: Case, step: Step, terms: Terms, said: str) -> Case:
    outcome, _, result = step.text.partition("：")
    after = replace(case, outcome=outcome, progress=f"{said}：{outcome}", result=result, informed_at=step.at)
    match terms.effect_of(case, outcome):
        case OutcomeEffect.STAYS_OPEN:
            return after
        case OutcomeEffect.ROUTED_OUT:
            return replace(after, status=Status.ROUTED_OUT, resolved_at=step.at)
        case OutcomeEffect.RESOLVED:
            status = Status.AWAITING_REVISIT if terms.ledger.asks_revisit else Status.RESOLVED
            return replace(after, status=status, resolved_at=step.at)
