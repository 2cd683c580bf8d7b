"""What people write into columns that zmn keeps for them: 研判意见, 未办成原因. It is in the books only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from zhuomuniao.rows import CASE_ROWS
from zhuomuniao.store.cells import plain_text

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office


def own_cells(office: Office, spec: LedgerSpec, numbers: Collection[str]) -> Mapping[str, Mapping[str, str]]:
    """The text of a case's official columns that zmn never writes, by number and field, as they stand now."""
    layout = office.layout(spec)
    own = [column.field for column in layout.official_columns if column.field not in CASE_ROWS.written]
    found: dict[str, Mapping[str, str]] = {}
    for book in office.ledger(spec).books() if own else ():
        for row in office.store.read(book, spec.id).rows(layout):
            if row.key in numbers:
                cells = {name: plain_text(row.values.get(name)) for name in own}
                found[row.key] = {name: text for name, text in cells.items() if text}
    return found
