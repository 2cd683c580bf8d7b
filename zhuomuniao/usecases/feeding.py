"""订阅日历: hand-ins of this desk and running limits as a calendar feed, put together anew each time.

Nothing is remembered beside the books. Which limits there ever were, and how often each was changed, is read from
流转记录, which only grows; a lost file is made again with the same UIDs and the same SEQUENCE.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from msgspec import Struct, field
from msgspec.structs import replace

from zhuomuniao import stepwords
from zhuomuniao.errors import BadValueError, CannotWriteError, reason_of
from zhuomuniao.lifecycle import STEP_RULES
from zhuomuniao.model import Act, Clock, Finding, Record, Step, StepKind
from zhuomuniao.render.ics import (
    CalendarFeed,
    FeedEvent,
    Published,
    follow_up,
    is_feed,
    read_published,
    render_feed,
    says_the_same,
)
from zhuomuniao.store.stage import make_folder, write_durably
from zhuomuniao.usecases.duties import Books, desk_lines
from zhuomuniao.usecases.feedwords import (
    OVER,
    duty_description,
    duty_summary,
    gone_summary,
    limit_description,
    limit_summary,
    over_description,
    over_summary,
    shown_name,
)
from zhuomuniao.usecases.looking import listed_unit, records_as_of
from zhuomuniao.usecases.submissions import copies_recorded, times_recorded
from zhuomuniao.workspace import file_name

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office

FEED_NAME = "订阅"
AHEAD_DAYS = 60
"""How far ahead hand-ins are told unless somebody says otherwise, in 日."""

_TOLD_AFTER = timedelta(days=60)
"""How long an entry that is over stays in the feed as cancelled, so that calendars which have it drop it."""

_NAMESPACE = UUID("5b0f4c1e-6a52-5d0b-9a5e-0c6f3f7f2b11")
_REMINDED_AT = time(9)


class FeedRequest(Struct, frozen=True):
    """What a feed is narrowed to; empty is everything. ``ahead`` is in 日."""

    ledger: str = ""
    unit: str = ""
    ahead: int = AHEAD_DAYS
    has_alarms: bool = False


class Gathered(Struct, frozen=True):
    """The entries of a feed, how many limits run without a day, and what in the books could not be read."""

    feed: CalendarFeed
    undated: int
    findings: tuple[Finding, ...]

    @property
    def cancelled(self) -> int:
        return sum(e.is_cancelled for e in self.feed.events)

    @property
    def current(self) -> int:
        """Entries that are not cancelled."""
        return len(self.feed.events) - self.cancelled


class PublishedFeed(Struct, frozen=True):
    """A feed and the file it stands in; ``is_changed`` tells whether the file had to be written."""

    gathered: Gathered
    path: Path
    is_changed: bool


def gather_feed(office: Office, request: FeedRequest) -> Gathered:
    """Every entry as of the office's day. Raises :class:`BadValueError` for a ledger there is none of."""
    wanted = listed_unit(office, request.unit) if request.unit else ""
    specs = [office.locality.ledger(request.ledger)] if request.ledger else list(office.locality.ledgers)
    events: list[FeedEvent] = []
    findings: list[Finding] = []
    undated = 0
    first_days: dict[str, date] = {}
    for spec in specs:
        lives = _Lives(office, spec, wanted)
        events += lives.events()
        undated += lives.undated
        findings += lives.findings
        first_days[spec.id] = lives.first_day
    if not wanted:
        # What this desk owes others is no entry of a unit's calendar.
        ledgers = {spec.id for spec in specs} if request.ledger else None
        events += _duty_events(office, ledgers, request.ahead, first_days)
    if request.has_alarms:
        events = [replace(e, remind_at=_reminder(office, e)) for e in events]
    title = " ".join(
        filter(None, (shown_name(office.name), shown_name(wanted), "期限和报送" if not wanted else "期限"))
    )
    return Gathered(CalendarFeed(title, tuple(events)), undated, tuple(findings))


def feed_bytes(office: Office, gathered: Gathered) -> bytes:
    """The feed as it is piped on, without a file to follow up."""
    return render_feed(gathered.feed, office.moment.now)


def publish_feed(office: Office, request: FeedRequest, out: Path | None = None) -> PublishedFeed:
    """Put the feed into its file; one that says the same already is left as it is.

    Raises :class:`BadValueError` for a file that is no feed of ours, :class:`CannotWriteError`.
    """
    path = _file_of(office, request, out)
    before = _standing_file(path)
    gathered = gather_feed(office, request)
    published = read_published(before)
    events = follow_up(gathered.feed.events, published)
    # While a book is away, nothing tells which of its limits are over.
    is_whole = not any(finding.code == "missing_book" for finding in gathered.findings)
    vanished = _vanished(office, events, published) if is_whole else ()
    gathered = replace(gathered, feed=replace(gathered.feed, events=(*events, *vanished)))
    data = render_feed(gathered.feed, office.moment.now)
    if says_the_same(before, data):
        return PublishedFeed(gathered, path, is_changed=False)
    try:
        make_folder(path.parent)
    except OSError as error:
        raise CannotWriteError(f"建不了文件夹“{path.parent}”：{reason_of(error)}", "请核对 --out") from error
    write_durably(path, data)
    return PublishedFeed(gathered, path, is_changed=True)


def _vanished(office: Office, events: Sequence[FeedEvent], published: Mapping[str, Published]) -> Iterator[FeedEvent]:
    """What the file told and the books do not any more: a book put back, a row given to another unit by hand."""
    told = {event.uid for event in events}
    for uid, was in published.items():
        if uid not in told and _is_told_still(was.on, office.moment.as_of):
            yield FeedEvent(
                uid=uid,
                on=was.on,
                summary=gone_summary(office),
                description=OVER,
                category="到期",
                sequence=was.sequence + (not was.is_cancelled),
                is_cancelled=True,
            )


def _file_of(office: Office, request: FeedRequest, out: Path | None) -> Path:
    parts = filter(None, (request.ledger, request.unit and shown_name(listed_unit(office, request.unit))))
    # Each narrowing has a file of its own: in one file, what is left out would stay in the calendars that had it.
    own = f"{file_name('-'.join((FEED_NAME, *parts)))}.ics"
    if out is None:
        return office.workspace.calendar_folder / own
    if out.is_dir():
        return out / own
    if out.suffix.lower() != ".ics":
        raise BadValueError(f"“{out.name}”不是日历文件的名称", "请写成 .ics 结尾，例如 -o 订阅.ics；或写一个文件夹")
    return out


def _standing_file(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise CannotWriteError(f"读不出“{path.name}”：{reason_of(error)}", "请核对文件和权限，或换一个 -o") from error
    if data and not is_feed(data):
        raise BadValueError(f"“{path.name}”不是 zmn 生成的日历，没有改动它", "请用 -o 写另一个文件名")
    return data


class _Lives(Struct):
    """The limits of one ledger, those that run and those that are over, from its rows and the whole of its log."""

    office: Office
    spec: LedgerSpec
    unit: str
    undated: int = 0
    findings: tuple[Finding, ...] = ()
    first_day: date = date.max
    _clauses: dict[tuple[str, tuple[str, ...]], Mapping[Act, Sequence[str]]] = field(default_factory=dict)

    def events(self) -> Iterator[FeedEvent]:
        seen = records_as_of(self.office, self.spec)
        self.findings = seen.findings
        records: dict[str, Record] = {record.case_no: record for record in seen.records}
        as_of = self.office.moment.as_of
        self.first_day = min((record.opened_at.date() for record in seen.records), default=as_of)
        logs = self.office.records(self.spec).steps()
        for case_no in dict.fromkeys((*records, *logs)):
            # What was taken back never was; that it was taken back is told at once, whatever day is looked at.
            lines = [s for s in logs.get(case_no, ()) if s.at.date() <= as_of or s.kind is StepKind.UNDO]
            if case_no in records or any(s.kind is not StepKind.UNDO for s in lines):
                yield from self._of(case_no, records.get(case_no), lines)

    def _of(self, case_no: str, record: Record | None, lines: Sequence[Step]) -> Iterator[FeedEvent]:
        office, as_of = self.office, self.office.moment.as_of
        if self.unit and (record is None or record.unit != self.unit):
            if self.unit not in _units_told(lines):
                return
            # They had it once: what they were told of it is over, whoever has it now.
            record = None
        owed = {(c.round, c.act): c for c in record.owed_clocks} if record else {}
        self.undated += sum(c.due_on is None for c in owed.values())
        dated = {(c.round, c.act): c for s in lines for c in s.clock_changes if c.due_on}
        dated |= {(c.round, c.act): c for c in (record.clocks if record else ()) if c.due_on}
        identity = _identity(office, lines)
        for key, clock in dated.items():
            changes = _changes_of(key, lines)
            now = owed.get(key)
            is_over = now is None or now.due_on is None
            if clock.act is Act.RETURN or (is_over and not _is_told_still(_over_since(clock, changes, as_of), as_of)):
                continue
            if is_over or record is None:
                unit = record.unit if record else self.unit or lines[0].unit
                summary = over_summary(office, case_no, unit, clock)
                description = over_description(office, self.spec, case_no)
            else:
                clauses = self._clauses_of(record).get(clock.act, ())
                summary = limit_summary(office, record, clock)
                description = limit_description(office, self.spec, record, clock, clauses)
            yield FeedEvent(
                uid=_uid("limit", *identity, self.spec.id, case_no, str(clock.round), clock.act.clock),
                on=clock.due_on or date.max,
                summary=summary,
                description=description,
                category="到期",
                # It is told for the first time as 0.
                sequence=max(0, len(changes) - 1),
                is_cancelled=is_over,
                changed_at=(changes[-1].recorded_at or changes[-1].at) if changes else None,
            )

    def _clauses_of(self, record: Record) -> Mapping[Act, Sequence[str]]:
        key = (record.edition, tuple(record.facts.values()))
        if key not in self._clauses:
            found: dict[Act, list[str]] = {}
            for rule in self.office.clocks_for(record).running:
                found.setdefault(rule.act, []).append(rule.citation.clause)
            self._clauses[key] = found
        return self._clauses[key]


def _changes_of(key: tuple[int, Act], lines: Sequence[Step]) -> Sequence[Step]:
    """The lines since a clock was first told that changed what a calendar shows of it.

    Those that started, moved or ended it, those that changed where the record stands, and every 撤销 and
    人工修改: the number never falls, for lines are only ever added.
    """
    touching = [any((c.round, c.act) == key for c in s.clock_changes) for s in lines]
    if True not in touching:
        return ()
    first = touching.index(True)
    return [s for s, touches in zip(lines[first:], touching[first:], strict=True) if touches or _moves_on(s)]


def _moves_on(step: Step) -> bool:
    rule = STEP_RULES.get(step.kind)
    return step.kind in (StepKind.UNDO, StepKind.EDIT) or (rule is not None and bool(rule.leads_to))


def _over_since(clock: Clock, changes: Sequence[Step], as_of: date) -> date | None:
    if clock.ended_on is not None:
        return clock.ended_on
    return min(max(s.at.date() for s in changes), as_of) if changes else None


def _is_told_still(since: date | None, as_of: date) -> bool:
    return since is not None and as_of - since <= _TOLD_AFTER


def _units_told(lines: Sequence[Step]) -> set[str]:
    """The units that had a record by its log: as it began, and as it was assigned."""
    units = {lines[0].unit} if lines else set()
    return units | {stepwords.read(s.text).get(stepwords.LEAD) or s.unit for s in lines if s.kind is StepKind.ASSIGN}


def _identity(office: Office, lines: Sequence[Step]) -> tuple[str, ...]:
    """What tells a record from one of the same number in another office, wherever the folder is moved to.

    Its first line does: no two offices wrote it in the same operation at the same second, and it stays when the
    office is renamed. Without a log, the desk's own names must do.
    """
    if not lines or not lines[0].op_id:
        return _desk(office)
    first = lines[0]
    return (office.locality.slug, first.op_id, f"{first.recorded_at or first.at:%Y-%m-%d %H:%M:%S}")


def _desk(office: Office) -> tuple[str, ...]:
    return (office.locality.slug, office.name, office.role)


def _uid(*parts: str) -> str:
    """A name for the whole world that tells nothing: parts cannot be read back from it."""
    return str(uuid5(_NAMESPACE, "\n".join(parts)))


def _duty_events(
    office: Office, ledgers: set[str] | None, ahead: int, first_days: Mapping[str, date]
) -> Iterator[FeedEvent]:
    as_of = office.moment.as_of
    books = Books(office, copies_recorded(office), dict(first_days))
    times = times_recorded(office)
    loaded = [layer for layer in office.calendar.layers if layer.sequence]
    arrangements = max((layer.sequence for layer in loaded), default=0)
    changed_on = max((layer.imported_on for layer in loaded), default=None)
    for line in desk_lines(books, until=as_of + timedelta(days=ahead)):
        if line.due is None or (ledgers is not None and line.duty.ledger not in ledgers):
            continue
        due = replace(line.due, done_on=line.done_on)
        if not _is_told_still(max(due.submit_by, due.done_on or due.submit_by), as_of):
            continue
        changed = due.done_on or changed_on
        yield FeedEvent(
            uid=_uid("duty", *_desk(office), due.duty, due.period),
            on=due.submit_by,
            summary=duty_summary(office, due),
            description=duty_description(office, due),
            category="报送",
            sequence=arrangements + times[(due.duty, due.period)],
            is_cancelled=due.done_on is not None,
            changed_at=datetime.combine(changed, time()) if changed else None,
        )


def _reminder(office: Office, event: FeedEvent) -> datetime | None:
    """Nine o'clock on the workday before; none for what is over or was due before."""
    if event.is_cancelled or event.on <= office.moment.as_of:
        return None
    return datetime.combine(office.calendar.nth_workday_before(event.on, 1), _REMINDED_AT)
