"""Leaders' activities and what they found, written into the books of a desk as the commands would write them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from msgspec.structs import replace

from tests.desk import Desk
from zhuomuniao.deadlines import clock_of, deadlines_of
from zhuomuniao.fieldlife import measure_words
from zhuomuniao.fieldwork import Activity, CatalogueItem, HandedIn, Issue, Plan, enforcement_cell, join_lines
from zhuomuniao.ledger import Draft
from zhuomuniao.logbook import course_of
from zhuomuniao.model import Act, Clock, Record, Row, Status, Step, StepKind
from zhuomuniao.rules import Holds
from zhuomuniao.usecases.inhand import take_in_hand
from zhuomuniao.usecases.office import Moment, Office, open_office

WALK, FOLLOW, COMPLAINT = "走流程坐窗口", "跟执法", "处投诉"


class FieldDesk:
    """A desk at which activities and issues are recorded; ``now`` is the real moment of every entry."""

    def __init__(self, desk: Desk, now: str = "2027-03-01T09:00") -> None:
        self.desk = desk
        at = datetime.fromisoformat(now)
        self.office: Office = open_office(desk.folder, Moment(at, at.date()))

    def hold(self, day: str, unit: str, kind: str = WALK, **words: Any) -> str:
        """One activity; ``items`` and ``enforcements`` as tuples. Answers its number."""
        at = datetime.fromisoformat(day if "T" in day else f"{day}T09:00")
        rules = self.office.locality.rules_on(at.date())
        given: dict[str, Any] = {"leader": "张某某 局长", "mode": "定期", "place": "区政务服务中心", **words}
        given["items"] = join_lines(given.get("items", ()))
        given["enforcements"] = enforcement_cell(given.get("enforcements", ()))
        activity = Activity(
            "", self.office.spec_holding(Holds.ACTIVITIES).id, held_at=at, unit=unit, activity_kind=kind,
            status=Status.AWAITING_FILING, edition=rules.edition, **given,
        )  # fmt: skip
        return self._open(activity, StepKind.HOLD)

    def find(self, day: str, unit: str, problem: str, *, due: str = "", kind: str = WALK, **words: str) -> str:
        """One issue, with a plan where it has a limit. Answers its number."""
        found_on = date.fromisoformat(day)
        handling = "整改计划" if due else "立行立改"
        edition = self.office.locality.rules_on(found_on).edition
        issue = Issue(
            "", "issues", found_on=found_on, unit=unit, problem=problem, activity_kind=kind, handling=handling,
            status=Status.OPEN, edition=edition, leader="张某某 局长", **words,
        )  # fmt: skip
        limits = (Clock(Act.RECTIFY, date.fromisoformat(due)),) if due else ()
        return self._open(issue, StepKind.FIND, measure_words({"handling": handling, **words}), limits)

    def step(self, no: str, kind: StepKind, day: str, text: str = "") -> None:
        """销号, 反弹, 作废 … of an issue, or 作废 of an activity."""
        at = datetime.fromisoformat(f"{day}T15:00")
        spec = self.office.spec_of(no)

        def decide(record: Any) -> Any:
            held = take_in_hand(self.office, spec, record)
            held.write(kind, text, at=at, by="赵敏慧")
            return held.record, tuple(held.written)

        self.office.records(spec).amend(no, decide=decide, signature=self.office.signature("issue"))

    def list_item(self, unit: str, item: str, since: str = "2026-01-05") -> None:
        self._enter(self.office.catalogue, CatalogueItem("", "activity", unit=unit, item=item, listed_on=_day(since)))

    def plan(self, unit: str, kind: str, period: str, drawn_on: str) -> None:
        row = Plan("", "activity", unit=unit, activity_kind=kind, period=period, drawn_on=_day(drawn_on))
        self._enter(self.office.plans, row)

    def hand_in(self, unit: str, period: str, day: str, rows: int, kind: str = WALK) -> None:
        row = HandedIn(
            "", "issues", unit=unit, activity_kind=kind, period=period, handed_on=_day(day), row_count=rows
        )
        self._enter(self.office.hand_ins, row)

    def _open(self, record: Record, kind: StepKind, text: str = "", limits: tuple[Clock, ...] = ()) -> str:
        rules = self.office.rules_of(record)
        ruled = deadlines_of(rules, record.ledger, record.facts, course_of(record, (), rules), self.office.calendar)
        clocks = limits or tuple(clock_of(r) for r in ruled)
        record = replace(record, clocks=clocks)
        step = Step("", kind, record.opened_at, "赵敏慧", record.unit, text, clocks)
        ledger = self.office.records(self.office.locality.ledger(record.ledger))
        (receipt,) = ledger.append([Draft(record, (step,))], signature=self.office.signature("record"))
        return receipt.record.case_no

    def _enter(self, ledger: Any, row: Row) -> None:
        step = Step("", StepKind.ENTER, self.office.moment.now, "赵敏慧", row.unit, "列入")
        ledger.append([Draft(row, (step,))], signature=self.office.signature("plan"))


def _day(text: str) -> date:
    return date.fromisoformat(text)
