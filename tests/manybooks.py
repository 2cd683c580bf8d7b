"""Many books, as townships hand them in: each with people of its own, in a folder of its own.

``python -m tests.manybooks FOLDER BOOKS CASES [DAY]`` makes them. Each is made from a seed of its own: the first ten
of a hundred are the ten of ten.
"""

from __future__ import annotations

import sys
from datetime import date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bigbook import AS_OF, CLERK, Lives, fill_book, plan_tables
from zhuomuniao.store.reading import BookReading
from zhuomuniao.usecases.office import Moment
from zhuomuniao.usecases.setting_up import set_up
from zhuomuniao.workspace import WorkspaceConfig

TOWNSHIPS_OF_A_COUNTY = 15
_STILL_OPEN, _OVERDUE = 3, 1
"""Of a hundred cases."""


def township(number: int) -> str:
    """The folder of a township, below that of its county."""
    return f"县{number // TOWNSHIPS_OF_A_COUNTY + 1:03d}/乡镇{number % TOWNSHIPS_OF_A_COUNTY + 1:02d}"


def make_books(folder: Path, books: int, cases: int, as_of: date = AS_OF) -> list[Path]:
    """So many books of 内乡 with so many cases each, kept up to a day."""
    moment = Moment(datetime.combine(as_of, time(17)), as_of)
    planned: Lives = {}
    made = []
    with TemporaryDirectory() as desk:
        office = set_up(Path(desk) / "台", WorkspaceConfig("neixiang", clerk=CLERK), moment, year=as_of.year).office
        spec = office.locality.ledger("window")
        path = office.workspace.book_path(office.layout(spec), as_of.year)
        empty = BookReading(path.read_bytes(), office.store.shapes[spec.id], name=path.name)
        for number in range(books):
            tables = plan_tables(
                office,
                spec,
                cases,
                still_open=cases * _STILL_OPEN // 100,
                overdue=cases * _OVERDUE // 100,
                seed=number + 1,
                planned=planned,
            )
            place = folder / township(number) / path.name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(fill_book(empty, tables))
            made.append(place)
    return made


if __name__ == "__main__":
    kept_up_to = date.fromisoformat(sys.argv[4]) if len(sys.argv) > 4 else AS_OF
    print(len(make_books(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), kept_up_to)), "books")
