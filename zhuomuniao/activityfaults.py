"""What one activity lacks by its locality's rules: links, items, revisits, a delegate who may not be, a trigger."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.coverage import facts_of, links_of, meets
from zhuomuniao.model import StepKind
from zhuomuniao.quotas import missing_links, shortfall
from zhuomuniao.ruletypes import COUNTABLE, DEMANDABLE, UNSTATED, Citation, QuotaKind, QuotaRule, holds

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Activity
    from zhuomuniao.rules import RuleSet

NO_DELEGATES = "no-delegates"
"""The name of the fault of a delegate where the locality's notice knows none."""


class Fault(Struct, frozen=True):
    """Something an activity lacks: by which rule, in words, and what to do about it.

    A refusal may not be registered like this; anything else is a remark beside a row that stands.
    """

    rule: str
    what: str
    remedy: str
    is_refusal: bool
    citation: Citation


def activity_faults(rules: RuleSet, activity: Activity, *, may_delegate: Collection[str]) -> tuple[Fault, ...]:
    """Everything an activity lacks, each once: refusals first.

    ``may_delegate`` are the units that the office has declared for delegates (zmn.toml), asked only where the notice
    lists none.
    """
    found = [
        *_delegation(rules, activity, may_delegate),
        *_demands(rules, activity),
        *_links(rules, activity),
        *_counts(rules, activity),
    ]
    return tuple(sorted(found, key=lambda fault: not fault.is_refusal))


def _delegation(rules: RuleSet, activity: Activity, may_delegate: Collection[str]) -> Iterator[Fault]:
    if not activity.is_delegated:
        return
    kind = facts_of(rules, activity)["activity_kind"]
    of_ledger = [rule for rule in rules.delegations if rule.ledger == activity.ledger]
    of_kind = [rule for rule in of_ledger if kind in rule.kinds]
    unit = rules.units.find(activity.unit) or activity.unit
    declared = {rules.units.find(name) or name for name in may_delegate}
    own = "请由主要负责同志本人参加后再登记"
    if not of_ledger:
        nowhere = Citation("", "", UNSTATED, "通知没有写可以委托别人代为参加")
        yield Fault(NO_DELEGATES, "本区县的通知要求主要负责同志本人参加，没有可以委托的规定", own, True, nowhere)
    elif not of_kind:
        rule = of_ledger[0]
        what = f"“{kind}”不能委托别人代为参加，可以委托的是：{'、'.join(k for r in of_ledger for k in r.kinds)}"
        yield Fault(rule.id, what, own, True, rule.citation)
    elif not any(unit in (rule.units or declared) for rule in of_kind):
        rule = of_kind[0]
        if rule.units:
            what = f"“{unit}”不在可以委托的单位里，可以委托的是：{'、'.join(u for r in of_kind for u in r.units)}"
            remedy = own
        else:
            what = f"通知只准部分单位委托，没有列名单，本单位也还没有写明“{unit}”可以委托"
            remedy = f'确定可以的，请在 zmn.toml 的 [units] 里写上 may_delegate = ["{unit}"]；不可以的，{own}'
        yield Fault(rule.id, what, remedy, True, rule.citation)


def _demands(rules: RuleSet, activity: Activity) -> Iterator[Fault]:
    facts = facts_of(rules, activity)
    for demand in rules.demands:
        if demand.ledger != activity.ledger or demand.step is not StepKind.HOLD or not holds(demand.when, facts):
            continue
        missing = [name for name in demand.fields if not str(getattr(activity, name, "")).strip()]
        if not missing:
            continue
        words = "、".join(DEMANDABLE[name] for name in missing)
        case = "、".join(facts[name] for name in demand.when)
        lists = [codes for name in missing if (codes := rules.code_list(activity.ledger, name))]
        able = "；".join(f"{codes.title}可填：{'、'.join(codes.names)}" for codes in lists)
        options = " ".join(f"--{name.replace('_', '-')}" for name in missing)
        remedy = f"请补上{words}（{options}）" + (f"。{able}" if able else "")
        yield Fault(demand.id, f"{f'“{case}”的' if case else ''}活动须写明{words}", remedy, True, demand.citation)


def _links(rules: RuleSet, activity: Activity) -> Iterator[Fault]:
    kind = facts_of(rules, activity)["activity_kind"]
    for quota in rules.quotas:
        if quota.kind is not QuotaKind.LINKS or (quota.ledger, quota.of) != (activity.ledger, kind):
            continue
        missing = missing_links(quota, links_of(rules, activity)) if meets(rules, quota.when, activity) else ()
        if not missing:
            continue
        needed = quota.minimum if quota.minimum is not None else len(quota.items)
        more = needed - (len(quota.items) - len(missing))
        names = "、".join(f"{i.name}（{'、'.join(i.parts)}）" if i.parts else i.name
                          for i in quota.items if i.name in missing)  # fmt: skip
        told = f"还缺{more}个：{names}" if more == len(missing) else f"还缺{more}个，没有参与的有：{names}"
        yield Fault(
            quota.id,
            f"“{kind}”每次至少参与{needed}个环节，{told}",
            "参与过的请补记在“参与环节”里；没有参与的，请安排补上",
            False,
            quota.citation,
        )


def _counts(rules: RuleSet, activity: Activity) -> Iterator[Fault]:
    for quota in rules.quotas:
        if quota.kind is not QuotaKind.COUNT or quota.ledger != activity.ledger or not quota.counts:
            continue
        count = _counted(quota, activity)
        # A number that was written down is held against the quota also where its link was forgotten.
        is_told = isinstance(getattr(activity, quota.counts), int)
        when = {n: w for n, w in quota.when.items() if n != "link"} if is_told else quota.when
        if not meets(rules, when, activity):
            continue
        short = shortfall(quota, count or 0)
        if short:
            yield _miscount(quota, count, short)


def _counted(quota: QuotaRule, activity: Activity) -> int | None:
    match quota.counts:
        case "items":
            return len(activity.item_names)
        case "enforcements":
            return len(activity.enforcement_texts)
        case "served_count":
            return activity.served_count
        case _:
            return activity.valid_revisit_count


def _miscount(quota: QuotaRule, count: int | None, short: int) -> Fault:
    name = COUNTABLE[quota.counts]
    link = f"参与“{'、'.join(quota.when['link'])}”的，" if "link" in quota.when else ""
    only = f"（只算过去{quota.within}内的）" if quota.within else ""
    bounds = f"{quota.minimum}至{quota.maximum}个" if quota.minimum and quota.maximum else (
        f"至少{quota.minimum}个" if quota.minimum else f"至多{quota.maximum}个"
    )  # fmt: skip
    told = "没有写有几个" if count is None else f"现在写了{count}个"
    if short < 0:
        remedy = f"请核对“{name}”：多写的请删去，不属于这一环节的可以不改"
        return Fault(quota.id, f"{link}{name}{only}应当{bounds}，{told}，多{-short}个", remedy, False, quota.citation)
    rest = "" if count is None else f"，还差{short}个"
    remedy = f"请补上{name}；做过而没有写的，请补写"
    return Fault(quota.id, f"{link}{name}{only}应当{bounds}，{told}{rest}", remedy, False, quota.citation)
