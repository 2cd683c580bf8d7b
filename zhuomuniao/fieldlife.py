"""What the steps of activities and issues write, and how such a record stood when it began.

:mod:`zhuomuniao.transitions` asks here for them, as it does for the steps of cases.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from msgspec.structs import replace

from zhuomuniao import stepwords
from zhuomuniao.fieldwork import Activity, Issue
from zhuomuniao.lifecycle import STEP_RULES
from zhuomuniao.model import Record, Status, Step, StepKind
from zhuomuniao.roundtext import add_part, close_round

F = TypeVar("F", bound=Record)

MEASURES: Mapping[str, str] = {
    "handling": stepwords.HANDLING,
    "remedy": stepwords.REMEDY,
    "responsible_person": stepwords.IN_CHARGE,
    "urgent": stepwords.URGENT,
    "meeting": stepwords.SPECIAL_MEETING,
    "mechanism": stepwords.MECHANISM,
}
"""The fields of an issue that 整改措施 writes, and how its line names them."""

_COUNTS: Mapping[str, str] = {"发现问题数": "issue_count", "解决问题数": "solved_count"}
_COUNTED = re.compile(rf"({'|'.join(_COUNTS)}) (\d+) → (\d+)")


def tell_counts(was: Activity, now: Activity) -> str:
    """说明 of a 关联 line: the counts of an activity that its issues have changed, and from what."""
    pairs = ((title, getattr(was, name), getattr(now, name)) for title, name in _COUNTS.items())
    return "，".join(f"{title} {before or 0} → {after}" for title, before, after in pairs if (before or 0) != after)


def measure_words(given: Mapping[str, str]) -> str:
    """说明 of a 挂账 or 整改措施 line: what of :data:`MEASURES` was said."""
    return stepwords.tell({title: given.get(name, "") for name, title in MEASURES.items()})


def as_opened(record: F, opening: Step, later: Iterable[Step]) -> F:
    """The record as it stood when it began: what the ``later`` steps have written is undone, facts stay."""
    later = list(later)
    columns = {name for s in later if s.kind in STEP_RULES for name in STEP_RULES[s.kind].columns}
    blank: dict[str, Any] = {
        name: "" if isinstance(getattr(record, name), str) else None for name in columns if hasattr(record, name)
    }
    opened = record.opened_at.date()
    blank |= {"round": 1, "round_started_on": opened, "clocks": opening.clock_changes, "progress": ""}
    if isinstance(record, Activity):
        for step in (s for s in later if s.kind is StepKind.LINK):
            for title, before, _ in _COUNTED.findall(step.text):
                blank.setdefault(_COUNTS[title], int(before) or None)
        return replace(record, **{**blank, "status": Status.AWAITING_FILING})
    after = replace(record, **{**blank, "status": Status.OPEN})
    return _measured(after, opening) if columns & MEASURES.keys() else after


def _said(step: Step, text: str) -> str:
    return f"{step.at.month}月{step.at.day}日{step.kind}{f'：{text}' if text else ''}"


def _filed(activity: Activity, step: Step, _: object) -> Activity:
    return replace(activity, status=Status.FILED, filed_on=step.at.date())


def counted(record: Record, step: Step) -> Record:
    """An activity after one of its issues was found, put right or came back; other records as they are."""
    if not isinstance(record, Activity):
        return record
    counts = {_COUNTS[title]: int(after) for title, _, after in _COUNTED.findall(step.text)}
    return replace(
        record,
        issue_count=counts.get("issue_count", record.issue_count or 0),
        solved_count=counts.get("solved_count", record.solved_count or 0),
    )


def _measured(issue: F, step: Step, _: object = None) -> F:
    words = stepwords.read(step.text)
    said: dict[str, Any] = {name: words[title] for name, title in MEASURES.items() if words.get(title)}
    if step.kind is StepKind.MEASURE:
        said["progress"] = _said(step, words.get(stepwords.REMEDY, ""))
    return replace(issue, **said)


def _cleared(issue: Issue, step: Step, _: object) -> Issue:
    words = stepwords.read(step.text)
    effect = words[stepwords.HEAD]
    return replace(
        issue,
        status=Status.CLEARED,
        cleared_on=step.at.date(),
        effect=effect,
        mechanism=words.get(stepwords.MECHANISM) or issue.mechanism,
        progress=_said(step, effect),
    )


def _looked_back(issue: Issue, step: Step, _: object) -> Issue:
    found = step.text.partition("\n")[0]
    return replace(
        issue,
        looked_back_on=step.at.date(),
        look_back=add_part(issue.look_back, f"{step.at.date()} {found}"),
        progress=_said(step, found),
    )


def _rebounded(issue: Issue, step: Step, _: object) -> Issue:
    """反弹: it stands in the list again, with a new round; what was done about it before stays in the log."""
    return replace(
        issue,
        status=Status.OPEN,
        round=issue.round + 1,
        round_started_on=step.at.date(),
        look_back=close_round(issue.look_back, issue.round),
        cleared_on=None,
        looked_back_on=None,
        # They were those of the round before: the list that is handed in must not show them as what is done now.
        remedy="",
        effect="",
        progress=_said(step, f"第{issue.round + 1}轮"),
    )


FIELD_WRITERS: Mapping[StepKind, Callable[[Any, Step, Any], Any]] = {
    StepKind.FILE: _filed,
    StepKind.MEASURE: _measured,
    StepKind.CLEAR: _cleared,
    StepKind.LOOK_BACK: _looked_back,
    StepKind.REBOUND: _rebounded,
}
