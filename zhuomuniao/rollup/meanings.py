"""What the figures mean: 各地时限, by which each county's cases were judged, and 指标口径."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from zhuomuniao.reports.casefigures import labels_of
from zhuomuniao.reports.casetables import number
from zhuomuniao.reports.comparisons import RULES_OF_COMPARISON
from zhuomuniao.reports.definitions import draw_definitions, privacy_fact
from zhuomuniao.reports.tables import NO_VALUE, Content, Place, Table, TableColumn
from zhuomuniao.reports.timeliness import PERCENTILES
from zhuomuniao.rollup.counting import COMPARED_SINCE
from zhuomuniao.rollup.duplicates import RULES
from zhuomuniao.rollup.groupfigures import SHOWN_AT_MOST

if TYPE_CHECKING:
    from zhuomuniao.reports.covered import Covered
    from zhuomuniao.rollup.summing import Total

LIMITS = "各地时限"


def limits_table(total: Total, covered: Covered) -> Table:
    """By which limits each county's cases were judged."""
    used: dict[tuple[str, str, str], int] = {}
    limits: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for place, book in enumerate(total.books):
        for edition in book.editions if place not in total.left_out else ():
            told = f"{edition.edition}（{edition.applies_from}起）"
            key = (book.locality_name, book.title, told)
            used[key] = used.get(key, 0) + edition.cases
            limits[key] = edition.limits
    rows: list[tuple[Content, ...]] = [
        (*key, used[key], "\n".join(f"{at}．{limit}" for at, limit in enumerate(limits[key], start=1)) or NO_VALUE)
        for key in sorted(used)
    ]
    columns = (
        TableColumn("区县", 10),
        TableColumn("台账", 20),
        TableColumn("规则版本", 12),
        number("涉及件数", 7),
        TableColumn("时限（条款）", 70, place=Place.LEFT),
    )
    note = "各地规则不同，是否按时按每件事项受理时的规则版本、以台账里写明的时限日期判断，不另作换算。"
    title = (f"{covered.named}各地时限口径",)
    return Table(LIMITS, "", columns, tuple(rows), title, notes=(note,), is_landscape=True)


def definitions_table(total: Total, covered: Covered) -> Table:
    """What each figure means, by which rules it was counted, and what stands twice."""
    running = f"（{covered.words.this}尚未结束，为截至该日的数）" if covered.is_running else ""
    facts: list[tuple[Content, ...]] = [
        ("统计期间", covered.named, f"{covered.days}，北京时间"),
        ("截至日", covered.cut.isoformat(), f"该日终了时的状态{running}；之后办理的不计入"),
        ("台账读取日", covered.as_of.isoformat(), _READ),
        ("统计单位", "轮次", "一件事项自受理至办结为一轮，办结后发回重办的另计一轮"),
        ("是否按时", NO_VALUE, "按每件事项受理时的规则版本、以台账里写明的时限日期判断；各地时限见“各地时限”"),
        *_named_lines("工作日历", (book.calendar for book in total.books)),
        privacy_fact(is_full=False, masked=_PRIVACY),
        *(("重复的", NO_VALUE, rule) for rule in RULES),
        ("重复的", NO_VALUE, _COMPARED),
    ]
    labels = labels_of(covered)
    counted = [(labels[name][0], count, labels[name][1]) for name, count in total.counts.items()]
    shares = [(r.label, r.percent, f"{r.definition}（{r.numerator}/{r.denominator}）") for r in total.rates.values()]
    timed: list[tuple[Content, ...]] = [("办理时效", NO_VALUE, words) for words in PERCENTILES]
    compared: list[tuple[Content, ...]] = [("环比、同比", NO_VALUE, words) for words in RULES_OF_COMPARISON]
    policies = _named_lines("计算口径", (words for book in total.books for words in book.policies))
    heads = _named_lines("操作链末值", (f"{b.source.name}：{b.chain_head}" for b in total.books if b.chain_head))
    rows = (*facts, *counted, *shares, *timed, *(compared if total.earlier else []), *policies, *heads)
    return draw_definitions(f"{covered.named}台账汇总指标口径", rows[:SHOWN_AT_MOST])


def _named_lines(name: str, told: Iterable[str]) -> list[tuple[Content, ...]]:
    """Each thing that is told once, however many ledgers tell it."""
    return [(name, NO_VALUE, words) for words in sorted(set(told))]


_READ = (
    "所用台账是该日终了时的台账，按办理环节发生的时间还原；单独报来的账册不带操作记录，"
    "其中手工改过、没有记入流转记录的状态和时限，以流转记录为准"
)
_PRIVACY = "姓名、电话不出读取的进程：换成本次汇总专用密钥算出的标记（HMAC-SHA256），只用来认出重复，密钥只用这一次"
_COMPARED = f"比对的范围：本期和对比期涉及的事项，以及本期开始前{COMPARED_SINCE.days}日内受理的事项"
