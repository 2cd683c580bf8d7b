"""Two ledgers with three books, and an operation over all of them: each open case goes into its next round."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import openpyxl
from msgspec.structs import replace

from zhuomuniao.assets import data_folder
from zhuomuniao.layouts import Layout, load_layout
from zhuomuniao.ledger import DecideAll, Draft, Ledger, Sheet, Signature, amend_cases
from zhuomuniao.model import Case, NumberSeries, Receipt, Step, StepKind
from zhuomuniao.rows import CASE_ROWS
from zhuomuniao.store.books import Store
from zhuomuniao.store.journal import DONE, Journal
from zhuomuniao.store.shape import BookShape

NOW = datetime(2026, 11, 2, 9, 0)
BOOKS = ("台账/2025/临县.xlsx", "台账/2025/内乡.xlsx", "台账/2026/内乡.xlsx")
_TITLES = {"neixiang": "内乡", "linxian": "临县"}


@dataclass(frozen=True)
class Row:
    """What an independent reader finds of a case: its row's round and progress, its lines of 流转记录."""

    round: int
    progress: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Shelf:
    """A workspace folder, opened anew as each command does."""

    root: Path
    store: Store
    ledgers: tuple[Ledger, Ledger]

    def book(self, place: int) -> Path:
        return self.root / BOOKS[place]

    def fill(self, place: int, count: int) -> None:
        """Register cases in a book, in one go."""
        year, title = re.findall(r"(\d{4})/(\w+)", BOOKS[place])[0]
        ledger = next(x for x in self.ledgers if _TITLES[x.id] == title)
        drafts = [self._draft(ledger.id, datetime(int(year), 10, 8, 9)) for _ in range(count)]
        ledger.append(drafts, draw_number=draw, signature=Signature("register", "赵敏慧", NOW))

    def advance(self, to: int, *only: str) -> tuple[Receipt, ...]:
        """Every case that is not yet in round ``to``, or only those with one of these numbers."""
        return self.amend(
            lambda case: None if case.round >= to or (only and case.case_no not in only) else step_to(case, to)
        )

    def amend(self, decide: DecideAll) -> tuple[Receipt, ...]:
        return amend_cases(self.ledgers, decide, signature=Signature("advance", "赵敏慧", NOW))

    def recover(self) -> None:
        """What the next writing command does first."""
        with self.store.writing():
            pass

    def rows(self, place: int) -> dict[str, Row]:
        """The cases of a book by number, read by openpyxl."""
        workbook = openpyxl.load_workbook(self.book(place))
        sheet, log = workbook.worksheets[0], workbook["流转记录"]
        lines: dict[str, list[str]] = {}
        for line in table(log, "编号"):
            lines.setdefault(str(line["编号"]), []).append(str(line["说明"]))
        found = [line for line in table(sheet, "事项编号") if line["事项编号"]]
        assert len({line["事项编号"] for line in found}) == len(found)
        return {
            str(line["事项编号"]): Row(
                int(str(line["轮次"])), str(line["处理进度"] or ""), tuple(lines[str(line["事项编号"])])
            )
            for line in found
        }

    def check(self, rounds: tuple[int, ...]) -> None:
        """Every case of each book is in that round and has gone through each once; the journal fits."""
        for place, reached in enumerate(rounds):
            told = tuple(f"第{n}轮" for n in range(1, reached + 1))
            rows = self.rows(place)
            assert rows
            assert set(rows.values()) == {Row(reached, told[-1] if reached > 1 else "", told)}, BOOKS[place]
        done = [(x.payload["op"], x.payload["wrote"]) for x in Journal(self.root).verify() if x.kind == DONE]
        assert len(done) == len(set(done))
        assert not list(self.root.rglob("*.tmp"))

    def _draft(self, ledger: str, at: datetime) -> Draft:
        case = Case("", ledger, at, "李四", "营业执照变更办不下来", accepted_by="赵敏慧")
        return Draft(case, (Step("", StepKind.ACCEPT, at, "赵敏慧", text="第1轮"),))


def open_book(shelf: Shelf, place: int) -> Path:
    """WPS opens a book; answers the owner file."""
    book = shelf.book(place)
    beside = book.with_name(f".~{book.name}")
    beside.write_bytes(b"")
    return beside


def step_to(case: Case, to: int) -> tuple[Case, tuple[Step, ...]]:
    text = f"第{to}轮"
    return replace(case, round=to, progress=text), (Step(case.case_no, StepKind.NOTE, NOW, "赵敏慧", text=text),)


def draw(case: Case, taken: Collection[str]) -> str:
    numbers = (f"{case.accepted_at:%Y%m%d}{n:04d}" for n in range(1, 10_000))
    return next(number for number in numbers if number not in taken)


def table(sheet: object, key: str) -> list[dict[str, object]]:
    """The rows of a sheet by header, the header row being the first that has ``key``."""
    rows = list(sheet.iter_rows(values_only=True))  # type: ignore[attr-defined]
    at = next(n for n, row in enumerate(rows) if key in row)
    return [dict(zip(rows[at], row, strict=True)) for row in rows[at + 1 :] if any(v is not None for v in row)]


def open_shelf(root: Path) -> Shelf:
    """The shelf as a new process finds it."""
    shapes = {slug: _shape(slug) for slug in _TITLES}
    store = Store(root, root, shapes, find_books=lambda: _books(root), now=NOW)
    neixiang, linxian = (_ledger(store, slug) for slug in _TITLES)
    return Shelf(root, store, (neixiang, linxian))


def new_shelf(root: Path, counts: tuple[int, int, int] = (2, 2, 2)) -> Shelf:
    """A shelf with so many cases in its books, all in round 1."""
    root.mkdir(parents=True)
    shelf = open_shelf(root)
    for place, count in enumerate(counts):
        shelf.fill(place, count)
    return shelf


def _books(root: Path) -> dict[str, str]:
    slugs = {title: slug for slug, title in _TITLES.items()}
    return {book: slugs[Path(book).stem] for book in BOOKS if (root / book).exists()}


def _shape(slug: str) -> BookShape:
    layout = load_layout(data_folder() / "localities" / slug / "layouts" / "window.toml")
    assert isinstance(layout, Layout)
    return BookShape(slug, layout, {}, {"zmn.ledger": slug})


def _ledger(store: Store, slug: str) -> Ledger:
    def path(year: int) -> Path:
        return store.root / "台账" / str(year) / f"{_TITLES[slug]}.xlsx"

    def series(case: Case) -> NumberSeries:
        day = f"{case.accepted_at:%Y%m%d}"
        return NumberSeries(day, day, day + r"\d{4}")

    shape = store.shapes[slug]
    sheet = Sheet(
        shape=shape,
        layout=shape.layout,
        form=CASE_ROWS,
        book_path=path,
        years=lambda: tuple(year for year in range(2024, 2028) if path(year).exists()),
        series_of=series,
        draw=lambda case, taken: f"{case.accepted_at:%Y%m%d}{len(taken) + 1:04}",
    )
    return Ledger(store, sheet)
