"""Dates that moved or would move, as ``calendar import`` and ``recount`` show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zhuomuniao.commands._view import EXIT_QUEUED, say, warn
from zhuomuniao.model import Receipt, Saved

if TYPE_CHECKING:
    from zhuomuniao.usecases.recounting import ClockMove

_SHOWN = 20
"""Moved dates on the screen; the rest are counted."""


def say_moves(moves: Sequence[ClockMove]) -> None:
    """Moved dates, one a line."""
    for move in moves[:_SHOWN]:
        say(f"  {move.case_no}　{move.words}")
    if len(moves) > _SHOWN:
        say(f"  ……共 {len(moves)} 处，全部列出请加 --json")


def warn_uncounted(uncounted: Mapping[str, str]) -> None:
    """Cases that could not be counted, with the reason."""
    warn(f"{case_no} 算不出来，没有动：{reason}" for case_no, reason in uncounted.items())


def uncounted_json(uncounted: Mapping[str, str]) -> list[dict[str, str]]:
    """The same for scripts."""
    return [{"case_no": case_no, "message": message} for case_no, message in uncounted.items()]


def warn_queued(receipts: Sequence[Receipt[Any]]) -> None:
    """Which books are open elsewhere and keep their moves waiting."""
    waiting = [r for r in receipts if r.saved is Saved.QUEUED]
    if waiting:
        books = "、".join(dict.fromkeys(r.book for r in waiting))
        warn([f"{books} 正被打开：其中 {len(waiting)} 件已存好，关闭台账后下一次写入时自动补写"])


def saved_as(receipts: Sequence[Receipt[Any]]) -> str | None:
    """written, queued, or nothing where nothing was written."""
    if not receipts:
        return None
    return (Saved.QUEUED if any(r.saved is Saved.QUEUED for r in receipts) else Saved.WRITTEN).value


def exit_code(receipts: Sequence[Receipt[Any]]) -> int:
    """0, or 4 when something waits."""
    return EXIT_QUEUED if saved_as(receipts) == Saved.QUEUED.value else 0


def move_json(move: ClockMove) -> dict[str, Any]:
    """A moved date for scripts."""
    return {
        "case_no": move.case_no,
        "ledger": move.ledger,
        "clock": move.act.clock,
        "act": move.act.value,
        "from": move.was.due_on if move.was else None,
        "from_provisional": move.was.is_provisional if move.was else False,
        "to": move.now.due_on if move.now else None,
        "to_provisional": move.now.is_provisional if move.now else False,
    }
