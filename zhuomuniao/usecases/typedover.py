"""说明 of a 人工修改 line: what a person typed over in a row, as it is told, and as it is read back.

``办结时间：（空） → 2026-11-03 10:00；备注：在办 → 已办``, and then the limits that moved. The lines of
``zmn check --adopt`` begin with 采纳 and end with their basis.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zhuomuniao.lifecycle import ARROW
from zhuomuniao.model import Act, Record
from zhuomuniao.store.cells import CellValue, plain_text
from zhuomuniao.texts import clean_text

if TYPE_CHECKING:
    from zhuomuniao.casebook import RowReader
    from zhuomuniao.ledger import Ledger
    from zhuomuniao.store.difference import Difference

ADOPTED, PUT_BACK = "采纳：", "改回："
"""How the lines of ``zmn check --adopt`` and ``--restore`` begin."""

_NAME_TITLE = "姓名"
"""What a line calls the applicant's name, whatever the ledger's header is, so that it can be masked."""

_BLANK = "（空）"
_TOLD_CHARACTERS = 60
_BASIS = "（依据："


def title_of(field: str, reader: RowReader[Any]) -> str:
    """What a line calls a column."""
    return _NAME_TITLE if field == "applicant" else reader.header(field)


def tell_whole(d: Difference, reader: RowReader[Any], *, is_back: bool = False) -> str:
    """What was typed over a cell; the other way round where it is put back."""
    first, then = (d.now, d.was) if is_back else (d.was, d.now)
    return f"{title_of(d.field, reader)}：{_whole(first[d.field])}{ARROW}{_whole(then[d.field])}"


def tell_shortened(d: Difference, reader: RowReader[Any]) -> str:
    """The same on one line, long texts cut."""
    return f"{title_of(d.field, reader)}：{_shortened(d.was[d.field])}{ARROW}{_shortened(d.now[d.field])}"


def adopted_words(told: str, basis: str) -> str:
    """说明 of what was adopted on a basis."""
    return f"{ADOPTED}{told}{_BASIS}{basis}）"


def typed_values(ledger: Ledger[Any], row: Record, text: str) -> dict[str, Any]:
    """The fields of a record that a line tells were typed over, with what was typed.

    What the line tells cut or on one line is taken from the ``row`` as it stands now, where that reads as told.
    """
    if text.startswith(PUT_BACK):
        return {}
    if text.startswith(ADOPTED):
        text = text.removeprefix(ADOPTED).rpartition(_BASIS)[0]
    form, reader = ledger.form, ledger.reader(())
    held = set(row.__struct_fields__)
    names = {title_of(column.field, reader): column.field for column in ledger.layout.columns}
    cells = form.row_of(row, ledger.layout)
    found: dict[str, Any] = {}
    for title, told in _parts(text, names).items():
        name = names[title]
        if name not in held:
            # A limit that was typed: its clock stands in the line.
            continue
        shown = (_whole(cells.get(name)), _shortened(cells.get(name)))
        if any(told.endswith(f"{ARROW}{words}") for words in shown):
            found[name] = getattr(row, name)
            continue
        typed = told.rpartition(ARROW)[2]
        record, problems = form.record_of({name: None if typed == _BLANK else typed}, row.ledger)
        if all(problem.column != name for problem in problems):
            found[name] = getattr(record, name)
    return found


def _parts(text: str, names: Mapping[str, str]) -> dict[str, str]:
    """What is told of each column, by its title: from what to what."""
    titles = "|".join(re.escape(title) for title in sorted(names, key=len, reverse=True))
    acts = "|".join(re.escape(act) for act in Act)
    places = list(re.finditer(rf"(?:^|；)(?:({titles})：|(?:{acts}) )", text))
    ends = [*(place.start() for place in places[1:]), len(text)]
    told = {place[1]: text[place.end() : end] for place, end in zip(places, ends, strict=False) if place[1]}
    return {title: part for title, part in told.items() if ARROW in part}


def _whole(value: CellValue) -> str:
    return _as_one(plain_text(value)) or _BLANK


def _shortened(value: CellValue) -> str:
    text = _as_one(clean_text(plain_text(value)).replace("\n", " "))
    return (text[:_TOLD_CHARACTERS] + "…" if len(text) > _TOLD_CHARACTERS else text) or _BLANK


def _as_one(text: str) -> str:
    """What people type can look like the next column (``他说；满意度：满意``): it is told so that it does not."""
    return text.replace("；", "，")
