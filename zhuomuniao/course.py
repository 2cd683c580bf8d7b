"""The course of a case as far as its limits depend on it: what happened when, pauses, extensions.

Registration, steps, ``explain``, a loaded holiday notice and the worked answers of a county all hand the same
value to :mod:`zhuomuniao.deadlines`, so that a date can be counted again from the beginning at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field

from zhuomuniao.errors import RefusedByRuleError
from zhuomuniao.model import Act, StartEvent

if TYPE_CHECKING:
    from zhuomuniao.limits import Limit


class Pause(Struct, frozen=True):
    """暂停: a stretch that does not count. ``until`` is the day of resumption, ``None`` while it lasts.

    ``restarts`` where the locality counts anew from the day of resumption (补正后重新起算).
    Raises :class:`RefusedByRuleError` where the resumption lies before the pause.
    """

    since: date
    until: date | None = None
    reason: str = ""
    restarts: bool = False

    def __post_init__(self) -> None:
        if self.until is not None and self.until < self.since:
            raise RefusedByRuleError(
                f"恢复日 {self.until} 早于暂停日 {self.since}", "请核对两个日期；恢复不能在暂停之前"
            )


class Extension(Struct, frozen=True):
    """延期: by how much which limits were lengthened, asked on which day, granted by whom.

    ``override`` is the basis given where the notice's own bounds (原则上) were exceeded.
    """

    limit: Limit
    asked_on: date
    approver: str = ""
    reason: str = ""
    override: str = ""
    acts: tuple[Act, ...] = (Act.RESOLVE, Act.REPLY)


class Course(Struct, frozen=True):
    """经过. ``events`` holds the moment of each start event that has happened.

    Pauses and extensions stand in the order in which they happened. ``anew_at`` is the moment from which everything
    counts anew, and ``anew_by`` what it was: 发回重办, 重新交办. ``raised_at`` is the last 提级.
    """

    events: Mapping[StartEvent, datetime]
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = field(default=())
    raised_at: datetime | None = None
    anew_at: datetime | None = None
    anew_by: str = ""
