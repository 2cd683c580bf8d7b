"""挂账: what an activity found, or people need, is checked and put on the list; one by one or from a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from zhuomuniao import stepwords
from zhuomuniao.allowances import cited
from zhuomuniao.deadlines import RuledDeadline, clock_of, deadlines_of
from zhuomuniao.errors import BadValueError, MissingValuesError, RefusedByRuleError
from zhuomuniao.fieldlife import measure_words, tell_counts
from zhuomuniao.fieldwork import Activity, Issue
from zhuomuniao.ledger import Amendment, Draft
from zhuomuniao.logbook import course_of
from zhuomuniao.model import Act, Clock, Deadline, Receipt, Status, Step, StepKind
from zhuomuniao.rules import Holds, LedgerSpec, RuleSet
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.registering import field_title
from zhuomuniao.usecases.requests import MAX_TEXT, limited_text
from zhuomuniao.usecases.units import known_unit, own_unit

if TYPE_CHECKING:
    from zhuomuniao.codes import CodeList
    from zhuomuniao.store.transaction import Writing
    from zhuomuniao.usecases.office import Office

_EARLIEST_YEAR = 2000
_NOT = frozenset(("否", "不是", "无", "没有", "no", "n"))
_CODED = ("activity_kind", "handling", "urgent")
_OF_ACTIVITY = ("unit", "leader", "activity_kind", "place")
TEXT_LIMITS: Mapping[str, int] = {
    "unit": 100, "activity_kind": 50, "leader": 200, "place": 200, "item": 500, "experience": MAX_TEXT,
    "experience_mode": 200, "problem": MAX_TEXT, "need": MAX_TEXT, "remedy": MAX_TEXT, "suggestion": MAX_TEXT,
    "handling": 50, "urgent": 10, "responsible_person": 100, "meeting": 500, "mechanism": MAX_TEXT,
    "effect": MAX_TEXT, "remark": MAX_TEXT,
}  # fmt: skip
"""The texts of an issue, and how many characters each may have."""

_OF_HARD_ISSUES, _AT_ONCE_OR_BY_PLAN = "how-hard-issues-are-settled", "at-once-or-by-plan"


class FoundIssue(Struct, frozen=True):
    """What somebody typed of an issue: its texts by field, its days, the activity that found it.

    ``is_collected``: it stood in a list that a unit handed in, whose unit is known already; a limit that has passed
    by then is kept as it is, and what the notice asks for besides is told of the whole list.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    found_on: date | None = None
    due_on: date | None = None
    activity_no: str = ""
    by: str = ""
    is_collected: bool = False


class CheckedIssue(Struct, frozen=True):
    """An issue that may be put on the list: its row and first line, its limits, what the clerk should know."""

    draft: Draft[Issue]
    deadlines: tuple[Deadline, ...]
    warnings: tuple[str, ...]


class AddedIssue(Struct, frozen=True):
    """An issue on the list."""

    receipt: Receipt[Issue]
    deadlines: tuple[Deadline, ...]
    warnings: tuple[str, ...]


def check_issue(office: Office, found: FoundIssue) -> CheckedIssue:
    """The issue as it would stand on the list, with what its activity tells filled in.

    Raises :class:`MissingValuesError` naming all that is missing, :class:`BadValueError`,
    :class:`UnknownCaseError` for an activity that is not there, :class:`RefusedByRuleError` for a void one.
    """
    spec = office.spec_holding(Holds.ISSUES)
    told = list(office.moment.advice())
    words: dict[str, Any] = {
        name: limited_text(field_title(office, spec, name), found.words.get(name, ""), limit)
        for name, limit in TEXT_LIMITS.items()
    }
    activity = _activity_of(office, found.activity_no)
    if activity is not None:
        _fill_from_activity(office, spec, words, activity, told)
    held_on = activity.held_at.date() if activity else None
    found_on = _found_day(office, found.found_on or held_on or office.moment.as_of, held_on, told)
    rules = office.locality.rules_on(found_on)
    if not found.is_collected:
        words["unit"] = known_unit(office, rules, words["unit"] or own_unit(office), told)
    words |= {name: code_of(rules, spec, name, words[name]) for name in _CODED}
    _require_words(rules, spec, words)
    issue = Issue(
        "", spec.id, found_on=found_on, activity_no=activity.case_no if activity else "", status=Status.OPEN,
        edition=rules.edition, round_started_on=found_on, **words,
    )  # fmt: skip
    ruled = deadlines_of(rules, spec.id, issue.facts, course_of(issue, (), rules), office.calendar)
    clocks = _with_plan(office, rules, spec, issue, ruled, found, told)
    issue = replace(issue, clocks=clocks)
    told += [] if found.is_collected else remarks_on(rules, issue)
    due = next((c.due_on for c in clocks if c.act is Act.RECTIFY), None)
    said = measure_words(words), stepwords.tell({stepwords.DUE: due.isoformat() if due else ""})
    now = office.moment.now.replace(second=0, microsecond=0)
    # Found today before nine, it was not found at nine.
    at = min(datetime.combine(found_on, time(9)), now if found_on == now.date() else datetime.max)
    step = Step(
        "", StepKind.FIND, at, found.by or office.workspace.config.clerk, issue.unit, "；".join(filter(None, said)),
        clocks,
    )  # fmt: skip
    deadlines = tuple(r.deadline for r in ruled if r.deadline)
    return CheckedIssue(Draft(issue, (step,)), deadlines, tuple(told))


def add_issues(office: Office, checked: Sequence[CheckedIssue], *, by: str = "") -> tuple[AddedIssue, ...]:
    """Put checked issues on the list in one operation; the activities that found them count them at once."""
    ordered = sorted(checked, key=lambda one: one.draft.record.opened_at)
    receipts = office.issues.append(
        [one.draft for one in ordered],
        signature=office.signature(StepKind.FIND.name.lower(), by),
        beside=lambda writing, new: counts_of_activities(office, writing, new),
    )
    return tuple(
        AddedIssue(receipt, one.deadlines, (*one.warnings, *_reminders(office, receipt.record), *receipt.advice))
        for receipt, one in zip(receipts, ordered, strict=True)
    )


def counts_of_activities(
    office: Office, writing: Writing, changed: Sequence[Issue], *, at: datetime | None = None
) -> list[Amendment[Any]]:
    """发现问题数 and 解决问题数 of the activities that found these issues, as the list counts them now.

    ``at`` is when the issues changed, without it the day they were found. A number that somebody wrote and that was
    larger than the list's stands until the list has as many; needs are no problems, and what is void counts no more.
    """
    by_activity: dict[str, list[Issue]] = {}
    for issue in changed:
        if issue.activity_no:
            by_activity.setdefault(issue.activity_no, []).append(issue)
    if not by_activity:
        return []
    before = {p.record.case_no: p.record for p in office.issues.places(writing)}
    standing = {**before, **{issue.case_no: issue for issue in changed}}
    amendments: list[Amendment[Any]] = []
    for no, mine in by_activity.items():
        place = office.activities.place_of(writing, no)
        if place is None:
            continue
        was = place.record
        listed, cleared = _counted(standing.values(), no)
        listed_before, cleared_before = _counted(before.values(), no)
        found, solved = was.issue_count or 0, was.solved_count or 0
        after = replace(
            was,
            issue_count=max(found, listed) if found > listed_before else listed,
            solved_count=max(solved, cleared) if solved > cleared_before else cleared,
        )
        if after == was and not any(issue.case_no not in before for issue in mine):
            continue
        words = {
            stepwords.HEAD: stepwords.join(tuple(i.case_no for i in mine)),
            stepwords.NOTE: tell_counts(was, after),
        }
        unit = mine[0].unit
        # Not when it is typed: who looks at that day again is to see as many problems as the list shows of it.
        when = at or max(issue.opened_at for issue in mine)
        step = Step(no, StepKind.LINK, when, office.workspace.config.clerk, unit, stepwords.tell(words))
        amendments.append(Amendment(office.activities, place, after, (step,)))
    return amendments


def _counted(issues: Iterable[Issue], activity_no: str) -> tuple[int, int]:
    """How many problems of an activity stand on the list, and how many of them are cleared."""
    mine = [i for i in issues if i.activity_no == activity_no and i.problem and i.status is not Status.VOID]
    return len(mine), sum(i.status is Status.CLEARED for i in mine)


def code_of(rules: RuleSet, spec: LedgerSpec, name: str, text: str) -> str:
    """The listed word of a coded field; what a locality has no list for stays as typed.

    Raises :class:`BadValueError`.
    """
    codes = kinds_of_issues(rules, spec) if name == "activity_kind" else rules.code_list(spec.id, name)
    if name == "urgent" and squeeze(text).lower() in _NOT:
        return ""
    if codes is None:
        return text
    if not text.strip():
        return usual_kind_of_issues(rules, spec) if name == "activity_kind" else codes.default
    return codes.resolve(text)


def kinds_of_issues(rules: RuleSet, spec: LedgerSpec) -> CodeList | None:
    """The kinds of activity that an issue may come from: the list of its own ledger, else that of the activities."""
    own = rules.code_list(spec.id, "activity_kind")
    return own or next((codes for codes in rules.codes if codes.field == "activity_kind"), None)


def kind_names(rules: RuleSet, spec: LedgerSpec) -> tuple[str, ...]:
    """The names of :func:`kinds_of_issues`; one empty name where the locality tells no kinds apart."""
    kinds = kinds_of_issues(rules, spec)
    return kinds.names if kinds else ("",)


def usual_kind_of_issues(rules: RuleSet, spec: LedgerSpec) -> str:
    """The kind that need not be said: the usual one, or the only one; ``""`` where there is none."""
    kinds = kinds_of_issues(rules, spec)
    if kinds is None:
        return ""
    return kinds.default or (kinds.names[0] if len(kinds.names) == 1 else "")


def planned_words(rules: RuleSet, spec: LedgerSpec) -> tuple[str, ...]:
    """The 整改方式 that run under a limit (整改计划)."""
    listed = rules.code_list(spec.id, "handling")
    names = listed.names if listed else ()
    clocks = [r for r in rules.clocks if r.ledger == spec.id and r.act is Act.RECTIFY]
    return tuple(n for n in names if any(n in r.when.get("handling", (n,)) for r in clocks))


def plan_rule(ruled: Sequence[RuledDeadline]) -> RuledDeadline | None:
    """The limit of rectification among those that run: there is one where the issue goes by plan."""
    return next((r for r in ruled if r.rule.act is Act.RECTIFY), None)


def remarks_on(rules: RuleSet, issue: Issue) -> list[str]:
    """What the notice asks of an issue and its row does not have yet."""
    told = []
    if issue.is_urgent and not issue.responsible_person:
        told.append(
            f"“急难愁盼”的还没有写包抓人{_clause(rules, _OF_HARD_ISSUES)}；请用 zmn issue measure 补 --in-charge"
        )
    limit = next((c for c in issue.round_clocks if c.act is Act.RECTIFY), None)
    if limit is not None:
        missing = [word for word, has in (("具体对策措施", issue.remedy), ("完成时限", limit.due_on)) if not has]
        if missing:
            rule = next((r for r in rules.clocks if r.ledger == issue.ledger and r.act is Act.RECTIFY), None)
            why = f"（{cited(rule.citation)}）" if rule else ""
            told.append(f"{issue.handling}还没有写{'、'.join(missing)}{why}；请用 zmn issue measure 补上")
    elif not issue.handling and rules.code_list(issue.ledger, "handling"):
        told.append(f"还没有定整改方式{_clause(rules, _AT_ONCE_OR_BY_PLAN)}；定了请用 zmn issue measure 登记")
    return told


def _clause(rules: RuleSet, provision: str) -> str:
    found = next((p for p in rules.provisions if p.id == provision), None)
    return f"（{found.citation.clause}）" if found else ""


def _reminders(office: Office, issue: Issue) -> list[str]:
    """What follows once the row has its number."""
    is_at_once = bool(issue.handling) and not issue.round_clocks
    clause = _clause(office.rules_of(issue), _AT_ONCE_OR_BY_PLAN)
    line = f"zmn issue clear {issue.case_no} --effect 整改效果"
    told = [f"{issue.handling}的要立即整改、及时回应{clause}；改好了请随即销号：{line}"] if is_at_once else []
    return [*told, *waiting_counts(office, issue)]


def waiting_counts(office: Office, issue: Issue) -> list[str]:
    """Whether the counts of the issue's activity wait for their book; the issue itself may stand in its own."""
    if not issue.activity_no or not office.store.outbox.entries():
        return []
    is_waiting = any(issue.activity_no in entry.case_nos for entry in office.store.outbox.entries())
    what = f"活动 {issue.activity_no} 的台账正被打开：它的发现、解决问题数已存好，关闭后自动补写"
    return [what] if is_waiting else []


def _activity_of(office: Office, typed: str) -> Activity | None:
    if not typed.strip():
        return None
    activity = office.activities.find(squeeze(typed))
    if activity.status is Status.VOID:
        raise RefusedByRuleError(f"活动 {activity.case_no} 已经作废，不能再挂问题", "请核对 --activity 的活动编号")
    return activity


def _fill_from_activity(
    office: Office, spec: LedgerSpec, words: dict[str, str], activity: Activity, told: list[str]
) -> None:
    for name in _OF_ACTIVITY:
        known = getattr(activity, name)
        if not words[name]:
            words[name] = known
        elif known and name == "unit" and squeeze(words[name]) != squeeze(known):
            rules = office.locality.rules_on(activity.held_at.date())
            if rules.units.find(words[name]) != known:
                title = field_title(office, spec, name)
                told.append(f"{title}写的是“{words[name]}”，活动 {activity.case_no} 的是“{known}”，照写的记，请核对")


def usual_words(office: Office) -> dict[str, str]:
    """What need not be said at this desk: a unit's own name, the only or usual kind of activity; ``""`` else."""
    rules, spec = office.locality.rules_on(office.moment.as_of), office.spec_holding(Holds.ISSUES)
    return {"unit": own_unit(office), "activity_kind": usual_kind_of_issues(rules, spec)}


def _found_day(office: Office, day: date, held_on: date | None, told: list[str]) -> date:
    if day > office.moment.as_of:
        raise BadValueError(f"发现日期 {day} 还没有到（今天是 {office.moment.as_of}）", "请核对 --on", field="on")
    if day.year < _EARLIEST_YEAR:
        raise BadValueError(f"发现日期 {day} 太早了", "请核对年份；应形如 2026-09-15", field="on")
    if held_on is not None and day < held_on:
        raise BadValueError(f"发现日期 {day} 早于活动的日期 {held_on}", "请核对 --on；不写就用活动的日期", field="on")
    if day.year < office.moment.as_of.year - 1:
        told.append(f"发现日期 {day} 是一年多以前的，请核对年份")
    return day


def _require_words(rules: RuleSet, spec: LedgerSpec, words: Mapping[str, str]) -> None:
    missing = ["--unit（哪个单位）"] if not words["unit"] else []
    if not words["activity_kind"] and kinds_of_issues(rules, spec):
        missing.append("--kind（哪项活动）")
    if not words["problem"] and not words["need"]:
        missing.append("--problem（发现的问题）或 --need（反映的需求）")
    if missing:
        raise MissingValuesError(
            f"缺少：{'、'.join(missing)}", "请补上；由某次活动发现的，写 --activity 编号就能带出"
        )


def _with_plan(
    office: Office, rules: RuleSet, spec: LedgerSpec, issue: Issue, ruled: Sequence[RuledDeadline],
    found: FoundIssue, told: list[str],
) -> tuple[Clock, ...]:  # fmt: skip
    """The clocks of a new issue, with the day its plan sets where no rule fixes one."""
    clocks = tuple(clock_of(r) for r in ruled)
    if found.due_on is None:
        return clocks
    rule = plan_rule(ruled)
    if rule is None:
        by_plan = "、".join(planned_words(rules, spec))
        raise BadValueError(
            "完成时限只用于不能立行立改、要制定整改计划的" if by_plan else "本区县的通知没有规定整改时限",
            f"请写 --handling {by_plan}，或去掉 --due" if by_plan else "请去掉 --due",
            field="due",
        )
    if rule.deadline is not None:
        told.append(f"整改时限按规则是 {rule.deadline.due_on}，没有采用写的 {found.due_on}")
        return clocks
    if found.due_on < (issue.found_on or found.due_on) and not found.is_collected:
        raise BadValueError(f"完成时限 {found.due_on} 早于发现日期 {issue.found_on}", "请核对 --due", field="due")
    if not office.calendar.is_workday(found.due_on):
        told.append(f"完成时限 {found.due_on} 是休息日，照定的日子提醒")
    return tuple(replace(c, due_on=found.due_on) if c.act is Act.RECTIFY else c for c in clocks)
