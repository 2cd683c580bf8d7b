"""The life of a case, led at random: refused and unchanged, or written and sound (Hypothesis stateful)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.property.living import (
    FIRST_DAY,
    PLACES,
    InBook,
    Life,
    office_at,
    require_end,
    require_sound,
    require_table,
)
from zhuomuniao.errors import ZmnError
from zhuomuniao.handlers import read_handlers
from zhuomuniao.lifecycle import STEP_RULES
from zhuomuniao.model import CODED_FIELDS, Registration, Status, StepKind
from zhuomuniao.usecases.stepping import PLANS

TALLY: Counter[str] = Counter()
"""What the walks have come through, over all of them."""

HOSTILE = (
    "说明", "；主办：县信访局", "同意；说明：", "不实", "属实", "未接通（第1次）", "已解决：", "视为签收", "",
    "5工作日；批准人：王五", "催办（", "a → b", "=1+1", "第1轮）；", "（第1轮）", "2026-09-01；依据：", "：；、",
    "解决=2026-09-01√", "他说；满意度：满意",
)  # fmt: skip
CLEAR = ("缺材料", "三定规定第三条", "；理由：", "当事人说；还没办：好")
KINDS = [kind for kind in PLANS if kind is not StepKind.LINK]
SELDOM = (StepKind.VOID, StepKind.REFER_LEAD, StepKind.NOTE, StepKind.CIRCULAR, StepKind.REPLY)
LAST_DAY = datetime(FIRST_DAY.year, 11, 20)
"""Later days may rest on a year that is not published."""

Choose = Callable[[Sequence[Any]], Any]
"""Picks one of several."""


class Lives(RuleBasedStateMachine):
    """One case; clerks of all kinds take any step at any time."""

    life: Life

    @initialize(place=st.sampled_from(sorted(PLACES)), data=st.data())
    def register(self, place: str, data: st.DataObject) -> None:
        self.begin(place, lambda able: data.draw(st.sampled_from(able)))

    def begin(self, place: str, choose: Choose) -> None:
        office, spec = office_at(place)
        rules = office.locality.rules_on(FIRST_DAY)
        listed = {name: rules.code_list(spec.id, name) for name in CODED_FIELDS}
        codes = {name: choose(codes.names) for name, codes in listed.items() if codes}
        self.life = Life(place, datetime.combine(FIRST_DAY, time(9, 30)))
        unit = choose(("", choose(self._units())))
        route = choose(["", "", "", "", "", *(r.id for r in rules.routes if r.ledger == spec.id)])
        self.life.begin(
            Registration("李四", "事", self.life.now, phone="13800000000", unit=unit, codes=codes, route=route)
        )
        TALLY["lives"] += 1

    def _units(self) -> list[str]:
        return [*self.life.rules.units.names[:4], *([] if self.life.rules.units.is_closed else ["县城管局"])]

    @rule(days=st.integers(1, 9))
    def wait(self, days: int) -> None:
        assume(self.life.now < LAST_DAY)
        self.life.wait(days)

    @rule(data=st.data(), back=st.sampled_from((0, 0, 0, 0, 1, 3)))
    def step(self, data: st.DataObject, back: int) -> None:
        self._step(lambda able: data.draw(st.sampled_from(able)), back)

    @rule(seed=st.integers(0, 2**32))
    def busy_weeks(self, seed: int) -> None:
        """Many steps at once: what takes long to come to is come to."""
        dice = Random(seed)
        for _ in range(dice.randint(5, 15)):
            if dice.random() < 0.5 and self.life.now < LAST_DAY:
                self.life.wait(dice.choice((1, 1, 2, 5, 8)))
                self.escalate()
            self._step(dice.choice, 0)
            require_sound(self.life)

    def _step(self, choose: Choose, back: int) -> None:
        able = [k for k in KINDS if self.life.case.status in STEP_RULES[k].allowed_from]
        usual = [k for k in able if k not in SELDOM] or able
        kind = choose(choose((usual, usual, usual, usual, able, KINDS)) or KINDS)
        self.life.now += timedelta(minutes=7)
        self._try(kind, self._words(kind, choose), self.life.now - timedelta(days=back))

    def _try(self, kind: StepKind, given: dict[str, str], at: datetime) -> None:
        life = self.life
        before, log = life.case, list(life.log)
        refusal: ZmnError | None = None
        try:
            steps = life.take(kind, given, at)
        except ZmnError as error:
            refusal = error
        if refusal is not None:
            assert refusal.exit_code in (2, 6), refusal
            assert refusal.message
            assert refusal.remedy
            assert (life.case, life.log) == (before, log)
            TALLY["refused"] += 1
            return
        assert kind in {s.kind for s in steps}
        assert before.status in STEP_RULES[kind].allowed_from or steps[0].kind is StepKind.SIGN
        TALLY["steps"] += len(steps)
        require_table(life, before, steps)

    def _words(self, kind: StepKind, choose: Choose) -> dict[str, str]:
        """What a clerk may write with a step."""
        case = self.life.case
        beside = [h.unit for h in read_handlers(case.co_handlers)]
        clear = choose((CLEAR, CLEAR, CLEAR, HOSTILE))
        given = {name: choose(clear) for name in ("reason", "basis", "text", "to", "disposition", "result", "note")}
        match kind:
            case StepKind.ASSIGN:
                given |= {"unit": choose(self._units()), "with": "、".join(choose(self._units()) for _ in range(2))}
                given |= choose(({}, {"with": ""}))
            case StepKind.SIGN | StepKind.FIRST_FEEDBACK:
                given |= {"unit": choose(["", "", *beside, *beside, "县外单位"])}
            case StepKind.REVIEW_RETURN:
                given |= {"verdict": choose(("同意", "不同意")), "unit": choose(("", "", choose(self._units())))}
            case StepKind.RAISE:
                given |= {"tier": self._code("tier", choose)}
            case StepKind.PAUSE:
                reasons = [r for p in self.life.rules.pauses if p.ledger == case.ledger for r in p.reasons]
                given |= {"reason": choose([*reasons, "太忙"])}
            case StepKind.EXTEND:
                given |= {"workdays": choose(("1", "5", "5", "6", "10", "0", "x")), "override": choose(("", "是"))}
                given |= {"approver": choose(("分管负责人", "主要负责人", "王；批准人：五", ""))}
            case StepKind.SET_DUE:
                given |= {"due": (self.life.now.date() + timedelta(days=choose(range(-3, 20)))).isoformat()}
            case StepKind.RESOLVE:
                given |= {"outcome": choose(("", self._code("outcome", choose))), "reported_to": choose(("", "主任"))}
            case StepKind.VERIFY:
                given |= {"outcome": choose(("属实", "属实", "不实", "大概"))}
            case StepKind.VISIT:
                given |= {name: self._code(name, choose) for name in ("satisfaction", "solved", "fault")}
                given |= {"unreached": choose(("", "", "是"))}
        return given

    def _code(self, name: str, choose: Choose) -> str:
        listed = self.life.rules.code_list(self.life.spec.id, name)
        word: str = choose(["", *(listed.names if listed else ("随便",))])
        return word

    @rule()
    def escalate(self) -> None:
        self.life.now += timedelta(minutes=7)
        before = self.life.case
        steps = self.life.escalate()
        require_table(self.life, before, steps)
        assert self.life.escalate() == [], "催了两次"
        if steps:
            TALLY["rungs"] += 1
            assert self.life.office.calendar.is_workday(self.life.now.date())

    @invariant()
    def is_sound(self) -> None:
        if hasattr(self, "life"):
            require_sound(self.life)

    def teardown(self) -> None:
        if not hasattr(self, "life"):
            return
        life = self.life
        for day, case in life.evenings.items() if not life.is_told_late else ():
            assert life.replayed(day) == case, day
        TALLY.update(s.value for s in life.seen)
        TALLY.update(s.value for s in life.statuses)
        require_end(deepcopy(life))


def lead(examples: int, steps: int, *, is_same_each_time: bool) -> None:
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=is_same_each_time,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_life_goes_wrong() -> None:
    lead(120, 12, is_same_each_time=True)


@pytest.mark.soak
def test_no_life_goes_wrong_for_long() -> None:
    lead(2000, 30, is_same_each_time=False)


def walk(place: str, seed: int) -> Lives:
    """A life led by dice, from the same seed the same one."""
    lives, dice = Lives(), Random(seed)
    lives.begin(place, dice.choice)
    lives.busy_weeks(dice.randrange(2**32))
    lives.busy_weeks(dice.randrange(2**32))
    return lives


OF_THE_FIELD = {StepKind.FILE, StepKind.MEASURE, StepKind.CLEAR, StepKind.LOOK_BACK, StepKind.REBOUND}
"""Steps of activities and issues: tests/property/test_issue_machine.py walks those."""

WITH_OTHERS = {StepKind.LINK, StepKind.MEETING_PLAN, StepKind.MEETING_RECORD}
"""Steps that need other cases or a book; the lives in tests/cli have them."""


def test_every_step_and_every_status_is_come_to() -> None:
    seen: set[StepKind] = set()
    statuses: set[Status] = set()
    for seed in range(40):
        for place in PLACES:
            life = walk(place, seed).life
            require_end(life)
            seen |= life.seen
            statuses |= life.statuses
    assert set(STEP_RULES) - WITH_OTHERS - OF_THE_FIELD - seen == set()
    assert statuses == set(Status) - {Status.AWAITING_FILING, Status.FILED, Status.OPEN, Status.CLEARED}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("place", PLACES)
def test_in_a_book_a_life_is_the_same(place: str, seed: int, tmp_path: Path) -> None:
    """The same steps, typed into a real book: the row, the log and what is refused are the same; undo takes back."""
    lives, dice = Lives(), Random(f"{place}{seed}")
    lives.begin(place, dice.choice)
    lives.life.book = InBook(lives.life, tmp_path)
    for _ in range(3):
        lives.busy_weeks(dice.randrange(2**32))
    lives.life.book.take_back()
