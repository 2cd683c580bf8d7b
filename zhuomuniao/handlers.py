"""协办单位: the units beside the lead, and how far each has come, as one cell tells it.

``县住建局：待签收；县人社局：已反馈``
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace


class Handling(StrEnum):
    """How far a co-handler has come."""

    AWAITING_SIGNATURE = "待签收"
    SIGNED = "已签收"
    ANSWERED = "已反馈"


class CoHandler(Struct, frozen=True):
    """One unit beside the lead."""

    unit: str
    state: Handling


def read_handlers(cell: str) -> tuple[CoHandler, ...]:
    """The co-handlers a cell tells of; a unit without a word that is ours has still to sign."""
    found = []
    for part in filter(None, map(str.strip, cell.split("；"))):
        unit, _, word = part.rpartition("：")
        is_ours = bool(unit) and word in tuple(Handling)
        state = Handling(word) if is_ours else Handling.AWAITING_SIGNATURE
        found.append(CoHandler(unit if is_ours else part, state))
    return tuple(found)


def tell_handlers(handlers: Iterable[CoHandler]) -> str:
    """The cell for them."""
    return "；".join(f"{h.unit}：{h.state}" for h in handlers)


def with_units(cell: str, units: Iterable[str], state: Handling) -> str:
    """The cell with these units added, those that stand there left as they are."""
    handlers = list(read_handlers(cell))
    known = {h.unit for h in handlers}
    return tell_handlers([*handlers, *(CoHandler(unit, state) for unit in units if unit not in known)])


def without_unit(cell: str, unit: str) -> str:
    """The cell without a unit: it has become the lead."""
    return tell_handlers(h for h in read_handlers(cell) if h.unit != unit)


def moved_on(cell: str, unit: str, state: Handling) -> str:
    """The cell with this unit as far as ``state``; who is further already stays there."""
    order = tuple(Handling)

    def moved(handler: CoHandler) -> CoHandler:
        is_ahead = order.index(handler.state) >= order.index(state)
        return handler if handler.unit != unit or is_ahead else replace(handler, state=state)

    return tell_handlers(map(moved, read_handlers(cell)))


def unanswered(cell: str) -> tuple[str, ...]:
    """The units that have not answered yet."""
    return tuple(h.unit for h in read_handlers(cell) if h.state is not Handling.ANSWERED)
