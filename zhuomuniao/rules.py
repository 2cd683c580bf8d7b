"""Look-ups over the rules of a locality: which clocks run for this case, which edition was in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field

from zhuomuniao.codes import Code, CodeList, NumberingRule, UnitList
from zhuomuniao.errors import BadValueError, RefusedByRuleError
from zhuomuniao.ruletypes import (
    DelegationRule,
    DemandRule,
    DurationRule,
    DutyRule,
    ExtensionRule,
    LadderRule,
    MeetingRule,
    PauseRule,
    Policy,
    Provision,
    QuotaRule,
    ReturnRule,
    RouteRule,
    VisitRule,
    WindowRule,
    holds,
)

if TYPE_CHECKING:
    from zhuomuniao.limits import LimitUnit
    from zhuomuniao.model import Act

OfficeHours = tuple[tuple[time, time], ...]
DEFAULT_OFFICE_HOURS: OfficeHours = ((time(9), time(12)), (time(14), time(17, 30)))
"""上班时间 where a locality states none; the last one is 下班."""


class Units(Struct, frozen=True):
    """Every unit list of an edition, as one list to choose a 责任单位 from."""

    lists: tuple[UnitList, ...]

    @property
    def is_closed(self) -> bool:
        """Whether only listed units are accepted."""
        return any(units.is_closed for units in self.lists)

    @property
    def every(self) -> tuple[Code, ...]:
        """Each unit once, in the order of the lists, with the aliases of all of them."""
        aliases: dict[str, tuple[str, ...]] = {}
        for units in self.lists:
            for unit in units.units:
                aliases[unit.name] = tuple(dict.fromkeys((*aliases.get(unit.name, ()), *unit.aliases)))
        return tuple(Code(name, words) for name, words in aliases.items())

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(unit.name for unit in self.every)

    def find(self, text: str) -> str | None:
        """The listed unit that bears this name or alias, or ``None``."""
        return next((name for units in self.lists if (name := units.find(text))), None)


class RuleSet(Struct, frozen=True):
    """One edition of a locality's rules. A case keeps the edition in force when it was accepted."""

    edition: str
    applies_from: date
    clocks: tuple[DurationRule, ...] = ()
    extensions: tuple[ExtensionRule, ...] = ()
    returns: tuple[ReturnRule, ...] = ()
    pauses: tuple[PauseRule, ...] = ()
    ladders: tuple[LadderRule, ...] = ()
    visits: tuple[VisitRule, ...] = ()
    routes: tuple[RouteRule, ...] = ()
    demands: tuple[DemandRule, ...] = ()
    meetings: tuple[MeetingRule, ...] = ()
    duties: tuple[DutyRule, ...] = ()
    windows: tuple[WindowRule, ...] = ()
    quotas: tuple[QuotaRule, ...] = ()
    delegations: tuple[DelegationRule, ...] = ()
    provisions: tuple[Provision, ...] = ()
    numbering: tuple[NumberingRule, ...] = ()
    codes: tuple[CodeList, ...] = ()
    unit_lists: tuple[UnitList, ...] = ()
    policies: Mapping[str, Policy] = field(default_factory=dict)
    office_hours: OfficeHours = DEFAULT_OFFICE_HOURS
    words: Mapping[str, LimitUnit] = field(default_factory=dict)

    @property
    def units(self) -> Units:
        """All unit lists together."""
        return Units(self.unit_lists)

    def choice(self, policy: str) -> str:
        """Which way a policy is settled here, ``""`` where it has one way only or is unknown."""
        found = self.policies.get(policy)
        return found.choice if found else ""

    def code_list(self, ledger: str, name: str) -> CodeList | None:
        """The code list of a field in a ledger, or ``None`` where the locality has none."""
        return next((c for c in self.codes if c.ledger == ledger and c.field == name), None)

    def numbering_for(self, ledger: str) -> NumberingRule:
        """The numbering of a ledger. Raises :class:`RefusedByRuleError` where the locality gives none."""
        for rule in self.numbering:
            if rule.ledger == ledger:
                return rule
        raise RefusedByRuleError(
            f"规则文件没有规定台账“{ledger}”的编号方法",
            "请在 rules 文件中补上 [[numbering]]",
        )

    def clocks_for(self, ledger: str, facts: Mapping[str, str]) -> ClockChoice:
        """Which limits run for a case with these codes, and which gave way to a stronger rule of the same act.

        Policy ``specific_over_general``: the more specific rule replaces the general one, or, where the locality
        chose ``strictest``, both run and the earlier date holds. A statutory limit always replaces both.
        """
        visits = (clock for visit in self.visits if (clock := visit.clock))
        applying = [r for r in (*self.clocks, *visits) if r.ledger == ledger and holds(r.when, facts)]
        takes_strictest = self.choice("specific_over_general") == "strictest"

        def rank(rule: DurationRule) -> int:
            return int(rule.is_statutory) if takes_strictest else rule.rank

        strongest: dict[Act, int] = {}
        for rule in applying:
            strongest[rule.act] = max(rank(rule), strongest.get(rule.act, 0))
        running = tuple(r for r in applying if rank(r) == strongest[r.act])
        return ClockChoice(running=running, replaced=tuple(r for r in applying if r not in running))

    def return_rule(self, ledger: str) -> ReturnRule | None:
        """How a ledger's cases may be handed back, or ``None`` where the notice says nothing of it."""
        return next((r for r in self.returns if r.ledger == ledger), None)

    def visit_rule(self, ledger: str) -> VisitRule | None:
        """How a ledger's cases are visited, or ``None`` where the notice asks for no 回访."""
        return next((v for v in self.visits if v.ledger == ledger), None)

    def window(self, window_id: str) -> WindowRule | None:
        """The activity window of this id."""
        return next((w for w in self.windows if w.id == window_id), None)


class ClockChoice(Struct, frozen=True):
    """Limits that run, and those replaced by a stronger one; ``explain`` shows both."""

    running: tuple[DurationRule, ...]
    replaced: tuple[DurationRule, ...]


class Holds(StrEnum):
    """What the rows of a ledger are: 事项 are registered at the window, the others have commands of their own."""

    CASES = "事项"
    ACTIVITIES = "活动"
    ISSUES = "问题"


class SideSheet(StrEnum):
    """What a sheet beside the ledger's own holds, in the same book."""

    PLANS = "plans"
    ITEMS = "items"
    HAND_INS = "handins"
    OFFICERS = "officers"
    SITES = "sites"


class LedgerSpec(Struct, frozen=True):
    """One ledger a locality keeps: its layout, its paper form, and which steps its notice knows.

    ``sheets`` are the layouts of further sheets of its book, by what they hold. ``has_first_owner``: 首接负责制, the
    first receiver of a matter answers for it until it is visited.
    """

    id: str
    title: str
    layout: str
    form: str = ""
    holds: Holds = Holds.CASES
    sheets: Mapping[SideSheet, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    asks_assignment: bool = False
    asks_signature: bool = False
    asks_verification: bool = False
    asks_revisit: bool = False
    has_first_owner: bool = False


class Locality(Struct, frozen=True):
    """A county: its notice, roles, ledgers and rule editions."""

    slug: str
    name: str
    office: str
    notice_title: str
    notice_number: str
    roles: tuple[str, ...]
    ledgers: tuple[LedgerSpec, ...]
    editions: tuple[RuleSet, ...]

    def ledger(self, ledger_id: str | None = None) -> LedgerSpec:
        """The named ledger, or the first. Raises :class:`BadValueError` naming those there are."""
        if ledger_id is None:
            return self.ledgers[0]
        for spec in self.ledgers:
            if ledger_id in (spec.id, spec.title):
                return spec
        raise BadValueError(
            f"{self.name}没有名为“{ledger_id}”的台账",
            f"可用的有：{'、'.join(s.id for s in self.ledgers)}",
        )

    def rules_on(self, day: date) -> RuleSet:
        """The edition in force on a day; before the first one, the first."""
        in_force = [e for e in self.editions if e.applies_from <= day]
        return in_force[-1] if in_force else self.editions[0]

    def rules_of(self, edition: str, day: date) -> RuleSet:
        """The edition a case was accepted under, or the one in force on ``day`` where the row names none."""
        return next((e for e in self.editions if e.edition == edition), None) or self.rules_on(day)
