"""An issue led at random through measures, 销号, 回头看 and 反弹: row, log and each earlier evening agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from msgspec.structs import replace

from zhuomuniao import stepwords
from zhuomuniao.errors import RefusedByRuleError
from zhuomuniao.fieldlife import measure_words
from zhuomuniao.fieldrows import ISSUE_ROWS
from zhuomuniao.fieldwork import Issue
from zhuomuniao.lifecycle import STEP_RULES
from zhuomuniao.model import Act, Clock, Status, Step, StepKind
from zhuomuniao.rows import row_of_step, step_of_row
from zhuomuniao.transitions import replay
from zhuomuniao.usecases.inhand import InHand
from zhuomuniao.usecases.office import Moment, Office
from zhuomuniao.usecases.recounting import Recount, compare_all
from zhuomuniao.usecases.setting_up import set_up
from zhuomuniao.workspace import WorkspaceConfig

FIRST_DAY = date(2026, 3, 2)
KINDS = (StepKind.MEASURE, StepKind.CLEAR, StepKind.LOOK_BACK, StepKind.REBOUND, StepKind.NOTE, StepKind.VOID)
PLANNED, AT_ONCE = "整改计划", "立行立改"


@pytest.fixture(scope="module", params=["beilin", "jingbian"])
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    with TemporaryDirectory(prefix="zmn-issue-", ignore_cleanup_errors=True) as folder:
        moment = Moment(datetime.combine(FIRST_DAY, time(9)), FIRST_DAY)
        config = WorkspaceConfig(locality=request.param, clerk="赵敏慧")
        yield set_up(Path(folder) / "台", config, moment, year=FIRST_DAY.year).office


class IssueLife:
    """One issue, its log, and how it stood each evening."""

    def __init__(self, office: Office, dice: Random) -> None:
        self.base, self.dice, self.now = office, dice, datetime.combine(FIRST_DAY, time(9))
        self.spec = next(s for s in office.locality.ledgers if s.id == "issues")
        rules = office.locality.rules_on(FIRST_DAY)
        self.issue = Issue(
            "WT2026030201", "issues", FIRST_DAY, unit="区教育局", problem="材料要交三遍", edition=rules.edition,
            status=Status.OPEN, round_started_on=FIRST_DAY,
        )  # fmt: skip
        self.log = [Step(self.issue.case_no, StepKind.FIND, self.now, "赵敏慧", "区教育局")]
        self.evenings: dict[date, Issue] = {}
        self.seen: set[StepKind] = set()

    @property
    def office(self) -> Office:
        return replace(self.base, moment=Moment(self.now, self.now.date()))

    def wait(self, days: int) -> None:
        for _ in range(days):
            self.evenings[self.now.date()] = self.issue
            self.now = datetime.combine(self.now.date() + timedelta(days=1), time(9))

    def words_of(self, kind: StepKind) -> tuple[str, tuple[Clock, ...]]:
        if kind is StepKind.MEASURE:
            handling = self.dice.choice((PLANNED, AT_ONCE))
            given = {"handling": handling, "remedy": self.dice.choice(("先行告知；措施：重印", "合并\n窗口", ""))}
            due = self.now.date() + timedelta(days=self.dice.randrange(1, 20))
            clock = Clock(Act.RECTIFY, due, round=self.issue.round)
            return measure_words(given), (clock,) if handling == PLANNED else ()
        if kind is StepKind.CLEAR:
            return stepwords.tell({stepwords.HEAD: "新样式已启用", stepwords.MECHANISM: "月月抽查"}), ()
        return stepwords.tell({stepwords.HEAD: "抽查十份"}), ()

    def take(self, kind: StepKind) -> None:
        """Raises :class:`RefusedByRuleError`; then nothing has changed."""
        hand = InHand(self.office, self.spec, self.office.rules_of(self.issue), self.issue, list(self.log))
        hand.require(kind, self.now)
        text, clocks = self.words_of(kind)
        hand.write(kind, text, at=self.now, by="赵敏慧", clocks=clocks)
        layout = self.office.layout(self.spec)
        told = [step_of_row(row_of_step(s)) for s in hand.written]
        assert told == hand.written
        read, findings = ISSUE_ROWS.record_of(ISSUE_ROWS.row_of(hand.record, layout), "issues")
        assert not findings
        assert read == hand.record, "台账记不下的"
        self.issue, self.log = hand.record, [*self.log, *hand.written]
        self.seen.add(kind)


def led(office: Office, seed: int) -> IssueLife:
    dice = Random(seed)
    life = IssueLife(office, dice)
    for _ in range(14):
        kind = dice.choices(KINDS, weights=(5, 5, 4, 4, 1, 0.3))[0]
        before, log = life.issue, list(life.log)
        is_allowed = before.status in STEP_RULES[kind].allowed_from
        try:
            life.take(kind)
        except RefusedByRuleError:
            assert not is_allowed
            assert (life.issue, life.log) == (before, log)
        else:
            assert is_allowed
            require_sense(before, life.issue, kind)
        life.wait(dice.randrange(0, 12))
    return life


def require_sense(before: Issue, after: Issue, kind: StepKind) -> None:
    """What always holds after a step."""
    running = {c.act for c in after.round_clocks if c.is_running}
    assert after.round == before.round + (kind is StepKind.REBOUND)
    if after.status is not Status.VOID:
        assert (after.status is Status.CLEARED) == (after.cleared_on is not None)
    if kind is StepKind.CLEAR:
        assert Act.LOOK_BACK in running
        assert Act.RECTIFY not in running
    if kind in (StepKind.LOOK_BACK, StepKind.REBOUND):
        assert Act.LOOK_BACK not in running
    if kind is StepKind.REBOUND:
        assert after.cleared_on is None
        assert {(c.act, c.round) for c in before.clocks if c.ended_late} <= {
            (c.act, c.round) for c in after.clocks if c.ended_late
        }, "what was late stays late"


@pytest.mark.parametrize("seed", range(60))
def test_every_evening_is_told_by_the_log(office: Office, seed: int) -> None:
    life = led(office, seed)
    terms = office.terms(life.spec)
    for evening, stood in life.evenings.items():
        assert replay(life.issue, life.log, terms, evening) == stood, evening


@pytest.mark.parametrize("seed", range(60))
def test_a_recount_finds_nothing_to_move(office: Office, seed: int) -> None:
    life = led(office, seed)
    if not life.issue.is_closed:
        recount = Recount(life.office, office.calendar, _steps={"issues": {life.issue.case_no: life.log}})
        assert [m.words for m in compare_all(life.issue, recount)] == []


def test_every_step_of_an_issue_is_come_to(office: Office) -> None:
    assert set().union(*(led(office, seed).seen for seed in range(60))) == set(KINDS)
