"""What is measured: the tasks, who contends in each, and on how many rows."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from pathlib import Path

from benchmarks.machine import today
from benchmarks.workspaces import ROWS_OF_A_BOOK, Place

_TODAY = today()
DAY = max(_TODAY, date(_TODAY.year, 2, 15))
"""The day the big ledgers are kept up to and looked at: today, for an earlier one would be replayed from the log. A
ledger of the first weeks of a year would have no cases to close.
"""

LIMIT = "5工作日"
"""What the case that is registered must be resolved within (内乡县，方案四（三）)."""

_PYTHON = sys.executable
ZMN = str(Path(sysconfig.get_path("scripts")) / "zmn")
_RIVALS = Path(__file__).with_name("rivals")


class Task(Enum):
    """What is done; the value is what ``--only`` calls it."""

    REGISTER = "register"
    OVERDUE = "overdue"
    REPORT = "report"
    IMPORT = "import"
    ROLLUP = "rollup"
    HELP = "help"
    DEADLINES = "deadlines"


class Who(Enum):
    """Who contends; the value is the name in the results."""

    ZMN = "`zmn`"
    ZMN_WARM = "`zmn`（有缓存）"
    ZMN_COLD = "`zmn`（没有缓存）"
    OPENPYXL = "openpyxl 脚本"
    OPENPYXL_READING = "openpyxl 脚本，只读方式打开"
    EXCELIZE = "excelize 脚本"
    PANDAS = "pandas `read_excel`（openpyxl）"
    PANDAS_CALAMINE = "pandas `read_excel`（calamine）"
    CALAMINE = "下限：只用 calamine 读台账一张表"
    INFLATE = "下限：只解压台账一张表"
    IMPORTING_BOTH = "下限：`import typer, rich`"
    IMPORTING_TYPER = "下限：`import typer`"


Command = Callable[[Place], list[str]]
"""A command line for a place."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One way of doing the task. ``slow`` ones run less often on many rows; ``writes`` asks for a copy each run.

    ``before`` is what the office did with its ledger before, untimed; ``cold``: what zmn kept then is gone.
    """

    who: Who
    command: Command
    writes: bool = False
    slow: bool = False
    before: tuple[Command, ...] = ()
    cold: bool = False


@dataclass(frozen=True, slots=True)
class Contest:
    """One task, its contenders in the order of the results, and the numbers of rows it is done on."""

    task: Task
    title: str
    told: str
    contenders: tuple[Contender, ...]
    sizes: tuple[int, ...]


def _zmn(*line: str) -> Command:
    return lambda place: [ZMN, *line, "--as-of", DAY.isoformat(), "-w", str(place.workspace)]


def _python(code: str) -> Command:
    return lambda _: [_PYTHON, "-c", code]


def _script(name: str, *more: str) -> Command:
    return lambda place: [_PYTHON, str(_RIVALS / f"{name}.py"), str(place.book), *more]


def _register(name: str, phone: str) -> Command:
    """A person whom no big ledger knows comes to the window."""
    told = ("--name", name, "--about", "营业执照变更办不下来", "--unit", "商事登记区", "--phone", phone)
    return _zmn("register", *told, "--at", f"{DAY} 09:00")


_MORNING_LOOK = _zmn("overdue")
_OF_A_DAY = (_MORNING_LOOK, _register("诸葛亮", "13800000014"))
"""A day like any other: the clerk has looked at what is overdue, and somebody has come already."""

_NEW_CASE = _register("司马相如", "13800000021")
_MONTH = f"{DAY.replace(day=1) - timedelta(days=1):%Y-%m}"
_EXPORT = ("--ledger", "hotline", "--mapping", "12345-wide")


def _rollup(place: Place) -> list[str]:
    line = ["rollup", str(place.workspace), "--month", _MONTH, "--out", str(place.out / "汇总.xlsx"), "--json"]
    return [ZMN, *line, "--as-of", DAY.isoformat()]


def _reading_all(place: Place) -> list[str]:
    return [_PYTHON, str(_RIVALS / "rollup_pandas.py"), str(place.workspace), _MONTH]


CONTESTS: Sequence[Contest] = (
    Contest(
        Task.REGISTER,
        "登记一件",
        "在台账和流转记录两张表的末尾各添一行（新的办理对象，台账一行24个以上的值），样式同上一行，存盘。"
        "当天已经看过逾期、登记过一件；登记以后更新缓存的时间算在内。"
        "“没有缓存”的，是 WPS 存过以后第一次写：整本账重新核对一遍。",
        (
            Contender(Who.ZMN, _NEW_CASE, writes=True, before=_OF_A_DAY),
            Contender(Who.ZMN_COLD, _NEW_CASE, writes=True, before=_OF_A_DAY, cold=True),
            Contender(Who.EXCELIZE, _script("register_excelize"), writes=True, slow=True, before=_OF_A_DAY),
            Contender(Who.OPENPYXL, _script("register_openpyxl"), writes=True, slow=True, before=_OF_A_DAY),
        ),
        (1_000, 10_000, 50_000),
    ),
    Contest(
        Task.OVERDUE,
        "早上看逾期",
        "找出没有办结而时限已过的事项。各种办法找出的编号逐件核对过，都是同样的60件。",
        (
            Contender(Who.ZMN_WARM, _MORNING_LOOK, writes=True, before=(_MORNING_LOOK,)),
            Contender(Who.ZMN_COLD, _MORNING_LOOK, writes=True),
            Contender(Who.PANDAS_CALAMINE, _script("overdue_pandas", "calamine")),
            Contender(Who.PANDAS, _script("overdue_pandas", "openpyxl"), slow=True),
            Contender(Who.CALAMINE, _script("read_calamine")),
            Contender(Who.INFLATE, _script("inflate")),
            Contender(Who.IMPORTING_BOTH, _python("import typer, rich")),
        ),
        (1_000, 10_000, 50_000),
    ),
    Contest(
        Task.REPORT,
        "出月报",
        f"{_MONTH} 的月报，一本 xlsx：同样的工作表，同样的行数和列数；清单里的编号和各单位的数逐个核对过。",
        (
            Contender(
                Who.ZMN,
                lambda place: [
                    *_zmn("report", "--month", _MONTH, "--format", "xlsx")(place), "--out", str(place.out / "zmn"),
                ],
                writes=True,
            ),
            Contender(
                Who.OPENPYXL,
                lambda place: _script("report_openpyxl", _MONTH, str(place.out / "openpyxl.xlsx"))(place),
                slow=True,
            ),
            Contender(
                Who.OPENPYXL_READING,
                lambda place: _script("report_openpyxl", _MONTH, str(place.out / "只读.xlsx"), "--read-only")(place),
                slow=True,
            ),
        ),
        (1_000, 10_000, 50_000),
    ),
    Contest(
        Task.IMPORT,
        "导入热线工单",
        "把热线系统导出的 xlsx（30列，每行一个不同的人）登记进临县一本空的专席台账：台账和流转记录各添同样多的行。",
        (
            Contender(
                Who.ZMN,
                lambda place: _zmn("import", str(place.export), *_EXPORT)(place),
                writes=True,
                slow=True,
            ),
            Contender(
                Who.OPENPYXL,
                lambda place: [*_script("import_openpyxl")(place), str(place.export)],
                writes=True,
                slow=True,
            ),
        ),
        (1_000, 10_000),
    ),
    Contest(
        Task.ROLLUP,
        "汇总许多账册",
        f"{ROWS_OF_A_BOOK:,}件一本的账册（行数是各本之和，人各不相同），出 {_MONTH} 的汇总：zmn 每核用一个进程，"
        "还原到月末，认重复，核勾稽，写出各级的表；pandas 只把每本的全部工作表读一遍，数出受理件数。"
        "两边的总件数和当月受理件数核对过。",
        (
            Contender(Who.ZMN, _rollup),
            Contender(Who.PANDAS, _reading_all, slow=True),
        ),
        (100_000,),
    ),
    Contest(
        Task.HELP,
        "起动",
        "`zmn --help`，与只载入 typer 相比。",
        (
            Contender(Who.ZMN, lambda _: [ZMN, "--help"]),
            Contender(Who.IMPORTING_TYPER, _python("import typer")),
        ),
        (0,),
    ),
)  # fmt: skip
