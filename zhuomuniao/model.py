"""The vocabulary of the trade: what a case, a step, a clock and a deadline are.

Everything here is a value: frozen, without behaviour beyond what follows from its own fields. Enums carry
the Chinese word that stands in the cell. Codes that differ from county to county (事项性质, 响应级别, 渠道 …)
are plain text checked against the locality's code lists, not enums.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from msgspec import Struct, field

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Fixed UTC+8: China keeps no daylight saving time, and Windows has no zone data (domain.md §2)."""


WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")

NO_FIXED_LIMIT = "一事一议"
"""What rules and cells say where no limit is fixed: the date is set case by case."""


class Status(StrEnum):
    """Where a case, an activity or an issue stands. 逾期 is a light, never a status (cli.md)."""

    AWAITING_ASSIGNMENT = "待交办"
    AWAITING_SIGNATURE = "待签收"
    IN_PROGRESS = "办理中"
    RETURN_REQUESTED = "退回待审"
    PAUSED = "暂停"
    AWAITING_REVISIT = "待回访"
    RESOLVED = "已办结"
    ROUTED_OUT = "已转出"
    VOID = "已作废"
    AWAITING_FILING = "待备案"
    FILED = "已备案"
    OPEN = "挂账"
    CLEARED = "已销号"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act to end the matter: neither resolved, routed out nor void."""
        return self in _OPEN_STATUSES

    @property
    def is_closed(self) -> bool:
        """Whether nothing can move any more: resolved, routed out, void, filed. 待回访 and 已销号 are not closed."""
        return self in _CLOSED_STATUSES


_OPEN_STATUSES = frozenset(
    {
        Status.AWAITING_ASSIGNMENT,
        Status.AWAITING_SIGNATURE,
        Status.IN_PROGRESS,
        Status.RETURN_REQUESTED,
        Status.PAUSED,
        Status.AWAITING_FILING,
        Status.OPEN,
    }
)


_CLOSED_STATUSES = frozenset({Status.RESOLVED, Status.ROUTED_OUT, Status.VOID, Status.FILED})


class Light(StrEnum):
    """红 = overdue, 黄 = due today or on the next workday, 绿 = the rest."""

    RED = "红"
    YELLOW = "黄"
    GREEN = "绿"


class Act(StrEnum):
    """What a limit ends in (domain.md §3). The member name in lower case is the clock's id in JSON."""

    RESOLVE = "解决"
    REPLY = "答复"
    FIRST_FEEDBACK = "初步反馈"
    FIRST_CONTACT = "首次联系"
    PROGRESS = "进度反馈"
    SIGN = "签收"
    RETURN = "退回"
    INFORM = "反馈当事人"
    REVISIT = "回访"
    FILING = "备案"
    RECTIFY = "整改"
    LOOK_BACK = "回头看"

    @property
    def clock(self) -> str:
        """The id scripts see, such as ``first_feedback``."""
        return self.name.lower()


_AFTERWARDS = (Act.INFORM, Act.REVISIT, Act.LOOK_BACK)
"""What may still be owed once a matter is resolved."""


class StartEvent(StrEnum):
    """The event whose day is day 0 of a limit."""

    ACCEPTED = "受理"
    RECEIVED = "收到"
    ASSIGNED = "交办"
    SIGNED = "签收"
    ADMITTED = "受理决定"
    RESOLVED = "办结"
    EXPIRED = "到期"
    ACTIVITY = "活动"
    CLEARED = "销号"


class StepKind(StrEnum):
    """环节: what happened in a line of 流转记录."""

    ACCEPT = "受理"
    FIRST_FEEDBACK = "初步反馈"
    REPLY = "答复"
    RESOLVE = "办结"
    ASSIGN = "交办"
    SIGN = "签收"
    RETURN = "申请退回"
    REVIEW_RETURN = "退回审核"
    RAISE = "提级"
    PAUSE = "暂停"
    RESUME = "恢复"
    EXTEND = "延期"
    SET_DUE = "定期限"
    VERIFY = "核查"
    VISIT = "回访"
    REDO = "发回重办"
    REMIND = "提醒"
    URGE = "催办"
    SUPERVISE = "督办"
    ACCOUNTABILITY = "问责移送"
    CIRCULAR = "通报"
    REFER_LEAD = "线索上报"
    MEETING_PLAN = "提请会议"
    MEETING_RECORD = "会议决定"
    ADMIT = "受理决定"
    LINK = "关联"
    VOID = "作废"
    NOTE = "备注"
    HOLD = "开展活动"
    FILE = "备案"
    FIND = "挂账"
    MEASURE = "整改措施"
    CLEAR = "销号"
    LOOK_BACK = "回头看"
    REBOUND = "反弹"
    ENTER = "列入"
    CHANGE = "变更"
    CALENDAR = "日历调整"
    RECOUNT = "时限重算"
    EDIT = "人工修改"
    UNDO = "撤销"


class Saved(StrEnum):
    """Whether an entry is in the book or waits in the outbox because the book is open elsewhere."""

    WRITTEN = "written"
    QUEUED = "queued"


class Clock(Struct, frozen=True):
    """One running or ended limit of a case, as the book stores it in 时限明细.

    ``due_on`` is ``None`` where no fixed limit exists (一事一议). ``ended_on`` is the day the act was done.
    ``due_time`` and ``ended_time`` are there for limits in hours and 下班前; others end at the close of the day.
    ``round`` is the 轮次 it belongs to. ``is_cancelled`` stands in the log only: the limit fell away, and with it the
    clock.
    """

    act: Act
    due_on: date | None
    is_provisional: bool = False
    ended_on: date | None = None
    due_time: time | None = None
    ended_time: time | None = None
    round: int = 1
    is_cancelled: bool = False

    @property
    def is_running(self) -> bool:
        return self.ended_on is None

    @property
    def ended_late(self) -> bool:
        """Ended after its day, or its hour: what ended late stays late for ever."""
        if self.ended_on is None or self.due_on is None:
            return False
        if self.ended_on != self.due_on or self.due_time is None:
            return self.ended_on > self.due_on
        return (self.ended_time or time.min) > self.due_time

    @property
    def due_moment(self) -> datetime:
        """The last moment that is on time: the end of the day, or the hour; what has no limit comes last."""
        return datetime.combine(self.due_on or date.max, self.due_time or time.max)

    @property
    def due_text(self) -> str:
        """The day, with the hour where the limit has one: 2026-10-14 17:30."""
        if self.due_on is None:
            return NO_FIXED_LIMIT
        return f"{self.due_on}{f' {self.due_time:%H:%M}' if self.due_time else ''}"


_NAMED = 5
"""Numbers a sentence names before it counts them."""

FACT_FIELDS = ("kind", "tier", "channel", "category", "cause", "track")
"""The coded fields of a :class:`Case` that a rule's condition may name."""

CODE_TITLES: Mapping[str, str] = {
    "kind": "事项性质",
    "tier": "响应级别",
    "channel": "受理渠道",
    "category": "业务类别",
    "cause": "原因类别",
    "track": "办理路径",
    "domain": "诉求领域",
    "situation": "未办成情形",
    "acceptance_site": "受理点",
    "life_stage": "全生命周期环节",
    "suggestion_group": "意见建议类别",
    "suggestion_aspect": "意见建议方面",
    "finding_way": "发现方式",
    "immersion_step": "体验环节",
    "immersion_way": "体验形式",
    "officer_source": "体验官来源",
    "site_kind": "体验点类别",
}
"""Every field registered as a word of a code list of the locality, and what it is called where a ledger has no
column for it.
"""

CODED_FIELDS = tuple(CODE_TITLES)


class Numbered(Struct, frozen=True):
    """What bears a number, and the ledger whose book it stands in."""

    case_no: str
    ledger: str

    @property
    def in_order(self) -> tuple[int, str]:
        """What those are sorted by that are alike otherwise: the hundredth number of a day comes behind the 99th."""
        return len(self.case_no), self.case_no


class Row(Numbered, frozen=True, kw_only=True):
    """One row of a sheet that zmn keeps.

    Field names are the field ids of the layouts; text a sheet leaves blank is ``""``.
    """

    unit: str = ""
    remark: str = ""
    is_queued: bool = False

    @classmethod
    def field_types(cls) -> dict[str, str]:
        """The fields and their types as they are written, those of the classes above first."""
        return {
            name: str(type_)
            for above in reversed(cls.__mro__)
            for name, type_ in getattr(above, "__annotations__", {}).items()
            if name in cls.__struct_fields__
        }

    @property
    def opened_at(self) -> datetime:
        """The moment by which the row belongs to a day: a case's 受理, an activity's own; none → the earliest."""
        return datetime.min


class Record(Row, frozen=True, kw_only=True):
    """A row with a life of its own, as it stands now (row = state, log = history): a status, and clocks that run."""

    FACTS: ClassVar[tuple[str, ...]] = ()
    """The coded fields that a rule's condition may name."""

    CLOSED_BY: ClassVar[tuple[Act, ...]] = (Act.RESOLVE, Act.REPLY)
    """What ends it, the first of them that it has a limit for."""

    status: Status = Status.IN_PROGRESS
    progress: str = ""
    edition: str = ""
    round: int = 1
    round_started_on: date | None = None
    clocks: tuple[Clock, ...] = ()

    @property
    def events(self) -> Mapping[StartEvent, datetime]:
        """The moment of each event that has happened and that a limit may count from."""
        return {}

    @property
    def person(self) -> str:
        """Whom it is about: the person who came, the leader who took part, who puts it right."""
        return ""

    @property
    def matter(self) -> str:
        """What it is about, in words."""
        return ""

    @property
    def facts(self) -> dict[str, str]:
        """The codes on which rules depend."""
        return {name: getattr(self, name) for name in self.FACTS}

    @property
    def paused_since(self) -> date | None:
        """The day since which nothing runs (暂停), ``None`` where there is no pause."""
        return None

    @property
    def is_closed(self) -> bool:
        """Whether nothing can move any more (:attr:`Status.is_closed`)."""
        return self.status.is_closed

    @property
    def round_clocks(self) -> tuple[Clock, ...]:
        """The clocks of the current round."""
        return tuple(c for c in self.clocks if c.round == self.round)

    @property
    def owed_clocks(self) -> tuple[Clock, ...]:
        """The clocks that somebody still has to meet, with a day or without (一事一议)."""
        if self.is_closed:
            return ()
        # 退回 is a right that lapses, nothing that anybody owes.
        running = (c for c in self.clocks if c.is_running and c.act is not Act.RETURN)
        return tuple(c for c in running if self.status.is_open or c.act in _AFTERWARDS)

    @property
    def leading_clock(self) -> Clock | None:
        """The earliest running clock with a day, which the morning list and 下一时限 show."""
        return min((c for c in self.owed_clocks if c.due_on), key=lambda c: c.due_moment, default=None)

    @property
    def closing_clock(self) -> Clock | None:
        """The clock that decides whether the current round was closed on time."""
        by_act = {c.act: c for c in self.round_clocks}
        return next((by_act[act] for act in self.CLOSED_BY if act in by_act), None)

    @property
    def is_provisional(self) -> bool:
        """Whether any limit that still runs rests on a year whose arrangement is not published (暂定)."""
        return any(c.is_provisional and c.is_running for c in self.clocks)


class Case(Record, frozen=True):
    """办件: one person's matter, as one row of a ledger states it now."""

    FACTS: ClassVar[tuple[str, ...]] = FACT_FIELDS

    accepted_at: datetime
    applicant: str
    about: str
    phone: str = ""
    kind: str = ""
    tier: str = ""
    channel: str = ""
    category: str = ""
    cause: str = ""
    track: str = ""
    domain: str = ""
    situation: str = ""
    acceptance_site: str = ""
    life_stage: str = ""
    suggestion_group: str = ""
    suggestion_aspect: str = ""
    suggestion: str = ""
    experience_site: str = ""
    experience_officer: str = ""
    finding_way: str = ""
    immersion_step: str = ""
    immersion_way: str = ""
    officer_source: str = ""
    site_kind: str = ""
    co_handlers: str = ""
    outcome: str = ""
    result: str = ""
    resolved_at: datetime | None = None
    revisit: str = ""
    satisfaction: str = ""
    solved: str = ""
    fault: str = ""
    accepted_by: str = ""
    first_handler: str = ""
    assigned_at: datetime | None = None
    signed_at: datetime | None = None
    first_feedback_at: datetime | None = None
    informed_at: datetime | None = None
    pause: str = ""
    extension: str = ""
    verification: str = ""
    urging: str = ""
    related_no: str = ""

    @property
    def opened_at(self) -> datetime:
        return self.accepted_at

    @property
    def person(self) -> str:
        return self.applicant

    @property
    def matter(self) -> str:
        return self.about

    @property
    def events(self) -> Mapping[StartEvent, datetime]:
        """The ledgers have one column for 受理时间: a matter is taken as received (收到) when accepted."""
        moments = {
            StartEvent.ACCEPTED: self.accepted_at,
            StartEvent.RECEIVED: self.accepted_at,
            StartEvent.ASSIGNED: self.assigned_at,
            StartEvent.SIGNED: self.signed_at,
            StartEvent.RESOLVED: self.resolved_at,
        }
        return {event: at for event, at in moments.items() if at is not None}

    @property
    def paused_since(self) -> date | None:
        """As 暂停 tells."""
        try:
            return date.fromisoformat(self.pause.partition(" ")[0])
        except ValueError:
            return None


class EndedRound(Struct, frozen=True):
    """An earlier round (轮次): the days of its 办结 and of the 发回重办 that followed, 结果类别."""

    resolved_on: date
    redone_on: date
    outcome: str = ""


class Visit(Struct, frozen=True):
    """A 回访 that was given a 满意度: on which day, and which word (无法回访 too)."""

    on: date
    said: str


class Step(Struct, frozen=True):
    """One line of 流转记录. ``clock_changes`` holds the clocks this step started, moved or ended."""

    case_no: str
    kind: StepKind
    at: datetime
    by: str = ""
    unit: str = ""
    text: str = ""
    clock_changes: tuple[Clock, ...] = ()
    op_id: str = ""
    recorded_at: datetime | None = None


R = TypeVar("R", bound=Row)


class Receipt(Struct, Generic[R], frozen=True):
    """What a writing operation left behind: the record as it stands, where, and whether it waits.

    ``revision`` numbers the saved state in the journal; ``open_by`` names who has the book open; ``settled`` are
    numbers whose waiting or interrupted entries were put into their book on this occasion; ``notices`` tell what was
    found of the books beside; ``similar`` are earlier cases that may be the same matter.
    """

    record: R
    saved: Saved
    revision: int
    book: str
    row: int | None
    open_by: str = ""
    settled: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    similar: tuple[str, ...] = ()

    @property
    def advice(self) -> tuple[str, ...]:
        """What a clerk should know beside the entry itself."""
        if not self.settled:
            return self.notices
        numbers = list(dict.fromkeys(self.settled))
        named = "、".join(numbers[:_NAMED]) + (f" 等{len(numbers)}件" if len(numbers) > _NAMED else "")
        return (f"以前没写完或等着补写的 {named} 已一并写入台账", *self.notices)


class TrailDay(Struct, frozen=True):
    """One day of a date's working: counted (and as which number) or skipped, and why.

    ``source`` names the imported or local calendar entry that says so, where one does.
    """

    day: date
    counts: bool
    n: int | None
    why: str
    is_provisional: bool = False
    source: str = ""


class Deadline(Struct, frozen=True):
    """A counted date with everything needed to sign it.

    ``raw_due_on`` is set where a limit in calendar days or months ended on a rest day and moved (民法典203);
    ``due_time`` where the limit is one of hours or ends at 下班前; ``base_due_on`` is the day before any extension.
    ``limit`` is the text of the limit, such as ``5工作日``; ``policies`` names the policies the date rests on.
    """

    act: Act | None
    limit: str
    starts_on: date
    due_on: date
    raw_due_on: date | None = None
    is_provisional: bool = False
    rule_id: str = ""
    clause: str = ""
    quote: str = ""
    basis: str = ""
    edition: str = ""
    start_event: str = ""
    policies: tuple[str, ...] = ()
    trail: tuple[TrailDay, ...] = ()
    due_time: time | None = None
    base_due_on: date | None = None


class NumberSeries(Struct, frozen=True):
    """The day, month or year within which 事项编号 must differ.

    ``literal`` is a text that each number of the series has, ``pattern`` a regular expression for a whole one.
    """

    name: str
    literal: str
    pattern: str


class Finding(Struct, frozen=True):
    """Something in a book that a person should look at: where it is, what it is, what to do."""

    code: str
    file: str
    sheet: str
    row: int | None
    column: str
    found: str
    expected: str
    remedy: str


class DutyDue(Struct, frozen=True):
    """A hand-in that falls due: nominal day, the last workday on or before it (``submit_by``), the days it covers.

    ``is_provisional``: the days rest on a year whose arrangement is not published (暂定).
    """

    duty: str
    title: str
    period: str
    due_on: date
    submit_by: date
    to: str
    ledger: str
    report: str
    clause: str
    quote: str
    covers_from: date
    covers_through: date
    is_provisional: bool = False
    done_on: date | None = None


class Registration(Struct, frozen=True):
    """What a clerk types for one matter, checked and normalised, before rules and numbers are applied.

    ``codes`` are words of :data:`CODED_FIELDS`. ``due_on`` is a date that comes with the matter, where no rule fixes
    one; ``route`` names the kind of matter that belongs elsewhere (分流); ``related_no`` an earlier, similar case.
    What has happened elsewhere before it was registered (转办, 办结, 回访) comes with an imported work order.
    """

    applicant: str
    about: str
    at: datetime
    phone: str = ""
    unit: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    suggestion: str = ""
    experience_officer: str = ""
    experience_site: str = ""
    by: str = ""
    note: str = ""
    case_no: str = ""
    due_on: date | None = None
    route: str = ""
    related_no: str = ""
    assigned_at: datetime | None = None
    resolved_at: datetime | None = None
    outcome: str = ""
    result: str = ""
    satisfaction: str = ""
    warnings: tuple[str, ...] = field(default=())
