"""Invented letters with tables and figures, for the tests of how letters are drawn."""

from __future__ import annotations

from datetime import date

from zhuomuniao.layouts import ColumnType
from zhuomuniao.reports.tables import (
    Blank,
    Chart,
    ChartKind,
    Figure,
    Paragraph,
    ParagraphKind,
    Place,
    ReportLetter,
    Table,
    TableColumn,
)

DAY = date(2026, 11, 6)
UNITS = (
    "县市场监督管理局", "县自然资源局", "县住房和城乡建设局", "县公安局", "县人力资源和社会保障局", "县医疗保障局",
    "县税务局", "县教育体育局", "县交通运输局", "城关镇人民政府",
)  # fmt: skip
STORY = "群众反映线上填报环节多、等待时间长，一次性告知的内容与窗口口径不一致；"


def number(header: str, width: float = 6) -> TableColumn:
    return TableColumn(header, width, ColumnType.NUMBER)


def by_unit(count: int = 10, kind: ChartKind = ChartKind.BAR) -> Table:
    """How many matters each unit took and settled, with a 合计."""
    rows = [
        (UNITS[n] if n < len(UNITS) else f"第{n}街道办事处", n * 3 % 17 + 1, n * 2 % 13, f"{n * 7 % 100}.0%")
        for n in range(count)
    ]
    total = ("合计", sum(row[1] for row in rows), sum(row[2] for row in rows), "50.0%")
    return Table(
        "汇总",
        "各单位办理情况",
        (TableColumn("承办单位", 20), number("受理件数"), number("办结件数"), TableColumn("按期办结率", 8)),
        (*rows, total) if count else (),
        notes=("按期办结率＝按期办结÷（按期办结＋逾期办结）。", "未结事项算至10月31日。"),
        chart=Chart(kind, "各单位受理、办结件数", columns=(1, 2)),
        has_total=bool(count),
    )


def by_day() -> Table:
    """Two rows as series, 31 days and a 合计 that is not drawn."""
    taken, settled = [day * 7 % 5 for day in range(1, 32)], [day * 3 % 4 for day in range(1, 32)]
    columns = (TableColumn("类别", 8), *(number(str(day), 3) for day in range(1, 32)), number("合计", 5))
    rows = (("受理", *taken, sum(taken)), ("办结", *settled, sum(settled)))
    chart = Chart(ChartKind.COLUMN, "10月每日受理、办结件数", points=31)
    return Table("汇总", "按日", columns, rows, title=("月报表",), head=("填报单位（盖章）：某中心",), chart=chart)


def overdue(count: int) -> Table:
    """A list with running text."""
    columns = (
        number("序号", 4), TableColumn("事项编号", 11), TableColumn("承办单位", 14),
        TableColumn("反映的情况", 34, place=Place.LEFT), TableColumn("应办结日", 10, ColumnType.DATE),
        number("逾期工作日", 6),
    )  # fmt: skip
    rows = tuple(
        (n, f"20261008{n:02}", UNITS[n % 10], f"第{n:02}件：{STORY * (n % 3 + 1)}", date(2026, 10, n % 28 + 1), n % 9)
        for n in range(1, count + 1)
    )
    return Table("逾期", "逾期未办结事项明细", columns, rows)


def register(count: int) -> Table:
    """A list of eleven columns, with a blank in the third row."""
    columns = (
        number("序号", 4), TableColumn("事项编号", 11), TableColumn("受理时间", 12, ColumnType.DATE),
        TableColumn("来源渠道", 8), TableColumn("承办单位", 14), TableColumn("级别", 6),
        TableColumn("反映的情况", 34, place=Place.LEFT), TableColumn("办理结果", 30, place=Place.LEFT),
        TableColumn("办结时间", 12, ColumnType.DATE), TableColumn("满意度", 7), TableColumn("备注", 10),
    )  # fmt: skip
    rows = tuple(
        (n, f"20261008{n:02}", date(2026, 10, n % 28 + 1), "窗口", UNITS[n % 10], "二级", f"第{n:02}件：{STORY}",
         "已协调办结并回访。", date(2026, 10, 28), "满意", Blank("原因") if n == 3 else None)
        for n in range(1, count + 1)
    )  # fmt: skip
    return Table("台账", "本月办理事项清单", columns, rows)


def heading(text: str) -> Paragraph:
    return Paragraph(text, ParagraphKind.HEADING)


def letter(*body: Paragraph | Table | Figure, attachments: tuple[str, ...] = ("月报表", "逾期明细")) -> ReportLetter:
    return ReportLetter(
        "某县行政审批服务中心关于2026年10月“办不成事”反映窗口运行情况的报告",
        "某县优化营商环境领导小组办公室",
        body,
        attachments,
        "某县行政审批服务中心",
        f"{DAY.year}年{DAY.month}月{DAY.day}日",
    )


WHOLE = letter(
    heading("一、总体情况"),
    Paragraph("本月共受理“办不成事”事项60件，办结50件，按期办结率为92.6%（按期办结50件，逾期办结4件）。"),
    Figure(by_day()),
    Paragraph("（一）按单位", ParagraphKind.SUBHEADING),
    by_unit(3),
    Figure(by_unit(3)),
    heading("二、逾期情况"),
    overdue(0),
    Paragraph(Blank("逾期原因分析")),
    heading("三、办理事项"),
    register(4),
    heading("四、下一步打算"),
    Paragraph(Blank("下一步打算")),
)
"""Text, tables, figures, blanks, a table without rows and one on a turned page."""
