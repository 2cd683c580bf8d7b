"""What a worker does with one place of a roll-up: read a workspace, or a book that came alone, and count it.

Nobody's name and no telephone is in what it answers (:class:`zhuomuniao.rollup.counted.Answer`), and whatever it
meets, it answers: one broken book never stops the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, time
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from zhuomuniao.assets import locality_folder
from zhuomuniao.errors import UnreadableFileError, WorkspaceError, ZmnError, quoted, reason_of
from zhuomuniao.model import Case, Status, StepKind
from zhuomuniao.rollup.counted import Answer, CountedBook, EditionUsed, Unread
from zhuomuniao.rollup.counting import Known, LedgerAsCounted, count_ledger
from zhuomuniao.rollup.groups import shown, told
from zhuomuniao.rollup.marks import Marker
from zhuomuniao.rollup.sources import read_source
from zhuomuniao.rows import cell_text
from zhuomuniao.rules import Holds
from zhuomuniao.store.reader import read_custom_properties
from zhuomuniao.store.stamps import LAYOUT_KEY
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.casecourses import cases_at, read_touched
from zhuomuniao.usecases.inhand import lapses_on
from zhuomuniao.usecases.office import Desk, Moment, Office, calendar_of, locality_of, office_at, open_locality
from zhuomuniao.usecases.orderstand import orders_named
from zhuomuniao.usecases.reporting import DATE_POLICIES
from zhuomuniao.usecases.rulebook import rule_lines
from zhuomuniao.workdays import WorkCalendar
from zhuomuniao.workspace import Workspace, WorkspaceConfig, open_workspace

if TYPE_CHECKING:
    from zhuomuniao.casebook import Cells
    from zhuomuniao.layouts import Layout
    from zhuomuniao.rollup.counted import Asked, Source
    from zhuomuniao.rulefile import LocalityFolder
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.ledgerhistory import LedgerHistory

LOCALITY_KEY: Final = "zmn.locality"
LEDGER_KEY: Final = "zmn.ledger"
REPORT_KEY: Final = "zmn.report"
"""The property of zmn's own reports: they are no books."""

_LOOSE: Final = Path("zmn-loose-book")
"""Where a book that came alone is said to stand: nothing stands there, no journal and no copy."""


class LooseBook(Workspace, frozen=True):
    """One book that came without its workspace: its only ledger has one file."""

    layout: str
    file: str

    def book_path(self, layout: Layout, year: int) -> Path:
        """The file, whatever the year."""
        return self.root / self.file

    def book_years(self, layout: Layout) -> tuple[int, ...]:
        """One year, of the ledger that the file is."""
        return (0,) if layout.id == self.layout else ()


def read_place(asked: Asked, source: Source) -> Answer:
    """What stands in one place, counted. Raises nothing."""
    try:
        return _read_workspace(asked, source) if source.is_workspace else _read_loose(asked, source)
    except Exception as error:
        return Answer(source, unread=(_unread(source.name, error),))


def _unread(name: str, error: Exception) -> Unread:
    if isinstance(error, ZmnError):
        # What is wrong with a book may be said in words that stand in it.
        return Unread(name, told(error.message), told(error.remedy))
    if isinstance(error, OSError):
        return Unread(name, told(f"打不开：{reason_of(error)}"), "请检查文件、权限和共享盘")
    if isinstance(error, MemoryError):
        return Unread(name, "内存不够，读不完", "请关掉别的程序，或把这一处拿到内存大的电脑上汇总")
    # What a fault says may hold what stands in a cell.
    return Unread(name, f"zmn 出了故障（{type(error).__name__}）", "请把这个文件名和故障名告诉维护人员；文件没有改动")


# —— Where they stand ——


def _read_workspace(asked: Asked, source: Source) -> Answer:
    workspace = open_workspace(Path(source.path))
    desk = Desk(workspace, _locality_of(workspace, asked), calendar_of(workspace))
    office = office_at(desk, Moment(asked.now, asked.as_of))
    books: list[CountedBook] = []
    unread: list[Unread] = []
    for spec in office.locality.ledgers:
        if not office.records(spec).books():
            continue
        name = f"{source.name}　《{spec.title}》"
        if spec.holds is not Holds.CASES:
            unread.append(_holds_no_cases(name, spec))
            continue
        try:
            books.append(_count(asked, source, office, spec, whose=office.name))
        except Exception as error:
            unread.append(_unread(name, error))
        finally:
            office.store.forget()
    if not books and not unread:
        unread.append(Unread(source.name, "工作区里还没有账册", "请核对是不是拷全了：账册在“台账”文件夹里"))
    return Answer(source, tuple(books), tuple(unread))


def _locality_of(workspace: Workspace, asked: Asked) -> LocalityFolder:
    """The workspace's own county; where its folder did not come with it, the one of that name that was named."""
    try:
        return locality_of(workspace)
    except WorkspaceError:
        named = Path(workspace.config.locality.replace("\\", "/")).name
        if (folder := _of_run(asked.key, asked.localities)[0].find(named)) is None:
            raise
        return folder


def _read_loose(asked: Asked, source: Source) -> Answer:
    data = read_source(source.path)
    file = source.name.rpartition("/")[2]
    stamp = read_custom_properties(data, name=file)
    if REPORT_KEY in stamp:
        return Answer(source, unread=(Unread(source.name, "是 zmn 做的报表，不是账册", "不用处理", is_other=True),))
    folder, spec = _ledger_of(asked, stamp, file)
    if spec.holds is not Holds.CASES:
        return Answer(source, unread=(_holds_no_cases(source.name, spec),))
    book = LooseBook(_LOOSE, WorkspaceConfig(folder.locality.slug), folder.layout_of(spec).id, file)
    desk = Desk(book, folder, _plain_calendar())
    there = [data]
    office = office_at(desk, Moment(asked.now, asked.as_of), read_file=lambda path: there[0])
    try:
        return Answer(source, (_count(asked, source, office, spec, whose=_handed_in_by(source.name)),))
    finally:
        # An office and its ledgers know each other, and are not gone at once: what was read must be.
        there.clear()
        office.store.forget()


def _ledger_of(asked: Asked, stamp: Mapping[str, str], file: str) -> tuple[LocalityFolder, LedgerSpec]:
    """The ledger that a book says it is. Raises :class:`UnreadableFileError` for one that says nothing, or says what
    is not known here.
    """
    slug, ledger = stamp.get(LOCALITY_KEY, ""), stamp.get(LEDGER_KEY, "")
    if not stamp.get(LAYOUT_KEY) or not slug or not ledger:
        raise UnreadableFileError(
            f"{quoted(file)}不是 zmn 的账册：文件属性里没有 zmn 的标记",
            "是报表、清单等别的表的，不用处理；是账册的，标记可能在另存时丢了，请让填报单位重新拷一份，"
            "或由他们用 zmn book adopt 接管后再报",
            kind="no_stamp",
        )
    folder = _of_run(asked.key, asked.localities)[0].find(slug)
    if folder is None:
        raise UnreadableFileError(
            f"{quoted(file)}是“{shown(slug)}”的账册，这里没有这个区县的规则",
            "请向填报单位要来区县文件夹，用 --locality 文件夹 写上；或把整个工作区拷来",
            kind="unknown_locality",
        )
    spec = next((one for one in folder.locality.ledgers if one.id == ledger), None)
    if spec is None:
        raise UnreadableFileError(
            f"{quoted(file)}是{folder.locality.name}的台账“{shown(ledger)}”，这里的规则没有这本台账",
            "请核对 zmn 是不是最新版，或用 --locality 写上填报单位的区县文件夹",
            kind="unknown_ledger",
        )
    return folder, spec


class _Counties:
    """The counties that come with zmn, and those named beside them; each is read when a book of it comes."""

    def __init__(self, own: Iterable[str]) -> None:
        self._known: dict[str, LocalityFolder | None] = {
            folder.locality.slug: folder for folder in (open_locality(Path(path)) for path in own)
        }

    def find(self, slug: str) -> LocalityFolder | None:
        """The county of a slug, ``None`` where it is not known here."""
        if slug not in self._known:
            self._known[slug] = None
            # A slug is a name: what looks like a path is none of ours.
            if slug.isidentifier():
                with suppress(WorkspaceError):
                    self._known[slug] = open_locality(locality_folder(slug))
        return self._known[slug]


@lru_cache(maxsize=1)
def _of_run(key: bytes, localities: tuple[str, ...]) -> tuple[_Counties, Marker]:
    """What a worker needs for every book of a run; of another run nothing is kept: rules may have changed."""
    return _Counties(localities), Marker(key)


_plain_calendar = lru_cache(maxsize=1)(WorkCalendar)


def _handed_in_by(name: str) -> str:
    """Who handed a book in, as far as its place tells: the folder it stands in, else the file itself."""
    folder, _, file = name.rpartition("/")
    return folder or file.rpartition(".")[0]


def _holds_no_cases(name: str, spec: LedgerSpec) -> Unread:
    return Unread(name, f"《{spec.title}》记的是{spec.holds}，不是群众事项，没有计入", "不用处理", is_other=True)


# —— Counting ——


def _count(asked: Asked, source: Source, office: Office, spec: LedgerSpec, *, whose: str) -> CountedBook:
    ledger = office.ledger(spec)
    over: list[Known] = []
    history = read_touched(office, spec, asked.spans, lambda no, cells: over.append(_known(no, cells)))
    records = cases_at(history, asked.spans)
    around = LedgerAsCounted(
        locality=office.locality.slug,
        locality_name=office.locality.name,
        spec=spec,
        rules_of=office.rules_of,
        calendar=office.calendar,
        work_order_of=partial(_work_order, office, spec, history),
        begun_on=history.state.first_day,
        over=over,
    )
    figures = count_ledger(around, records, asked, _of_run(asked.key, asked.localities)[1])
    files = ledger.books()
    cases: tuple[Case, ...] = history.state.records
    rules = office.locality.rules_on(asked.spans[0].cut)
    return CountedBook(
        source=source,
        files=tuple(files),
        contents=tuple(office.store.read(book, spec.id).hash for book in files),
        locality=office.locality.slug,
        locality_name=office.locality.name,
        ledger=spec.id,
        title=spec.title,
        office=shown(whose),
        cases=len(cases) + history.state.passed_over,
        told_through=history.log.written_through(),
        counts=figures.counts,
        checks=figures.checks,
        groups=figures.groups,
        marks=figures.marks,
        editions=tuple(_editions(office, spec, figures.cases)),
        policies=tuple(rules.policies[name].statement for name in DATE_POLICIES if name in rules.policies),
        calendar=office.calendar.version,
        chain_head=office.store.journal.head,
        faults=figures.faults,
        unread_cells=len(history.findings),
        queued=sum(case.is_queued for case in cases),
        deemed=sum(_is_deemed(office, case) for case in cases),
    )


def _known(case_no: str, cells: Cells) -> Known:
    """What a row tells of a case by which it is known again."""
    at = cells.get("accepted_at")
    accepted_at = at if isinstance(at, datetime) else datetime.combine(cast("date", at), time())
    applicant, phone, about, remark = (cell_text(cells.get(n)) for n in ("applicant", "phone", "about", "remark"))
    return Known(case_no, accepted_at, applicant, phone, about, remark)


def _work_order(office: Office, spec: LedgerSpec, history: LedgerHistory, case: Known) -> str:
    """The 12345 工单 that a case is: its own number, or what its remark or line of 受理 names; ``""`` for none."""
    if office.locality.rules_on(case.accepted_at.date()).numbering_for(spec.id).is_given:
        return squeeze(case.case_no).upper()
    told = [case.remark, *history.log.words_of(case.case_no, StepKind.ACCEPT)]
    return min(orders_named(told), default="")


def _editions(office: Office, spec: LedgerSpec, cases: Iterable[Case]) -> Iterator[EditionUsed]:
    """The rule editions by which the cases of the period were judged."""
    used = Counter(office.rules_of(case).edition for case in cases)
    for rules in office.locality.editions:
        if rules.edition in used:
            lines = rule_lines(office.folder, rules, spec.id)
            limits = tuple(f"{one.title}，{one.limit}（{one.clause}）" for one in lines if one.kind == "clock")
            yield EditionUsed(rules.edition, rules.applies_from, used[rules.edition], limits)


def _is_deemed(office: Office, case: Case) -> bool:
    """Whether a unit let the time for handing a matter back pass, and the book does not say yet that it signed."""
    if case.status is not Status.AWAITING_SIGNATURE:
        return False
    last = lapses_on(office.rules_of(case), case, office.calendar)
    return last is not None and last < office.moment.as_of
