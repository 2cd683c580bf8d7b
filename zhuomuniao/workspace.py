"""zmn.toml and the folders beside it: whose desk this is, which books there are and where.

One dataclass, :class:`WorkspaceConfig`, gives the keys, their defaults and their meaning.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from zhuomuniao.errors import DataFileError, FileProblem, WorkspaceError
from zhuomuniao.layouts import Layout

CONFIG_NAME = "zmn.toml"
BOOKS_FOLDER = "台账"
REPORTS_FOLDER = "报表"
FORMS_FOLDER = "表单"
SCHEMA = 1


def _key(meaning: str, default: Any = "") -> Any:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, slots=True)
class WorkspaceConfig:
    """What ``zmn.toml`` may say. An unknown key is refused with the list of known ones."""

    locality: str = _key("区县：随 zmn 带来的名称，或一个区县文件夹的路径")
    role: str = _key("这是谁的工作台：决定早上提醒哪些报送义务")
    office: str = _key("单位全称，印在表头和报表上")
    clerk: str = _key("经办人，没有写 --by 时用")
    units: tuple[str, ...] = _key("本单位自己增加的责任单位（[units] extra = [...]）", ())


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with ``zmn.toml``."""

    root: Path
    config: WorkspaceConfig

    @property
    def state_folder(self) -> Path:
        """``.zmn``: journal, outbox and lock stand here, never a clerk's data alone."""
        return self.root / ".zmn"

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
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
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
        if item.name != "units":
            lines.append(f"{item.name} = {_toml_string(value)}  # {item.metadata['meaning']}")
    lines.append("\n[units]\nextra = [" + ", ".join(_toml_string(u) for u in config.units) + "]")
    lines[-1] += "  # 本单位自己增加的责任单位"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Workspace(root.resolve(), config)


def _config(data: dict[str, Any]) -> WorkspaceConfig:
    known = {"schema"} | {f.name for f in fields(WorkspaceConfig)}
    problems = [
        FileProblem(CONFIG_NAME, name, "不认识这一项", f"可写：{'、'.join(sorted(known))}")
        for name in sorted(set(data) - known)
    ]
    if data.get("schema") != SCHEMA:
        problems.append(FileProblem(CONFIG_NAME, "schema", f"是“{data.get('schema')}”", f"请写 schema = {SCHEMA}"))
    for name in ("locality", "role", "office", "clerk"):
        if not isinstance(data.get(name, ""), str):
            problems.append(FileProblem(CONFIG_NAME, name, "不是文字", "请加引号"))
    if not data.get("locality"):
        problems.append(FileProblem(CONFIG_NAME, "locality", "没有写区县", '例如 locality = "neixiang"'))
    units = data.get("units", {})
    problems += [
        FileProblem(CONFIG_NAME, f"units.{name}", "不认识这一项", "可写：extra")
        for name in sorted(set(units) - {"extra"})
    ]
    extra = units.get("extra", [])
    if not isinstance(extra, list) or not all(isinstance(u, str) for u in extra):
        problems.append(FileProblem(CONFIG_NAME, "units.extra", "不是名称的列表", '例如 extra = ["县林业局"]'))
    if problems:
        raise DataFileError(tuple(problems))
    return WorkspaceConfig(
        locality=data["locality"],
        role=data.get("role", ""),
        office=data.get("office", ""),
        clerk=data.get("clerk", ""),
        units=tuple(extra),
    )


def _toml_string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
