"""流转记录 read back: what the lines of a case tell of its course, its rungs and its visits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from zhuomuniao import stepwords
from zhuomuniao.course import Course, Extension, Pause
from zhuomuniao.limits import parse_limit
from zhuomuniao.model import Act, Case, EndedRound, Record, StartEvent, Step, StepKind, Visit

if TYPE_CHECKING:
    from zhuomuniao.rules import RuleSet

_OPERATION = re.compile(r"\d{8}-\d{7,}")

AGREED, NOT_AGREED = "同意", "不同意"
"""How a 退回审核 line begins."""

DEEMED = "视为签收"
"""How a 签收 line begins that silence wrote."""

UNREACHED = "未接通"
"""How a 回访 line begins where nobody was reached."""

LADDER_KINDS = (StepKind.REMIND, StepKind.URGE, StepKind.SUPERVISE, StepKind.ACCOUNTABILITY)
"""Lines that tell of a rung of the ladder; they begin with its name."""


REOPENERS = (StepKind.REDO, StepKind.REBOUND)
"""Lines that open a new round (轮次)."""


def undo_words(op_id: str, what: str) -> str:
    """说明 of a 撤销 line: which operation is taken back."""
    return f"操作 {op_id}：{what}"


def standing_steps(steps: Iterable[Step]) -> list[Step]:
    """The steps that count: without those taken back, and without the lines that took them back."""
    given = list(steps)
    undone = {found[0] for s in given if s.kind is StepKind.UNDO and (found := _OPERATION.search(s.text))}
    return [s for s in given if s.op_id not in undone and s.kind is not StepKind.UNDO]


def in_order(steps: Iterable[Step]) -> list[Step]:
    """The steps that count by 发生时间; those of one moment as they were written."""
    return sorted(standing_steps(steps), key=lambda s: s.at)


def course_of(case: Record, steps: Iterable[Step], rules: RuleSet) -> Course:
    """What has happened to a record so far in its current round, as far as its limits depend on it.

    Events stand in the row; pauses and extensions are replayed from the log, so that changing kind or tier never
    loses them. Where the count began anew (发回重办, 反弹, or 退回后重新交办 under policy ``return_clock``), nothing
    happened before that.
    """
    ordered = in_order(steps)
    admitted = next((s.at for s in reversed(ordered) if s.kind is StepKind.ADMIT), None)
    moments = {**case.events, StartEvent.ADMITTED: admitted}
    anew, anew_by, place = _counted_anew(case, ordered, rules)
    since = ordered[place:]
    raised = [s.at for s in since if s.kind is StepKind.RAISE]
    return Course(
        events={event: max(at, anew) if anew else at for event, at in moments.items() if at is not None},
        pauses=tuple(_pauses(since, rules, case.ledger)),
        extensions=tuple(read_extension(s) for s in since if s.kind is StepKind.EXTEND),
        anew_at=anew,
        anew_by=anew_by,
        raised_at=raised[-1] if raised else None,
    )


def this_round(case: Record, steps: Iterable[Step]) -> list[Step]:
    """The steps of the current round, the one that opened it first."""
    ordered = in_order(steps)
    opened = [place for place, step in enumerate(ordered) if step.kind in REOPENERS]
    return ordered[opened[-1] :] if opened and case.round > 1 else ordered


def rungs_issued(case: Case, steps: Iterable[Step]) -> dict[str, date]:
    """The rungs of the ladder that were taken in the current round, and when."""
    taken = (s for s in this_round(case, steps) if s.kind in LADDER_KINDS)
    return {stepwords.read(s.text)[stepwords.HEAD].partition("（")[0]: s.at.date() for s in taken}


def attempts_made(case: Case, steps: Iterable[Step]) -> int:
    """How often in the current round, since it was last resolved, nobody was reached at 回访."""
    count = 0
    for step in this_round(case, steps):
        if step.kind is StepKind.RESOLVE:
            count = 0
        count += step.kind is StepKind.VISIT and step.text.startswith(UNREACHED)
    return count


_MOVERS = (
    StepKind.RAISE, StepKind.ASSIGN, StepKind.SIGN, StepKind.ADMIT, StepKind.RESUME, StepKind.REVIEW_RETURN,
)  # fmt: skip


def kept_late(case: Record, steps: Iterable[Step]) -> set[Act]:
    """The running limits that were late already when a step would have moved them: their day was kept, and is right
    though the rules now count another.
    """
    moved_at = [s.at for s in this_round(case, steps) if s.kind in _MOVERS]
    running = [c for c in case.round_clocks if c.is_running and c.due_on is not None]
    return {c.act for c in running if any(c.due_moment < at for at in moved_at)}


def ended_rounds(steps: Iterable[Step]) -> tuple[EndedRound, ...]:
    """The rounds of a case that were sent back, as its log tells."""
    found = []
    resolved_on: date | None = None
    outcome = ""
    for step in in_order(steps):
        if step.kind is StepKind.RESOLVE:
            resolved_on, outcome = step.at.date(), step.text.partition("：")[0]
        elif step.kind is StepKind.REDO and resolved_on is not None:
            found.append(EndedRound(resolved_on, step.at.date(), outcome))
    return tuple(found)


def visits_by_round(steps: Iterable[Step]) -> tuple[tuple[Visit, ...], ...]:
    """Of each round of a case the visits that ended in a 满意度, as its log tells; other attempts are none."""
    rounds: list[list[Visit]] = [[]]
    for step in in_order(steps):
        if step.kind is StepKind.REDO:
            rounds.append([])
        elif step.kind is StepKind.VISIT and (said := stepwords.read(step.text).get(stepwords.SATISFACTION)):
            rounds[-1].append(Visit(step.at.date(), said))
    return tuple(map(tuple, rounds))


def pauses_of(steps: Iterable[Step], rules: RuleSet, ledger: str) -> tuple[Pause, ...]:
    """Every pause of a case, of earlier rounds too; one that still lasts has no end."""
    return tuple(_pauses(in_order(steps), rules, ledger))


def extensions_used(steps: Iterable[Step]) -> tuple[Extension, ...]:
    """Every extension of the case, of earlier rounds too: 只能延期1次 is said of the matter."""
    return tuple(read_extension(s) for s in in_order(steps) if s.kind is StepKind.EXTEND)


def is_deemed_signed(case: Case, steps: Iterable[Step]) -> bool:
    """Whether the unit that has the matter signed for it by silence (视为签收)."""
    for step in reversed(in_order(steps)):
        if step.kind is StepKind.ASSIGN and step.unit == case.unit:
            return False
        if step.kind is StepKind.SIGN and step.unit == case.unit:
            return step.text.startswith(DEEMED)
    return False


def is_returned(steps: Iterable[Step]) -> bool:
    """Whether a return was agreed to and the matter has not been assigned since."""
    for step in reversed(in_order(steps)):
        if step.kind is StepKind.ASSIGN:
            return False
        if step.kind is StepKind.REVIEW_RETURN:
            return _is_agreed(step)
    return False


def extension_words(extension: Extension, was: str = "") -> str:
    """说明 of a 延期 line: ``5工作日；期限：2026-08-17；批准人：张主任；依据：……；原因：……``.

    ``was`` is the day that held before.
    """
    words = {
        stepwords.HEAD: str(extension.limit),
        stepwords.DUE: was,
        stepwords.APPROVER: extension.approver,
        stepwords.BASIS: extension.override,
        stepwords.CAUSE: extension.reason,
    }
    return stepwords.tell(words)


def read_extension(step: Step) -> Extension:
    """The extension a 延期 line tells of. Raises :class:`BadValueError` where its limit cannot be read."""
    said = stepwords.read(step.text)
    acts = tuple(c.act for c in step.clock_changes)
    approver, reason, override = (said.get(t, "") for t in (stepwords.APPROVER, stepwords.CAUSE, stepwords.BASIS))
    extension = Extension(parse_limit(said[stepwords.HEAD]), step.at.date(), approver, reason, override)
    return replace(extension, acts=acts) if acts else extension


def _counted_anew(case: Record, ordered: Sequence[Step], rules: RuleSet) -> tuple[datetime | None, str, int]:
    """The moment from which the limits count where that is not the first one, what it was, its place in the log."""
    anew: datetime | None = None
    what, place = "", 0
    if case.round > 1:
        redone = [n for n, s in enumerate(ordered) if s.kind in REOPENERS]
        place = redone[-1] if redone else 0
        begun = datetime.combine(case.round_started_on, time(9)) if case.round_started_on else None
        anew = ordered[place].at if redone else begun
        what = (ordered[place].kind if redone else StepKind.REDO).value
    if rules.choice("return_clock") == "restart":
        is_agreed = False
        for n, step in enumerate(ordered):
            if step.kind is StepKind.REVIEW_RETURN:
                is_agreed = _is_agreed(step)
            elif step.kind is StepKind.ASSIGN and is_agreed and n >= place:
                anew, is_agreed, what, place = step.at, False, "重新交办", n
    return anew, what if anew else "", place


def _is_agreed(step: Step) -> bool:
    return stepwords.read(step.text)[stepwords.HEAD] == AGREED


def _pauses(steps: Iterable[Step], rules: RuleSet, ledger: str) -> Iterator[Pause]:
    restarting = {r for rule in rules.pauses if rule.ledger == ledger and rule.restarts for r in rule.reasons}
    since: Step | None = None
    for step in steps:
        if step.kind is StepKind.PAUSE and since is None:
            since = step
        elif step.kind is StepKind.RESUME and since is not None:
            yield _pause(since, step.at.date(), restarting)
            since = None
    if since is not None:
        yield _pause(since, None, restarting)


def _pause(since: Step, until: date | None, restarting: set[str]) -> Pause:
    reason = stepwords.read(since.text)[stepwords.HEAD]
    return Pause(since.at.date(), until, reason, reason in restarting)
