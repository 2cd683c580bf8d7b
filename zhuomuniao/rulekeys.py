"""The keys of a rule file: one table that drives reading, checking and the manual (docs/新增区县.md)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from zhuomuniao.codes import CodeList, NumberingRule, UnitList
from zhuomuniao.model import NO_FIXED_LIMIT, Act, StartEvent, StepKind
from zhuomuniao.ruletypes import (
    COUNTABLE,
    DEMANDABLE,
    UNSTATED,
    Citation,
    DelegationRule,
    DemandRule,
    DueIn,
    DurationRule,
    DutyRule,
    Every,
    ExtensionRule,
    LadderEntry,
    LadderRule,
    MeetingRule,
    PauseRule,
    Provision,
    QuotaItem,
    QuotaKind,
    QuotaRule,
    ReportKind,
    ReturnRule,
    RouteRule,
    Rung,
    Strength,
    VisitRule,
    WindowRule,
)
from zhuomuniao.rulevalues import (
    CODE,
    UNIT,
    Words,
    code_words,
    countable,
    demandable,
    limit_in,
    limit_or_none,
    names_of,
    pattern,
    spans,
)
from zhuomuniao.tomlkeys import (
    Key,
    Place,
    Section,
    Take,
    WrongValueError,
    any_text,
    at_least_one,
    conditions,
    day,
    number,
    one_of,
    several_of,
    tables,
    text,
    texts,
    yes_no,
)

_CITATION = (
    Key("clause", text, "条款，如 方案四（三）", ""),
    Key("quote", text, "原文，逐字抄自 source.txt", ""),
    Key("basis", text, "依据；通知没有写明、由我们选定的写 unstated", "notice"),
    Key("note", text, "说明", ""),
)
_ID = Key("id", text, "规则的名字，小写英文，全文件不重复")
_LEDGER = Key("ledger", text, "哪本台账，locality.toml 里的 id")
_TITLE = Key("title", text, "打印时的名称")
_WHEN = Key("when", conditions, '只用于哪些事项，如 { kind = ["应办未办"] }；不写就是所有事项', {})


def rule_sections(words: Words) -> tuple[Section, ...]:
    """Every section of a rule file, in the order of the manual, for a notice with its own ``words``."""
    limit = limit_in(words)
    return (
        _cited("numbering", "事项怎样编号", NumberingRule, _numbering_keys()),
        _cited("clocks", "期限：从什么时候起，多久之内，做到什么", DurationRule, _clock_keys(words)),
        _cited("extensions", "延期：第几次，最多多久，谁批", ExtensionRule, _extension_keys(limit)),
        _cited(
            "returns",
            "退回：承办单位多久之内可以退回",
            ReturnRule,
            (
                _ID,
                _LEDGER,
                Key("limit", limit, "多久之内可以申请退回"),
                Key("start", one_of(StartEvent), "从什么时候起算", StartEvent.SIGNED),
                Key("deemed_signed", yes_no, "逾期不退是否视为签收", True, "is_deemed_signed"),
                Key("reviewer", text, "谁审核", ""),
            ),
        ),
        _cited(
            "pauses",
            "暂停：什么情况下期限停下来",
            PauseRule,
            (
                _ID,
                _LEDGER,
                Key("reasons", at_least_one(texts), "允许暂停的理由"),
                Key("restarts", yes_no, "恢复后是重新起算（true）还是接着算（false）", False),
            ),
        ),
        _cited("ladders", "提醒、催办、督办、问责的阶梯", LadderRule, _ladder_keys()),
        _cited("visits", "回访：多久之内，几次，哪些算满意，什么情况发回重办", VisitRule, _visit_keys(limit)),
        _cited(
            "routes",
            "分流：不属于本窗口的转到哪里",
            RouteRule,
            (
                _ID,
                _LEDGER,
                Key("matter", text, "哪一类事项"),
                Key("to", text, "转到哪里"),
                Key("outcome", text, "用哪个结果类别转出；仍由本台账办理的不写", ""),
                Key("sets", code_words, '登记时写上哪些代码，如 { track = "商事服务" }', {}),
            ),
        ),
        _cited(
            "demands",
            "必须写明：登记某个环节时不能缺什么",
            DemandRule,
            (
                _ID,
                _LEDGER,
                Key("step", one_of(StepKind), "哪个环节，如 办结、申请退回、回访"),
                Key("fields", at_least_one(demandable), f"不能缺的：{'、'.join(DEMANDABLE)}"),
                Key("when", conditions, '只用于哪些情况，如 { outcome = ["不能办理"] }；不写就是每次', {}),
            ),
        ),
        _cited(
            "meetings",
            "会议：难点问题在哪里议定，谁参加",
            MeetingRule,
            (
                _ID,
                Key("title", text, "会议叫什么，如 联席会议"),
                _LEDGER,
                Key("members", texts, "成员单位；通知没有写明的不写", ()),
                _WHEN,
            ),
        ),
        _cited("duties", "报送：谁把什么在几号前报给谁", DutyRule, _duty_keys()),
        _cited(
            "windows",
            "活动窗口：每年哪几个月",
            WindowRule,
            (
                _ID,
                _TITLE,
                _LEDGER,
                Key("spans", at_least_one(spans), '月份，如 ["8-9", "12-1"]；12-1 跨年'),
            ),
        ),
        _cited("quotas", "定额：至少几个环节、几次、占多少", QuotaRule, _quota_keys(limit)),
        _cited(
            "delegations",
            "委托：哪些活动可以由别人代为参加",
            DelegationRule,
            (
                _ID,
                _LEDGER,
                Key("kinds", at_least_one(texts), "哪些活动，activity_kind 代码表里的词"),
                Key("units", texts, "哪些单位可以；通知没有列名单的不写，由各单位写在 zmn.toml 的 may_delegate", ()),
            ),
        ),
        _cited(
            "provisions",
            "其他规定：zmn 不计算，只原文印出",
            Provision,
            (
                _ID,
                _TITLE,
                _LEDGER,
                Key("units", texts, "涉及的单位", ()),
                Key("items", texts, "分项", ()),
            ),
        ),
        _cited(
            "codes",
            "代码表：一个栏目可以填哪些词",
            CodeList,
            (
                Key("field", text, "栏目，如 kind、tier、channel、outcome、satisfaction"),
                _TITLE,
                _LEDGER,
                Key("values", at_least_one(names_of(CODE)), "各个词；可带别称和效果", field="codes", inner=CODE),
                Key("default", any_text, "不写时填哪一个", ""),
            ),
        ),
        _cited(
            "units",
            "单位名单",
            UnitList,
            (
                Key("id", text, "名单的名字"),
                _TITLE,
                Key("names", at_least_one(names_of(UNIT)), "单位名称；可带简称", field="units", inner=UNIT),
                Key("closed", yes_no, "是否只接受名单里的单位", False, "is_closed"),
                Key("activities", texts, "参加哪些活动，activity_kind 代码表里的词；通知没有写明的不写", ()),
            ),
        ),
    )


def _cited(name: str, meaning: str, build: Callable[..., Any], keys: tuple[Key, ...]) -> Section:
    return Section(name, meaning, (*keys, *_CITATION), partial(_build_cited, build))


def _build_cited(build: Callable[..., Any], *, clause: str, quote: str, basis: str, note: str, **values: Any) -> Any:
    return build(**values, citation=Citation(clause, quote, basis, note))


def _numbering_keys() -> tuple[Key, ...]:
    return (
        _LEDGER,
        Key("pattern", pattern, "样子，如 {date}{seq} 或 临啄〔{year}〕{seq}号"),
        Key("width", number(1, 9), "序号至少几位", 2),
        Key("given", yes_no, "编号随事项而来（如工单编号），登记时用 --no 写明", False, "is_given"),
    )


def _clock_keys(words: Words) -> tuple[Key, ...]:
    return (
        _ID,
        _LEDGER,
        Key("act", one_of(Act), "做到什么才算完成"),
        Key("limit", limit_or_none(words), f"多久之内，如 5工作日；没有固定期限的写 {NO_FIXED_LIMIT}"),
        Key("start", one_of(StartEvent), "从什么时候起算"),
        Key("start_stated", yes_no, "起算点是否原文写明", False, "is_start_stated"),
        _WHEN,
        Key("specific", yes_no, "更具体的规定，代替同一件事的一般规定", False, "is_specific"),
        Key("statutory", yes_no, "法定时限，优先于其他规定（即使更长）", False, "is_statutory"),
        Key("restarts_on", several_of(StartEvent), '发生哪些事后重新起算，如 ["受理决定"]', ()),
    )


def _extension_keys(limit: Take) -> tuple[Key, ...]:
    return (
        _ID,
        _LEDGER,
        Key("acts", at_least_one(several_of(Act)), "延长哪些期限", (Act.RESOLVE,)),
        Key("nth", number(1, 9), "第几次延期", 1),
        Key("limit", limit, "最多延长多久"),
        Key("strength", one_of(Strength), "“必须”，或“原则上”（可凭依据突破）", Strength.MUST),
        Key("approver", text, "谁批准；通知没有写明的不写", ""),
        Key("apply_before", limit, "到期前多久提出；不写就是到期之前", None),
        Key("units", texts, "哪些单位可以申请；不写就是所有单位", ()),
        _WHEN,
    )


def _ladder_keys() -> tuple[Key, ...]:
    rung = Section(
        "rungs",
        "阶梯的一级",
        (
            Key("name", text, "这一级叫什么，如 催办"),
            Key("days", number(0, 250), "几个工作日"),
            Key("before_due", yes_no, "在到期之前（提醒），不是之后", False, "is_before_due"),
            Key("after", text, "从哪一级之后数；不写就是从到期日数", ""),
            _WHEN,
            Key("paper", text, "这一级发出什么表单，如 催办单；不写就是不发", ""),
        ),
        Rung,
    )
    entry = Section(
        "enters",
        "带着经过来的事项从哪一级开始",
        (Key("rung", text, "哪一级"), Key("when", conditions, "哪些事项")),
        LadderEntry,
    )
    return (
        _ID,
        _LEDGER,
        _WHEN,
        Key("rungs", at_least_one(tables(rung)), "各级，按顺序", inner=rung),
        Key("enters", tables(entry), "直接从较高一级开始的事项", (), "entries", entry),
    )


def _visit_keys(limit: Take) -> tuple[Key, ...]:
    return (
        _ID,
        _LEDGER,
        Key("limit", limit, "多久之内回访；通知没有写明的不写", None),
        Key("start", one_of(StartEvent), "从什么时候起算", StartEvent.RESOLVED),
        Key("attempts", number(1, 9), "联系不上的最多打几次", 3),
        Key("unreached", text, "几次都联系不上的记为什么", "无法回访"),
        Key("satisfied", at_least_one(texts), "哪些算满意"),
        Key("counted", at_least_one(texts), "满意率的分母算哪些"),
        Key("redo_when", conditions, '哪些情况发回重办，如 { satisfaction = ["不满意"] }', {}),
    )


def _duty_keys() -> tuple[Key, ...]:
    return (
        _ID,
        _TITLE,
        _LEDGER,
        Key("role", text, "谁报，locality.toml 里的角色"),
        Key("by", text, "这个角色里由哪个单位报；不写就是每个单位都报", ""),
        Key("to", any_text, "报给谁"),
        Key("report", one_of(ReportKind), f"用 zmn 的哪种报表：{'、'.join(ReportKind)}；没有的不写", None),
        Key("every", one_of(Every), "多久一次"),
        Key("due_in", one_of(DueIn), "在本期里报，还是下一期报", DueIn.NEXT),
        Key("day", number(1, 31), "几号前（每周的写星期几，1 至 7）；没有这一天的月份按月末", None),
        Key("workday", number(1, 23), "第几个工作日前", None),
        Key("month", number(1, 12), "每年的写几月", None),
        Key("on", day, "只报一次的写日期", None),
        Key("window", text, "每个窗口的写窗口的 id", ""),
    )


def _quota_keys(limit: Take) -> tuple[Key, ...]:
    item = Section(
        "items",
        "分项",
        (Key("name", text, "名称"), Key("parts", texts, "分项里的身份或类别", ())),
        QuotaItem,
    )

    def items(value: Any, place: Place) -> Any:
        if not isinstance(value, list):
            raise WrongValueError("不是列表", '例如 ["执法检查", "案件处理"]')
        return tables(item)([{"name": v} if isinstance(v, str) else v for v in value], place)

    return (
        _ID,
        _TITLE,
        _LEDGER,
        Key("kind", one_of(QuotaKind), "数什么"),
        Key("of", text, "什么的数量、占比或频次"),
        Key("items", items, "环节或类别", (), inner=item),
        Key("minimum", number(0, 100_000), "至少多少", None),
        Key("maximum", number(0, 100_000), "至多多少", None),
        Key("percent", number(0, 100), "至少占百分之几", None),
        Key("every", one_of(Every), "在多长的一期里数", None),
        Key("window", text, "每个窗口的写窗口的 id", ""),
        Key("within", limit, "只数多久以内的；轮换的写多久一换", None),
        Key("strength", one_of(Strength), "“必须”或“原则上”", Strength.MUST),
        Key("counts", countable, f"数一次活动的哪一栏：{'、'.join(f'{k} {v}' for k, v in COUNTABLE.items())}", ""),
        _WHEN,
    )


def citation_problem(citation: Citation) -> str:
    """Why a citation cannot stand, or ``""``: clause and quote, or the word that the choice is ours."""
    if citation.basis == UNSTATED or (citation.clause and citation.quote):
        return ""
    return "条款（clause）和原文（quote）没有写全"
