"""Reports on 一把手 activities, under exactly the titles the notices give them.

碑林四（二） 每月信息报告, 四（三） 每季度总结, 五（三） 考核数据;
靖边三（一）（三） 每个窗口的情况报告, 四（三） 考核数据.
All of them count from records as they stood at the cut, and answer plain tables; nothing reads a book.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from zhuomuniao.reports.agreement import require_agreement
from zhuomuniao.reports.coverlines import Coverage, ItemLine, OwedLine
from zhuomuniao.reports.headings import numbered_and_signed
from zhuomuniao.reports.issuefigures import issue_faults
from zhuomuniao.reports.leaderfigures import FieldRecords, LeaderFigures, ReportFrame, count_figures
from zhuomuniao.reports.leaderletters import info_letter, summary_letter
from zhuomuniao.reports.leaderlists import (
    coverage_table,
    execution_table,
    handed_in_table,
    lists_table,
    mechanisms_table,
    rectification_table,
    taking_part_table,
)
from zhuomuniao.reports.leadertables import (
    MONTHLY_STATS,
    WINDOW_STATS,
    Stat,
    activities_table,
    carried_table,
    checks_table,
    definitions_table,
    enforcements_table,
    issues_table,
    items_table,
    labels_of,
    stats_table,
    units_table,
)
from zhuomuniao.reports.tables import (
    Check,
    ParagraphKind,
    Place,
    Report,
    ReportLetter,
    Table,
    TableColumn,
)

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import HandedIn
    from zhuomuniao.layouts import Layout

PROSE = "总结"
NO_SCORES = "本表只提供数据和清单，不评分、不排名；是否通报、扣分由考核单位决定。"
_NO_LIST = "没有参与单位名单，未列出尚未参加的单位；名单在活动计划或参与单位名单中。"


def build_month_info(
    records: FieldRecords, frame: ReportFrame, *, previous: Mapping[str, int] | None = None
) -> tuple[Report, ReportLetter]:
    """每月的信息报告 (碑林四（二）): the five statistics with their contents, by unit, and the activities.

    Answers the workbook's tables and the letter. ``previous`` are the counts of the report before.
    """
    figures = count_figures(records, frame, previous=previous)
    named = frame.covered.named
    return _info(figures, frame, MONTHLY_STATS, named), info_letter(figures, frame, MONTHLY_STATS, named=named)


def build_window_report(
    records: FieldRecords, frame: ReportFrame, coverage: Coverage, *, previous: Mapping[str, int] | None = None
) -> tuple[Report, ReportLetter]:
    """每个窗口的情况报告 (靖边三（一）（三）): three statistics, and who has not taken part in the window."""
    figures = count_figures(records, frame, coverage=coverage, previous=previous)
    named = frame.covered.named
    more = [taking_part_table(coverage, frame)] if coverage.units else []
    notes = () if coverage.units else (_NO_LIST,)
    report = _info(figures, frame, WINDOW_STATS, named, more=more, notes=notes)
    return report, info_letter(figures, frame, WINDOW_STATS, named=named, coverage=coverage)


def build_quarter_summary(
    records: FieldRecords,
    frame: ReportFrame,
    coverage: Coverage,
    *,
    handins: Sequence[HandedIn],
    layout: Layout,
    previous: Mapping[str, int] | None = None,
) -> tuple[Report, ReportLetter]:
    """每季度的总结 (碑林四（三）, 五（二）): numbers as sentences, prose as marked blanks, the three lists merged.

    ``layout`` is that of the issues' ledger; ``handins`` are all that are recorded.
    """
    figures = count_figures(records, frame, coverage=coverage, previous=previous)
    named = frame.covered.named
    letter = summary_letter(figures, frame, named=named, coverage=coverage, handins=handins)
    more = [lists_table(figures, frame, layout)]
    if coverage.units:
        more.append(taking_part_table(coverage, frame))
    more.append(handed_in_table(figures, frame, coverage, handins))
    if coverage.items:
        more.append(coverage_table(coverage, frame))
    notes = () if coverage.units else (_NO_LIST,)
    report = _info(figures, frame, MONTHLY_STATS, named, more=more, notes=notes)
    return replace(report, tables=(_prose_table(letter), *report.tables)), letter


def build_assessment(
    records: FieldRecords,
    frame: ReportFrame,
    *,
    owed: Sequence[OwedLine],
    items: Sequence[ItemLine] = (),
    stats: Sequence[Stat] = MONTHLY_STATS,
) -> Report:
    """每年的考核数据 (碑林五（三）, 靖边四（三）) per unit: 活动执行、问题整改、长效机制; lists, no scores."""
    figures = count_figures(records, frame)
    title = _title(frame, frame.covered.named)
    built = mechanisms_table(figures, frame)
    checks = (
        *figures.checks,
        Check(
            "各单位各期已参加次数之和 ⊆ 活动次数",
            sum(line.done for line in owed),
            figures.counts["activities"],
            is_at_most=True,
        ),
        Check(
            "各单位长效机制之和 = 长效机制清单行数",
            sum(own["mechanisms"] for _, own in figures.by_unit),
            len(built.rows),
        ),
    )
    figures = replace(figures, checks=checks)
    last = Coverage(frame.covered.first, frame.covered.last, items=tuple(items))
    tables = [
        execution_table(figures, frame, owed, (frame.office, title)),
        rectification_table(figures, frame, owed),
        built,
        *([coverage_table(last, frame)] if items else []),
        issues_table(figures, frame),
        activities_table(figures, frame),
        replace(checks_table(checks), sheet="勾稽核对", name="", title=("勾稽核对",)),
        definitions_table(figures, frame, stats, notes=(NO_SCORES,)),
    ]
    return _report(figures, frame, title, tables)


def _info(
    figures: LeaderFigures,
    frame: ReportFrame,
    stats: Sequence[Stat],
    named: str,
    *,
    more: Sequence[Table] = (),
    notes: Sequence[str] = (),
) -> Report:
    """The workbook: 汇总, each content on a sheet of its own, ``more``, the activities, 指标口径."""
    title = _title(frame, named)
    summary = [
        stats_table(figures, frame, stats, (frame.office, title)),
        carried_table(figures),
        checks_table(figures.checks),
    ]
    contents = {
        Stat.ITEMS: items_table,
        Stat.ENFORCEMENTS: enforcements_table,
        Stat.ISSUES: issues_table,
    }
    tables = [
        *numbered_and_signed(summary),
        units_table(figures, frame, stats),
        *(make(figures, frame) for stat, make in contents.items() if stat in stats),
        *more,
        activities_table(figures, frame),
        definitions_table(figures, frame, stats, notes=notes),
    ]
    return _report(figures, frame, title, tables)


def _title(frame: ReportFrame, named: str) -> str:
    return f"{named}{frame.title}{frame.covered.through}"


def _report(figures: LeaderFigures, frame: ReportFrame, title: str, tables: Sequence[Table]) -> Report:
    """Raises :class:`IntegrityError` where an identity is broken."""
    rounds = (*figures.problems, *figures.needs)
    require_agreement(figures.checks, lambda: issue_faults(rounds, frame.covered), measure="条")
    return Report(
        period=frame.covered.label,
        title=title,
        tables=tuple(tables),
        counts=figures.all_counts,
        rates={},
        checks=figures.checks,
        rows=len(figures.activities),
        labels=labels_of(figures),
    )


def _prose_table(letter: ReportLetter) -> Table:
    """The letter's text for whoever opens the workbook only; what is still to be written is marked here too."""
    rows: list[tuple[str, str]] = []
    heading = "说明"
    for paragraph in letter.paragraphs:
        if paragraph.kind is ParagraphKind.HEADING:
            heading = paragraph.text
        else:
            rows.append((heading, paragraph.text))
            heading = ""
    return Table(
        sheet=PROSE,
        name="",
        title=(letter.title.replace("\n", ""),),
        head=(f"报：{letter.to}", f"{len(letter.blanks)}处黄色标记待填写"),
        columns=(TableColumn("部分", 16), TableColumn("内容", 74, place=Place.LEFT)),
        rows=tuple(rows),
        notes=("黄色标记“［请填写：…］”处由人填写，填好或删去后再报出；数字由台账生成。",),
        least_height=24,
    )
