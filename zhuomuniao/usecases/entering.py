"""Rows of the sheets beside a ledger (计划, 事项清单): new ones and changed ones, in one operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zhuomuniao.ledger import Amendment, DecideAll, Draft, Ledger, Signature, amend_cases

if TYPE_CHECKING:
    from zhuomuniao.model import Receipt
    from zhuomuniao.store.transaction import Writing


def enter_rows(
    ledger: Ledger[Any], new: Sequence[Draft[Any]], decide: DecideAll | None, *, signature: Signature
) -> tuple[Receipt[Any], ...]:
    """Write ``new`` rows, and what ``decide`` makes of the others (``None`` leaves one as it is).

    Answers the receipts of the new rows, else those of the changed ones; none where nothing was to be written.
    Raises what :meth:`Writing.write_all` raises.
    """
    if not new:
        return amend_cases([ledger], decide, signature=signature) if decide else ()

    def beside(writing: Writing, _: Sequence[Any]) -> list[Amendment[Any]]:
        if decide is None:
            return []
        return [
            Amendment(ledger, place, *decided)
            for place in ledger.places(writing)
            if (decided := decide(place.record)) is not None
        ]

    return ledger.append(new, signature=signature, beside=beside)
