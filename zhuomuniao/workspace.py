"""zmn.toml and the folders beside it: whose desk this is, which books there are and where.

One dataclass, :class:`WorkspaceConfig`, gives the keys, their defaults and their meaning.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from zhuomuniao.errors import DataFileError, FileProblem, WorkspaceError

if TYPE_CHECKING:
    from zhuomuniao.layouts import Layout

CONFIG_NAME = "zmn.toml"
BOOKS_FOLDER = "台账"
REPORTS_FOLDER = "报表"
FORMS_FOLDER = "表单"
CALENDAR_FOLDER = "日历"
SCHEMA = 1
_MOST_BYTES = 1_000_000


def _key(meaning: str, default: Any = "", *, factory: Callable[[], Any] | None = None) -> Any:
    metadata = {"meaning": meaning}
    return field(default_factory=factory, metadata=metadata) if factory else field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class WorkspaceConfig:
    """What ``zmn.toml`` may say. An unknown key is refused with the list of known ones."""

    locality: str = _key("区县：随 zmn 带来的名称，或一个区县文件夹的路径")
    role: str = _key("这是谁的工作台：决定早上提醒哪些报送义务")
    office: str = _key("单位全称，印在表头和报表上")
    clerk: str = _key("经办人，没有写 --by 时用")
    units: tuple[str, ...] = _key("本单位自己增加的责任单位（[units] extra = [...]）", ())
    may_delegate: tuple[str, ...] = _key(
        "主要负责同志可以委托别人代为参加活动的单位（[units] may_delegate = [...]）", ()
    )
    participants: Mapping[str, tuple[str, ...]] = _key(
        "通知没有列名单的活动由哪些单位参加（[participants] '处投诉' = [...]）", factory=dict
    )
    policies: Mapping[str, str] = _key("通知没有写明时，本单位选用的口径（[policies] 口径 = 选项）", factory=dict)
    rest_days: Mapping[date, str] = _key("本单位另外的休息日（[calendar.rest] 2026-08-13 = 事由）", factory=dict)
    work_days: Mapping[date, str] = _key("本单位另外的上班日（[calendar.work] 2026-08-15 = 事由）", factory=dict)


class Workspace(Struct, frozen=True):
    """A folder with ``zmn.toml``."""

    root: Path
    config: WorkspaceConfig

    @property
    def state_folder(self) -> Path:
        """``.zmn``: journal, outbox and lock stand here, never a clerk's data alone."""
        return self.root / ".zmn"

    @property
    def calendar_folder(self) -> Path:
        """``日历/``: the holiday notices this office has loaded."""
        return self.root / CALENDAR_FOLDER

    def book_path(self, layout: Layout, year: int) -> Path:
        """The book of a ledger for a year of 受理: ``台账/<year>/<layout title>.xlsx``."""
        return self.root / BOOKS_FOLDER / str(year) / f"{file_name(layout.title)}.xlsx"

    def book_years(self, layout: Layout) -> tuple[int, ...]:
        """The years for which a book of this layout is there, in order."""
        folder = self.root / BOOKS_FOLDER
        if not folder.is_dir():
            return ()
        years = [int(p.name) for p in folder.iterdir() if re.fullmatch(r"\d{4}", p.name)]
        return tuple(y for y in sorted(years) if self.book_path(layout, y).exists())

    def relative(self, path: Path) -> str:
        """A path as it is printed: relative to the workspace, with forward slashes."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()


def file_name(text: str) -> str:
    """A text as a file name: without the characters that Windows refuses."""
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]', "", text).strip(". ") or "未命名"


def find_workspace(start: Path) -> Workspace:
    """The workspace of ``start``: the nearest folder upwards that holds ``zmn.toml``.

    Raises :class:`WorkspaceError` when there is none.
    """
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / CONFIG_NAME).is_file():
            return open_workspace(candidate)
    raise WorkspaceError(
        f"“{start}”和它的上级文件夹里都没有 {CONFIG_NAME}",
        "请进入工作区文件夹，或用 -w 指定；还没有工作区的，用 zmn init 文件夹 --locality 区县 建一个",
    )


def open_workspace(root: Path) -> Workspace:
    """The workspace in exactly this folder. Raises :class:`WorkspaceError`, :class:`DataFileError`."""
    path = root / CONFIG_NAME
    if not path.is_file():
        raise WorkspaceError(f"“{root}”里没有 {CONFIG_NAME}", "请核对 -w 指定的文件夹，或先运行 zmn init")
    size = path.stat().st_size
    if size > _MOST_BYTES:
        problem = FileProblem(CONFIG_NAME, "全文", f"有{size / 1e6:.0f}MB，不会是 {CONFIG_NAME}", "请从备份恢复")
        raise DataFileError((problem,))
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        problem = FileProblem(CONFIG_NAME, "全文", f"不是合法的 UTF-8 TOML（{error}）", "请按 TOML 写法改正")
        raise DataFileError((problem,)) from error
    return Workspace(root.resolve(), _config(data))


def create_workspace(root: Path, config: WorkspaceConfig) -> Workspace:
    """Write ``zmn.toml`` into a new or empty place. Raises :class:`WorkspaceError` where one stands already."""
    path = root / CONFIG_NAME
    if path.exists():
        raise WorkspaceError(f"“{root}”已经是一个工作区，没有改动它", "请换一个文件夹，或直接使用它")
    if root.exists() and not root.is_dir():
        raise WorkspaceError(f"“{root}”是一个文件，不能当工作区", "请换一个文件夹名")
    root.mkdir(parents=True, exist_ok=True)
    lines = [f"schema = {SCHEMA}"]
    for item in fields(config):
        value = getattr(config, item.name)
        if isinstance(value, str):
            lines.append(f"{item.name} = {_toml_string(value)}  # {item.metadata['meaning']}")
    extra = ", ".join(_toml_string(unit) for unit in config.units)
    lines += ["", "[units]", f"extra = [{extra}]  # 本单位自己增加的责任单位"]
    delegates = ", ".join(_toml_string(unit) for unit in config.may_delegate)
    lines += [f"may_delegate = [{delegates}]  # 主要负责同志可以委托别人代为参加活动的单位"]
    lines += ["", '[participants]  # 通知没有列名单的活动由哪些单位参加，例如 "处投诉" = ["区住建局"]']
    for kind, units in config.participants.items():
        lines.append(f"{_toml_string(kind)} = [{', '.join(_toml_string(unit) for unit in units)}]")
    lines += ["", "[policies]  # 通知没有写明时选用的口径；zmn rules 列出各项和可选的写法"]
    lines += [f"{name} = {_toml_string(choice)}" for name, choice in config.policies.items()]
    lines += ["", '[calendar.rest]  # 本单位另外的休息日，例如 2026-08-13 = "停电停业"']
    lines += [f"{on} = {_toml_string(why)}" for on, why in config.rest_days.items()]
    lines += ["", "[calendar.work]  # 本单位另外的上班日"]
    lines += [f"{on} = {_toml_string(why)}" for on, why in config.work_days.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Workspace(root.resolve(), config)


_TEXT_KEYS = ("locality", "role", "office", "clerk")
_TABLE_KEYS = ("units", "participants", "policies", "calendar")


def _config(data: dict[str, Any]) -> WorkspaceConfig:
    problems: list[FileProblem] = []

    def tell(key: str, what: str, remedy: str) -> None:
        problems.append(FileProblem(CONFIG_NAME, key, what, remedy))

    known = ("schema", *_TEXT_KEYS, *_TABLE_KEYS)
    for name in sorted(set(data) - set(known)):
        tell(name, "不认识这一项", f"可写：{'、'.join(known)}")
    if data.get("schema") != SCHEMA:
        tell("schema", f"是“{data.get('schema')}”", f"请写 schema = {SCHEMA}")
    for key in _TEXT_KEYS:
        if not isinstance(data.get(key, ""), str):
            tell(key, "不是文字", "请加引号")
    if not data.get("locality"):
        tell("locality", "没有写区县", '例如 locality = "neixiang"')
    units, participants, policies, calendar = (_table(data, name, tell) for name in _TABLE_KEYS)
    for name, table, allowed in (
        ("units", units, {"extra", "may_delegate"}),
        ("calendar", calendar, {"rest", "work"}),
    ):
        for key in sorted(set(table) - allowed):
            tell(f"{name}.{key}", "不认识这一项", f"可写：{'、'.join(sorted(allowed))}")
    extra, delegates = (_names(units, key, f"units.{key}", tell) for key in ("extra", "may_delegate"))
    taking_part = {kind: _names(participants, kind, f"participants.{kind}", tell) for kind in participants}
    for name, choice in policies.items():
        if not isinstance(choice, str):
            tell(f"policies.{name}", "不是文字", '例如 return_clock = "restart"')
    rest, work = (_days(calendar, name, tell) for name in ("rest", "work"))
    for day in sorted(set(rest) & set(work)):
        tell(f"calendar.work.{day}", "这一天既写了休息又写了上班", "请删去一处")
    if problems:
        raise DataFileError(tuple(problems))
    return WorkspaceConfig(
        **{name: data.get(name, "") for name in _TEXT_KEYS},
        units=extra,
        may_delegate=delegates,
        participants=taking_part,
        policies=policies,
        rest_days=rest,
        work_days=work,
    )


def cache_folder() -> Path | None:
    """Where what was read may be kept for the next command: a folder of the user's own, outside all workspaces.

    ``ZMN_CACHE`` names another one; where it is ``off``, and for a user without a home, nothing is kept.
    """
    named = os.environ.get("ZMN_CACHE", "")
    if named == "off":
        return None
    if named:
        return Path(named)
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "zhuomuniao" / "cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "zhuomuniao"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "zhuomuniao"


Tell = Callable[[str, str, str], None]


def _table(data: Mapping[str, Any], name: str, tell: Tell) -> Mapping[str, Any]:
    table = data.get(name, {})
    if isinstance(table, dict):
        return table
    tell(name, "应当是一组“键 = 值”", f"请写成 [{name}]")
    return {}


def _names(table: Mapping[str, Any], key: str, place: str, tell: Tell) -> tuple[str, ...]:
    names = table.get(key, [])
    if isinstance(names, list) and all(isinstance(name, str) and name.strip() for name in names):
        return tuple(name.strip() for name in names)
    tell(place, "不是名称的列表", f'例如 {key} = ["县林业局"]')
    return ()


def _days(calendar: Mapping[str, Any], name: str, tell: Tell) -> dict[date, str]:
    days = {}
    for written, why in _table(
        calendar, name, lambda _, what, remedy: tell(f"calendar.{name}", what, remedy)
    ).items():
        # date.fromisoformat also takes weeks (2026-W48-4) and figures without hyphens.
        try:
            day = date.fromisoformat(written) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", written) else None
        except ValueError:
            day = None
        if day is None:
            tell(f"calendar.{name}.{written}", "不是日期", '请写成 2026-08-13 = "停电停业"')
            continue
        if not 1990 <= day.year <= 2100:
            tell(f"calendar.{name}.{written}", "年份不在1990年至2100年之间", "请核对年份")
            continue
        if isinstance(why, str) and why.strip():
            days[day] = why.strip()
        else:
            tell(f"calendar.{name}.{written}", "没有写事由", '请写成 2026-08-13 = "停电停业"')
    return days


def _toml_string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
