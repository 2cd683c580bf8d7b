"""What must hold between the rules of an edition, its ledgers, its code lists and its roles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from zhuomuniao.codes import OutcomeEffect
from zhuomuniao.fieldwork import Activity, Issue
from zhuomuniao.limits import LimitUnit
from zhuomuniao.model import CODED_FIELDS, FACT_FIELDS, StepKind
from zhuomuniao.rulekeys import citation_problem, rule_sections
from zhuomuniao.rules import Holds, LedgerSpec, RuleSet, SideSheet
from zhuomuniao.ruletypes import (
    DEMANDABLE,
    Citation,
    Conditions,
    DurationRule,
    DutyRule,
    Every,
    ExtensionRule,
    QuotaKind,
    QuotaRule,
    ReportKind,
)
from zhuomuniao.tomlkeys import Place, duplicates, shown

if TYPE_CHECKING:
    from zhuomuniao.layouts import Layout

RULES_OF_SECTION = {"units": "unit_lists"}
"""The field of a :class:`RuleSet` that holds a section's rules, where it is not named like the section."""

_VISIT_FIELDS = ("satisfaction", "solved", "fault")
"""What is known of a case after 回访, and may send it back (发回重办)."""

_ONE_A_LEDGER = ("numbering", "returns", "visits")
"""Sections of which a ledger can use one rule only: a second would silently never apply."""

_PERIODIC = (QuotaKind.FREQUENCY, QuotaKind.COVERAGE, QuotaKind.STREAK)
_FACTS = {Holds.CASES: FACT_FIELDS, Holds.ACTIVITIES: Activity.FACTS, Holds.ISSUES: Issue.FACTS}
_OF_AN_ACTIVITY = ("unit", "trigger")
"""What can be demanded of 开展活动: what the row of the activity has a column for."""

_REPORTS = {
    Holds.CASES: (ReportKind.CASES, ReportKind.UNSOLVED, ReportKind.ROSTER, ReportKind.SITES),
    Holds.ISSUES: (ReportKind.LISTS,),
    Holds.ACTIVITIES: (
        ReportKind.PLANS,
        ReportKind.ACTIVITY_INFO,
        ReportKind.ACTIVITY_SUMMARY,
        ReportKind.ACTIVITY_WINDOW,
        ReportKind.ASSESSMENT,
    ),
}
_RESTS_ON_SHEET = {
    ReportKind.ROSTER: SideSheet.OFFICERS,
    ReportKind.SITES: SideSheet.SITES,
    ReportKind.PLANS: SideSheet.PLANS,
}
"""Reports that list a sheet beside the ledger: without it there is nothing to list."""

_DAYS = (LimitUnit.WORKDAY, LimitUnit.DAY, LimitUnit.WEEK, LimitUnit.MONTH)


class Known(Struct, frozen=True):
    """What the rest of the folder says: ledgers that could be read, the ids of all, roles, layouts."""

    ledgers: Sequence[LedgerSpec]
    ledger_ids: Sequence[str]
    roles: Sequence[str]
    layouts: Mapping[str, Layout]


class Consistency:
    """What must hold between the rules of an edition, its ledgers and its codes.

    ``dropped`` names the sections of which a rule could not be read: what only such a rule could satisfy is not
    asked for, so that one slip is told once.
    """

    def __init__(self, rules: RuleSet, known: Known, dropped: Collection[str], place: Place) -> None:
        self.rules = rules
        self.known = known
        self.dropped = dropped
        self.ledgers = {spec.id: spec for spec in known.ledgers}
        self.place = place
        self.listed = {(c.ledger, c.field): set(c.names) for c in rules.codes}

    def check(self) -> None:
        """Tell everything that does not fit."""
        rules, place = self.rules, self.place
        tell_twice([rule.id for _, rule in cited_rules(rules) if hasattr(rule, "id")], place.at("id"))
        tell_twice([f"{c.ledger}/{c.field}" for c in rules.codes], place.at("codes"))
        for section in _ONE_A_LEDGER:
            for ledger in duplicates([rule.ledger for rule in getattr(rules, section)]):
                what = f"台账“{shown(ledger)}”写了两条，只有第一条会用到"
                place.at(section).tell(what, "请合成一条，或删去一条", "每本台账一条")
        for section, rule in cited_rules(rules):
            at = place.at(f"{section}.{rule_name(rule)}")
            if problem := citation_problem(rule.citation):
                remedy = '请逐字抄原文并写条款；通知没有规定的，写 basis = "unstated"'
                at.at("quote").tell(problem, remedy, "条款和原文")
            self._check_ledger(rule, at)
        self._check_clocks()
        self._check_extensions()
        self._check_ladders()
        self._check_visits()
        for quota in rules.quotas:
            self._check_quota(quota, place.at(f"quotas.{quota.id}"))
        for duty in rules.duties:
            self._check_duty(duty, place.at(f"duties.{duty.id}"))
        for code_list in rules.codes:
            if code_list.default and code_list.default not in code_list.names:
                at = place.at(f"codes.{rule_name(code_list)}.default")
                at.tell(f"“{shown(code_list.default)}”不在 values 里", "缺省值必须是其中一项")
        self._check_demands()
        self._check_delegations()
        self._check_meetings()
        self._check_routes()
        self._check_units()
        for spec in self.ledgers.values():
            self._check_needs(spec)

    def _check_ledger(self, rule: Any, place: Place) -> None:
        ledger = getattr(rule, "ledger", None)
        if ledger is not None and self.known.ledger_ids and ledger not in self.known.ledger_ids:
            ids = "、".join(self.known.ledger_ids)
            place.at("ledger").tell(f"没有台账“{shown(ledger)}”", f"locality.toml 里有：{ids}", ids)

    def _check_conditions(
        self, ledger: str, when: Conditions, place: Place, fields: Sequence[str] | None = None
    ) -> None:
        """``fields`` are those a condition may name here; any coded one where it is ``None``."""
        for name, values in when.items():
            at = place.at(name)
            if fields is not None and name not in fields:
                able = "、".join(fields)
                at.tell(f"这里的条件不能用“{shown(name)}”，写了就永远用不上", f"可写：{able}", able)
                continue
            listed = self.listed.get((ledger, name))
            unknown = [v for v in values if listed is None or v not in listed]
            if unknown and not (listed is None and "codes" in self.dropped):
                what = f"条件 {shown(name)} 的“{shown('、'.join(unknown))}”不在代码表里"
                at.tell(what, f"请先在 [[codes]] 写明 {shown(name)} 的各项", "代码表里的词")

    def _fact_fields(self, ledger: str) -> Sequence[str]:
        """What is known of a row of this ledger when its rules are chosen."""
        spec = self.ledgers.get(ledger)
        return _FACTS[spec.holds if spec else Holds.CASES]

    def _check_kinds(self, kinds: Collection[str], place: Place, ledger: str = "") -> None:
        """Tell the words that are no activity of the ledger; of any ledger where it is not named."""
        lists = [
            names for (of, field), names in self.listed.items() if field == "activity_kind" and ledger in ("", of)
        ]
        listed = set().union(*lists)
        unknown = [kind for kind in kinds if kind not in listed]
        if unknown and (lists or "codes" not in self.dropped):
            able = "、".join(sorted(listed)) or "无"
            what = f"“{shown('、'.join(unknown))}”不在活动（activity_kind）的代码表里"
            place.tell(what, f"可写：{able}；或先写 [[codes]]", able)

    def _check_when(self, rule: DurationRule | ExtensionRule, place: Place) -> None:
        self._check_conditions(rule.ledger, rule.when, place.at("when"), self._fact_fields(rule.ledger))

    def _check_clocks(self) -> None:
        for clock in self.rules.clocks:
            place = self.place.at(f"clocks.{clock.id}")
            self._check_when(clock, place)
            if clock.start in clock.restarts_on:
                place.at("restarts_on").tell(
                    f"“{clock.start}”本来就是起算点，写在这里不起作用", "请删去，或写另外的事件", "起算点以外的事件"
                )

    def _check_extensions(self) -> None:
        for extension in self.rules.extensions:
            place = self.place.at(f"extensions.{extension.id}")
            self._check_when(extension, place)
            before = extension.apply_before
            if before is not None and before.unit not in _DAYS:
                place.at("apply_before").tell(
                    f"不能按“{before.unit}”提前", f"可写：{'、'.join(_DAYS)}", "、".join(_DAYS)
                )
            for act in extension.acts if extension.nth > 1 and "extensions" not in self.dropped else ():
                earlier = [e for e in self.rules.extensions if e.nth == extension.nth - 1 and act in e.acts]
                if not any(_can_meet(e, extension) for e in earlier):
                    earlier_one = f"第{extension.nth - 1}次"
                    what = f"“{act}”写了第{extension.nth}次延期，却没有{earlier_one}的"
                    place.at("nth").tell(what, "请补上前一次的，或改 nth", earlier_one)

    def _check_ladders(self) -> None:
        for ladder in self.rules.ladders:
            place = self.place.at(f"ladders.{ladder.id}")
            fields = self._fact_fields(ladder.ledger)
            self._check_conditions(ladder.ledger, ladder.when, place.at("when"), fields)
            names: list[str] = []
            for rung in ladder.rungs:
                if rung.after and rung.after not in names:
                    what = f"“{shown(rung.name)}”接在“{shown(rung.after)}”之后，前面没有这一级"
                    place.at("rungs").tell(what, "请按顺序写各级")
                if rung.after and rung.is_before_due:
                    what = f"“{shown(rung.name)}”既写了到期之前（before_due），又写了接在哪一级之后（after）"
                    place.at("rungs").tell(what, "请删去一样")
                names.append(rung.name)
                self._check_conditions(ladder.ledger, rung.when, place.at("rungs.when"), fields)
            tell_twice(names, place.at("rungs"))
            for entry in ladder.entries:
                if entry.rung not in names:
                    able = "、".join(names)
                    place.at("enters").tell(f"没有“{shown(entry.rung)}”这一级", f"可写：{able}", able)
                if not entry.when:
                    place.at("enters").tell("没有写哪些事项，就成了所有事项", "请写 when，或把这一级写成第一级")
                self._check_conditions(ladder.ledger, entry.when, place.at("enters.when"), fields)

    def _check_visits(self) -> None:
        for visit in self.rules.visits:
            listed = self.listed.get((visit.ledger, "satisfaction"), set())
            used = {*visit.satisfied, *visit.counted, visit.unreached}
            place = self.place.at(f"visits.{visit.id}")
            if (unknown := sorted(used - listed)) and (listed or "codes" not in self.dropped):
                what = f"“{shown('、'.join(unknown))}”不在满意度代码表里"
                place.tell(what, "请先在 [[codes]] 的 satisfaction 写明", "满意度代码表里的词")
            if extra := sorted(set(visit.satisfied) - set(visit.counted)):
                place.at("satisfied").tell(f"“{shown('、'.join(extra))}”算满意却不在分母里", "请把它们也写进 counted")
            if visit.unreached in visit.counted:
                what = f"“{shown(visit.unreached)}”是没有回访到的，却算进了满意率的分母"
                place.at("counted").tell(what, "请从 counted 里删去")
            self._check_conditions(visit.ledger, visit.redo_when, place.at("redo_when"), _VISIT_FIELDS)

    def _check_quota(self, quota: QuotaRule, place: Place) -> None:
        spec = self.ledgers.get(quota.ledger)
        fields = (*Activity.FACTS, "link") if spec and spec.holds is Holds.ACTIVITIES else None
        self._check_conditions(quota.ledger, quota.when, place.at("when"), fields)
        self._check_window(quota.every, quota.window, place)
        kind = quota.kind
        has_bound = quota.minimum is not None or quota.maximum is not None
        needs = {
            "every": kind in _PERIODIC and quota.every is None,
            "items": kind in (QuotaKind.LINKS, QuotaKind.SHARE) and not quota.items,
            "percent": kind is QuotaKind.SHARE and quota.percent is None,
            "within": kind is QuotaKind.ROTATION and quota.within is None,
            "minimum": kind is QuotaKind.COUNT and not has_bound,
        }
        meanings = {key.name: key.meaning for section in rule_sections({}) for key in section.keys}
        for key in (key for key, is_missing in needs.items() if is_missing):
            place.at(key).tell(f"“{kind}”的定额没有写 {key}", f"请补上：{meanings[key]}", meanings[key])
        if kind is QuotaKind.ROTATION and quota.within and quota.within.unit is not LimitUnit.MONTH:
            place.at("within").tell(
                f"轮换写的是“{quota.within}”", '请按年或月写，例如 within = "3年"', "几年或几个月"
            )
        if kind in _PERIODIC and quota.every is Every.ONCE:
            place.at("every").tell(
                "“一次”不是一段时间，没法在里面数", "请写每周、每月、每季度、每半年、每年或每个窗口"
            )
        if quota.minimum is not None and quota.maximum is not None and quota.minimum > quota.maximum:
            place.at("maximum").tell(f"至少{quota.minimum}，至多却是{quota.maximum}", "请核对两个数")
        if quota.counts and kind is not QuotaKind.COUNT:
            place.at("counts").tell(f"“{kind}”的定额不数一栏", "counts 只用于“数量”；请删去", "不写 counts")
        if kind is QuotaKind.LINKS and (quota.minimum or 0) > len(quota.items) > 0:
            what = f"至少{quota.minimum}个环节，只列了{len(quota.items)}个"
            place.at("minimum").tell(what, "请核对 items 和 minimum")

    def _check_duty(self, duty: DutyRule, place: Place) -> None:
        roles = self.known.roles
        if roles and duty.role not in roles:
            able = "、".join(roles)
            place.at("role").tell(f"没有角色“{shown(duty.role)}”", f"locality.toml 里有：{able}", able)
        if duty.day is not None and duty.workday is not None:
            place.at("workday").tell("同时写了 day 和 workday", "只能写一个")
        if duty.every is Every.WEEK:
            if (duty.day or 1) > 7:
                place.at("day").tell(f"每周没有第{duty.day}天", "请写 1（周一）至 7（周日）", "1 至 7")
            if (duty.workday or 1) > 7:
                place.at("workday").tell(f"一周没有第{duty.workday}个工作日", "请写 1 至 5", "1 至 5")
        self._check_window(duty.every, duty.window, place)
        spec = self.ledgers.get(duty.ledger)
        if duty.report and spec and duty.report not in _REPORTS[spec.holds]:
            able = "、".join(_REPORTS[spec.holds])
            place.at("report").tell(f"记{spec.holds}的台账没有报表 {duty.report}", f"可写：{able}；没有的不写", able)
        elif duty.report and spec and (sheet := _RESTS_ON_SHEET.get(duty.report)) and sheet not in spec.sheets:
            what = f"报表 {duty.report} 出自台账旁边的 {sheet} 表，{spec.id} 没有这张表"
            place.at("report").tell(what, f"请在 locality.toml 的 sheets 里写 {sheet}，或删去 report")
        if duty.month is not None and duty.every is not Every.YEAR:
            place.at("month").tell(f"“{duty.every}”的不能写 month", "month 只用于每年；“本期”“下期”已经定了是哪个月")
        if duty.on is not None and duty.every is not Every.ONCE:
            place.at("on").tell(f"“{duty.every}”的不能写 on", "on 只用于只报一次的；每次几号前请写 day")
        if duty.every is Every.ONCE:
            for key in ("day", "workday"):
                if getattr(duty, key) is not None:
                    what = f"只报一次的没有“{'几号' if key == 'day' else '第几个工作日'}”"
                    place.at(key).tell(what, "请用 on 写明日期")

    def _check_window(self, every: Every | None, window: str, place: Place) -> None:
        if every is Every.WINDOW:
            if self.rules.window(window) is None and "windows" not in self.dropped:
                place.at("window").tell(f"没有窗口“{shown(window)}”", "请先写 [[windows]]，再在这里写它的 id")
        elif window:
            place.at("window").tell("写了 window，every 却不是“每个窗口”", '请改成 every = "每个窗口"，或删去 window')

    def _check_demands(self) -> None:
        for demand in self.rules.demands:
            place = self.place.at(f"demands.{demand.id}")
            fields = self._fact_fields(demand.ledger)
            if fields is FACT_FIELDS:
                fields = (*fields, "outcome", *_VISIT_FIELDS)
            self._check_conditions(demand.ledger, demand.when, place.at("when"), fields)
            is_activity = demand.step is StepKind.HOLD
            strange = [f for f in demand.fields if (f not in _OF_AN_ACTIVITY if is_activity else f == "trigger")]
            if strange:
                able = "、".join(_OF_AN_ACTIVITY if is_activity else (f for f in DEMANDABLE if f != "trigger"))
                what = f"登记“{demand.step}”时没有地方写 {'、'.join(strange)}，谁也登记不了"
                place.at("fields").tell(what, f"可写：{able}", able)

    def _check_delegations(self) -> None:
        for rule in self.rules.delegations:
            self._check_kinds(rule.kinds, self.place.at(f"delegations.{rule.id}.kinds"), rule.ledger)

    def _check_meetings(self) -> None:
        for meeting in self.rules.meetings:
            place = self.place.at(f"meetings.{meeting.id}")
            self._check_conditions(meeting.ledger, meeting.when, place.at("when"), self._fact_fields(meeting.ledger))

    def _check_routes(self) -> None:
        for route in self.rules.routes:
            codes = {name: (word,) for name, word in route.sets.items()}
            place = self.place.at(f"routes.{route.id}.sets")
            self._check_conditions(route.ledger, codes, place, CODED_FIELDS if route.sets else None)
            outcomes = next((c for c in self.rules.codes if (c.ledger, c.field) == (route.ledger, "outcome")), None)
            effects = {code.name: code.effect for code in outcomes.codes} if outcomes else {}
            at = self.place.at(f"routes.{route.id}.outcome")
            if not route.outcome or (outcomes is None and "codes" in self.dropped):
                continue
            if route.outcome not in effects:
                at.tell(f"“{shown(route.outcome)}”不在结果类别里", "请先在 [[codes]] 的 outcome 写明")
            elif effects[route.outcome] is not OutcomeEffect.ROUTED_OUT:
                what = f"结果类别“{shown(route.outcome)}”没有写成转出，登记了仍算本台账办结"
                at.tell(what, '请在 [[codes]] 的 outcome 里给它写 effect = "routed_out"', "routed_out")

    def _check_units(self) -> None:
        meant: dict[str, str] = {}
        for units in self.rules.unit_lists:
            self._check_kinds(units.activities, self.place.at(f"units.{units.id}.activities"))
            for unit in units.units:
                for word in (unit.name, *unit.aliases):
                    if meant.setdefault(word, unit.name) != unit.name:
                        what = f"“{shown(word)}”既指{shown(meant[word])}，又指{shown(unit.name)}"
                        self.place.at(f"units.{units.id}").tell(what, "请改别称，让它只指一个单位", "各不相同的别称")

    def _check_needs(self, spec: LedgerSpec) -> None:
        """Every ledger can number its rows, and every list a column offers is there."""
        is_numbered = any(rule.ledger == spec.id for rule in self.rules.numbering)
        if not is_numbered and "numbering" not in self.dropped:
            self.place.at("numbering").tell(f"台账“{spec.id}”没有编号方法", "请补一个 [[numbering]]", "[[numbering]]")
        layout = self.known.layouts.get(spec.layout)
        if layout and spec.holds is Holds.CASES:
            self._check_columns(spec, layout)
        for column in layout.columns if layout and "codes" not in self.dropped else ():
            is_known = column.choices in ("", "units") or (spec.id, column.choices) in self.listed
            if not is_known:
                what = f"表样 {spec.layout} 的“{shown(column.header)}”要用代码表 {shown(column.choices)}，这里没有"
                remedy = f"请补 field = {shown(column.choices)} 的 [[codes]]"
                self.place.at("codes").tell(what, remedy, "[[codes]]")

    def _check_columns(self, spec: LedgerSpec, layout: Layout) -> None:
        """What a step reads back from the row must have its column, or the case can go no further."""
        needed = {
            "resolved_at": True,
            "assigned_at": spec.asks_assignment,
            "co_handlers": spec.asks_assignment,
            "signed_at": spec.asks_signature,
            "verification": spec.asks_verification,
            "revisit": spec.asks_revisit,
            "satisfaction": spec.asks_revisit,
            "urging": any(ladder.ledger == spec.id for ladder in self.rules.ladders),
            "extension": any(extension.ledger == spec.id for extension in self.rules.extensions),
        }
        missing = [name for name, is_needed in needed.items() if is_needed and layout.column(name) is None]
        if missing:
            self.place.at("layouts").tell(
                f"表样 {spec.layout} 缺少这些栏目：{'、'.join(missing)}",
                "登记后面的环节要用；请在表样里各加一列，原件没有的写 own = true",
                "、".join(missing),
            )


def _can_meet(one: ExtensionRule, other: ExtensionRule) -> bool:
    """Whether the two extensions can be for the same case, of the same unit."""
    if one.ledger != other.ledger or (one.units and other.units and not set(one.units) & set(other.units)):
        return False
    both = set(one.when) & set(other.when)
    return all(set(one.when[name]) & set(other.when[name]) for name in both)


def cited_rules(rules: RuleSet) -> Iterator[tuple[str, Any]]:
    """Every rule of an edition with the name of its section, in the order of the manual."""
    for section in rule_sections({}):
        for rule in getattr(rules, RULES_OF_SECTION.get(section.name, section.name)):
            yield section.name, rule


def citations(rules: RuleSet) -> tuple[Citation, ...]:
    """Every citation of an edition."""
    return tuple(rule.citation for _, rule in cited_rules(rules))


def rule_name(rule: Any) -> str:
    """How a rule is named in messages: its id, else ledger and field."""
    return getattr(rule, "id", "") or "/".join(filter(None, (rule.ledger, getattr(rule, "field", ""))))


def tell_twice(names: Sequence[str], place: Place) -> None:
    """Tell each name that occurs more than once."""
    for name in duplicates(names):
        place.tell(f"“{shown(name)}”出现了两次", "请改名或删去一个", "各不相同")
