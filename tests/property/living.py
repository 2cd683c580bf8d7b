"""A case that lives without a book: every step is planned as the commands plan it, and read back from its cells.

What a book does with the cells is proved elsewhere; so thousands of lives can be led here in the time of a few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from zhuomuniao.errors import ZmnError
from zhuomuniao.ledger import Draft
from zhuomuniao.lifecycle import STEP_RULES, is_verified
from zhuomuniao.model import Case, Registration, Status, Step, StepKind
from zhuomuniao.rows import CASE_ROWS, format_clocks, parse_clocks, row_of_step, step_of_row
from zhuomuniao.rules import LedgerSpec, RuleSet
from zhuomuniao.transitions import replay, take_step
from zhuomuniao.usecases.deeming import deem_signed
from zhuomuniao.usecases.escalating import escalate, propose, write_rung
from zhuomuniao.usecases.inhand import CaseInHand
from zhuomuniao.usecases.office import Moment, Office
from zhuomuniao.usecases.opening import open_case
from zhuomuniao.usecases.recounting import Recount, compare_all, differences
from zhuomuniao.usecases.registering import check_registration
from zhuomuniao.usecases.requests import StepRequest
from zhuomuniao.usecases.setting_up import set_up
from zhuomuniao.usecases.stepping import PLANS, require_past, take
from zhuomuniao.usecases.undoing import undo
from zhuomuniao.workspace import WorkspaceConfig

COUNTIES = Path(__file__).resolve().parents[1] / "fixtures" / "counties"
PLACES = {
    "湘潭": ("xiangtan", "window"),
    "内乡": ("neixiang", "window"),
    "临县热线": ("linxian", "hotline"),
    "临县窗口": ("linxian", "window"),
    "临县体验官": ("linxian", "officer"),
    "松岭": (str(COUNTIES / "songling"), "appeals"),
    "云溪": (str(COUNTIES / "yunxi"), "window"),
}
"""Where cases live: locality and ledger by a word."""

FIRST_DAY = date(2026, 8, 10)
CLERK = "赵敏慧"
_TOLD_LATE = ("progress", "informed_at", "first_feedback_at")
_KEPT: list[TemporaryDirectory[str]] = []


@cache
def office_at(place: str) -> tuple[Office, LedgerSpec]:
    """An office of the place with empty books, the same one each time."""
    locality, ledger = PLACES[place]
    _KEPT.append(TemporaryDirectory(prefix="zmn-life-", ignore_cleanup_errors=True))
    moment = Moment(datetime.combine(FIRST_DAY, time(9)), FIRST_DAY)
    config = WorkspaceConfig(locality=locality, clerk=CLERK)
    office = set_up(Path(_KEPT[-1].name) / "台", config, moment, year=FIRST_DAY.year).office
    return office, office.locality.ledger(ledger)


@dataclass
class Life:
    """One case, its log, and what it looked like at the end of each day. ``now`` only goes forward."""

    place: str
    now: datetime
    case: Case = field(init=False)
    log: list[Step] = field(default_factory=list)
    is_told_late: bool = False
    evenings: dict[date, Case] = field(default_factory=dict)
    seen: set[StepKind] = field(default_factory=set)
    statuses: set[Status] = field(default_factory=set)
    book: InBook | None = None

    @property
    def spec(self) -> LedgerSpec:
        return office_at(self.place)[1]

    @property
    def office(self) -> Office:
        """The office at this moment, its clock set to it."""
        return replace(office_at(self.place)[0], moment=Moment(self.now, self.now.date()))

    @property
    def rules(self) -> RuleSet:
        return self.office.locality.rules_on(FIRST_DAY)

    def hand(self) -> CaseInHand:
        return CaseInHand(self.office, self.spec, self.office.rules_of(self.case), self.case, list(self.log))

    def begin(self, registration: Registration) -> None:
        """Register the case. Raises what registering raises."""
        checked = check_registration(self.office, self.spec, replace(registration, case_no="2026081001"))
        opened = open_case(self.office, self.spec, checked)
        self.case = opened.hand.record
        self._keep(opened.hand)

    def take(self, kind: StepKind, words: dict[str, str], at: datetime) -> list[Step]:
        """Take a step as ``zmn`` does. Raises :class:`ZmnError`; then nothing has changed."""
        request = StepRequest(kind, at, CLERK, words)
        try:
            require_past(self.office, request)
            hand = self.hand()
            hand.deem_signed(at)
            hand.require(kind, at)
            PLANS[kind](hand, request)
        except ZmnError as refusal:
            if self.book is not None:
                self.book.refuses(request, refusal)
            raise
        written = self._keep(hand)
        if self.book is not None:
            self.book.takes(request)
        return written

    def escalate(self) -> list[Step]:
        """What ``zmn escalate --issue`` does today; nothing where nothing is due."""
        hand = self.hand()
        proposal = None if self.case.is_closed else propose(hand, self.now.date())
        if proposal is None or (not self.case.unit and proposal.kind is not StepKind.REMIND):
            return []
        write_rung(hand, proposal, at=self.now, by=CLERK)
        written = self._keep(hand)
        if self.book is not None:
            self.book.escalates()
        return written

    def wait(self, days: int) -> None:
        """Some days go by, each with its morning look; each evening is remembered."""
        for _ in range(days):
            self.evenings[self.now.date()] = self.case
            self.now = datetime.combine(self.now.date() + timedelta(days=1), time(9))
            self.deem()

    def deem(self) -> list[Step]:
        """What the morning look does: silence becomes 视为签收."""
        hand = self.hand()
        hand.deem_signed(self.now)
        if not hand.written:
            return []
        written = self._keep(hand)
        if self.book is not None:
            self.book.deems()
        return written

    def replayed(self, on: date) -> Case | None:
        return replay(self.case, self.log, self.office.terms(self.spec), on)

    def recounted(self) -> list[str]:
        """Where ``zmn recount`` would differ from the book."""
        if self.case.is_closed:
            return []
        known = {self.spec.id: {self.case.case_no: self.log}}
        recount = Recount(self.office, self.office.calendar, _steps=known)
        moves = compare_all(self.case, recount)
        return [m.words for m in moves] + list(recount.uncounted.values())

    def _keep(self, hand: CaseInHand) -> list[Step]:
        layout = self.office.layout(self.spec)
        case, findings = CASE_ROWS.record_of(CASE_ROWS.row_of(hand.record, layout), self.spec.id)
        assert not findings, findings
        told = [step_of_row(row_of_step(s)) for s in hand.written]
        written = [s for s in told if s is not None]
        self.is_told_late |= any(s.at.date() < self.now.date() for s in written)
        assert written == hand.written
        assert case == hand.record, "台账记不下的"
        self.case = case
        self.log += written
        self.seen |= {s.kind for s in written}
        self.statuses.add(case.status)
        return written


class InBook:
    """The same life in a real book, step by step beside the other."""

    def __init__(self, life: Life, folder: Path) -> None:
        self.life = life
        self.before = life.case
        config = WorkspaceConfig(locality=PLACES[life.place][0], clerk=CLERK)
        self.root = folder / "台"
        self._office = set_up(self.root, config, Moment(life.now, FIRST_DAY), year=FIRST_DAY.year).office
        case = life.case
        spec = self._office.locality.ledger(case.ledger)
        draft = Draft(case, tuple(life.log))
        self._office.ledger(spec).append(
            [draft], draw_number=lambda c, taken: c.case_no, signature=self._office.signature("register", CLERK)
        )
        self.require_same()

    @property
    def office(self) -> Office:
        return replace(self._office, moment=self.life.office.moment)

    @property
    def spec(self) -> LedgerSpec:
        return self._office.locality.ledger(self.life.spec.id)

    def takes(self, request: StepRequest) -> None:
        before = self.found()
        take(self.office, self.spec, self.life.case.case_no, request)
        self.before = before
        self.require_same()

    def refuses(self, request: StepRequest, refusal: ZmnError) -> None:
        """Refused with the same words; neither book nor journal has changed."""
        before = self._files()
        try:
            take(self.office, self.spec, self.life.case.case_no, request)
        except ZmnError as error:
            told = (error.message, error.remedy)
        else:
            raise AssertionError(f"没有拒绝：{refusal}")
        assert told == (refusal.message, refusal.remedy)
        assert self._files() == before

    def escalates(self) -> None:
        before = self.found()
        assert len(escalate(self.office, [self.spec], issues=True).issued) == 1
        self.before = before
        files = self._files()
        assert escalate(self.office, [self.spec], issues=True).issued == ()
        assert self._files() == files
        self.require_same()

    def deems(self) -> None:
        before = self.found()
        assert deem_signed(self.office, [self.spec], [before]) == (self.life.case.case_no,)
        assert deem_signed(self.office, [self.spec], [self.found()]) == ()
        self.before = before
        self.require_same()

    def take_back(self) -> None:
        """The last operation is undone: the row is as it was before it."""
        by = "" if self.before == self.life.case else CLERK
        undo(self.office, by=by)
        assert self.found() == self.before

    def found(self) -> Case:
        return self._office.ledger(self.spec).find(self.life.case.case_no)

    def require_same(self) -> None:
        case = self.found()
        assert case == self.life.case
        log = self._office.ledger(self.spec).steps()[case.case_no]
        assert [replace(s, op_id="", recorded_at=None) for s in log] == self.life.log
        found = differences(self.office, [self.spec])
        assert (found.moves, found.unruled, dict(found.uncounted)) == ((), (), {})
        assert self._office.ledger(self.spec).state().findings == ()

    def _files(self) -> dict[str, bytes]:
        """Books and journal, by their names."""
        kept = (*(self.root / "台账").rglob("*.xlsx"), self.root / ".zmn" / "journal.jsonl")
        return {path.name: path.read_bytes() for path in kept}


def require_table(life: Life, before: Case, steps: Sequence[Step]) -> None:
    """Each step was allowed where it was taken and led where the table says, and stopped the clocks it stops."""
    case = before
    terms = life.office.terms(life.spec)
    for step in steps:
        rule = STEP_RULES.get(step.kind)
        after = take_step(case, step, terms)
        if rule is not None:
            assert case.status in rule.allowed_from, (step.kind, case.status)
            assert after.status in (*rule.leads_to, case.status), (step.kind, case.status, after.status)
            stopped = [c for c in step.clock_changes if c.ended_on]
            # A redo also ends what was late by then: it must stay late.
            assert {c.act for c in stopped if not (step.kind is StepKind.REDO and c.ended_late)} <= set(rule.ends)
            require_nothing_lost(case, after)
        case = after
    # 处理进度 is that of what happened last, also where something was typed late.
    assert replace(case, progress="") == replace(life.case, progress="")


def require_nothing_lost(before: Case, after: Case) -> None:
    """Ended clocks stay as they ended; clocks of earlier rounds are not touched any more."""
    standing = {(c.round, c.act): c for c in after.clocks}
    for clock in before.clocks:
        if not clock.is_running or clock.round < before.round:
            assert standing.get((clock.round, clock.act)) == clock, (clock, after.clocks)
    assert after.round >= before.round


def require_sound(life: Life) -> None:
    """The row is what the log tells, its cells read back, and nothing in it contradicts itself."""
    case = life.case
    told = life.replayed(life.now.date())
    assert told is not None
    # What was recorded late is the last that was told, though not the last that happened.
    late = {name: getattr(told, name) for name in _TOLD_LATE} if life.is_told_late else {}
    row = replace(case, **late)
    assert told == row, [(f, getattr(told, f), getattr(row, f)) for f in Case.__struct_fields__
                         if getattr(told, f) != getattr(row, f)]  # fmt: skip
    assert parse_clocks(format_clocks(case.clocks), case.round) == (case.clocks, ())
    assert life.recounted() == []
    if case.is_closed:
        assert case.leading_clock is None
    for clock in case.clocks:
        assert clock.round <= case.round
        assert clock.ended_on is None or clock.ended_on >= case.accepted_at.date()
    if case.status is Status.AWAITING_ASSIGNMENT:
        assert not case.unit
    if case.status is Status.AWAITING_SIGNATURE:
        assert case.unit
        assert case.signed_at is None
    assert (case.status is Status.PAUSED) == bool(case.pause)
    assert bool(case.resolved_at) == (not case.status.is_open)


def require_end(life: Life) -> None:
    """From wherever the case stands, an ordinary clerk brings it to its end."""
    before: dict[Status, tuple[StepKind, dict[str, str]]] = {
        Status.PAUSED: (StepKind.RESUME, {}),
        Status.RETURN_REQUESTED: (StepKind.REVIEW_RETURN, {"verdict": "不同意"}),
    }
    resolve = (StepKind.RESOLVE, {"result": "办好了", "outcome": "已解决"})
    for _ in range(5):
        if life.case.is_closed:
            return
        kind, words = before.get(life.case.status, resolve)
        if life.case.status is Status.AWAITING_REVISIT:
            kind, words = StepKind.VISIT, {"satisfaction": "满意"}
            if life.spec.asks_verification and not is_verified(life.case):
                kind, words = StepKind.VERIFY, {"outcome": "属实"}
        life.take(kind, words, life.now)
    raise AssertionError(f"没有出路：{life.case.status}")
