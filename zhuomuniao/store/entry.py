"""An entry: what one operation means to write, in field names, so that it can wait, be repeated and be told.

The same form stands in the journal's intent line and in the outbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

if TYPE_CHECKING:
    from zhuomuniao.store.cells import CellValue

_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})
_DAY_CHARACTERS = len("20261008-")
"""Of an operation's id, before its serial number."""


class Change(Struct, frozen=True):
    """One row to write: a new one, or cells of the row that bears ``key``.

    ``before`` holds the old values of the cells an amendment replaces.
    """

    sheet: str
    key: str
    values: Mapping[str, CellValue]
    before: Mapping[str, CellValue] | None = None

    @property
    def is_new_row(self) -> bool:
        return self.before is None


class Whole(Struct, frozen=True):
    """A book replaced as a whole (撤销, 恢复, 升级, 接管): its hash before and after. The new bytes are kept."""

    before: str
    after: str


class Entry(Struct, frozen=True):
    """One operation on one book. ``recorded_at`` is the real clock, ``book`` is relative to the workspace.

    With ``whole``, the kept copy takes the book's place and ``changes`` only tell what that means. ``undoes`` are
    the ids of operations that are taken back.
    """

    op_id: str
    verb: str
    clerk: str
    recorded_at: datetime
    ledger: str
    book: str
    changes: tuple[Change, ...]
    whole: Whole | None = None
    undoes: tuple[str, ...] = ()

    @property
    def case_nos(self) -> tuple[str, ...]:
        """The numbers this operation touches, each once, in order."""
        return tuple(dict.fromkeys(change.key for change in self.changes))

    def as_json(self) -> dict[str, Any]:
        """The entry as plain JSON values; dates are told from texts by a tag."""
        data = asdict(self)
        data["recorded_at"] = self.recorded_at.isoformat()
        data["changes"] = [
            {
                "sheet": c.sheet,
                "key": c.key,
                "values": tagged(c.values),
                "before": None if c.before is None else tagged(c.before),
            }
            for c in self.changes
        ]
        data["whole"] = None if self.whole is None else asdict(self.whole)
        # Lines of most operations need neither, and lines of the first days have neither.
        for name in ("whole", "undoes"):
            if not data[name]:
                del data[name]
        return data


def operation_id(on: date, serial: int) -> str:
    """An operation's id: its day and its place in the journal, so that ids sort in the order of writing."""
    return f"{on:%Y%m%d}-{serial:07d}"


def serial_of(op_id: str) -> int:
    """The serial number in an operation's id; 0 where it has none (somebody typed over it)."""
    number = op_id[_DAY_CHARACTERS:]
    return int(number) if number.isdecimal() else 0


def entry_from_json(data: Mapping[str, Any]) -> Entry:
    """The entry that :meth:`Entry.as_json` wrote."""
    changes = tuple(
        Change(
            sheet=c["sheet"],
            key=c["key"],
            values=untagged(c["values"]),
            before=None if c["before"] is None else untagged(c["before"]),
        )
        for c in data["changes"]
    )
    return Entry(
        op_id=data["op_id"],
        verb=data["verb"],
        clerk=data["clerk"],
        recorded_at=datetime.fromisoformat(data["recorded_at"]),
        ledger=data["ledger"],
        book=data["book"],
        changes=changes,
        whole=Whole(**data["whole"]) if data.get("whole") else None,
        undoes=tuple(data.get("undoes", ())),
    )


def tagged(values: Mapping[str, CellValue]) -> dict[str, Any]:
    """Cell values as plain JSON; dates are told from texts by a tag."""

    def tag(value: CellValue) -> Any:
        if isinstance(value, datetime):
            return {"moment": value.isoformat()}
        if isinstance(value, date):
            return {"date": value.isoformat()}
        return value

    return {name: value if type(value) in _AS_THEY_ARE else tag(value) for name, value in values.items()}


def untagged(values: Mapping[str, Any]) -> dict[str, CellValue]:
    """The values that :func:`tagged` wrote."""

    def untag(value: Any) -> CellValue:
        if isinstance(value, dict):
            if "moment" in value:
                return datetime.fromisoformat(value["moment"])
            return date.fromisoformat(value["date"])
        plain: CellValue = value
        return plain

    return {name: untag(value) for name, value in values.items()}
