"""体检: everything that is wrong with a workspace, told at once: books, copies, journal, outbox, rights, calendar."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from zhuomuniao.casebook import Standing, dispute_findings
from zhuomuniao.errors import DataFileError, IntegrityError, ZmnError
from zhuomuniao.layers import read_layers
from zhuomuniao.model import Finding
from zhuomuniao.privacy import mask_text
from zhuomuniao.store.difference import Difference, Sort, compare_books
from zhuomuniao.store.disputes import Dispute, is_standing
from zhuomuniao.store.guard import too_wide
from zhuomuniao.store.history import lost_entries
from zhuomuniao.store.owner import find_owner, is_left_behind
from zhuomuniao.store.reading import BookReading
from zhuomuniao.usecases.books import other_heads
from zhuomuniao.usecases.losthandins import reports_before_journal
from zhuomuniao.usecases.submissions import CopyFault, spoilt_copies

if TYPE_CHECKING:
    from zhuomuniao.store.shape import BookShape
    from zhuomuniao.usecases.office import Office

_ADVICE = {
    "missing_book": (
        "文件在原处",
        "可从回收站或备份找回；找不回的，用 zmn book restore 恢复最后的版本",
    ),
    "unreadable_book": ("能打开的台账", ""),
    "stale_lock": ("没有锁文件", "没有程序开着它，照常写入；可以删去它"),
    "conflict_copy": ("一本台账只有一个文件", "请核对后把要的内容登记到台账里，再移走副本"),
    "two_heads": ("只有一份流水", "请停用其中一台电脑，保留两份，联系维护人员"),
    "journal_broken": ("前后相接的流水", ""),
    "journal_torn": ("整行", "下一次写入时自动修好，不用处理"),
    "waiting": ("已写入台账", "关闭台账后下一次写入时自动补写；一直写不进的，看 zmn book replay"),
    "lost_entry": ("等着补写的内容在 .zmn 里", "流水里还有一份：运行 zmn book replay，会补回来再写"),
    "old_layout": ("现在的表样", "旧表样照样能用；要用上新列，运行 zmn book upgrade"),
    "bad_outbox": ("能读出的内容", ""),
    "bad_disputes": ("能读出的内容", ""),
    "spoilt_copy": ("与文件名里的校验一致", "这一份不能用来恢复，其他版本不受影响"),
    "leftover": ("没有", "没有 zmn 在运行时可以删去"),
    "too_wide": ("不比台账更宽", "下一次写入时自动收紧；属于别人的文件请联系管理员"),
    "no_permission": ("可以写", "请向管理员申请这个文件夹的写权限"),
    "read_only": ("可以写", "请在文件属性里去掉“只读”"),
    "handed_in_altered": (
        "和报出时一样",
        "请用留存的纸质件核对，从备份找回原来的文件；确有更正的，用 zmn report 另出更正件",
    ),
    "handed_in_gone": ("报出的文件还在", "从回收站或备份放回原处；更正时没有它，列不出逐行的变动"),
    "lost_hand_ins": (
        "报出过的都有报送记录",
        "能从备份找回 .zmn/journal.jsonl 的先找回；找不回的，报出过的逐期补记：zmn duties done 编号 "
        "--period 期间 --at 报出日期；没有报出过的，把文件移出“报表”",
    ),
    "calendar": ("下一年的国务院放假通知", "通知公布后请运行 zmn calendar import 通知文件"),
}
"""What is expected and what to do, by code; an empty remedy is the error's own."""
_NAMED = 3
_NUMBER = re.compile(r"\D?[0-9A-Za-z_/-]+")
"""A number of ours (2026100801, HD…, 体…), or one that came with the matter."""
_LEFTOVER = ".zmn-*.tmp"


class Sizes(Struct, frozen=True):
    """Bytes that the workspace takes: the books, and what zmn keeps beside them."""

    books: int
    journal: int
    copies: int
    copy_count: int


class Examined(Struct, frozen=True):
    """All findings, and how much room everything takes."""

    findings: tuple[Finding, ...]
    sizes: Sizes


def findings_of_data(error: DataFileError) -> tuple[Finding, ...]:
    """What keeps the workspace from being opened at all, as findings."""
    return tuple(Finding("data_file", p.file, "", None, p.key, p.what, p.expected, p.remedy) for p in error.problems)


def examine(office: Office) -> Examined:
    """Look at everything; nothing stops at the first fault, and nothing is changed."""
    findings = [
        *_books(office),
        *_copies_beside(office),
        *_state_files(office),
        *_hand_ins(office),
        *_rights(office),
        *_calendar(office),
    ]
    return Examined(tuple(findings), _sizes(office))


def _books(office: Office) -> Iterator[Finding]:
    """Each book by itself: one that cannot be read hides no other."""
    with suppress(ZmnError):
        for book in office.store.missing_books():
            yield _finding("missing_book", book, "文件不见了")
    open_disputes: tuple[Dispute, ...] = ()
    with suppress(IntegrityError):
        # A file of theirs that cannot be read is told by itself.
        open_disputes = office.store.disputes.entries()
    for book, ledger in office.store.find_books().items():
        try:
            reading = office.store.read(book, ledger)
            reading.head(reading.shape.layout)
            version = reading.version
            if version is not None and version < reading.shape.layout.version:
                yield _finding("old_layout", book, f"是表样第{version}版")
            for sheet in office.sheets_of(office.locality.ledger(ledger)):
                reader = sheet.reader(open_disputes)
                standing: Standing[Any] = {}
                yield from reader.read_rows(reading, book, standing)
                mine = [d for d in reader.disputes if d.book == book and sheet.concerns(d)]
                yield from dispute_findings([d for d in mine if is_standing(d, reading)], reader, standing)
                reader.steps(reading, ())
        except ZmnError as error:
            yield _finding("unreadable_book", book, error.message, error.remedy)
        path = office.workspace.root / book
        owner = find_owner(path)
        if owner and is_left_behind(path, owner):
            yield _finding("stale_lock", book, f"旁边有以前留下的锁文件（{owner}）")


def copies_beside(path: Path, books: Iterable[Path]) -> tuple[Path, ...]:
    """Files beside a book that look like copies of it: 冲突副本, (1), 副本, -PC2 …"""
    known = set(books)
    stem = unicodedata.normalize("NFC", path.stem)
    return tuple(
        other
        for other in sorted(path.parent.glob("*.xlsx"))
        if other not in known
        and not other.name.startswith(("~$", ".~", ".zmn-"))
        and stem in unicodedata.normalize("NFC", other.stem)
    )


def _copies_beside(office: Office) -> Iterator[Finding]:
    books = office.store.find_books()
    paths = [office.workspace.root / book for book in books]
    for book, ledger in books.items():
        for copy in copies_beside(office.workspace.root / book, paths):
            name = office.workspace.relative(copy)
            try:
                ours = office.store.read(book, ledger)
                theirs = BookReading(copy.read_bytes(), ours.shape, name=copy.name)
                told = difference_words(compare_books(ours, theirs), ours.shape)
            except (ZmnError, OSError) as error:
                told = error.message if isinstance(error, ZmnError) else "读不出来"
            yield _finding("conflict_copy", name, f"像是“{Path(book).name}”的副本：{told}")
    journal = office.workspace.relative(office.store.journal.path)
    for told in other_heads(office):
        yield _finding("two_heads", journal, told)


def difference_words(differences: Iterable[Difference], shape: BookShape) -> str:
    """How a copy differs, in numbers and headers only: what is in the cells is nobody's business here."""
    only_here, only_there, changed = [], [], dict[str, list[str]]()
    for d in differences:
        if d.sort is Sort.ROW_GONE:
            only_here.append(_number(d.key))
        elif d.sort is Sort.ROW_NEW:
            only_there.append(_number(d.key))
        elif d.sort is Sort.CELL:
            changed.setdefault(_number(d.key), []).append(shape.header(d.sheet, d.field))
    parts = []
    if only_there:
        parts.append(f"只在副本里：{_named(only_there)}")
    if only_here:
        parts.append(f"只在台账里：{_named(only_here)}")
    if changed:
        first = [f"{key}（{'、'.join(headers)}）" for key, headers in changed.items()]
        parts.append(f"内容不同：{_named(first)}")
    return "；".join(parts) or "各行内容相同"


def _number(key: str) -> str:
    """A number as it may be told. In a copy anything may stand in its place, a name for instance."""
    return key if _NUMBER.fullmatch(key) and mask_text(key) == key else "编号栏里写着别的"


def _named(texts: list[str]) -> str:
    return "、".join(texts[:_NAMED]) + (f" 等{len(texts)}件" if len(texts) > _NAMED else "")


def _state_files(office: Office) -> Iterator[Finding]:
    store, relative = office.store, office.workspace.relative
    journal = relative(store.journal.path)
    try:
        for _ in store.journal.verify():
            pass
    except ZmnError as error:
        yield _finding("journal_broken", journal, error.message, error.remedy)
    if store.journal.is_torn:
        yield _finding("journal_torn", journal, "最后一行没有写完（当时断电或被中断）")
    try:
        waiting = store.outbox.entries()
        for entry in waiting:
            owner = store.owner_of(entry.book)
            why = f"台账正被 {owner} 打开" if owner else "等着补写"
            yield _finding("waiting", entry.book, f"操作 {entry.op_id} {why}")
        with suppress(IntegrityError):
            # A broken chain has been told above.
            for entry in lost_entries(store):
                yield _finding("lost_entry", entry.book, f"操作 {entry.op_id} 等着补写，内容却不在了")
    except ZmnError as error:
        yield _finding("bad_outbox", ".zmn/outbox", error.message, error.remedy)
    try:
        store.disputes.entries()
    except ZmnError as error:
        yield _finding("bad_disputes", ".zmn/disputes.json", error.message, error.remedy)
    for copy in store.revisions.spoilt():
        yield _finding("spoilt_copy", relative(copy.path), "留底已损坏")
    for path in sorted(office.workspace.root.rglob(_LEFTOVER)):
        yield _finding("leftover", relative(path), "写到一半被中断留下的临时文件")


def _hand_ins(office: Office) -> Iterator[Finding]:
    """What left the office and is not any more as it was, and what a journal begun anew does not know of."""
    for one in spoilt_copies(office):
        code = "handed_in_gone" if one.fault is CopyFault.GONE else "handed_in_altered"
        told = f"{one.submission.submitted_on} 报出的（{one.submission.period} {one.submission.duty}）{one.fault}"
        yield _finding(code, one.file.path, told)
    if lost := reports_before_journal(office):
        named = "、".join(f"{period} {duty}" for duty, period in lost[:_NAMED])
        more = f" 等{len(lost)}期" if len(lost) > _NAMED else ""
        journal = office.workspace.relative(office.store.journal.path)
        yield _finding("lost_hand_ins", journal, f"流水是新起的，比报表晚：{named}{more} 报没报出，没有记录")


def _rights(office: Office) -> Iterator[Finding]:
    root, state = office.workspace.root, office.workspace.state_folder
    relative = office.workspace.relative
    books = [root / book for book in office.store.find_books()]
    if wide := too_wide(state, books):
        more = f"，里面还有{len(wide) - 1}个" if len(wide) > 1 else ""
        yield _finding("too_wide", relative(wide[0]), f"能读它的人比台账多{more}")
    for path in (root, state, *{book.parent for book in books}):
        if path.exists() and not os.access(path, os.W_OK):
            yield _finding("no_permission", relative(path), "没有写的权限")
    for book in books:
        if book.exists() and not os.access(book, os.W_OK):
            yield _finding("read_only", relative(book), "文件是只读的")


def _calendar(office: Office) -> Iterator[Finding]:
    try:
        read_layers(office.workspace.calendar_folder)
    except DataFileError as error:
        yield from findings_of_data(error)
    today, last = office.moment.as_of, office.calendar.last_published_year
    if today.year > last or (today.year == last and today.month >= 12):
        yield _finding("calendar", "日历", f"{last + 1}年放假安排还没有载入")


def _sizes(office: Office) -> Sizes:
    store = office.store
    books = 0
    for book in store.find_books():
        with suppress(OSError):
            books += (office.workspace.root / book).stat().st_size
    journal = store.journal.path.stat().st_size if store.journal.path.exists() else 0
    return Sizes(books, journal, store.revisions.size(), len(store.revisions.all_copies()))


def _finding(code: str, file: str, found: str, remedy: str = "") -> Finding:
    expected, usual = _ADVICE[code]
    return Finding(code, file, "", None, "", found, expected, remedy or usual)
