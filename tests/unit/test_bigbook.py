"""The big books of tests and benchmarks are what zmn itself would have written."""

from __future__ import annotations

from datetime import datetime, time
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from tests.bigbook import AS_OF, fill_book, plan_tables
from zhuomuniao.store.alignment import KEY
from zhuomuniao.store.patch import SheetPatch, patch_book
from zhuomuniao.store.reading import BookReading
from zhuomuniao.usecases.office import Moment
from zhuomuniao.usecases.setting_up import set_up
from zhuomuniao.workspace import WorkspaceConfig


def test_a_book_from_templates_is_the_one_the_writer_makes_byte_for_byte(tmp_path: Path) -> None:
    moment = Moment(datetime.combine(AS_OF, time(17)), AS_OF)
    office = set_up(
        tmp_path / "台", WorkspaceConfig(locality="neixiang", clerk="赵敏慧"), moment, year=AS_OF.year
    ).office
    spec = office.locality.ledger("window")
    path = office.workspace.book_path(office.layout(spec), AS_OF.year)
    tables = plan_tables(office, spec, 40, still_open=12, overdue=5)
    assert [len(table.rows) for table in tables] == [40, 240]

    reading = BookReading(path.read_bytes(), office.store.shapes[spec.id], name=path.name)
    patches = []
    for table in tables:
        head = reading.head(table.layout)
        appends = [{head.columns[field]: value for field, value in row.items()} for row in table.rows]
        patches.append(SheetPatch(head.sheet, head.header_row, head.columns[KEY], appends=appends))
    set_from_templates = fill_book(reading, tables)
    written = patch_book(reading.data, patches, name=path.name).data
    assert parts_of(set_from_templates) == parts_of(written)
    assert set_from_templates == written


def parts_of(data: bytes) -> dict[str, list[bytes]]:
    """The parts by name, each cut before its tags, so that a difference is told by what it is."""
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name).split(b"<") for name in archive.namelist()}
