"""Setting up a workspace: zmn.toml and the year's books, one per ledger of the locality."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zhuomuniao.assets import locality_folder
from zhuomuniao.errors import BadValueError
from zhuomuniao.store.create import create_book
from zhuomuniao.store.stage import make_folder, write_durably
from zhuomuniao.usecases.office import Moment, Office, office_of, open_locality
from zhuomuniao.workspace import WorkspaceConfig, create_workspace


@dataclass(frozen=True, slots=True)
class NewWorkspace:
    """What was set up: the office and the books written."""

    office: Office
    books: tuple[Path, ...]


def set_up(root: Path, wanted: WorkspaceConfig, moment: Moment, *, year: int | None = None) -> NewWorkspace:
    """Write ``zmn.toml`` and the books of ``year`` (the current one when not given).

    Raises :class:`WorkspaceError` where a workspace stands already, :class:`BadValueError` for an unknown role.
    """
    locality = open_locality(locality_folder(wanted.locality)).locality
    role = wanted.role or locality.roles[0]
    if role not in locality.roles:
        raise BadValueError(f"{locality.name}没有“{role}”这个角色", f"可选：{'、'.join(locality.roles)}")
    config = WorkspaceConfig(
        locality=wanted.locality,
        role=role,
        office=wanted.office or locality.office,
        clerk=wanted.clerk,
    )
    office = office_of(create_workspace(root, config), moment)
    books = tuple(_new_books(office, year or moment.as_of.year))
    return NewWorkspace(office, books)


def _new_books(office: Office, year: int) -> list[Path]:
    books = []
    for spec in office.locality.ledgers:
        shape = office.store.shapes[spec.id]
        path = office.workspace.book_path(shape.layout, year)
        if not path.exists():
            make_folder(path.parent)
            write_durably(path, create_book(shape.layout, choices=shape.choices, stamp=shape.stamp))
            books.append(path)
    return books
