"""The rules as an inspector reads them: every one with limit, clause, quote and basis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from zhuomuniao.assets import locality_folder, locality_slugs
from zhuomuniao.codes import CodeList, NumberingRule, OutcomeEffect, UnitList
from zhuomuniao.consistency import cited_rules
from zhuomuniao.model import NO_FIXED_LIMIT, WEEKDAYS
from zhuomuniao.numbering import format_number
from zhuomuniao.ruletypes import (
    DEMANDABLE,
    UNSTATED,
    Citation,
    Conditions,
    DelegationRule,
    DemandRule,
    DueIn,
    DurationRule,
    DutyRule,
    Every,
    ExtensionRule,
    LadderRule,
    MeetingRule,
    PauseRule,
    Provision,
    QuotaKind,
    QuotaRule,
    ReturnRule,
    RouteRule,
    Rung,
    VisitRule,
    WindowRule,
)
from zhuomuniao.usecases.duties import told_to
from zhuomuniao.usecases.office import open_locality

if TYPE_CHECKING:
    from zhuomuniao.rulefile import LocalityFolder
    from zhuomuniao.rules import RuleSet


class RuleLine(Struct, frozen=True):
    """One rule as it is printed. ``kind`` is the section's name in singular, ``layout`` or ``policy``."""

    id: str
    kind: str
    ledger: str
    title: str
    limit: str
    clause: str
    quote: str
    basis: str
    note: str


KIND_TITLES = {
    "numbering": "编号",
    "clock": "时限",
    "extension": "延期",
    "return": "退回",
    "pause": "暂停",
    "ladder": "阶梯",
    "visit": "回访",
    "route": "分流",
    "demand": "写明",
    "meeting": "会议",
    "duty": "报送",
    "window": "窗口",
    "quota": "定额",
    "delegation": "委托",
    "provision": "规定",
    "codes": "代码",
    "units": "单位",
    "layout": "表样",
    "policy": "口径",
}
"""What each kind of rule is called on the screen, in the order in which they are printed."""

_KIND_OF_SECTION = {"duties": "duty", "numbering": "numbering", "codes": "codes", "units": "units"}


def every_locality() -> tuple[LocalityFolder, ...]:
    """The localities that come with zmn."""
    return tuple(open_locality(locality_folder(slug)) for slug in locality_slugs())


def rule_lines(folder: LocalityFolder, rules: RuleSet, ledger: str | None = None) -> tuple[RuleLine, ...]:
    """Every rule of an edition, of one ledger or of all, policies last."""
    lines = [_rule_line(section, rule, rules) for section, rule in cited_rules(rules)]
    for spec in folder.locality.ledgers:
        layout = folder.layout_of(spec)
        if layout.columns_source == "inferred":
            note = "原件没有表样（或缺页），各列由 zmn 按通知的要求拟定"
            citation = Citation(layout.annex, "", UNSTATED, note)
            lines.append(_line(f"layout-{spec.id}", "layout", spec.id, layout.title, "", citation))
    kept = [line for line in lines if ledger is None or line.ledger in (ledger, "")]
    kept += [
        RuleLine(p.id, "policy", "", p.words, _ways(p.choices), "", "", p.basis, "") for p in rules.policies.values()
    ]
    return tuple(kept)


def _rule_line(section: str, rule: Any, rules: RuleSet) -> RuleLine:
    title, limit = _WORDS[type(rule)](rule)
    kind = _KIND_OF_SECTION.get(section, section.removesuffix("s"))
    if isinstance(rule, NumberingRule) and not rule.is_given:
        limit = f"如 {format_number(rule, rules.applies_from, 1)}"
    rule_id = getattr(rule, "id", "") or f"{rule.ledger}-{getattr(rule, 'field', section)}"
    return _line(rule_id, kind, getattr(rule, "ledger", ""), title, limit, rule.citation)


def _clock(rule: DurationRule) -> tuple[str, str]:
    force = "（法定）" if rule.is_statutory else ""
    again = f"，{'、'.join(rule.restarts_on)}后重新起算" if rule.restarts_on else ""
    return f"{_whom(rule.when)}：自{rule.start}起，{rule.act}{force}{again}", _within(rule.limit)


def _extension(rule: ExtensionRule) -> tuple[str, str]:
    who = f"，{rule.approver}批准" if rule.approver else ""
    whose = f"，限{'、'.join(rule.units)}" if rule.units else ""
    before = f"，到期前{rule.apply_before}提出" if rule.apply_before else ""
    return f"{_whom(rule.when)}：第{rule.nth}次延期{who}{whose}{before}", f"{rule.strength.prefix}不超过{rule.limit}"


def _return(rule: ReturnRule) -> tuple[str, str]:
    silence = "，逾期视为签收" if rule.is_deemed_signed else ""
    review = f"，{rule.reviewer}审核" if rule.reviewer else ""
    return f"自{rule.start}起可申请退回{silence}{review}", _within(rule.limit)


def _pause(rule: PauseRule) -> tuple[str, str]:
    return f"可暂停期限，恢复后{'重新起算' if rule.restarts else '接着算'}", "、".join(rule.reasons)


def _ladder(rule: LadderRule) -> tuple[str, str]:
    entries = "".join(f"；{_whom(e.when)}从{e.rung}开始" for e in rule.entries)
    return f"{_whom(rule.when)}：逐级进行{entries}", " → ".join(_rung(r) for r in rule.rungs)


def _rung(rung: Rung) -> str:
    side = "前" if rung.is_before_due else "后"
    only = f"，限{_whom(rung.when)}" if rung.when else ""
    return f"{rung.name}（{rung.after or '到期'}{side}第{rung.days}个工作日{only}）"


def _visit(rule: VisitRule) -> tuple[str, str]:
    when = f"自{rule.start}起{_within(rule.limit)}" if rule.limit else "没有规定时间"
    redo = f"；{_whom(rule.redo_when)}的发回重办" if rule.redo_when else ""
    rate = f"满意率＝{'、'.join(rule.satisfied)}÷{'、'.join(rule.counted)}"
    return f"联系不上的最多{rule.attempts}次，之后记“{rule.unreached}”；{rate}{redo}", when


def _route(rule: RouteRule) -> tuple[str, str]:
    return f"{rule.matter} → {rule.to}", "、".join((*filter(None, (rule.outcome,)), *rule.sets.values()))


def _demand(rule: DemandRule) -> tuple[str, str]:
    only = f"（{_whom(rule.when)}）" if rule.when else ""
    return f"登记“{rule.step}”{only}须写明", "、".join(DEMANDABLE[name] for name in rule.fields)


def _meeting(rule: MeetingRule) -> tuple[str, str]:
    return f"{_whom(rule.when)}：提请{rule.title}", "、".join(rule.members)


def _duty(rule: DutyRule) -> tuple[str, str]:
    return f"{rule.title}（{rule.by or rule.role}{'' if rule.to else '报，'}{told_to(rule.to)}）", _cut_words(rule)


def _cut_words(rule: DutyRule) -> str:
    if rule.every is Every.ONCE:
        return f"{rule.on}前" if rule.on else "一次，没有写明哪天"
    often = rule.every.value
    if not rule.has_day:
        return f"{often}，没有写明哪天"
    if rule.every is Every.WEEK and rule.day:
        return f"{often}，{'本' if rule.due_in is DueIn.SAME else '下'}{WEEKDAYS[rule.day - 1]}前"
    month = f"{rule.month}月" if rule.month else {DueIn.SAME: "最后一个月", DueIn.NEXT: "次月"}[rule.due_in]
    if rule.every is Every.MONTH:
        month = "当月" if rule.due_in is DueIn.SAME else "次月"
    return f"{often}，{month}{f'{rule.day}日' if rule.day else f'第{rule.workday}个工作日'}前"


def _window(rule: WindowRule) -> tuple[str, str]:
    return rule.title, "、".join(map(str, rule.spans))


def _quota(rule: QuotaRule) -> tuple[str, str]:
    items = "、".join(f"{i.name}（{'、'.join(i.parts)}）" if i.parts else i.name for i in rule.items)
    bounds = [f"至少{rule.minimum}"] if rule.minimum is not None else []
    bounds += [f"至多{rule.maximum}"] if rule.maximum is not None else []
    bounds += [f"至少占{rule.percent}%"] if rule.percent is not None else []
    how_often = rule.every.value if rule.every else ""
    within = f"{rule.within}{'一次' if rule.kind is QuotaKind.ROTATION else '以内'}" if rule.within else ""
    only = f"{_whom(rule.when)}：" if rule.when else ""
    counted = f"{rule.of}（{items}）" if items else rule.of
    limit = "，".join(filter(None, (how_often, *bounds, within)))
    return f"{only}{rule.title}：{counted}", f"{rule.strength.prefix}{limit}"


def _delegation(rule: DelegationRule) -> tuple[str, str]:
    return f"{'、'.join(rule.kinds)}：可以委托别人代为参加", "、".join(rule.units) or "通知没有列出单位"


def _provision(rule: Provision) -> tuple[str, str]:
    return rule.title, "、".join((*rule.items, *rule.units))


def _numbering(rule: NumberingRule) -> tuple[str, str]:
    return "事项编号", "随事项而来，登记时写明" if rule.is_given else ""


def _codes(rule: CodeList) -> tuple[str, str]:
    words = {OutcomeEffect.ROUTED_OUT: "（转出）", OutcomeEffect.STAYS_OPEN: "（仍在办）"}
    return rule.title, "、".join(f"{c.name}{words.get(c.effect, '')}" for c in rule.codes)


def _units(rule: UnitList) -> tuple[str, str]:
    joins = f"，参加{'、'.join(rule.activities)}" if rule.activities else ""
    closed = "，只接受名单内的单位" if rule.is_closed else ""
    return f"{rule.title}（{len(rule.units)}个{joins}{closed}）", "、".join(rule.names)


_WORDS: Mapping[type, Callable[[Any], tuple[str, str]]] = {
    DurationRule: _clock,
    ExtensionRule: _extension,
    ReturnRule: _return,
    PauseRule: _pause,
    LadderRule: _ladder,
    VisitRule: _visit,
    RouteRule: _route,
    DemandRule: _demand,
    MeetingRule: _meeting,
    DutyRule: _duty,
    WindowRule: _window,
    QuotaRule: _quota,
    DelegationRule: _delegation,
    Provision: _provision,
    NumberingRule: _numbering,
    CodeList: _codes,
    UnitList: _units,
}


def _whom(when: Conditions) -> str:
    return "，".join("/".join(values) for values in when.values()) or "所有事项"


def _within(limit: object) -> str:
    if limit is None:
        return NO_FIXED_LIMIT
    text = str(limit)
    return text if text.endswith(("下班前", "当日", "次日")) else f"{text}内"


def _ways(choices: Mapping[str, str]) -> str:
    return f"可选：{'、'.join(choices)}" if choices else ""


def _line(id_: str, kind: str, ledger: str, title: str, limit: str, citation: Citation) -> RuleLine:
    return RuleLine(id_, kind, ledger, title, limit, citation.clause, citation.quote, citation.basis, citation.note)
