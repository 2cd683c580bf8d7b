"""Rules as frozen values. A rule never stands alone: it carries the clause and the verbatim sentence it comes from.

What a notice leaves open is a :class:`Policy` with its own basis, so that nobody takes our choice for the
notice's. The keys under which a county writes each of these stand in :mod:`zhuomuniao.rulekeys`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field

from zhuomuniao.model import Act, StartEvent, StepKind

if TYPE_CHECKING:
    from zhuomuniao.limits import Limit

UNSTATED = "unstated"
"""``basis`` of what a notice does not say: the choice is ours."""

Conditions = Mapping[str, tuple[str, ...]]
"""A case field → the codes of which it must have one. Several fields must all agree."""


class Citation(Struct, frozen=True):
    """Where a rule stands: clause, verbatim quote, and ``basis`` (``unstated`` where the choice is ours)."""

    clause: str
    quote: str
    basis: str = "notice"
    note: str = ""


class Policy(Struct, frozen=True):
    """A named choice where the notices are silent, with its basis in law or ``unstated``.

    ``choices`` maps each way it can be settled to its words; empty where there is only one.
    """

    id: str
    title: str
    basis: str
    choice: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """Whether no law settles it: the choice is ours, and is shown wherever a date depends on it."""
        return self.basis.startswith(UNSTATED)

    @property
    def words(self) -> str:
        """The policy as it is printed: its title, and which way it is settled."""
        chosen = self.choices.get(self.choice)
        return f"{self.title}：{chosen}" if chosen else self.title

    @property
    def statement(self) -> str:
        """The policy with its basis."""
        return f"{self.words}（{self.basis.replace(UNSTATED, '通知未写明，zmn 选定')}）"


def holds(when: Conditions, facts: Mapping[str, str]) -> bool:
    """Whether a case with these codes (``kind``, ``tier`` …) meets the conditions."""
    return all(facts.get(name, "") in values for name, values in when.items())


class DurationRule(Struct, frozen=True):
    """期限类规则: from a start event, within a limit, an act has to be done.

    ``limit`` is ``None`` where the notice fixes none (一事一议). ``when`` maps a case field to the codes it
    must have. A ``specific`` rule replaces the general one that ends in the same act (policy
    ``specific_over_general``), a ``statutory`` one replaces both, also where it is longer. An event in
    ``restarts_on`` that comes later than the start becomes the start (补正后自受理决定重新起算).
    ``is_start_stated`` tells that the notice itself names the start event.
    """

    id: str
    ledger: str
    act: Act
    limit: Limit | None
    start: StartEvent
    when: Conditions
    is_specific: bool
    citation: Citation
    is_statutory: bool = False
    restarts_on: tuple[StartEvent, ...] = ()
    is_start_stated: bool = False

    @property
    def rank(self) -> int:
        """How strongly the rule claims its act: general 0, specific 1, statutory 2."""
        return 2 if self.is_statutory else int(self.is_specific)


class Strength(StrEnum):
    """How firmly a notice says it. 原则上 gives way to ``--override`` with a basis."""

    MUST = "必须"
    IN_PRINCIPLE = "原则上"

    @property
    def prefix(self) -> str:
        """The word before a bound, where it is soft."""
        return self.value if self is Strength.IN_PRINCIPLE else ""


class ExtensionRule(Struct, frozen=True):
    """延期: the ``nth`` lengthening of a limit, by at most ``limit``.

    ``apply_before`` is how long before expiry it must be asked for; ``None`` means before expiry (policy
    ``extension_before_expiry``). ``approver`` is who grants it, empty where the notice names nobody.
    ``units`` are those that may ask, empty for all.
    """

    id: str
    ledger: str
    acts: tuple[Act, ...]
    nth: int
    limit: Limit
    strength: Strength
    approver: str
    apply_before: Limit | None
    units: tuple[str, ...]
    when: Conditions
    citation: Citation


class ReturnRule(Struct, frozen=True):
    """退回: until when a unit may hand a matter back, who reviews it, and what silence means (视为签收)."""

    id: str
    ledger: str
    limit: Limit
    start: StartEvent
    is_deemed_signed: bool
    reviewer: str
    citation: Citation


class PauseRule(Struct, frozen=True):
    """暂停: the reasons for which a limit may stop. ``restarts`` where it then counts anew."""

    id: str
    ledger: str
    reasons: tuple[str, ...]
    restarts: bool
    citation: Citation


class Rung(Struct, frozen=True):
    """One rung of a ladder: ``days`` 工作日 before or after the due day, or after the rung ``after``.

    ``paper`` is the form that goes out with it, such as 催办单; empty where there is none.
    """

    name: str
    days: int
    is_before_due: bool = False
    after: str = ""
    when: Conditions = field(default_factory=dict)
    paper: str = ""


class LadderEntry(Struct, frozen=True):
    """A case that comes with its history enters the ladder higher up (湘潭五.5: 热线原有机制已催办督办)."""

    rung: str
    when: Conditions


class LadderRule(Struct, frozen=True):
    """催办 → 督办 → 问责: each rung fires once, none is skipped, only on workdays."""

    id: str
    ledger: str
    when: Conditions
    rungs: tuple[Rung, ...]
    entries: tuple[LadderEntry, ...]
    citation: Citation


class VisitRule(Struct, frozen=True):
    """回访: how soon after 办结, how many attempts, which answers count, and when a matter goes back.

    ``satisfied`` and ``counted`` are words of the satisfaction list: 满意率 = satisfied ÷ counted.
    """

    id: str
    ledger: str
    limit: Limit | None
    start: StartEvent
    attempts: int
    unreached: str
    satisfied: tuple[str, ...]
    counted: tuple[str, ...]
    redo_when: Conditions
    citation: Citation

    @property
    def clock(self) -> DurationRule | None:
        """The limit within which a closed case is to be visited, where the notice has one."""
        if self.limit is None:
            return None
        return DurationRule(self.id, self.ledger, Act.REVISIT, self.limit, self.start, {}, False, self.citation)


class RouteRule(Struct, frozen=True):
    """分流: which matters belong elsewhere, to whom they go, and with which 结果类别 (empty: they stay here).

    ``sets`` are the codes such a matter is registered with (办理路径 = 商事服务).
    """

    id: str
    ledger: str
    matter: str
    to: str
    outcome: str
    sets: Mapping[str, str]
    citation: Citation


DEMANDABLE = {
    "unit": "单位",
    "reason": "理由",
    "basis": "依据",
    "approver": "批准人",
    "reported_to": "报告了谁",
    "fault": "不满意原因",
    "solved": "是否解决",
    "disposition": "处理意见",
    "trigger": "体验缘由",
    "note": "说明",
}
"""What a notice may demand to be written down with a step, by the name of the option."""


class DemandRule(Struct, frozen=True):
    """必须写明: which of :data:`DEMANDABLE` a step cannot do without (退回并提供理由和依据).

    ``when`` names codes of the case, the 结果类别 of the step, or what was said at 回访.
    """

    id: str
    ledger: str
    step: StepKind
    fields: tuple[str, ...]
    when: Conditions
    citation: Citation


class MeetingRule(Struct, frozen=True):
    """会议: where hard matters are decided (联席会议、联动会审), who sits in it, for which cases."""

    id: str
    title: str
    ledger: str
    members: tuple[str, ...]
    when: Conditions
    citation: Citation


class Every(StrEnum):
    """How often: a hand-in, or a quota."""

    WEEK = "每周"
    MONTH = "每月"
    QUARTER = "每季度"
    HALF_YEAR = "每半年"
    YEAR = "每年"
    WINDOW = "每个窗口"
    ONCE = "一次"


class DueIn(StrEnum):
    """Whether a cut-off lies in the (last month of the) period itself or in the one after it."""

    SAME = "本期"
    NEXT = "下期"


class ReportKind(StrEnum):
    """Which of zmn's reports a hand-in is, by the word a county writes for it.

    ``CASES`` counts the matters of a ledger, ``UNSOLVED`` lists those that are not solved (疑难杂症). ``LISTS`` are
    附件2 and 附件3 as the units fill them in. ``PLANS`` is 参与单位名单及活动计划 as it goes up for approval,
    ``ROSTER`` 体验官名单, ``SITES`` 体验点.
    """

    CASES = "cases"
    UNSOLVED = "unsolved"
    ROSTER = "roster"
    SITES = "sites"
    PLANS = "plans"
    ACTIVITY_INFO = "activity-info"
    ACTIVITY_SUMMARY = "activity-summary"
    ACTIVITY_WINDOW = "activity-window"
    ASSESSMENT = "assessment"
    LISTS = "lists"

    @property
    def names_people(self) -> bool:
        """Whether it goes out with names: a roster of masked names is none."""
        return self is ReportKind.ROSTER


class DutyRule(Struct, frozen=True):
    """报送义务: what is handed in, by whom, to whom, from which ledger, by when.

    ``report`` is ``None`` where zmn makes nothing for it.

    ``day`` is the last day on time in the month of the cut-off (Monday = 1 for 每周; 30 or 31 in February is its last
    day), ``workday`` the ordinal of a workday instead (前5个工作日). Neither: the notice names no day, and
    the duty is shown and not reminded of. ``month`` is for 每年, ``on`` for a duty that is done once. ``by`` is the
    one office of that role that hands it in, empty where each does.
    """

    id: str
    title: str
    ledger: str
    role: str
    by: str
    to: str
    report: ReportKind | None
    every: Every
    due_in: DueIn
    day: int | None
    workday: int | None
    month: int | None
    on: date | None
    window: str
    citation: Citation

    @property
    def has_day(self) -> bool:
        """Whether the notice fixes a day by which it is handed in."""
        return self.day is not None or self.workday is not None or self.on is not None


class Span(Struct, frozen=True):
    """Months from ``first`` through ``last``; ``last`` < ``first`` crosses the year (12 → 1)."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}月至{'次年' if self.last < self.first else ''}{self.last}月"


class WindowRule(Struct, frozen=True):
    """活动窗口: the months of a period; how often within it is a quota."""

    id: str
    title: str
    ledger: str
    spans: tuple[Span, ...]
    citation: Citation


COUNTABLE = {
    "items": "体验事项",
    "enforcements": "参与执法",
    "served_count": "接待群众",
    "valid_revisit_count": "有效回访",
}
"""What a 数量 quota can count of one activity, by the column."""


class QuotaKind(StrEnum):
    """What a quota counts."""

    LINKS = "环节"
    COUNT = "数量"
    SHARE = "占比"
    FREQUENCY = "频次"
    COVERAGE = "覆盖"
    ROTATION = "轮换"
    STREAK = "连续"


class QuotaItem(Struct, frozen=True):
    """A link of an activity, or a group whose share is counted. ``parts`` are its identities or members."""

    name: str
    parts: tuple[str, ...] = ()


class QuotaRule(Struct, frozen=True):
    """定额要求. ``minimum`` and ``maximum`` count, ``percent`` is of the whole, ``within`` looks back.

    ``of`` says what is counted (有效回访, 体验官 …); ``every`` the period of a frequency, coverage or streak,
    ``window`` which one where it is 每个窗口. ``when`` maps a field of the ledger to the codes it is for; ``link``
    asks for one of the links of the activity. ``counts`` is the column that 数量 counts (:data:`COUNTABLE`), empty
    where it counts people.
    """

    id: str
    title: str
    ledger: str
    kind: QuotaKind
    of: str
    items: tuple[QuotaItem, ...]
    minimum: int | None
    maximum: int | None
    percent: int | None
    every: Every | None
    window: str
    within: Limit | None
    strength: Strength
    when: Conditions
    citation: Citation
    counts: str = ""


class DelegationRule(Struct, frozen=True):
    """委托: in which activities somebody may take part in the leader's place.

    ``units`` are those whose leader may; empty where the notice lists none, and the office declares them (zmn.toml).
    """

    id: str
    ledger: str
    kinds: tuple[str, ...]
    units: tuple[str, ...]
    citation: Citation


class Provision(Struct, frozen=True):
    """其他规定: what a notice demands and zmn does not count, quoted for whoever reads or builds on it."""

    id: str
    title: str
    ledger: str
    units: tuple[str, ...]
    items: tuple[str, ...]
    citation: Citation
