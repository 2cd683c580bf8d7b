"""The month's report with openpyxl: load the book, work the tables out from its rows, write the same sheets as zmn.

``--read-only`` opens the book in the mode that streams rows; otherwise it is loaded as usual.
"""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
from columns import HEADER_ROW, LOG
from monthfigures import Case, Month, cases_of
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from reportwords import DEFINITIONS, RATES, words_of

_OFFICE = "内乡县行政审批服务中心"
_DIMENSIONS = ("受理渠道", "事项性质", "响应级别", "业务类别")
_THIN = Side(style="thin")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)
_BODY, _BOLD, _TITLE = Font(name="宋体", size=10), Font(name="黑体", size=10), Font(name="黑体", size=16)
_FILL = PatternFill("solid", fgColor="EDEDED")


class Writer:
    """Rows put below each other on one sheet."""

    def __init__(self, sheet: Any, width: int) -> None:
        self.sheet, self.width, self.row = sheet, width, 0

    def title(self, text: str) -> None:
        self.line(text)
        self.sheet.merge_cells(start_row=self.row, start_column=1, end_row=self.row, end_column=self.width)
        cell = self.sheet.cell(self.row, 1)
        cell.font, cell.alignment = _TITLE, _CENTRE

    def line(self, *texts: str) -> None:
        self.row += 1
        for place, text in enumerate(texts):
            self.sheet.cell(self.row, 1 + place * (self.width // max(1, len(texts))), text).font = _BODY

    def cells(self, values: Any, *, is_header: bool = False, step: int = 1) -> None:
        self.row += 1
        for place, value in enumerate(values):
            cell = self.sheet.cell(self.row, 1 + place * step, value)
            cell.font, cell.border = (_BOLD if is_header else _BODY), _BOX
            cell.alignment = _CENTRE if is_header or not isinstance(value, str) else _LEFT
            if is_header:
                cell.fill = _FILL
            if isinstance(value, datetime):
                cell.number_format = "yyyy-mm-dd hh:mm"
            elif isinstance(value, date):
                cell.number_format = "yyyy-mm-dd"
            elif isinstance(value, float):
                cell.number_format = "0.0%"

    def table(self, headers: Any, rows: Any, *, step: int = 1) -> None:
        self.cells(headers, is_header=True, step=step)
        for row in rows or [("（本期没有）",)]:
            self.cells(row, step=step)

    def skip_to(self, row: int) -> None:
        self.row = max(self.row, row - 1)


def summary(book: Any, month: Month, before: Month) -> None:
    """汇总: figures, rates, days, units and the other dimensions, what must agree, signatures."""
    out = Writer(book.create_sheet("汇总"), 36)
    out.title(_OFFICE)
    out.title(f"“办不成事”事项处理进度跟踪台账{month.title}月报")
    out.line(f"填报单位（盖章）：{_OFFICE}", f"截至日：{month.last:%Y年%m月%d日}")
    out.line("一、办理情况")
    now, then = month.figures(), before.figures()
    rows = []
    for name, figure in now.items():
        more = figure - then[name]
        rows.append((name, figure, then[name], more, round(more / then[name], 3) if then[name] else "—", *"———"))
    out.table(("指标", "本月", "上月", "增减", "增减率", "上年同期", "增减", "增减率"), rows, step=4)
    out.line(f"上月为{before.first}至{before.last}；上年同期没有数据的记“—”。")
    out.line("二、比率")
    out.table(
        ("比率", "本月", "分子", "分母", "上月", "增减百分点", "上年同期", "增减百分点", "口径"),
        [
            (name, month.rate(name), *month.parts(name), before.rate(name),
             round((month.rate(name) - before.rate(name)) * 100, 1), "—", "—", told)
            for name, told in RATES
        ],
        step=4,
    )  # fmt: skip
    out.line("三、按日受理和办结")
    days = [month.first + timedelta(n) for n in range((month.last - month.first).days + 1)]
    taken, ended = month.by_day(days)
    out.table(("日", *(d.day for d in days), "合计"), [("受理", *taken, sum(taken)), ("办结", *ended, sum(ended))])
    lines = LineChart()
    lines.add_data(Reference(out.sheet, min_col=1, max_col=len(days) + 1, min_row=out.row - 1, max_row=out.row),
                   from_rows=True, titles_from_data=True)  # fmt: skip
    out.sheet.add_chart(lines, f"A{out.row + 1}")
    out.row += 1
    out.line("四、按责任窗口")
    units = month.by("责任窗口（单位）", month.unit_columns)
    out.table(("责任窗口", *month.unit_columns), units, step=3)
    bars = BarChart()
    bars.add_data(Reference(out.sheet, min_col=4, min_row=out.row - len(units) + 1, max_row=out.row - 1))
    out.sheet.add_chart(bars, f"A{out.row + 1}")
    out.row += 2
    for number, dimension in zip("五六七八", _DIMENSIONS, strict=True):
        out.line(f"{number}、按{dimension}")
        out.table((dimension, *month.short_columns), month.by(dimension, month.short_columns), step=4)
    out.line("九、勾稽核对")
    agreed = [(name, a, b, "相符" if is_so else "不符") for name, (a, b, is_so) in month.checks().items()]
    out.table(("勾稽关系", "左边", "右边", "结果"), agreed, step=9)
    out.line("负责人签字：", "审核人：", "填报人：", "日期：　　年　月　日")


def lists(book: Any, month: Month, headers: list[str]) -> None:
    """台账, 逾期明细 and 超时办结明细: the month's cases row by row, names and numbers masked."""
    official = headers[:16]
    out = Writer(book.create_sheet("台账"), 16)
    out.title(f"{_OFFICE}“办不成事”事项处理进度跟踪台账")
    out.line(f"填报单位（盖章）：{_OFFICE}", f"{month.title}　截至日：{month.last:%Y年%m月%d日}")
    shown = month.listed()
    out.table(
        official, [(n, *case.official_cells(official[1:], month.last)) for n, case in enumerate(shown, start=1)]
    )
    out.line(f"共{len(shown)}件（上月结转{len(month.carried)}件，本月受理{len(month.received)}件，本月重办0件）。")
    out.line("办理对象姓名、电话已作遮盖，完整内容见本单位台账。")
    if provisional := [case.number for case in shown if case.is_provisional_on(month.last)]:
        out.line(f"时限暂定（放假安排公布后复核）：{'、'.join(provisional)}。")
    out.line("负责人签字：", "审核人：", "填报人：", "日期：　　年　月　日")

    out = Writer(book.create_sheet("逾期明细"), 11)
    out.title(f"{month.title}逾期未结事项明细")
    out.line(f"截至日：{month.last}", f"共{len(month.overdue)}件")
    out.table(
        ("序号", "事项编号", "责任窗口（单位）", "办理对象", "“办不成事”情况", "逾期环节", "办理时限", "逾期工作日",
         "逾期天数", "处理进度", "备注"),
        [(n, c.number, c.unit, c.masked_name, c.about, "解决", c.due, month.workdays(c.due, month.last),
          (month.last - c.due).days, c.progress_on(month.last), None) for n, c in enumerate(month.overdue, start=1)],
    )  # fmt: skip
    out.line("逾期天数按自然日、逾期工作日按调休后的工作日，均自时限最后一日的次日起算。")

    out = Writer(book.create_sheet("超时办结明细"), 12)
    out.title(f"{month.title}超时办结事项明细")
    out.line(f"截至日：{month.last}", f"共{len(month.late)}件")
    out.table(
        ("序号", "事项编号", "责任窗口（单位）", "办理对象", "“办不成事”情况", "受理时间", "办理时限", "办结时间",
         "超时工作日", "用时工作日", "办理结果", "备注"),
        [(n, c.number, c.unit, c.masked_name, c.about, c.taken, c.due, c.closed, month.workdays(c.due, c.closed),
          month.workdays(c.taken, c.closed), c.result, None) for n, c in enumerate(month.late, start=1)],
    )  # fmt: skip
    out.line("超时工作日自时限最后一日的次日起算；用时工作日自受理的次日起算。")


def write(path: str, cases: list[Case], headers: list[str], month: Month, before: Month) -> None:
    """Write the report."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    summary(book, month, before)
    out = Writer(book.create_sheet("单位情况"), 11)
    out.title(f"{month.title}接收、办理结果和回访情况（按责任窗口）")
    out.line(f"填报单位（盖章）：{_OFFICE}", f"截至日：{month.last:%Y年%m月%d日}")
    columns, rows = month.unit_table()
    out.table(columns, rows)
    for text in words_of("单位情况"):
        out.line(text)
    out = Writer(book.create_sheet("办理时效"), 6)
    out.title(f"{month.title}办理时效")
    out.line(f"填报单位（盖章）：{_OFFICE}", f"截至日：{month.last:%Y年%m月%d日}")
    out.table(("分组", "类别", "办结轮次", "中位数（工作日）", "90%分位数（工作日）", "最长（工作日）"),
              month.timeliness(("责任窗口（单位）", "事项性质", "响应级别")))  # fmt: skip
    for text in words_of("办理时效"):
        out.line(text)
    lists(book, month, headers)
    out = Writer(book.create_sheet("指标口径"), 3)
    out.title(f"{month.title}月报指标口径")
    figures: dict[str, Any] = dict(month.figures())
    figures |= {name: month.rate(name) for name, _ in RATES}
    out.table(("项目", "数值", "口径与说明"), [(name, figures.get(name, "—"), told) for name, told in DEFINITIONS])
    out.line("数字由台账和流转记录算出。")
    for sheet in book.worksheets:
        for column in range(1, sheet.max_column + 1):
            sheet.column_dimensions[get_column_letter(column)].width = 5 if sheet.title == "汇总" else 14
    book.save(path)


def main(path: str, month: str, out: str, mode: str = "") -> None:
    """Report on a month (2026-10) of the book at ``path``."""
    book = openpyxl.load_workbook(path, read_only=bool(mode), data_only=True)
    ledger = list(book.worksheets[0].iter_rows(min_row=HEADER_ROW, values_only=True))
    log = list(book[LOG].iter_rows(min_row=HEADER_ROW, values_only=True))
    headers = [str(text) for text in ledger[0]]
    cases = cases_of(ledger, log)
    year, number = map(int, month.split("-"))
    first = date(year, number, 1)
    this, before = Month(cases, first), Month(cases, (first - timedelta(1)).replace(day=1))
    write(out, cases, headers, this, before)
    print(len(this.listed()))


if __name__ == "__main__":
    main(*sys.argv[1:])
