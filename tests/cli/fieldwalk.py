"""A desk of activities, issues or officers day by day: what was shown on a day is shown of it ever after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.desk import Desk

LOOKS = (("activity", "list"), ("issue", "list"), ("overdue",))


@dataclass
class Days:
    """What the lists of a desk showed on each day it was looked at."""

    desk: Desk
    looks: tuple[tuple[str, ...], ...] = LOOKS
    told: dict[str, list[Any]] = field(default_factory=dict)

    def on(self, day: str) -> Desk:
        """The desk on this day."""
        self.desk.day = day
        return self.desk

    def close(self) -> None:
        """The day is over: keep what the lists show now."""
        self.told[self.desk.day] = self._shown(self.desk.day)

    def stand(self) -> None:
        """Each past day is shown as it was shown then; nothing is wrong with the books."""
        assert self.told
        for day, told in self.told.items():
            for look, then, now in zip(self.looks, told, self._shown(day), strict=True):
                assert now == then, (day, look)
        assert self.desk.ask("check")["findings"] == []
        assert self.desk.ask("recount")["differences"] == []
        assert self.desk.ask("doctor")["count"] == 0
        assert self.desk.type("book", "verify").code == 0

    def takes_back(self, *line: str) -> None:
        """A command, taken back: every list is as it was before."""
        before = self._shown(self.desk.day)
        self.desk.ask(*line)
        assert self._shown(self.desk.day) != before, line
        self.desk.ask("undo")
        assert self._shown(self.desk.day) == before, line

    def _shown(self, day: str) -> list[Any]:
        return [_without_state_of_today(self.desk.ask(*look, "--as-of", day)) for look in self.looks]


def _without_state_of_today(shown: Any) -> Any:
    # What lies in the outbox, which books were edited and which reports were made is told of now, not of that day.
    return {key: value for key, value in shown.items() if key not in {"outbox", "findings", "duties", "notices"}}


def lights(shown: Any) -> list[tuple[str, str, int]]:
    """Number, act and late workdays of the overdue ones."""
    return [(one["case_no"], one["act"], one["late_workdays"]) for one in shown["overdue"]]
