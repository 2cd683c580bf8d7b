"""What the office's scripts know of the book: its sheets, and a new case as the cells of a row by header."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

DAY = datetime.fromisoformat(os.environ["BENCH_DAY"])
MORNING = DAY.replace(hour=9)
# The limit of a case that comes that day is told: the scripts do not count workdays.
DUE = datetime.fromisoformat(os.environ["BENCH_DUE"])
PROVISIONAL = os.environ["BENCH_PROVISIONAL"]
CLOCKS = f"解决={DUE:%Y-%m-%d}{PROVISIONAL}"
LOG = "流转记录"
HEADER_ROW = 2
OPERATION, NUMBER, CHECK = "操作号", "事项编号", "编号(核对)"


def new_case(number: str, row_no: int) -> dict[str, Any]:
    """The ledger's cells of a new case: as many values as zmn writes there."""
    taken = MORNING
    return {
        "序号": row_no, NUMBER: number, "受理时间": taken, "办理对象": "司马相如", "联系电话": "13800000021",
        "“办不成事”情况": "营业执照变更办不下来", "响应级别": "三级", "责任窗口（单位）": "商事登记区",
        "办理时限": DUE,
        "处理进度": "已受理，交商事登记区办理", CHECK: number, "状态": "办理中", "事项性质": "应办未办",
        "下一环节": "解决", "下一时限": DUE, "时限明细": CLOCKS, "轮次": 1,
        "本轮起算": DAY,
        "首接人": "赵敏慧", "受理渠道": "窗口", "受理人员": "赵敏慧", "业务类别": "求助", "交办时间": taken,
        "规则版本": "2021", "暂定": PROVISIONAL or None,
    }  # fmt: skip


def new_line(number: str, operation: str) -> dict[str, Any]:
    """The cells of the line of 流转记录 that goes with it."""
    taken = MORNING
    return {
        OPERATION: operation, "发生时间": taken, "登记时间": taken, "编号": number, "环节": "受理", "经办": "赵敏慧",
        "单位": "商事登记区", "说明": None, "时限变化": CLOCKS,
    }  # fmt: skip


def following_number(last: str, day: str = f"{DAY:%Y%m%d}") -> str:
    """The next number of the day, two digits or more behind it."""
    return f"{day}{int(last[8:]) + 1 if last.startswith(day) else 1:02d}"


def following_operation(last: str, day: str = f"{DAY:%Y%m%d}") -> str:
    """The next operation number: they go on over the days."""
    return f"{day}-{int(last.partition('-')[2]) + 1:07d}"
