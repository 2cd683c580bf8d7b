"""Many workspaces and books, one report: found, read by an engine, counted once, written as one workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import BadValueError, CannotWriteError, UnreadableFileError, quoted
from zhuomuniao.periods import parse_period
from zhuomuniao.render.report_xlsx import render_report
from zhuomuniao.rollup.cluster import require_safe, run_dask
from zhuomuniao.rollup.counted import Asked
from zhuomuniao.rollup.engines import Engine, run_local
from zhuomuniao.rollup.gathering import Gathered
from zhuomuniao.rollup.groupfigures import shown_first
from zhuomuniao.rollup.groups import GROUPINGS, parse_groupings
from zhuomuniao.rollup.marks import new_key
from zhuomuniao.rollup.readtables import is_sound, remarks_on
from zhuomuniao.rollup.sources import find_sources, read_source
from zhuomuniao.rollup.summing import Total, sum_up
from zhuomuniao.rollup.tables import RollupFrame, build_rollup
from zhuomuniao.ruletypes import Every
from zhuomuniao.store.owner import find_owner, is_left_behind
from zhuomuniao.store.reader import read_custom_properties
from zhuomuniao.store.stage import make_folder, write_durably
from zhuomuniao.usecases.office import Moment, open_locality
from zhuomuniao.usecases.reportduties import PeriodAsked, month_before
from zhuomuniao.usecases.reporting import covered_days, earlier_spans
from zhuomuniao.usecases.rollupreading import REPORT_KEY, read_place

if TYPE_CHECKING:
    from zhuomuniao.reports.tables import Report
    from zhuomuniao.rollup.counted import Answer, Source, Unread

__all__ = [
    "Engine",
    "RolledUp",
    "RollupWanted",
    "is_sound",
    "parse_groupings",
    "remarks_on",
    "roll_up",
    "shown_first",
]

_SUBJECT = "rollup"

Told = Callable[[int, int, int, int], None]
"""How far a roll-up is: places read, of how many, cases read, what could not be read."""


class RollupWanted(Struct, frozen=True):
    """What is asked for. ``named`` are folders, patterns, lists, files; ``period`` is ``None`` for last month."""

    named: tuple[str, ...]
    out: Path
    period: PeriodAsked | None = None
    by: tuple[str, ...] = tuple(GROUPINGS)
    engine: Engine = Engine.LOCAL
    scheduler: str | None = None
    workers: int | None = None
    localities: tuple[Path, ...] = ()
    office: str = ""


class RolledUp(Struct, frozen=True):
    """The report, its figures and the file it stands in."""

    report: Report
    total: Total
    file: Path
    files: int
    failed: tuple[Unread, ...]

    @property
    def is_sound(self) -> bool:
        """Whether all identities hold, of each ledger and of the whole."""
        return all(check.holds for check in self.report.checks) and all(map(is_sound, self.total.books))


def roll_up(wanted: RollupWanted, moment: Moment, tell: Told | None = None) -> RolledUp:
    """Read everything that was named, and write one report over it all.

    What cannot be read is listed in it, and nothing that is read is changed. Raises :class:`BadValueError` for
    something named that is not there, a period not yet begun, or a file of somebody else's in the way;
    :class:`CannotWriteError` for a file that cannot be written.
    """
    if wanted.engine is Engine.LOCAL and wanted.scheduler is not None:
        raise BadValueError("--scheduler 是 Dask 集群的地址", "请同时写 --engine dask，或去掉 --scheduler")
    if wanted.scheduler is not None:
        require_safe(wanted.scheduler)
    out = _place_of(wanted.out)
    asked, words = _asked(wanted, moment)
    found = find_sources(wanted.named, leave_out=(out,))
    if not found.sources and not found.unread:
        raise BadValueError(
            f"{'、'.join(quoted(name) for name in wanted.named)}里没有工作区，也没有 .xlsx 账册",
            "请核对文件夹；工作区是有 zmn.toml 的文件夹",
        )
    # Hours of reading are not begun for a place that cannot be written to.
    make_folder(out.parent)
    with Gathered() as gathered:
        gathered.add_unread(found.unread)
        rows, failed = 0, len(found.unread)
        for done, answer in enumerate(_answers(wanted, asked, found.sources), start=1):
            gathered.add(answer)
            rows += answer.rows
            failed += sum(not one.is_other for one in answer.unread)
            if tell:
                tell(done, len(found.sources), rows, failed)
        gathered.finish()
        total = sum_up(gathered, asked, words)
    report = build_rollup(total, RollupFrame(asked.spans[0], wanted.office, asked.by))
    write_durably(out, render_report(report, properties={REPORT_KEY: f"{_SUBJECT}/{report.period}"}))
    return RolledUp(report, total, out, sum(len(book.files) for book in total.books), total.failed)


def _asked(wanted: RollupWanted, moment: Moment) -> tuple[Asked, tuple[str, ...]]:
    """What every worker is told, and what the periods compared with are called."""
    period = wanted.period or PeriodAsked(Every.MONTH, month_before(moment.as_of))
    meant = parse_period(period.every, period.label)
    days = covered_days(meant, (meant.first, meant.last), moment.as_of)
    earlier = earlier_spans(days, meant, None, lambda other: (other.first, other.last))
    for folder in wanted.localities:
        # A mistake in it is told at once, not once for each book.
        open_locality(folder)
    asked = Asked(
        spans=(days, *(span for _, span in earlier)),
        by=wanted.by,
        key=new_key(),
        now=moment.now,
        as_of=moment.as_of,
        localities=tuple(str(folder.absolute()) for folder in wanted.localities),
    )
    return asked, tuple(word for word, _ in earlier)


def _answers(wanted: RollupWanted, asked: Asked, sources: Sequence[Source]) -> Iterator[Answer]:
    work = partial(read_place, asked)
    if wanted.engine is Engine.DASK:
        return run_dask(work, sources, scheduler=wanted.scheduler, workers=wanted.workers)
    return run_local(work, sources, workers=wanted.workers)


def _place_of(out: Path) -> Path:
    """Where the workbook goes. Raises :class:`BadValueError` where something stands there that no roll-up wrote,
    :class:`CannotWriteError` where somebody has it open.
    """
    if out.suffix.lower() != ".xlsx":
        raise BadValueError(
            f"{quoted(out.name)}不是 .xlsx 文件名", "请把 --out 写成 汇总.xlsx 这样的文件名", field="out"
        )
    if not out.exists():
        return out
    other = BadValueError(
        f"{quoted(out.name)}已经有了，不是 zmn 做的汇总，没有改动它", "请换一个文件名，或把它移走", field="out"
    )
    if not out.is_file():
        raise other
    try:
        stamp = read_custom_properties(read_source(str(out)), name=out.name)
    except UnreadableFileError:
        raise other from None
    if not stamp.get(REPORT_KEY, "").startswith(f"{_SUBJECT}/"):
        raise other
    owner = find_owner(out)
    if owner is not None and not is_left_behind(out, owner):
        raise CannotWriteError(f"{quoted(out.name)}正被{owner}打开，没有改动它", "请关闭后再运行一次")
    return out
