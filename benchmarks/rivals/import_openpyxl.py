"""An export brought in with openpyxl: load it and the book, append a row to each of both sheets for each order, save.

It looks for nothing that zmn looks for: no order that is there already, no person with a similar matter, no unit that
the county does not know, no limit.
"""

from __future__ import annotations

import sys
from copy import copy
from datetime import datetime
from typing import Any

import openpyxl
from columns import CHECK, DAY, HEADER_ROW, LOG, MORNING, OPERATION


def appender(sheet: Any) -> Any:
    """A function that appends a row of values by header, styled like the prepared row below the header."""
    headers = [cell.value for cell in sheet[HEADER_ROW]]
    styles = [copy(sheet.cell(HEADER_ROW + 1, column)._style) for column in range(1, len(headers) + 1)]
    numbers = iter(range(HEADER_ROW + 1, sheet.max_row + 10_000_000))

    def append(values: dict[str, Any]) -> None:
        row = next(numbers)
        for column, (header, style) in enumerate(zip(headers, styles, strict=True), start=1):
            sheet.cell(row, column, values.get(header))._style = copy(style)

    return append


def main(path: str, export: str) -> None:
    """Bring the orders of ``export`` into the book at ``path``."""
    rows = openpyxl.load_workbook(export).worksheets[0].iter_rows(values_only=True)
    next(rows)
    headers = next(rows)
    book = openpyxl.load_workbook(path)
    to_ledger, to_log = appender(book.worksheets[0]), appender(book[LOG])
    count = 0
    orders = [dict(zip(headers, row, strict=True)) for row in rows]
    for count, order in enumerate(sorted(orders, key=lambda order: order["受理时间"]), start=1):
        number, taken, unit = order["工单编号"], order["受理时间"], order["承办单位"]
        to_ledger({
            "序号": count, "工单编号": number, "受理时间": taken, "经营主体": order["来电人姓名"],
            "联系电话": order["来电人电话"], "问题描述": f"{order['工单标题']}\n{order['诉求内容']}",
            "责任主体": unit,
            "转办时间": taken, "办理时限": "一事一议", CHECK: number, "状态": "办理中", "时限明细": "解决=一事一议",
            "轮次": 1, "本轮起算": datetime(taken.year, taken.month, taken.day), "首接人": "赵敏慧",
            "受理渠道": "12345专席", "受理人员": "赵敏慧", "处理进度": f"已受理，交{unit}办理", "规则版本": "2023",
            "备注": f"紧急程度：{order['紧急程度']}；一级分类：{order['一级分类']}；问题类别：{order['诉求类型']}",
        })  # fmt: skip
        to_log({
            OPERATION: f"{DAY:%Y%m%d}-{count:07d}", "发生时间": taken, "登记时间": MORNING, "编号": number,
            "环节": "受理", "经办": "赵敏慧", "单位": unit, "时限变化": "解决=一事一议",
        })  # fmt: skip
    book.save(path)
    print(count)


if __name__ == "__main__":
    main(*sys.argv[1:])
