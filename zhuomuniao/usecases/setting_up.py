"""Setting up a workspace: zmn.toml and the year's books, one per ledger of the locality."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from zhuomuniao.assets import locality_folder, locality_slugs
from zhuomuniao.errors import BadValueError
from zhuomuniao.fieldrows import RECORD_ROWS
from zhuomuniao.rules import Holds
from zhuomuniao.store.create import create_book
from zhuomuniao.store.stage import make_folder, write_durably
from zhuomuniao.usecases.office import Moment, Office, office_of, open_locality
from zhuomuniao.workspace import WorkspaceConfig, create_workspace


class NewWorkspace(Struct, frozen=True):
    """What was set up: the office and the books written."""

    office: Office
    books: tuple[Path, ...]

    @property
    def first_command(self) -> str:
        """By which command the locality's first ledger gets its first row."""
        return RECORD_ROWS[self.office.locality.ledger().holds].command

    @property
    def first_row(self) -> str:
        """What that first row is to a clerk."""
        return _FIRST_ROW[self.office.locality.ledger().holds]


_FIRST_ROW = {Holds.CASES: "第一件", Holds.ACTIVITIES: "第一次活动", Holds.ISSUES: "第一条问题"}


def set_up(root: Path, wanted: WorkspaceConfig, moment: Moment, *, year: int | None = None) -> NewWorkspace:
    """Write ``zmn.toml`` and the books of ``year`` (the current one when not given).

    Raises :class:`WorkspaceError` where a workspace stands already, :class:`BadValueError` for an unknown role.
    """
    locality = open_locality(locality_folder(wanted.locality)).locality
    role = wanted.role or locality.roles[0]
    if role not in locality.roles:
        raise BadValueError(f"{locality.name}没有“{role}”这个角色", f"可选：{'、'.join(locality.roles)}")
    config = WorkspaceConfig(
        locality=_lasting_name(wanted.locality, root),
        role=role,
        office=wanted.office or locality.office,
        clerk=wanted.clerk,
    )
    office = office_of(create_workspace(root, config), moment)
    books = tuple(_new_books(office, year or moment.as_of.year))
    return NewWorkspace(office, books)


def _lasting_name(locality: str, root: Path) -> str:
    """A locality that comes with zmn by its slug; a county's own folder relative to the workspace."""
    if locality in locality_slugs():
        return locality
    try:
        return Path(os.path.relpath(Path(locality).resolve(), root.resolve())).as_posix()
    except ValueError:
        # Another drive on Windows.
        return Path(locality).resolve().as_posix()


def _new_books(office: Office, year: int) -> list[Path]:
    books = []
    for spec in office.locality.ledgers:
        shape = office.store.shapes[spec.id]
        path = office.workspace.book_path(shape.layout, year)
        if not path.exists():
            make_folder(path.parent)
            data = create_book(shape.layout, choices=shape.choices, stamp=shape.stamp, side_sheets=shape.side_sheets)
            write_durably(path, data)
            office.store.revisions.set_last(office.workspace.relative(path), data)
            books.append(path)
    return books
