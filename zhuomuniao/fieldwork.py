"""Leaders at the counter and officers in the field: activities, what they find, plans, rosters. Values only.

A cell that lists several things (体验事项, 参与执法) has one to a line, so that a thing may have 、 in its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import ClassVar

from zhuomuniao.model import Act, Record, Row, StartEvent, Status

YES = "是"
"""What stands in a cell that is ticked (急难愁盼)."""

_BETWEEN_LINKS = re.compile(r"[、，,；;/\s]+")
_COUNTED = re.compile(r"共\d+次")
_NUMBERED = re.compile(r"^\d+[.．、]\s*")


def join_links(names: Iterable[str]) -> str:
    """参与环节 as one cell."""
    return "、".join(names)


def split_links(cell: str) -> tuple[str, ...]:
    """The links of a 参与环节 cell, however somebody separated them."""
    return tuple(filter(None, _BETWEEN_LINKS.split(cell.strip())))


def join_lines(texts: Iterable[str]) -> str:
    """Several things as one cell, one to a line."""
    return "\n".join(texts)


def split_lines(cell: str) -> tuple[str, ...]:
    """The things of a cell with one to a line."""
    return tuple(line.strip() for line in cell.splitlines() if line.strip())


def enforcement_cell(texts: Iterable[str]) -> str:
    """参与执法次数及内容: ``共2次``, then one to a line with its number."""
    told = list(texts)
    return join_lines([f"共{len(told)}次", *(f"{n}. {text}" for n, text in enumerate(told, start=1))]) if told else ""


def read_enforcements(cell: str) -> tuple[str, ...]:
    """The enforcements of a 参与执法次数及内容 cell; what somebody typed in one piece is one."""
    return tuple(_NUMBERED.sub("", line) for line in split_lines(cell) if not _COUNTED.fullmatch(line))


class Activity(Record, frozen=True):
    """一次活动: a leader took part in 走流程坐窗口, 跟执法 or 处投诉. ``leader`` holds name and post.

    Counts are ``None`` where nobody wrote one; ``issue_count`` and ``solved_count`` follow the 问题台账.
    """

    FACTS: ClassVar[tuple[str, ...]] = ("activity_kind", "mode", "identity")
    CLOSED_BY: ClassVar[tuple[Act, ...]] = (Act.FILING,)

    held_at: datetime
    leader: str = ""
    activity_kind: str = ""
    identity: str = ""
    mode: str = ""
    trigger: str = ""
    place: str = ""
    links: str = ""
    items: str = ""
    enforcements: str = ""
    served_count: int | None = None
    participant_count: int | None = None
    valid_revisit_count: int | None = None
    issue_count: int | None = None
    solved_count: int | None = None
    delegate_for: str = ""
    filed_on: date | None = None

    @property
    def opened_at(self) -> datetime:
        return self.held_at

    @property
    def person(self) -> str:
        return self.leader

    @property
    def matter(self) -> str:
        return " ".join(filter(None, (self.activity_kind, self.place)))

    @property
    def events(self) -> Mapping[StartEvent, datetime]:
        return {StartEvent.ACTIVITY: self.held_at}

    @property
    def is_delegated(self) -> bool:
        """Whether somebody took part in the leader's place (委托)."""
        return bool(self.delegate_for)

    @property
    def link_names(self) -> tuple[str, ...]:
        return split_links(self.links)

    @property
    def item_names(self) -> tuple[str, ...]:
        return split_lines(self.items)

    @property
    def enforcement_texts(self) -> tuple[str, ...]:
        return read_enforcements(self.enforcements)

    @property
    def participants(self) -> int:
        """参与人次 (policy ``participants``): one, unless somebody wrote another number."""
        return 1 if self.participant_count is None else self.participant_count


class Issue(Record, frozen=True):
    """问题清单、整改清单的一行: what an activity found, or a need only, until it is cleared and looked back at.

    ``round`` counts how often it stood in the list: a 反弹 opens the next. ``handling`` is 立行立改 or 整改计划.
    """

    FACTS: ClassVar[tuple[str, ...]] = ("activity_kind", "handling")
    CLOSED_BY: ClassVar[tuple[Act, ...]] = (Act.RECTIFY,)

    found_on: date | None
    activity_no: str = ""
    activity_kind: str = ""
    leader: str = ""
    place: str = ""
    item: str = ""
    experience: str = ""
    experience_mode: str = ""
    problem: str = ""
    need: str = ""
    remedy: str = ""
    suggestion: str = ""
    handling: str = ""
    urgent: str = ""
    responsible_person: str = ""
    meeting: str = ""
    mechanism: str = ""
    effect: str = ""
    cleared_on: date | None = None
    looked_back_on: date | None = None
    look_back: str = ""

    @property
    def opened_at(self) -> datetime:
        return _morning_of(self.found_on)

    @property
    def person(self) -> str:
        """包抓人, else the leader who found it."""
        return self.responsible_person or self.leader

    @property
    def matter(self) -> str:
        return self.problem or self.need

    @property
    def events(self) -> Mapping[StartEvent, datetime]:
        found = {} if self.found_on is None else {StartEvent.ACTIVITY: _morning_of(self.found_on)}
        # A day typed into the list by hand clears nothing: nothing counts from it.
        is_cleared = self.cleared_on is not None and self.status is not Status.OPEN
        return {**found, StartEvent.CLEARED: _morning_of(self.cleared_on)} if is_cleared else found

    @property
    def is_need_only(self) -> bool:
        """Whether it is a need of people, and nothing was found wrong (需求清单)."""
        return bool(self.need) and not self.problem

    @property
    def is_urgent(self) -> bool:
        """急难愁盼."""
        return bool(self.urgent)

    @property
    def is_unmeasured(self) -> bool:
        """Whether something is still to be settled about how it is put right: way, measures or day."""
        clock = next((c for c in self.round_clocks if c.act is Act.RECTIFY and c.is_running), None)
        if self.status is not Status.OPEN:
            return False
        lacks_plan = clock is not None and (clock.due_on is None or not self.remedy)
        return not self.handling or lacks_plan or (self.round > 1 and not self.remedy)


class Plan(Row, frozen=True):
    """活动计划 of one unit and kind in a period (``2026Q3``, ``2026-08``): audited, approved, made public.

    A plan also says that the unit takes part: 处投诉's participants stand in no annex.
    """

    drawn_on: date | None
    activity_kind: str = ""
    period: str = ""
    leader: str = ""
    planned_on: date | None = None
    complaint_count: int | None = None
    audited: str = ""
    audited_on: date | None = None
    approved: str = ""
    approved_on: date | None = None
    published: str = ""
    published_on: date | None = None

    @property
    def opened_at(self) -> datetime:
        return _morning_of(self.drawn_on)


class CatalogueItem(Row, frozen=True):
    """事项清单的一行: an item that a unit approves, serves or enforces. ``dropped_on``: no longer on the list."""

    listed_on: date | None
    item: str = ""
    item_kind: str = ""
    dropped_on: date | None = None

    @property
    def opened_at(self) -> datetime:
        return _morning_of(self.listed_on)


class HandedIn(Row, frozen=True):
    """报送登记: a unit handed its list of a period in to the lead, with the head and foot of that list."""

    handed_on: date | None
    activity_kind: str = ""
    period: str = ""
    leader: str = ""
    contact: str = ""
    contact_phone: str = ""
    row_count: int | None = None
    file: str = ""

    @property
    def opened_at(self) -> datetime:
        return _morning_of(self.handed_on)


class Officer(Row, frozen=True):
    """名册的一行: an 营商环境体验官, of which source, at which site, from when. ``left_on``: rotated out, or gone."""

    appointed_on: date | None
    name: str = ""
    officer_source: str = ""
    post: str = ""
    phone: str = ""
    site: str = ""
    term: str = ""
    left_on: date | None = None

    @property
    def opened_at(self) -> datetime:
        return _morning_of(self.appointed_on)

    def serves_on(self, day: date) -> bool:
        """Whether the officer is in office on a day; on the day of leaving no more."""
        started = self.appointed_on is None or self.appointed_on <= day
        return started and (self.left_on is None or day < self.left_on)


class Site(Row, frozen=True):
    """体验点的一行: where officers watch, of which kind, from when. ``closed_on``: given up."""

    opened_on: date | None
    name: str = ""
    site_kind: str = ""
    address: str = ""
    contact: str = ""
    contact_phone: str = ""
    closed_on: date | None = None

    @property
    def opened_at(self) -> datetime:
        return _morning_of(self.opened_on)


def _morning_of(day: date | None) -> datetime:
    """A day as a moment; a row without one comes before all others."""
    return datetime.min if day is None else datetime.combine(day, time(9))
