"""Reading TOML by a table of keys: what each may hold, whether it must be there, and what it means.

The table drives reading, the messages and the manual (docs/新增区县.md is checked against it). Every problem is
collected with file, key and remedy; reading never stops at the first and never fails on a wrong type.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.errors import BadValueError, FileProblem, reason_of

REQUIRED = object()
"""The default of a key that has to be written."""


class WrongValueError(Exception):
    """A value that is not what its key may hold: ``what`` was found, ``remedy`` to write instead."""

    def __init__(self, what: str, remedy: str, expected: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.expected = expected


class AlreadyToldError(Exception):
    """A value that cannot be read, of which everything has been told further in."""


MAX_TOML_BYTES = 2_000_000
"""More than any notice gives rise to; a file beyond it is a slip, and reading it would take minutes."""

_MOST_SHOWN = 60
_MOST_TOLD = 300


def shown(value: object) -> str:
    """A value of any type as a message shows it: one short line, never a failure."""
    try:
        text = " ".join(str(value).split())
    except (ValueError, RecursionError):
        # A number of more than 4300 digits and tables inside hundreds of tables cannot be printed.
        return "写不下的内容"
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


class Place(Struct, frozen=True):
    """Where in which file reading is, so that problems can be told with their key.

    ``code`` is the sort of mistake that is looked for (:class:`FileProblem`).
    """

    file: str
    problems: list[FileProblem]
    key: str = ""
    code: str = "data_file"

    def at(self, key: str) -> Place:
        """A place further in: ``clocks[2]`` → ``clocks[2].limit``."""
        return replace(self, key=f"{self.key}.{shown(key)}" if self.key else shown(key))

    def nth(self, number: int) -> Place:
        """A place in a list: ``clocks`` → ``clocks[2]``."""
        return replace(self, key=f"{self.key}[{number}]")

    def tell(self, what: str, remedy: str, expected: str = "") -> None:
        """Note a problem at this place."""
        told = what if len(what) <= _MOST_TOLD else f"{what[:_MOST_TOLD]}…"
        self.problems.append(FileProblem(self.file, self.key or "全文", told, remedy, self.code, expected))


Take = Callable[[Any, Place], Any]
"""Turns what TOML holds into a value. Raises :class:`WrongValueError`; problems further in it tells itself."""


class Key(Struct, frozen=True):
    """One key of a table. ``field`` is the argument it becomes, where that differs from its name.

    ``inner`` is the kind of table it holds, where it holds some.
    """

    name: str
    take: Take
    meaning: str
    default: Any = REQUIRED
    field: str = ""
    inner: Section | None = None

    @property
    def argument(self) -> str:
        return self.field or self.name


class Section(Struct, frozen=True):
    """A kind of table: its name, what it says, its keys, and what is built of their values."""

    name: str
    meaning: str
    keys: tuple[Key, ...]
    build: Callable[..., Any] = dict

    def read(self, data: Any, place: Place) -> Any | None:
        """The value of one table, or ``None`` when a problem kept it from being built."""
        values = self.parts(data, place)
        return self.build(**values) if len(values) == len(self.keys) else None

    def parts(self, data: Any, place: Place) -> dict[str, Any]:
        """The arguments that could be read of one table, defaults included; the others are told."""
        if not isinstance(data, Mapping):
            place.tell("应当是一组“键 = 值”", f"请写明：{'、'.join(k.name for k in self.keys)}")
            return {}
        known = {key.name: key for key in self.keys}
        for name in sorted(set(map(str, data)) - set(known)):
            place.at(name).tell("不认识这一项", f"可写：{'、'.join(known)}", "认识的项")
        values: dict[str, Any] = {}
        for key in self.keys:
            if key.name not in data:
                if key.default is REQUIRED:
                    place.at(key.name).tell("缺少这一项", f"请补上：{key.meaning}", key.meaning)
                else:
                    values[key.argument] = key.default
                continue
            inner = place.at(key.name)
            try:
                values[key.argument] = key.take(data[key.name], inner)
            except AlreadyToldError:
                continue
            except WrongValueError as wrong:
                inner.tell(wrong.what, wrong.remedy, wrong.expected or key.meaning)
            except BadValueError as bad:
                inner.tell(bad.message, bad.remedy, key.meaning)
        return values

    def read_all(self, entries: Any, place: Place) -> tuple[Any, ...]:
        """The values of a list of tables (``[[name]]``), those with problems left out."""
        return tuple(value for _, value in self.read_each(entries, place) if value is not None)

    def read_each(self, entries: Any, place: Place) -> tuple[tuple[Any, Any | None], ...]:
        """What TOML holds for each table of a list, beside its value or ``None``."""
        if not isinstance(entries, list):
            place.tell("应当是一组表", f"请写成 [[{self.name}]]", f"[[{self.name}]]")
            return ()
        return tuple((entry, self.read(entry, place.nth(n))) for n, entry in enumerate(entries, start=1))


def read_toml(path: Path, place: Place) -> dict[str, Any]:
    """A TOML file's tables; ``{}`` and a told problem when it is none."""
    written = read_words(path, place, most=MAX_TOML_BYTES)
    if written is None:
        return {}
    try:
        return tomllib.loads(written)
    except RecursionError:
        place.tell("括号套得太深，读不了", "请按 TOML 写法改正")
    except ValueError as error:
        # TOMLDecodeError is one of these; a number too long to be read is another.
        where = re.search(r"at line (\d+), column (\d+)", str(error))
        near = f"第{where[1]}行第{where[2]}个字附近读不下去" if where else "有读不了的内容"
        remedy = "请按 TOML 写法改正：一行一个 键 = 值，中文（键也是）都要放在英文引号里"
        place.tell(f"不是合法的 TOML：{near}", remedy, "TOML")
    return {}


def read_words(path: Path, place: Place, *, most: int) -> str | None:
    """The text of a UTF-8 file of at most ``most`` bytes; ``None`` and a told problem when it is none."""
    try:
        if path.exists() and not path.is_file():
            place.tell("不是文件", "这里应当是一个文本文件；请把这个文件夹移走或改名", "文本文件")
            return None
        if (size := path.stat().st_size) > most:
            place.tell(f"太大了（{size / 1e6:.1f}MB）", f"请核对；这个文件不应超过{most / 1e6:.0f}MB", "文本文件")
            return None
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        place.tell("没有这个文件", "请补上", "有这个文件")
    except OSError as error:
        place.tell(f"读不出来：{reason_of(error)}", "请检查文件和权限")
    except UnicodeDecodeError:
        place.tell("不是 UTF-8 文字", "请用记事本打开，另存为 UTF-8 编码", "UTF-8 文字")
    return None


def text(value: Any, place: Place) -> str:
    """A text that says something."""
    if not isinstance(value, str) or not value.strip():
        raise WrongValueError(f"“{shown(value)}”不是文字", "请写文字并加引号", "文字")
    return value


def any_text(value: Any, place: Place) -> str:
    """A text, which may be empty."""
    if not isinstance(value, str):
        raise WrongValueError(f"“{shown(value)}”不是文字", "请写文字并加引号", "文字")
    return value


def texts(value: Any, place: Place) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        raise WrongValueError("不是文字的列表", '例如 ["甲", "乙"]')
    return tuple(value)


def at_least_one(take: Take) -> Take:
    """The same list, with something in it: an empty one would silently never apply."""

    def taken(value: Any, place: Place) -> Any:
        told = len(place.problems)
        values = take(value, place)
        if not values and len(place.problems) > told:
            raise AlreadyToldError
        if not values:
            raise WrongValueError("一项也没有写", "请至少写一项", "至少一项")
        return values

    return taken


def yes_no(value: Any, place: Place) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise WrongValueError(
            f"“{shown(value)}”不是 true 或 false", "请写 true 或 false（不加引号）", "true 或 false"
        )
    return value


def day(value: Any, place: Place) -> date:
    """A TOML date."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise WrongValueError(f"“{shown(value)}”不是日期", "请写成 2021-01-01（不加引号）", "日期")
    return value


def number(least: int, most: int) -> Take:
    """A whole number from ``least`` to ``most``."""

    def take(value: Any, place: Place) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            wanted = f"{least} 到 {most} 的整数"
            raise WrongValueError(f"“{shown(value)}”不是 {wanted}", f"请写 {wanted}（不加引号）", wanted)
        return value

    return take


def measure(least: float, most: float) -> Take:
    """A number, whole or not, from ``least`` to ``most``."""

    def take(value: Any, place: Place) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        # NaN and infinity lie between no two numbers; a whole number of any length can be compared.
        if not is_number or not least <= value <= most:
            wanted = f"{least:g} 到 {most:g} 的数"
            raise WrongValueError(f"“{shown(value)}”不是 {wanted}", f"请写 {wanted}（不加引号）", wanted)
        return float(value)

    return take


def one_of(words: type[StrEnum]) -> Take:
    """A member of an enumeration, by its word."""

    def take(value: Any, place: Place) -> StrEnum:
        if not isinstance(value, str) or value not in tuple(words):
            raise WrongValueError(f"不认识“{shown(value)}”", f"可写：{'、'.join(words)}", "、".join(words))
        return words(value)

    return take


def several_of(words: type[StrEnum]) -> Take:
    """A list of members of an enumeration."""
    one = one_of(words)

    def take(value: Any, place: Place) -> tuple[StrEnum, ...]:
        return tuple(one(item, place) for item in texts(value, place))

    return take


def conditions(value: Any, place: Place) -> dict[str, tuple[str, ...]]:
    """``{ kind = ["应办未办"], tier = ["二级"] }``."""
    if not isinstance(value, Mapping):
        raise WrongValueError("不是条件", '例如 { kind = ["应办未办"] }')
    words = at_least_one(texts)
    read = {}
    for name, values in value.items():
        try:
            read[str(name)] = words(values, place)
        except WrongValueError as wrong:
            place.at(str(name)).tell(wrong.what, wrong.remedy, wrong.expected)
    if len(read) < len(value):
        raise AlreadyToldError
    return read


def tables(section: Section) -> Take:
    """A list of tables further in. Where one of them cannot be read, neither can the table around it."""

    def take(value: Any, place: Place) -> tuple[Any, ...]:
        told = len(place.problems)
        read = section.read_all(value, place)
        if len(place.problems) > told and len(read) < len(value if isinstance(value, list) else "?"):
            raise AlreadyToldError
        return read

    return take


def duplicates(names: Sequence[str]) -> Iterator[str]:
    """Each name that occurs more than once."""
    return iter(sorted({name for name in names if names.count(name) > 1}))
