"""开展活动 and 备案: what was typed of an activity is checked, its clock started, and stopped when it is filed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao import stepwords
from zhuomuniao.activityfaults import Fault, activity_faults
from zhuomuniao.allowances import cited
from zhuomuniao.deadlines import clock_of, deadlines_of, late_workdays
from zhuomuniao.errors import BadValueError, MissingValuesError, RefusedByRuleError
from zhuomuniao.fieldwork import Activity, enforcement_cell, join_lines, join_links, split_links
from zhuomuniao.ledger import Draft, amend_cases
from zhuomuniao.logbook import course_of
from zhuomuniao.model import Deadline, Receipt, Status, Step, StepKind
from zhuomuniao.rules import Holds, LedgerSpec, RuleSet
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.fieldcells import listed_word
from zhuomuniao.usecases.inhand import InHand, take_in_hand
from zhuomuniao.usecases.requests import MAX_TEXT, StepRequest, limited_text
from zhuomuniao.usecases.stepping import EndedClock, require_past
from zhuomuniao.usecases.units import known_unit

if TYPE_CHECKING:
    from zhuomuniao.ruletypes import RouteRule
    from zhuomuniao.usecases.office import Office

MAX_NAME = 100
"""Characters a unit, a leader or a place may have."""

_EARLIEST_YEAR = 2000
_NAME_ENDS = re.compile(r"[\s，,、（(]")
_NAME_WITH_POST = re.compile(r"\S[\s，,、（(]+\S")


class RawActivity(Struct, frozen=True):
    """What a clerk typed of one activity. ``leader`` is name and post; lists are one text for each thing."""

    at: datetime
    unit: str
    leader: str
    kind: str = ""
    identity: str = ""
    mode: str = ""
    trigger: str = ""
    place: str = ""
    links: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    enforcements: tuple[str, ...] = ()
    served: int | None = None
    participants: int | None = None
    valid_visits: int | None = None
    delegate_for: str = ""
    note: str = ""
    by: str = ""
    filed_at: datetime | None = None


class CodedWords(Struct, frozen=True):
    """What was typed of an activity that a locality may have lists for."""

    kind: str
    identity: str
    mode: str
    trigger: str
    links: tuple[str, ...]


class CheckedActivity(Struct, frozen=True):
    """An activity ready to be written: its first lines, the limits it was given, what the clerk should know.

    ``remarks`` is what it lacks by the notice (环节、事项、回访); it stands all the same.
    """

    activity: Activity
    steps: tuple[Step, ...]
    deadlines: tuple[Deadline, ...]
    remarks: tuple[Fault, ...]
    warnings: tuple[str, ...]


class Recorded(Struct, frozen=True):
    """An activity in the book: where it stands, its deadlines, with whom it is filed (``None`` where unstated)."""

    receipt: Receipt[Activity]
    deadlines: tuple[Deadline, ...]
    lead: RouteRule | None
    remarks: tuple[Fault, ...]
    warnings: tuple[str, ...]


class Filed(Struct, frozen=True):
    """An activity that was filed: with whom, the clock that ended, what the clerk should know."""

    receipt: Receipt[Activity]
    step: Step
    ended: tuple[EndedClock, ...]
    to: str
    warnings: tuple[str, ...]


def activity_spec(office: Office) -> LedgerSpec:
    """The ledger of activities. Raises :class:`BadValueError` where the locality keeps none."""
    return office.spec_holding(Holds.ACTIVITIES)


def lead_of(rules: RuleSet, ledger: str, kind: str) -> RouteRule | None:
    """With whom an activity of a kind is filed (牵头部门), ``None`` where the notice's routes do not say."""
    return next((r for r in rules.routes if r.ledger == ledger and squeeze(r.matter) == squeeze(kind)), None)


def usual_kind(office: Office, spec: LedgerSpec) -> str:
    """The kind of activity that need not be said: the locality's default, or the only one there is."""
    codes = office.locality.rules_on(office.moment.as_of).code_list(spec.id, "activity_kind")
    if codes is None:
        return ""
    return codes.default or (codes.names[0] if len(codes.names) == 1 else "")


def leader_with_post(name: str, post: str) -> str:
    """姓名 职务, as the ledger's cell has it."""
    return " ".join(filter(None, (name.strip(), post.strip())))


def says_post(leader: str) -> bool:
    """Whether a name has its post beside it: 张明 局长, 张明（局长）."""
    return _NAME_WITH_POST.search(leader.strip()) is not None


def check_words(office: Office, spec: LedgerSpec, words: CodedWords, *, at: datetime) -> None:
    """Whether the words of an activity held ``at`` that moment are listed ones, whatever else is still missing.

    Raises :class:`BadValueError` naming the first that is not, and the words there are.
    """
    rules = office.locality.rules_on(at.date())
    typed = (("activity_kind", words.kind, "活动"), *_listed(words.identity, words.mode, words.trigger))
    for name, text, title in typed:
        listed_word(rules, spec.id, name, text, title=title)
    tuple(_links(rules, spec, words.links))


def check_activity(office: Office, spec: LedgerSpec, raw: RawActivity) -> CheckedActivity:
    """The activity with its words resolved, its clock started, and everything that it lacks told.

    Raises :class:`BadValueError` naming the field, :class:`RefusedByRuleError` with the clause where the notice does
    not allow it like this.
    """
    rules = office.locality.rules_on(raw.at.date())
    warnings: list[str] = []
    kind = listed_word(rules, spec.id, "activity_kind", raw.kind, title="活动")
    unit = known_unit(office, rules, limited_text("单位", raw.unit, MAX_NAME), warnings)
    leader = limited_text("主要负责人及职务", raw.leader, MAX_NAME)
    missing = [
        told
        for told, value in (
            ("--unit（单位）", unit), ("--leader（主要负责人）", leader), ("--kind（活动）", kind),
        ) if not value
    ]  # fmt: skip
    if missing:
        raise MissingValuesError(f"缺少：{'、'.join(missing)}", "请补上再登记")
    _require_held(office, raw.at, warnings)
    links = tuple(dict.fromkeys(_links(rules, spec, raw.links)))
    items = tuple(dict.fromkeys(limited_text("体验事项", item, 500) for item in raw.items))
    enforcements = tuple(limited_text("参与执法", text, 1000) for text in raw.enforcements)
    identity, mode, trigger = (
        listed_word(rules, spec.id, name, text, title=title)
        for name, text, title in _listed(raw.identity, raw.mode, raw.trigger)
    )
    activity = Activity(
        "",
        spec.id,
        held_at=raw.at,
        unit=unit,
        leader=leader,
        activity_kind=kind,
        identity=identity,
        mode=mode,
        trigger=trigger,
        place=limited_text("地点", raw.place, MAX_NAME),
        links=join_links(links),
        items=limited_text("体验事项", join_lines(filter(None, items)), MAX_TEXT),
        enforcements=limited_text("参与执法", enforcement_cell(filter(None, enforcements)), MAX_TEXT),
        served_count=raw.served,
        participant_count=raw.participants,
        valid_revisit_count=raw.valid_visits,
        delegate_for=limited_text("受谁委托", raw.delegate_for, MAX_NAME),
        remark=limited_text("备注", raw.note, MAX_TEXT),
        status=Status.AWAITING_FILING,
        edition=rules.edition,
        round_started_on=raw.at.date(),
    )
    _require_other(activity)
    faults = activity_faults(rules, activity, may_delegate=office.workspace.config.may_delegate)
    if refused := [fault for fault in faults if fault.is_refusal]:
        raise RefusedByRuleError(
            "；".join(fault.what for fault in refused),
            "；".join(f"{fault.remedy}；{_clause_of(fault)}" for fault in refused),
        )
    return _opened(office, spec, rules, activity, raw, (faults, warnings))


def record_activities(office: Office, spec: LedgerSpec, checked: Sequence[CheckedActivity]) -> tuple[Recorded, ...]:
    """Write checked activities, in one operation; answers them in the order given where they are of one day.

    Raises what :meth:`Ledger.append` raises.
    """
    ordered = sorted(checked, key=lambda c: c.activity.held_at)
    clerk = ordered[0].steps[0].by if len(ordered) == 1 else ""
    receipts = office.records(spec).append(
        [Draft(c.activity, c.steps) for c in ordered], signature=office.signature("hold", clerk)
    )
    return tuple(
        Recorded(
            receipt,
            one.deadlines,
            lead_of(office.rules_of(one.activity), spec.id, one.activity.activity_kind),
            one.remarks,
            (*one.warnings, *receipt.advice),
        )
        for receipt, one in zip(receipts, ordered, strict=True)
    )


def with_doubles(office: Office, spec: LedgerSpec, checked: Sequence[CheckedActivity]) -> tuple[CheckedActivity, ...]:
    """The same activities, each told where one of its unit, kind and day stands in the ledger or before it."""
    known: dict[tuple[str, str, date], str] = {}
    for there in office.records(spec).state().records:
        if there.status is not Status.VOID:
            known.setdefault(_same(there), there.case_no)
    told: list[CheckedActivity] = []
    before: set[tuple[str, str, date]] = set()
    for one in checked:
        key = _same(one.activity)
        earlier = known.get(key, "")
        if earlier:
            hint = f"登记重了的请作废：zmn void {earlier} --reason 重复登记（或撤销这一次：zmn undo）"
            double = f"{key[0]}{key[2]}的“{key[1]}”已经登记过（{earlier}）；{hint}"
            told.append(replace(one, warnings=(*one.warnings, double)))
        elif key in before:
            told.append(
                replace(one, warnings=(*one.warnings, "这份文件里有同一单位同一天的同一活动，请核对是否重复"))
            )
        else:
            told.append(one)
        before.add(key)
    return tuple(told)


def file_activities(
    office: Office, spec: LedgerSpec, case_nos: Sequence[str], request: StepRequest, *, to: str = ""
) -> tuple[Filed, ...]:
    """Record that activities were filed (备案), all in one operation or none; in the order of ``case_nos``.

    ``to`` is with whom, where it is not the one the notice names. Raises :class:`UnknownCaseError`,
    :class:`RefusedByRuleError`, :class:`BadValueError`.
    """
    require_past(office, request)
    by = request.word("by", "经办人", 50) or office.workspace.config.clerk
    note, named = request.word("note", "说明"), limited_text("备案单位", to, MAX_NAME)
    ledger = office.records(spec)
    wanted = {ledger.find(no).case_no: None for no in case_nos}
    hands: dict[str, tuple[InHand[Activity], str]] = {}

    def decide(activity: Activity) -> tuple[Activity, tuple[Step, ...]] | None:
        if activity.case_no not in wanted:
            return None
        hand = take_in_hand(office, spec, activity)
        hand.require(StepKind.FILE, request.at)
        lead = lead_of(hand.rules, spec.id, activity.activity_kind)
        whom = named or (lead.to if lead else "")
        if lead and named and squeeze(named) != squeeze(lead.to):
            hand.told.append(f"通知写的是报{lead.to}备案（{lead.citation.clause}），已按报{named}登记")
        _write_filing(hand, request.at, by, whom, note)
        hands[activity.case_no] = (hand, whom)
        return hand.record, tuple(hand.written)

    receipts = amend_cases([ledger], decide, signature=office.signature("file", by))
    by_no = {receipt.record.case_no: receipt for receipt in receipts}
    return tuple(_filed(office, by_no[no], *hands[no]) for no in wanted)


def remark_text(fault: Fault) -> str:
    """A fault as a warning: what is missing, by which clause, what to do."""
    clause = f"（{fault.citation.clause}）" if fault.citation.clause else ""
    return f"{fault.what}{clause}；{fault.remedy}"


def _filed(office: Office, receipt: Receipt[Activity], hand: InHand[Activity], to: str) -> Filed:
    step = next(s for s in hand.written if s.kind is StepKind.FILE)
    ended = tuple(
        EndedClock(c, late_workdays(c.due_on, c.ended_on, office.calendar) if c.due_on and c.ended_on else 0)
        for c in step.clock_changes
        if c.ended_on
    )
    late = [
        f"{e.clock.act}{e.verdict}（时限 {e.clock.due_text}），超时记录会一直保留"
        for e in ended
        if e.clock.ended_late
    ]
    warnings = (*hand.told, *office.moment.advice(), *late, *receipt.advice)
    return Filed(receipt, step, ended, to, warnings)


def _write_filing(hand: InHand[Activity], at: datetime, by: str, to: str, note: str) -> None:
    text = stepwords.tell({stepwords.HEAD: f"报{to}备案" if to else "已备案", stepwords.NOTE: note})
    hand.write(StepKind.FILE, text, at=at, by=by)


def _opened(
    office: Office,
    spec: LedgerSpec,
    rules: RuleSet,
    bare: Activity,
    raw: RawActivity,
    told: tuple[Sequence[Fault], list[str]],
) -> CheckedActivity:
    """The activity with its clock and its first lines: 开展活动, and 备案 where it was filed already."""
    faults, warnings = told
    ruled = deadlines_of(rules, spec.id, bare.facts, course_of(bare, (), rules), office.calendar)
    activity = replace(bare, clocks=tuple(clock_of(r) for r in ruled))
    by = limited_text("经办人", raw.by, 50) or office.workspace.config.clerk
    begun = Step("", StepKind.HOLD, activity.held_at, by, activity.unit, activity.remark, activity.clocks)
    hand = InHand(office, spec, rules, activity, [begun], [begun])
    if raw.filed_at is not None:
        if raw.filed_at < activity.held_at:
            raise BadValueError(
                f"备案日期 {raw.filed_at:%Y-%m-%d} 早于活动日期 {activity.held_at:%Y-%m-%d}", "请核对"
            )
        require_past(office, StepRequest(StepKind.FILE, raw.filed_at))
        lead = lead_of(rules, spec.id, activity.activity_kind)
        _write_filing(hand, raw.filed_at, by, lead.to if lead else "", "")
        ended = [c for c in hand.record.clocks if c.ended_late]
        warnings += [f"{c.act}超时（时限 {c.due_text}，{c.ended_on} 完成），超时记录会一直保留" for c in ended]
    elif overdue := [c for c in activity.clocks if c.due_on and c.due_on < office.moment.as_of]:
        warnings += [f"{c.act}的时限 {c.due_on} 已经过了，请尽快备案后用 zmn activity file 登记" for c in overdue]
    if any(c.is_provisional for c in hand.record.clocks if c.is_running):
        missing = office.calendar.last_published_year + 1
        warnings.append(f"{missing}年放假安排尚未载入，带“暂定”的日期按法定节假日和周末计算")
    warnings += office.moment.advice()
    deadlines = tuple(r.deadline for r in ruled if r.deadline)
    return CheckedActivity(hand.record, tuple(hand.written), deadlines, tuple(faults), tuple(warnings))


def _require_held(office: Office, at: datetime, warnings: list[str]) -> None:
    try:
        require_past(office, StepRequest(StepKind.HOLD, at))
    except BadValueError as error:
        remedy = "请核对 --on；还没有开展的活动不能登记，可用 zmn activity plan 列入计划"
        raise BadValueError(error.message, remedy) from error
    if at.year < _EARLIEST_YEAR:
        raise BadValueError(f"活动时间 {at.year:04d} 年太早了", "请核对年份；应形如 2026-10-08 09:30")
    if at.year < office.moment.as_of.year - 1:
        warnings.append(f"活动时间 {at:%Y-%m-%d} 是一年多以前的，请核对年份")


def _listed(identity: str, mode: str, trigger: str) -> tuple[tuple[str, str, str], ...]:
    """Field, text and title of the words that may be listed, beside the kind."""
    return ("identity", identity, "身份"), ("mode", mode, "体验类型"), ("trigger", trigger, "体验缘由")


def _require_other(activity: Activity) -> None:
    """Who was sent is somebody else than who sent him."""
    if same := _names_in(activity.leader) & _names_in(activity.delegate_for):
        raise BadValueError(
            f"参加的人和委托的人都是“{min(same, key=len)}”：本人参加的不算委托",
            "本人参加的，请去掉“受谁委托”（--delegate-for）；受委托参加的，主要负责人（--leader）请写受委托人",
            field="delegate_for",
        )


def _names_in(text: str) -> set[str]:
    """A person's name as typed with or without a post: all of it (张 明), and what stands before the first gap."""
    # 张 alone is no name: two people of one family name are not the same.
    return {name for part in (text, _NAME_ENDS.split(text.strip())[0]) if len(name := squeeze(part)) > 1}


def _links(rules: RuleSet, spec: LedgerSpec, typed: Iterable[str]) -> Iterable[str]:
    """The links by their listed names; several may stand in one text. Names with 、 in them are tried whole first."""
    codes = rules.code_list(spec.id, "link")
    for text in typed:
        if not text.strip():
            continue
        whole = {word for code in codes.codes for word in (code.name, *code.aliases)} if codes else set()
        for part in (text.strip(),) if text.strip() in whole else split_links(text):
            yield listed_word(rules, spec.id, "link", part, title="参与环节")


def _clause_of(fault: Fault) -> str:
    citation = fault.citation
    return cited(citation) if citation.clause else citation.note or cited(citation)


def _same(activity: Activity) -> tuple[str, str, date]:
    return activity.unit, activity.activity_kind, activity.held_at.date()
