"""Worked answers of a county (``cases.toml``), counted by hand: what each kind of answer holds, and its keys.

:mod:`zhuomuniao.rulecheck` holds them against what the rules give.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from msgspec import Struct

from zhuomuniao.course import Extension
from zhuomuniao.coverage import Standing
from zhuomuniao.limits import Limit, parse_limit
from zhuomuniao.model import NO_FIXED_LIMIT, Act, StartEvent
from zhuomuniao.tomlkeys import (
    Key,
    Place,
    Section,
    WrongValueError,
    day,
    number,
    one_of,
    shown,
    tables,
    text,
    texts,
    yes_no,
)

CASES_FILE = "cases.toml"

Moment = date | datetime


class CountedCase(Struct, frozen=True):
    """A case with what happened to it, and the days its limits end on."""

    title: str
    ledger: str
    facts: Mapping[str, str]
    events: Mapping[StartEvent, datetime]
    pauses: tuple[tuple[date, date, str], ...]
    extensions: tuple[Extension, ...]
    unit: str
    due: Mapping[Act, Moment | str]
    raw: Mapping[Act, date]


class RefusedCase(Struct, frozen=True):
    """A case whose last extension the rules refuse."""

    title: str
    ledger: str
    facts: Mapping[str, str]
    events: Mapping[StartEvent, datetime]
    extensions: tuple[Extension, ...]
    unit: str
    because: str


class ReturnCase(Struct, frozen=True):
    """Until when a unit may hand a matter back, and when a limit ends once it was assigned anew."""

    title: str
    ledger: str
    facts: Mapping[str, str]
    events: Mapping[StartEvent, datetime]
    until: date
    reassigned: datetime | None
    act: Act
    due: date | None


class VisitCase(Struct, frozen=True):
    """Until when people are asked whether they are content, and whether their answer sends the matter back."""

    title: str
    ledger: str
    events: Mapping[StartEvent, datetime]
    until: Moment | None
    satisfaction: str
    fault: str
    redo: bool | None


class LadderCase(Struct, frozen=True):
    """Which rung comes next, and on which day."""

    title: str
    ladder: str
    due_on: date
    issued: Mapping[str, date]
    facts: Mapping[str, str]
    as_of: date
    rung: str
    on: date | None


class DutyCase(Struct, frozen=True):
    """When a hand-in for a period is due and which days it covers."""

    title: str
    duty: str
    period: str
    due_on: date
    submit_by: date
    covers: tuple[date, ...]


class DoneAct(Struct, frozen=True):
    """Somebody did it on a day: in which 体验类型, and whether by a delegate."""

    who: str
    on: date
    mode: str
    is_delegated: bool


class QuotaCase(Struct, frozen=True):
    """What was done, and what the quota says of it; ``standing`` of some of ``everyone``."""

    title: str
    quota: str
    done: tuple[str, ...]
    missing: tuple[str, ...]
    count: int | None
    shortfall: int | None
    everyone: tuple[str, ...]
    acts: tuple[DoneAct, ...]
    standing: Mapping[str, Standing]
    period: str
    since: date | None
    until: date | None
    remind_on: date | None
    hits: tuple[bool, ...]
    is_enough: bool | None


class NumberCase(Struct, frozen=True):
    """The next number of a day."""

    title: str
    ledger: str
    on: date
    taken: tuple[str, ...]
    next: str


def case_sections() -> tuple[Section, ...]:
    """Every section of ``cases.toml``."""
    title = Key("title", text, "这个例子说明什么")
    ledger = Key("ledger", text, "哪本台账")
    facts = Key("facts", _facts, '事项的代码，如 { kind = "应办未办" }', {})
    events = Key("events", _events, '什么时候发生了什么，如 { "受理" = 2026-09-30 }')
    extensions = Key("extensions", tables(_EXTENSION), "延期，按先后", (), inner=_EXTENSION)
    unit = Key("unit", text, "哪个单位", "")
    return (
        Section(
            "deadlines",
            "期限算到哪天",
            (
                title,
                ledger,
                facts,
                events,
                Key("pauses", tables(_PAUSE), "暂停", (), inner=_PAUSE),
                extensions,
                unit,
                Key("due", _due, f'各期限的末日，如 {{ "解决" = 2026-10-13 }}；没有固定期限的写 "{NO_FIXED_LIMIT}"'),
                Key("raw", _raw, "遇休息日顺延之前的末日", {}),
            ),
            CountedCase,
        ),
        Section(
            "refusals",
            "哪些延期不准",
            (title, ledger, facts, events, extensions, unit, Key("because", text, "拒绝时说到的词", "")),
            RefusedCase,
        ),
        Section(
            "returns",
            "到哪天还可以退回",
            (
                title,
                ledger,
                facts,
                events,
                Key("until", day, "最后一天"),
                Key("reassigned", _when, "退回后哪天重新交办", None),
                Key("act", one_of(Act), "重新交办后看哪个期限", Act.RESOLVE),
                Key("due", day, "重新交办后，这个期限的末日（接着数还是重新数，看口径 return_clock）", None),
            ),
            ReturnCase,
        ),
        Section(
            "ladders",
            "轮到催办还是督办",
            (
                title,
                Key("ladder", text, "阶梯的 id"),
                Key("due_on", day, "到期日"),
                Key("issued", _days_by_name, '已经发过的，如 { "催办" = 2026-10-09 }', {}),
                facts,
                Key("as_of", day, "哪天来看"),
                Key("rung", text, "轮到哪一级；没有的写 无"),
                Key("on", day, "哪天起可以", None),
            ),
            LadderCase,
        ),
        Section(
            "visits",
            "哪天前回访，发不发回重办",
            (
                title,
                ledger,
                events,
                Key("until", _when_exactly, "最迟哪天回访", None),
                Key("satisfaction", text, "回访的满意度", ""),
                Key("fault", text, "不满意是谁的原因", ""),
                Key("redo", yes_no, "发不发回重办", None),
            ),
            VisitCase,
        ),
        Section(
            "duties",
            "哪天前报",
            (
                title,
                Key("duty", text, "报送的 id"),
                Key(
                    "period",
                    text,
                    "期间，如 2026W41、2026-09、2026Q3、2026H1、2026；窗口写打开的月份；只报一次的写 一次",
                ),
                Key("due_on", day, "通知写明的那一天"),
                Key("submit_by", day, "请在哪天前报出"),
                Key("covers", _two_days, "报哪几天的内容 [从, 到]", ()),
            ),
            DutyCase,
        ),
        Section(
            "quotas",
            "够不够数",
            (
                title,
                Key("quota", text, "定额的 id"),
                Key("done", texts, "做了哪些环节；占比的写各人的类别", ()),
                Key("missing", texts, "还缺哪些", ()),
                Key("count", number(0, 100_000), "做了几次", None),
                Key("shortfall", number(-100_000, 100_000), "还差几次", None),
                Key("everyone", texts, "应当做的单位或事项", ()),
                Key("acts", tables(_ACT), "谁在哪天做了", (), inner=_ACT),
                Key("standing", _standings, f"各单位算什么：{'、'.join(Standing)}", {}),
                Key("period", text, "期间", ""),
                Key("since", day, "从哪天起", None),
                Key("until", day, "到哪天轮换", None),
                Key("remind_on", day, "从哪天起提醒轮换", None),
                Key("hits", _hits, "各期是否发生，早的在前", ()),
                Key("enough", yes_no, "够不够", None, "is_enough"),
            ),
            QuotaCase,
        ),
        Section(
            "numbers",
            "下一个编号",
            (
                title,
                ledger,
                Key("on", day, "受理日"),
                Key("taken", texts, "已经用过的编号", ()),
                Key("next", text, "下一个编号"),
            ),
            NumberCase,
        ),
    )


def _facts(value: Any, place: Place) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
        raise WrongValueError("不是一组代码", '例如 { kind = "应办未办" }')
    return dict(value)


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime.combine(value, time(9))
    raise WrongValueError(f"“{shown(value)}”不是日期", "请写成 2026-09-30 或 2026-09-30T16:40:00（不加引号）", "日期")


def _when(value: Any, place: Place) -> datetime:
    return _moment(value)


def _when_exactly(value: Any, place: Place) -> Moment:
    moment = _moment(value)
    return moment if isinstance(value, datetime) else moment.date()


def _events(value: Any, place: Place) -> dict[StartEvent, datetime]:
    if not isinstance(value, Mapping) or not value:
        raise WrongValueError("没有写发生了什么", '例如 { "受理" = 2026-09-30 }')
    if unknown := sorted(set(value) - set(StartEvent)):
        raise WrongValueError(f"不认识“{shown('、'.join(unknown))}”", f"可写：{'、'.join(StartEvent)}")
    return {StartEvent(name): _moment(moment) for name, moment in value.items()}


def _acts(value: Any, take: Callable[[Any], Any]) -> dict[Act, Any]:
    if not isinstance(value, Mapping):
        raise WrongValueError("不是一组日期", '例如 { "解决" = 2026-10-13 }')
    if unknown := sorted(set(value) - set(Act)):
        raise WrongValueError(f"不认识“{shown('、'.join(unknown))}”", f"可写：{'、'.join(Act)}")
    return {Act(name): take(item) for name, item in value.items()}


def _due(value: Any, place: Place) -> dict[Act, Moment | str]:
    def take(item: Any) -> Moment | str:
        if item == NO_FIXED_LIMIT or isinstance(item, date):
            return item.replace(tzinfo=None) if isinstance(item, datetime) else item
        raise WrongValueError(f"“{shown(item)}”不是日期", f"请写日期，或“{NO_FIXED_LIMIT}”", "日期")

    return _acts(value, take)


def _raw(value: Any, place: Place) -> dict[Act, date]:
    return _acts(value, lambda item: day(item, place))


def _days_by_name(value: Any, place: Place) -> dict[str, date]:
    if not isinstance(value, Mapping):
        raise WrongValueError("不是一组日期", '例如 { "催办" = 2026-10-09 }')
    return {str(name): day(item, place) for name, item in value.items()}


def _two_days(value: Any, place: Place) -> tuple[date, ...]:
    if not isinstance(value, list) or len(value) != 2:
        raise WrongValueError("不是两个日期", "请写成 [2026-08-21, 2026-09-20]")
    return tuple(day(item, place) for item in value)


def _standings(value: Any, place: Place) -> dict[str, Standing]:
    if not isinstance(value, Mapping):
        raise WrongValueError("不是一组单位", '例如 { "区司法局" = "仅委托" }')
    return {str(unit): Standing(one_of(Standing)(word, place)) for unit, word in value.items()}


def _hits(value: Any, place: Place) -> tuple[bool, ...]:
    if not isinstance(value, list):
        raise WrongValueError("不是列表", "例如 [true, false, true]")
    return tuple(yes_no(item, place) for item in value)


def _as_limit(value: Any, place: Place) -> Limit:
    return parse_limit(shown(text(value, place)))


def _acts_list(value: Any, place: Place) -> tuple[Act, ...]:
    return tuple(_acts(dict.fromkeys(texts(value, place)), lambda item: item))


_PAUSE = Section(
    "pauses",
    "一次暂停",
    (Key("since", day, "哪天暂停"), Key("until", day, "哪天恢复"), Key("reason", text, "理由")),
    lambda since, until, reason: (since, until, reason),
)
_EXTENSION = Section(
    "extensions",
    "一次延期",
    (
        Key("limit", _as_limit, "延长多久"),
        Key("asked_on", day, "哪天提出"),
        Key("approver", text, "谁批准", ""),
        Key("acts", _acts_list, "延长哪些期限", (Act.RESOLVE, Act.REPLY)),
    ),
    Extension,
)
_ACT = Section(
    "acts",
    "一次",
    (
        Key("who", text, "谁；覆盖的写事项"),
        Key("on", day, "哪天"),
        Key("mode", text, "体验类型；不写就是缺省的那一种", ""),
        Key("delegated", yes_no, "是不是受委托人参加的", False, "is_delegated"),
    ),
    DoneAct,
)
