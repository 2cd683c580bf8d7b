"""What every command needs before it starts: the global options, today, values typed as text."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import typer
from msgspec import Struct

from zhuomuniao.dateforms import parse_date, parse_moment
from zhuomuniao.errors import BadValueError, MissingValuesError, WorkspaceError
from zhuomuniao.model import BEIJING
from zhuomuniao.usecases.office import Moment, Office, open_office
from zhuomuniao.workdays import WorkCalendar


class Session(Struct, frozen=True):
    """One invocation: where, on which day, and how to answer."""

    folder: Path
    moment: Moment
    is_json: bool
    is_strict: bool
    says_yes: bool

    def office(self) -> Office:
        """The office of the workspace. Raises :class:`WorkspaceError`, :class:`DataFileError`."""
        return open_office(self.folder, self.moment, is_strict=self.is_strict)

    def office_to_look(self) -> Office:
        """The office of a command that only looks: what people changed in the books is taken in first and told.

        Raises what :meth:`office` raises.
        """
        from zhuomuniao.usecases.lookedafter import look_after

        office = self.office()
        looked = look_after(office)
        if not self.is_json:
            for line in looked.lines:
                print(f"  ! {line}", file=sys.stderr)
        return office

    def office_or_none(self) -> Office | None:
        """The office where there is a workspace; commands that need none go on without."""
        try:
            return self.office()
        except WorkspaceError:
            return None

    def plain_calendar(self) -> WorkCalendar:
        """The calendar that comes with zmn."""
        return WorkCalendar(is_strict=self.is_strict)

    @property
    def can_ask(self) -> bool:
        """Whether somebody sits at a terminal who can be asked."""
        return not self.is_json and sys.stdin.isatty() and sys.stdout.isatty()

    def at(self, text: str | None) -> datetime:
        """``--at``: a moment as typed, else now on the day of ``--as-of``."""
        moment = self.moment
        now = datetime.combine(moment.as_of, moment.now.time())
        if text is None:
            return now.replace(second=0, microsecond=0)
        is_today = parse_date_part(text, moment.as_of) == moment.as_of
        default = now.time().replace(second=0, microsecond=0) if is_today else time(9, 0)
        return parse_moment(text, today=moment.as_of, default_time=default)


def session_of(ctx: typer.Context) -> Session:
    """The session, from the options before and after the command and from the environment.

    Raises :class:`BadValueError` for a day that cannot be read.
    """
    given: dict[str, Any] = {}
    for context in _lineage(ctx):
        given |= context.obj or {}
    # Beijing time whatever zone the machine is set to; naive from here on.
    now = datetime.now(BEIJING).replace(tzinfo=None)
    as_of_text = given.get("as_of") or os.environ.get("ZMN_AS_OF")
    as_of = parse_date(as_of_text, today=now.date(), allows_month_day=False) if as_of_text else now.date()
    folder = given.get("workspace") or os.environ.get("ZMN_WORKSPACE") or "."
    if not Path(folder).is_dir():
        raise BadValueError(f"没有文件夹“{folder}”", "请核对 -w 或环境变量 ZMN_WORKSPACE")
    return Session(
        folder=Path(folder),
        moment=Moment(now.replace(microsecond=0), as_of),
        is_json=bool(given.get("json")),
        is_strict=bool(given.get("strict_calendar")),
        says_yes=bool(given.get("yes")),
    )


def require_values(session: Session, values: Mapping[str, tuple[str, str | None]]) -> dict[str, str]:
    """Required values by option name: given as ``(question, value)``; asked for on a terminal.

    Raises :class:`MissingValuesError` naming all that are missing where nobody can be asked.
    """
    missing = [option for option, (_, value) in values.items() if value is None]
    if missing and not session.can_ask:
        titles = "、".join(f"--{option}（{values[option][0]}）" for option in missing)
        raise MissingValuesError(f"缺少：{titles}", "请在命令后补上这些选项", missing=missing)
    return {
        option: typer.prompt(question, prompt_suffix="：") if value is None else value
        for option, (question, value) in values.items()
    }


def require_agreement(session: Session, question: str) -> None:
    """Go on only when the clerk agrees: ``--yes``, or asked at a terminal.

    Raises :class:`BadValueError` where nobody can be asked, :class:`typer.Abort` when the answer is no.
    """
    if session.says_yes:
        return
    if not session.can_ask:
        raise BadValueError(f"需要确认：{question}", "确认无误后加 --yes 再运行；没有改动任何内容")
    typer.confirm(question, abort=True)


def parse_folder(text: str) -> Path:
    """A folder as typed. Raises :class:`BadValueError` for an empty one: it would mean the folder one stands in."""
    if not text.strip():
        raise BadValueError("没有写放到哪个文件夹", "请在 --out 后写上文件夹；不写 --out 就放在“报表”里", field="out")
    return Path(text)


def parse_date_part(text: str, today: date) -> date | None:
    """The day of a moment's text, or ``None`` when it has a time or cannot be read."""
    try:
        return parse_date(text, today=today)
    except BadValueError:
        return None


def _lineage(ctx: Any) -> list[Any]:
    contexts = []
    while ctx is not None:
        contexts.append(ctx)
        ctx = ctx.parent
    return list(reversed(contexts))


def future_day(session: Session, text: str) -> str:
    """A day that may lie ahead, as ISO. Raises :class:`BadValueError`."""
    today = session.moment.as_of
    if text.strip() == "明天":
        return (today + timedelta(days=1)).isoformat()
    if re.fullmatch(r"[0-9]{1,2}月[0-9]{1,2}日?", text.strip()):
        raise BadValueError(f"“{text.strip()}”没有写年份，可能是明年的", f"请写上年份，如 {today.year}-12-05")
    return parse_date(text, today=today, allows_month_day=False).isoformat()
