"""The office's calendar: loading a holiday notice, re-dating what it moves, and what the calendar knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from zhuomuniao.layers import Layer, LayerKind, layer_toml, next_sequence, order_layers, read_layers
from zhuomuniao.model import Receipt, Record, StepKind
from zhuomuniao.notice import ParsedNotice, parse_holiday_cn, parse_notice, read_notice_file
from zhuomuniao.store.stage import make_folder, write_durably
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.office import Office, own_days
from zhuomuniao.usecases.recounting import ClockMove, Recount, compare_all, move_clocks, moved_by_calendar
from zhuomuniao.workdays import WorkCalendar, YearStatus

NoticeKind = LayerKind
"""annual, amendment, regional."""


class NoticeRequest(Struct, frozen=True):
    """A file with a notice and what the clerk says about it; empty is left to the text."""

    path: Path
    year: int | None = None
    title: str = ""
    kind: LayerKind | None = None


class LoadedNotice(Struct, frozen=True):
    """What became of a notice.

    ``moved`` are dates that changed, ``confirmed`` those that stayed and are 暂定 no longer. ``package_differs``
    are days on which the package that comes with zmn says otherwise; the notice prevails. ``unmoved`` counts cases
    whose dates differ from today's count for another reason, ``uncounted`` names those that cannot be counted.
    """

    layer: Layer
    is_new: bool
    is_dry_run: bool
    moved: tuple[ClockMove, ...]
    confirmed: tuple[ClockMove, ...]
    receipts: tuple[Receipt[Record], ...]
    package_differs: tuple[date, ...]
    notes: tuple[str, ...]
    unmoved: int = 0
    uncounted: Mapping[str, str] = field(default_factory=dict)


def preview_notice(request: NoticeRequest, calendar: WorkCalendar, today: date) -> LoadedNotice:
    """Read a notice without a workspace. Raises :class:`NoticeError`, :class:`UnreadableFileError`."""
    layer, notes = _read(request, calendar.layers, today)
    after = WorkCalendar((*calendar.layers, layer))
    return LoadedNotice(layer, True, True, (), (), (), after.status(layer.year).differs_from_package, notes)


def load_notice(
    office: Office,
    request: NoticeRequest,
    *,
    require_agreement: Callable[[str], None],
    is_dry_run: bool = False,
) -> LoadedNotice:
    """Keep a notice as a layer of the calendar and re-date the cases that are not closed, in every book.

    One step for each case, naming the notice. Loading it twice changes nothing, and completes what an interruption
    left: what moves is told by the calendar with and without this notice. ``require_agreement`` is asked, and may
    raise, before another yearly notice of the same year is replaced. Raises :class:`NoticeError`,
    :class:`UnreadableFileError`, and what writing raises.
    """
    kept = read_layers(office.workspace.calendar_folder)
    layer, notes = _read(request, kept, office.moment.now.date())
    same = next((k for k in kept if k.id == layer.id), None)
    is_new = same is None or set(same.days) != set(layer.days)
    if same is not None and is_new and not is_dry_run:
        require_agreement("这一年的全年安排已经载入，内容与这份不同。要用这份替换吗？")
    layer = replace(layer, sequence=next_sequence(kept)) if same is None or is_new else same
    others = [k for k in kept if k.id != layer.id]
    own = own_days(office.workspace)
    before = WorkCalendar((*order_layers(kept if same and is_new else others), *own))
    after = WorkCalendar((*order_layers((*others, layer)), *own))
    counted_before, counted_after = Recount(office, before), Recount(office, after)

    unmoved = 0

    def moves_of(case: Record) -> list[ClockMove]:
        nonlocal unmoved
        moves = moved_by_calendar(case, counted_before, counted_after)
        moving = {move.act for move in moves}
        unmoved += any(m.now and m.act not in moving for m in compare_all(case, counted_after))
        return moves

    receipts: tuple[Receipt[Record], ...] = ()
    if is_dry_run:
        moves = tuple(move for case in _open_cases(office) for move in moves_of(case))
    else:
        if is_new:
            make_folder(office.workspace.calendar_folder)
            write_durably(office.workspace.calendar_folder / f"{layer.id}.toml", layer_toml(layer).encode())
        reason = f"载入《{layer.title}》"
        moves, receipts = move_clocks(office, office.locality.ledgers, StepKind.CALENDAR, reason, moves_of)
    return LoadedNotice(
        layer=layer,
        is_new=is_new,
        is_dry_run=is_dry_run,
        moved=tuple(m for m in moves if not m.is_confirmation),
        confirmed=tuple(m for m in moves if m.is_confirmation),
        receipts=receipts,
        package_differs=after.status(layer.year).differs_from_package,
        notes=(*notes, *_effect(before, after, layer)),
        unmoved=unmoved,
        uncounted=counted_after.uncounted,
    )


def _effect(before: WorkCalendar, after: WorkCalendar, layer: Layer) -> Iterator[str]:
    """What a clerk should know where a notice changes nothing, or another entry has the last word over it."""
    if days := after.days_decided_otherwise(layer):
        sources = dict.fromkeys(source for day in days if (source := after.day(day).source))
        others = f"，照的是{'、'.join(f'《{source}》' for source in sources)}" if sources else ""
        named = "、".join(map(str, days))
        yield f"{named} 没有照这份通知{others}；后载入的、地方的和 zmn.toml 里写的管前面的"
    elif before.is_published(layer.year) and not after.days_changed_from(before, layer.year):
        yield "各天的安排与原有的日历一样"


def _open_cases(office: Office) -> Iterator[Record]:
    for spec in office.locality.ledgers:
        yield from (case for case in office.records(spec).state().records if not case.is_closed)


def year_statuses(calendar: WorkCalendar, today: date) -> tuple[YearStatus, ...]:
    """What is known of the years around today, and of every year with a layer."""
    years = {*range(today.year - 2, max(today.year + 1, calendar.last_published_year + 1) + 1)}
    years |= {layer.year for layer in calendar.layers}
    return tuple(calendar.status(year) for year in sorted(years))


class DayDifference(Struct, frozen=True):
    """A day on which the office's calendar and the one that comes with zmn disagree."""

    on: date
    here: str
    package: str
    source: str


def differences_from_package(calendar: WorkCalendar) -> tuple[DayDifference, ...]:
    """Every day that a loaded notice or an own day decides otherwise than the package would."""
    package = WorkCalendar()
    days = sorted({day.on for layer in calendar.layers for day in layer.days})
    for year in {layer.year for layer in calendar.layers if layer.kind is LayerKind.ANNUAL}:
        days += calendar.status(year).differs_from_package
    found = []
    for on in sorted(set(days)):
        here, there = calendar.day(on), package.day(on)
        if here.is_workday is not there.is_workday:
            unsure = "（暂定）" if there.is_provisional else ""
            found.append(DayDifference(on, here.why, f"{there.why}{unsure}", here.source))
    return tuple(found)


def _read(request: NoticeRequest, kept: Sequence[Layer], today: date) -> tuple[Layer, tuple[str, ...]]:
    text = read_notice_file(request.path)
    # What a notice changes is told by the calendar without it, so that loading it again gives the same layer.
    known = WorkCalendar([layer for layer in kept if squeeze(layer.text) != squeeze(text)])
    parsed = _parse(text, request, known)
    return parsed.layer(today), parsed.notes


def _parse(text: str, request: NoticeRequest, known: WorkCalendar) -> ParsedNotice:
    if request.path.suffix.lower() == ".json":
        return parse_holiday_cn(text)
    return parse_notice(text, year=request.year, title=request.title or None, kind=request.kind, known=known.day)
