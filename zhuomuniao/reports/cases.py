"""The report on a ledger of people's matters, for any period: 汇总, 办理时效, the ledger's copy, lists, 指标口径.

The same cases and the same ``as_of`` give the same cells, whenever it is run (E-11).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from zhuomuniao.reports.agreement import require_agreement
from zhuomuniao.reports.casechecks import checks_of, faults_of
from zhuomuniao.reports.casefigures import CaseFigures, CaseFrame, EarlierPeriod, count_cases, labels_of
from zhuomuniao.reports.caseletter import case_letter
from zhuomuniao.reports.caselists import (
    late_table,
    ledger_table,
    overdue_table,
    shown_cases,
)
from zhuomuniao.reports.casetables import (
    SUMMARY,
    breakdown_table,
    breakdowns_of,
    checks_table,
    days_table,
    flow_of,
    outcomes_of,
    title_of,
    units_table,
)
from zhuomuniao.reports.comparisons import RULES_OF_COMPARISON, counts_table, rates_table
from zhuomuniao.reports.covered import long_day
from zhuomuniao.reports.definitions import chain_fact, draw_definitions, privacy_fact
from zhuomuniao.reports.headings import numbered_and_signed
from zhuomuniao.reports.tables import (
    NO_VALUE,
    Check,
    Content,
    Report,
    ReportLetter,
    Table,
)
from zhuomuniao.reports.timeliness import PERCENTILES, timeliness_table

if TYPE_CHECKING:
    from zhuomuniao.reports.caserounds import CaseRecords

_READ = (
    "所用台账是该日终了时的台账，按办理环节发生的时间还原；同一读取日重新生成，数据相同。"
    "手工直接改台账的内容，自 zmn 发现时起按改后的算，以前各期也随之改"
)
_TIMED = ("unit", "tier", "kind")
"""Whose 办理时效 is told apart: the unit, and what the limits depend on."""


def build_case_report(
    records: CaseRecords,
    frame: CaseFrame,
    *,
    earlier: Sequence[EarlierPeriod] = (),
    handed_in: Check | None = None,
) -> tuple[Report, ReportLetter]:
    """The workbook's tables and the letter, from every case of the ledger as it stood at the cut.

    ``earlier`` are the periods to compare with. ``handed_in`` holds what is carried in against the 结转 of the report
    that was handed in before: it may honestly differ, so it is told and never enforced. Any other identity that is
    broken raises :class:`IntegrityError`, which names the cases.
    """
    figures = count_cases(records, frame, earlier)
    breakdowns = breakdowns_of(figures, frame)
    shown = shown_cases(figures, frame)
    ledger = ledger_table(figures, frame, shown)
    overdue, late = overdue_table(figures, frame, shown), late_table(figures, frame, shown)
    checks = checks_of(
        figures,
        frame,
        breakdowns=breakdowns,
        flows=[(flow.accepted, flow.resolved) for flow in flow_of(figures, frame)],
        lists={"ledger": len(ledger.rows), "overdue": len(overdue.rows), "late": len(late.rows)},
        outcomes=sum(outcomes_of(figures.alive, frame).values()),
    )
    require_agreement(checks, lambda: faults_of(figures.rounds, frame.covered))
    title = title_of_report(frame)
    head = (f"填报单位（盖章）：{frame.office}", f"截至日：{long_day(frame.covered.cut)}")
    summary = [
        counts_table(figures.counts, figures.earlier, frame.covered, title=(frame.office, title), head=head),
        rates_table(figures.rates, figures.earlier, frame.covered),
        days_table(figures, frame),
        *(breakdown_table(name, groups, figures, frame) for name, groups in breakdowns),
        checks_table(checks),
    ]
    timed = [(f"按{title_of(name, frame)}", groups) for name, groups in breakdowns if name in _TIMED]
    report = Report(
        period=frame.covered.label,
        title=title,
        tables=(
            *numbered_and_signed([replace(table, sheet=SUMMARY) for table in summary]),
            units_table(figures, frame, head),
            timeliness_table(figures, frame, timed, head),
            ledger,
            overdue,
            late,
            _definitions_table(figures, frame, handed_in),
        ),
        counts=figures.counts,
        rates=figures.rates,
        checks=(*checks, *([handed_in] if handed_in else [])),
        rows=len(ledger.rows),
        labels={name: words[0] for name, words in labels_of(frame.covered).items()},
    )
    return report, case_letter(figures, frame, breakdowns, overdue, (title, ledger.title[-1]))


def title_of_report(frame: CaseFrame) -> str:
    """What the paper is called: by the duty it is for, else by the ledger and the period."""
    ledger = "" if frame.title else frame.spec.title
    return f"{ledger}{_paper_of(frame)}{frame.covered.through}"


def _paper_of(frame: CaseFrame) -> str:
    """The period and what is handed in for it: 2026年8月综合统计分析报告, 2026年上半年报表."""
    return f"{frame.covered.named}{frame.title or frame.words.titled}"


def _definitions_table(figures: CaseFigures, frame: CaseFrame, handed_in: Check | None) -> Table:
    covered = frame.covered
    running = f"（{frame.words.this}尚未结束，为截至该日的数）" if covered.is_running else ""
    facts: list[tuple[Content, ...]] = [
        *([("依据", frame.clause, frame.notice)] if frame.title else []),
        ("统计期间", covered.named, f"{covered.days}，北京时间"),
        ("截至日", covered.cut.isoformat(), f"该日终了时的状态{running}；之后办理的不计入"),
        ("台账读取日", covered.as_of.isoformat(), _READ),
        ("统计单位", "轮次", "一件事项自受理至办结为一轮，办结后发回重办的另计一轮"),
        ("工作日历", NO_VALUE, frame.calendar.version),
        privacy_fact(is_full=frame.is_full),
        chain_fact(frame.chain_head),
    ]
    if handed_in is not None:
        held = "相符" if handed_in.holds else "有出入"
        said = f"{handed_in.identity}：左边{handed_in.left}件，右边{handed_in.right}件"
        facts.append(("与上期报送核对", held, said))
    labels = labels_of(covered)
    counted = [(labels[name][0], count, labels[name][1]) for name, count in figures.counts.items()]
    rates = figures.rates.values()
    shares = [(r.label, r.percent, f"{r.definition}（{r.numerator}/{r.denominator}）") for r in rates]
    timed: list[tuple[Content, ...]] = [("办理时效", NO_VALUE, words) for words in PERCENTILES]
    compared: list[tuple[Content, ...]] = [("环比、同比", NO_VALUE, words) for words in RULES_OF_COMPARISON]
    policies: list[tuple[Content, ...]] = [("计算口径", NO_VALUE, words) for words in frame.policies]
    return draw_definitions(
        f"{_paper_of(frame)}指标口径",
        (*facts, *counted, *shares, *timed, *(compared if figures.earlier else []), *policies),
    )
