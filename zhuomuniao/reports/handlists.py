"""Lists that are handed in as they are: unsolved matters, officers, sites, plans. Plain tables, no file format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from zhuomuniao.reports.covered import long_day
from zhuomuniao.reports.definitions import chain_fact, draw_definitions, privacy_fact
from zhuomuniao.reports.tables import (
    SIGNATURES,
    Check,
    Content,
    Report,
    Table,
    cited,
    ledger_column,
    plain_content,
)

if TYPE_CHECKING:
    from zhuomuniao.layouts import Column, Layout

_ROW_NUMBER = "row_no"


class ListFrame(Struct, frozen=True):
    """What stands around a list: what it is, who hands it in to whom, as of which day, on what it rests.

    ``named`` is the period as papers write it, ``span`` the days it is about, ``""`` for a list of what there is on
    the day. ``is_running``: days of the period are still to come at the cut. ``signatures`` are the lines to sign.
    """

    title: str
    label: str
    office: str
    notice: str
    clause: str
    quote: str
    to: str
    due_words: str
    named: str
    span: str
    cut: date
    is_running: bool
    chain_head: str
    is_full: bool
    signatures: tuple[str, ...] = SIGNATURES


def list_table(
    frame: ListFrame,
    layout: Layout,
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    *,
    sheet: str,
    notes: Sequence[str],
    name: str = "",
) -> Table:
    """The rows under the headers of a layout, numbered anew, with head and lines to sign."""
    return Table(
        sheet=sheet,
        name=name,
        title=(frame.title,),
        head=(
            f"填报单位（盖章）：{frame.office}",
            f"{f'{frame.span}　' if frame.span else ''}截至日：{long_day(frame.cut)}",
        ),
        columns=tuple(ledger_column(column) for column in columns),
        rows=tuple(
            tuple(plain_content(number if c.field == _ROW_NUMBER else row.get(c.field)) for c in columns)
            for number, row in enumerate(rows, start=1)
        ),
        notes=tuple(notes),
        signatures=frame.signatures,
        is_landscape=layout.is_landscape,
        least_height=layout.row_height if layout.row_height < 40 else 30,
    )


def definitions_table(frame: ListFrame, meant: Sequence[tuple[str, int, str]]) -> Table:
    """指标口径: on which sentence the list rests, as of which day, what each figure means, the chain's last hash."""
    running = "（期间尚未结束，为截至该日的情况）" if frame.is_running else ""
    facts: list[tuple[Content, ...]] = [
        ("依据", frame.clause, f"{frame.notice}：{cited(frame.quote)}"),
        ("期间", frame.named, frame.span or "只报一次，或按当天的名单"),
        ("截至日", frame.cut.isoformat(), f"该日终了时的状态{running}；之后的变化不计入"),
        ("报送", frame.to, frame.due_words),
        privacy_fact(is_full=frame.is_full),
        chain_fact(frame.chain_head),
    ]
    return draw_definitions(f"{frame.title}口径", (*facts, *meant))


def build_list_report(
    frame: ListFrame,
    tables: Sequence[Table],
    meant: Sequence[tuple[str, str, int, str]],
    *,
    rows: int,
    checks: Sequence[Check],
) -> Report:
    """A list as a report. ``meant`` are its figures: name for scripts, label, number, what it means."""
    definitions = definitions_table(frame, [(label, number, words) for _, label, number, words in meant])
    return Report(
        period=frame.label,
        title=frame.title,
        tables=(*tables, definitions),
        counts={name: number for name, _, number, _ in meant},
        rates={},
        checks=tuple(checks),
        rows=rows,
        labels={name: label for name, label, _, _ in meant},
    )
