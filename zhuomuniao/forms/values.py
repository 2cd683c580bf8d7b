"""The words that papers are filled with, all from one place: a case, its log, the office and the rules it rests on.

Nothing here masks: whoever builds a :class:`PaperContext` gives it what the paper's reader may see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from msgspec import Struct, field
from msgspec.structs import replace

from zhuomuniao import stepwords
from zhuomuniao.forms.filled import PaperValues
from zhuomuniao.model import BEIJING, NO_FIXED_LIMIT, Act, Case, Clock, Step, StepKind

RUNGS = (StepKind.REMIND, StepKind.URGE, StepKind.SUPERVISE, StepKind.ACCOUNTABILITY)
"""Steps of the ladder, lowest first."""

_TITLES = {
    "head": (stepwords.HEAD,),
    "lead": (stepwords.LEAD,),
    "with": (stepwords.WITH,),
    "coordinator": (stepwords.COORDINATOR,),
    "reason": (stepwords.REASON, "原因"),
    "basis": (stepwords.BASIS,),
    "approver": (stepwords.APPROVER,),
    "satisfaction": (stepwords.SATISFACTION,),
    "solved": (stepwords.SOLVED,),
    "fault": (stepwords.FAULT,),
    "disposition": (stepwords.DISPOSITION,),
    "decision": (stepwords.DECISION,),
    "due": (stepwords.DUE,),
    "members": (stepwords.MEMBERS,),
    "note": (stepwords.NOTE,),
}
"""The end of a value's name → the title in the words of a step: ``return_reason``, ``visit_solved`` …"""

_LEDGER_FACTS = ("kind", "tier", "channel", "category", "cause", "domain")
_ADDED = re.compile(r"（(原因|已报告)：([^（）]*)）")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


class Ground(Struct, frozen=True):
    """What a date or a step rests on: clause and sentence of the notice, for a limit also how long and from when."""

    clause: str
    quote: str
    limit: str = ""
    start: str = ""


class Meeting(Struct, frozen=True):
    """A meeting as it is called: which, when, where, who sits in it."""

    title: str = ""
    on: date | None = None
    place: str = ""
    members: tuple[str, ...] = ()
    chair: str = ""


class PaperContext(Struct, frozen=True):
    """Everything a paper may say. ``steps`` are those that stand, in the order they happened.

    ``limits`` are the grounds of the case's clocks, ``grounds`` those of steps by the rule's name (``ladder``,
    ``return``, ``extension``, ``visit``, ``route``, ``meeting``). ``late_workdays`` is how late the closing clock is.
    ``cases`` are the contexts of all matters of a meeting.
    """

    case: Case
    steps: tuple[Step, ...]
    office: str
    locality: str
    notice: str
    today: date
    ledger_title: str = ""
    clerk: str = ""
    recipient: str = ""
    limits: Mapping[Act, Ground] = field(default_factory=dict)
    grounds: Mapping[str, Ground] = field(default_factory=dict)
    late_workdays: int = 0
    meeting: Meeting = Meeting()
    cases: tuple[PaperContext, ...] = ()


GROUNDS = ("ladder", "return", "extension", "visit", "route", "meeting")


def paper_values(context: PaperContext) -> PaperValues:
    """Every word and list that a paper may name; those without content are there and blank."""
    words = {
        **_case_words(context.case),
        **_clock_words(context),
        **_step_words(context.steps),
        **_ladder_words(context.steps),
        **_result_words(context.case),
        **_meeting_words(context),
        "office": context.office,
        "locality": context.locality,
        "notice": context.notice,
        "ledger_title": context.ledger_title,
        "clerk": context.clerk,
        "recipient": context.recipient,
        "today": long_day(context.today),
        "year": str(context.today.year),
        "month": str(context.today.month),
    }
    for name in GROUNDS:
        ground = context.grounds.get(name, Ground("", ""))
        words |= {f"{name}_clause": ground.clause, f"{name}_quote": ground.quote, f"{name}_rule": _rule(ground)}
    lists = {
        "steps": tuple(_listed(_line(s) for s in context.steps)),
        "visits": tuple(_listed(_line(s) for s in context.steps if s.kind is StepKind.VISIT)),
        "rungs": tuple(_listed(_line(s) for s in context.steps if s.kind in RUNGS)),
        "cases": tuple(_listed(paper_values(c).words for c in context.cases)),
    }
    return PaperValues(words, lists)


def every_name() -> PaperValues:
    """Every word and list there is, of a case of nobody's: against it a layout's placeholders are checked."""
    at = datetime(2000, 1, 1)
    case = Case("", "", at, "", "")
    steps = (Step("", StepKind.VISIT, at), Step("", StepKind.URGE, at))
    one = PaperContext(case, steps, "", "", "", at.date())
    return paper_values(replace(one, cases=(one,)))


def long_day(day: date) -> str:
    """2026年10月8日."""
    return f"{day.year}年{day.month}月{day.day}日"


def _long(value: object) -> str:
    if isinstance(value, datetime):
        local = value.astimezone(BEIJING) if value.tzinfo else value
        return f"{long_day(local)} {local:%H:%M}"
    if isinstance(value, date):
        return long_day(value)
    return "" if value is None else str(value)


def _case_words(case: Case) -> dict[str, str]:
    words = {name: _long(getattr(case, name)) for name in case.__struct_fields__ if name != "clocks"}
    for name in ("accepted", "assigned", "signed", "first_feedback", "informed", "resolved"):
        moment = getattr(case, f"{name}_at")
        words[f"{name}_on"] = long_day(moment) if moment else ""
    words["facts"] = "　".join(filter(None, (str(getattr(case, name)) for name in _LEDGER_FACTS)))
    words["units"] = "、".join(filter(None, (case.unit, case.co_handlers)))
    words["round_words"] = f"第{case.round}轮" if case.round > 1 else ""
    return words


def _clock_words(context: PaperContext) -> dict[str, str]:
    case = context.case
    closing = case.closing_clock
    ground = context.limits.get(closing.act, Ground("", "")) if closing else Ground("", "")
    return {
        "clocks": "\n".join(_told(clock, context.limits) for clock in case.round_clocks),
        "due_on": _due(closing) if closing else "",
        "limit_words": _counted(ground),
        "limit_clause": ground.clause,
        "limit_quote": ground.quote,
        "limit_rule": _rule(ground),
        "late_words": f"已逾期{context.late_workdays}个工作日" if context.late_workdays else "",
        "verdict": _verdict(closing) if closing else "",
        "extended_due": _extended_due(context.steps),
    }


def _extended_due(steps: tuple[Step, ...]) -> str:
    """The day to which the last 延期 moved the limit."""
    extended = next((s for s in reversed(steps) if s.kind is StepKind.EXTEND), None)
    moved = [clock for clock in extended.clock_changes if clock.due_on] if extended else []
    return _due(max(moved, key=lambda clock: clock.due_moment)) if moved else ""


def _told(clock: Clock, limits: Mapping[Act, Ground]) -> str:
    """解决：2026年10月14日前，自受理起5工作日；已于2026年10月13日完成，按时."""
    counted = _counted(limits.get(clock.act, Ground("", "")))
    told = f"{clock.act}：{_due(clock)}{'前' if clock.due_on else ''}"
    told += f"，{counted}" if counted and clock.due_on else ""
    return f"{told}；已于{long_day(clock.ended_on)}完成，{_verdict(clock)}" if clock.ended_on else told


def _due(clock: Clock) -> str:
    if clock.due_on is None:
        return NO_FIXED_LIMIT
    hour = f" {clock.due_time:%H:%M}" if clock.due_time else ""
    return f"{long_day(clock.due_on)}{hour}{'（暂定）' if clock.is_provisional else ''}"


def _verdict(clock: Clock) -> str:
    return ("超时" if clock.ended_late else "按时") if clock.ended_on else ""


def _counted(ground: Ground) -> str:
    return f"自{ground.start}起{ground.limit}" if ground.limit and ground.start else ground.limit


def _rule(ground: Ground) -> str:
    """方案四（三）“……”, as a paper quotes it."""
    return f"{ground.clause}“{ground.quote}”" if ground.quote else ground.clause


def _step_words(steps: tuple[Step, ...]) -> dict[str, str]:
    """Of the last step of each kind: ``extend_on``, ``extend_by``, ``extend_text``, ``extend_reason`` …"""
    last = {step.kind: step for step in steps}
    words: dict[str, str] = {}
    for kind in StepKind:
        name, step = kind.name.lower(), last.get(kind)
        said = stepwords.read(step.text) if step else {}
        words |= {
            f"{name}_on": long_day(step.at) if step else "",
            f"{name}_at": _long(step.at) if step else "",
            f"{name}_by": step.by if step else "",
            f"{name}_unit": step.unit if step else "",
            f"{name}_text": step.text if step else "",
        }
        for end, titles in _TITLES.items():
            found = next((said[title] for title in titles if said.get(title)), "")
            words[f"{name}_{end}"] = _ISO_DAY.sub(_long_of, found) if end in ("head", "due") else found
    return words


def _long_of(found: re.Match[str]) -> str:
    return f"{int(found[1])}年{int(found[2])}月{int(found[3])}日"


def _ladder_words(steps: tuple[Step, ...]) -> dict[str, str]:
    """``before_supervise``: what was issued before the last 督办, 2026年10月15日催办; and so for each rung."""
    issued = [step for step in steps if step.kind in RUNGS]
    words = {"rungs_told": _issued(issued), "rung_count": str(len(issued)) if issued else ""}
    for kind in RUNGS:
        places = [n for n, step in enumerate(issued) if step.kind is kind]
        words[f"before_{kind.name.lower()}"] = _issued(issued[: places[-1]] if places else issued)
    return words


def _issued(steps: Iterable[Step]) -> str:
    return "、".join(f"{long_day(step.at)}{step.kind}" for step in steps)


def _result_words(case: Case) -> dict[str, str]:
    """The result of a case apart from its reason and whom it was reported to."""
    added = {found[1]: found[2] for found in _ADDED.finditer(case.result)}
    plain = _ADDED.sub("", case.result).strip()
    return {
        "result_plain": plain,
        "result_reason": added.get("原因", ""),
        "reported_to": added.get("已报告", ""),
        "why_not": added.get("原因", "") or plain,
    }


def _meeting_words(context: PaperContext) -> dict[str, str]:
    meeting = context.meeting
    members = meeting.members
    return {
        "meeting_title": meeting.title,
        "meeting_on": long_day(meeting.on) if meeting.on else "",
        "meeting_place": meeting.place,
        "meeting_members": "、".join(members),
        "meeting_chair": meeting.chair,
        "case_count": str(len(context.cases)) if context.cases else "",
    }


def _line(step: Step) -> dict[str, str]:
    said = stepwords.read(step.text)
    return {
        "step_at": _long(step.at),
        "step_on": long_day(step.at),
        "step_kind": step.kind.value,
        "step_by": step.by,
        "step_unit": step.unit,
        "step_text": step.text,
        "step_note": said.get(stepwords.NOTE, ""),
        "step_satisfaction": said.get(stepwords.SATISFACTION, "") or said[stepwords.HEAD],
        "step_solved": said.get(stepwords.SOLVED, ""),
        "step_fault": said.get(stepwords.FAULT, ""),
    }


def _listed(entries: Iterable[Mapping[str, str]]) -> Iterable[dict[str, str]]:
    for n, entry in enumerate(entries, start=1):
        yield {**entry, "n": str(n), "n_words": _chinese(n)}


def _chinese(n: int) -> str:
    """一 to 九十九, then figures: the ordinals of 公文 headings."""
    digits = "〇一二三四五六七八九"
    if n > 99:
        return str(n)
    tens, ones = divmod(n, 10)
    head = "" if not tens else "十" if tens == 1 else f"{digits[tens]}十"
    return head + (digits[ones] if ones else "") or digits[0]
