"""Layers: what a holiday notice says about single days, kept as one readable file each (``日历/<id>.toml``).

Order in which layers apply, later over earlier:

1. the data of the package ``chinese_calendar``;
2. the **annual** layer of a year: it replaces the whole year of the package, and brings the days that it names in
   the neighbouring years (元旦 moves December days of the year before);
3. **amendments** (调整、延长、一次性放假): single days over a year in force;
4. **regional** layers (宁夏 开斋节 …): single days of one region;
5. the office's own days (``[calendar]`` in ``zmn.toml``), handed in as the last regional layer.

Inside one kind: by the day of import, then in the order of import. A layer holds the text it was read from, so that
an inspector can hold its days against it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from zhuomuniao.errors import DataFileError, FileProblem, reason_of
from zhuomuniao.statutory import absent_holidays, feasts_at_work, unrested_days
from zhuomuniao.texts import clean_text

MAKE_UP: Final = "调休上班"
"""Name of a weekend day on which people work."""

ORDINARY: Final = "正常上班"
"""Name of a day from Monday to Friday that is no holiday any more."""

PLAIN_REST: Final = "照常休息"
"""Name of a weekend day on which people need not make up any more."""

_SCHEMA: Final = 1
_MAX_BYTES: Final = 1 << 20
_ADVICE: Final = "请勿手改这个文件；删去后用 zmn calendar import 通知文件 重新导入"
_KEYS: Final = frozenset(
    {"schema", "kind", "year", "sequence", "title", "source", "imported_on", "text", "fingerprint"}
)
_TABLES: Final = ("off", "work", "ordinary")


class LayerKind(StrEnum):
    """What a layer is; the order of the members is the order in which layers apply."""

    ANNUAL = "annual"
    AMENDMENT = "amendment"
    REGIONAL = "regional"


class LayerDay(Struct, frozen=True):
    """One day: a rest day under its holiday's ``name``, or a working day.

    ``is_ordinary`` takes away whatever mark the day has: it is then what its weekday says. ``name`` is for readers.
    """

    on: date
    is_off: bool
    name: str
    is_ordinary: bool = False

    @classmethod
    def ordinary(cls, on: date) -> LayerDay:
        """A day that is what its weekday says."""
        is_weekend = on.weekday() >= 5
        return cls(on, is_weekend, PLAIN_REST if is_weekend else ORDINARY, is_ordinary=True)

    @property
    def is_worked(self) -> bool:
        """Whether people work on this day by the layer's word."""
        return self.on.weekday() < 5 if self.is_ordinary else not self.is_off


class Layer(Struct, frozen=True):
    """What one notice arranges. ``source`` is where it was taken from, ``text`` the notice itself.

    ``sequence`` tells the layers of one day of import apart: the later import has the greater
    (:func:`next_sequence`); 0 in files that do not say.
    """

    kind: LayerKind
    year: int
    title: str
    source: str
    imported_on: date
    days: tuple[LayerDay, ...]
    text: str = ""
    sequence: int = 0

    @property
    def id(self) -> str:
        """The file's stem. One annual layer a year; other kinds are told apart by what they arrange."""
        if self.kind is LayerKind.ANNUAL:
            return f"{self.year:04d}-{self.kind.value}"
        days = (f"{day.on.isoformat()} {int(day.is_off)} {_kept_name(day.name)}" for day in self.days)
        return f"{self.year:04d}-{self.kind.value}-{_digest(days)[:8]}"


def order_layers(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """The layers in the order in which they apply (see the module's docstring)."""
    kinds = list(LayerKind)
    return tuple(
        sorted(layers, key=lambda layer: (kinds.index(layer.kind), layer.imported_on, layer.sequence, layer.id))
    )


def next_sequence(layers: Iterable[Layer]) -> int:
    """The ``sequence`` of a layer imported after all of these."""
    return max((layer.sequence for layer in layers), default=0) + 1


def layer_toml(layer: Layer) -> str:
    """The file of a layer. What no TOML text may hold (controls, lone surrogates) is left out of the wording."""
    lines = [
        "# 放假安排，由 zmn calendar import 存入。可以查看，请勿手改：要更正就重新导入通知。",
        f"schema = {_SCHEMA}",
        f"kind = {_quoted(layer.kind.value)}",
        f"year = {layer.year}",
        f"title = {_quoted(layer.title)}",
        f"source = {_quoted(layer.source)}",
        f"imported_on = {layer.imported_on.isoformat()}",
        f"sequence = {layer.sequence}",
        f"fingerprint = {_quoted(_fingerprint(layer.days))}",
        f"text = {_quoted_block(layer.text)}",
    ]
    for table in _TABLES:
        names: dict[str, list[date]] = {}
        for day in sorted(layer.days, key=lambda day: day.on):
            if _table_of(day) == table:
                names.setdefault(_kept_name(day.name), []).append(day.on)
        lines += ["", f"[{table}]"] if names or table != "ordinary" else []
        lines += [f"{_quoted(name)} = [{', '.join(d.isoformat() for d in days)}]" for name, days in names.items()]
    return "\n".join(lines) + "\n"


def read_layer(path: Path) -> Layer:
    """The layer of one file.

    Raises :class:`DataFileError` with every mistake in it, days deleted or added by hand included.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _refusal(path, "全文", f"读不出来（{reason_of(error)}）", "请核对文件和权限") from error
    if len(data) > _MAX_BYTES:
        raise _refusal(path, "全文", "超过1兆字节，不会是放假安排", _ADVICE)
    try:
        parsed = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _refusal(path, "全文", f"不是合法的 UTF-8 TOML（{error}）", _ADVICE) from error
    return _Reading(path.name).layer(parsed)


def read_layers(folder: Path) -> tuple[Layer, ...]:
    """Every layer of a folder (``日历/``) in the order in which they apply; none where there is no folder.

    Raises :class:`DataFileError` with the mistakes of all files, two different annual layers of a year included.
    """
    problems: list[FileProblem] = []
    found: dict[str, tuple[str, Layer]] = {}
    try:
        paths = sorted(p for p in folder.iterdir() if p.suffix == ".toml" and not p.name.startswith((".", "~")))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _refusal(folder, "文件夹", f"读不出来（{reason_of(error)}）", "请核对文件夹和权限") from error
    for path in paths:
        try:
            layer = read_layer(path)
        except DataFileError as error:
            problems += error.problems
            continue
        other, earlier = found.setdefault(layer.id, (path.name, layer))
        # A copy made by the file manager or the net disk says the same: only a contradiction needs a person.
        if set(earlier.days) != set(layer.days):
            what = f"与 {other} 都是{layer.year}年的全年安排，内容却不同"
            problems.append(FileProblem(path.name, "year", what, "请核对通知，只留下正确的一个文件"))
    if problems:
        raise DataFileError(tuple(problems))
    return order_layers(layer for _, layer in found.values())


class _Reading:
    """Reads one parsed file and gathers its mistakes."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[FileProblem] = []

    def layer(self, data: Mapping[str, Any]) -> Layer:
        for key in sorted(set(data) - _KEYS - set(_TABLES)):
            self.say(key, "不认识这一项", _ADVICE)
        if data.get("schema") != _SCHEMA:
            self.say("schema", f"是“{data.get('schema')}”，应为 {_SCHEMA}", "请更新 zmn，或" + _ADVICE)
        kind = data.get("kind")
        if kind not in list(LayerKind):
            self.say("kind", f"不认识“{kind}”", f"可写：{'、'.join(LayerKind)}")
        year = data.get("year")
        if type(year) is not int or not 1950 <= year <= 9998:
            self.say("year", f"“{year}”不是年份", _ADVICE)
            year = 0
        imported_on = data.get("imported_on")
        if type(imported_on) is not date:
            self.say("imported_on", f"“{imported_on}”不是日期", _ADVICE)
        sequence = data.get("sequence", 0)
        if type(sequence) is not int or sequence < 0:
            self.say("sequence", f"“{sequence}”不是导入的次序", _ADVICE)
        texts = {key: data.get(key, "") for key in ("title", "source", "text")}
        for key, text in texts.items():
            if not isinstance(text, str):
                self.say(key, "不是文字", _ADVICE)
        days = self.days(data, year)
        if not days:
            self.say("off", "没有任何放假或上班日期", _ADVICE)
        if self.problems or not isinstance(imported_on, date):
            raise DataFileError(tuple(self.problems))
        self.check(days, year, is_annual=kind == LayerKind.ANNUAL)
        if data.get("fingerprint", expected := _fingerprint(days)) != expected:
            self.say("fingerprint", "日期与导入时不同，像是手改过", _ADVICE)
        if self.problems:
            raise DataFileError(tuple(self.problems))
        return Layer(LayerKind(str(kind)), year, imported_on=imported_on, days=days, sequence=sequence, **texts)

    def days(self, data: Mapping[str, Any], year: int) -> tuple[LayerDay, ...]:
        found: dict[date, LayerDay] = {}
        for table in _TABLES:
            names = data.get(table, {})
            if not isinstance(names, dict):
                self.say(table, "不是一组“名称 = [日期]”", _ADVICE)
                continue
            for name, listed in names.items():
                key = f"{table}.{name}"
                # Files of earlier versions have 正常上班 among the workdays.
                is_ordinary = table == "ordinary" or (table == "work" and name == ORDINARY)
                if table == "work" and not is_ordinary and name != MAKE_UP:
                    self.say(key, "不认识这种上班日", f"可写：{MAKE_UP}；不再放假或调休的日子请写在 [ordinary]")
                for on in listed if isinstance(listed, list) else [listed]:
                    if type(on) is not date:
                        self.say(key, f"“{on}”不是日期", "请写成 2027-01-01 的样子")
                    elif year and abs(on.year - year) > 1:
                        self.say(key, f"{on.isoformat()} 不在{year}年前后", _ADVICE)
                    elif on in found:
                        self.say(key, f"{on.isoformat()} 出现了两次", "每个日期只能写一次")
                    else:
                        found[on] = LayerDay.ordinary(on) if is_ordinary else LayerDay(on, table == "off", name)
        return tuple(found[on] for on in sorted(found))

    def check(self, days: Iterable[LayerDay], year: int, *, is_annual: bool) -> None:
        """What no notice lacks and none says: whoever deleted a holiday by hand must not count without it."""
        off: dict[str, set[date]] = {}
        for day in days:
            if day.is_off:
                off.setdefault(day.name, set()).add(day.on)
        if is_annual and (absent := absent_holidays(off, year)):
            self.say("off", f"{year}年的全年安排里缺少{'、'.join(absent)}", _ADVICE)
        for on, name in unrested_days(off, year) if is_annual else ():
            self.say("off", f"{name}里缺少法定假日 {on.isoformat()}", _ADVICE)
        for on, name in feasts_at_work(day.on for day in days if day.is_worked):
            self.say("work", f"{on.isoformat()} 是{name}的法定假日，不会上班", _ADVICE)

    def say(self, key: str, what: str, remedy: str) -> None:
        self.problems.append(FileProblem(self.file, key, what, remedy))


def _fingerprint(days: Iterable[LayerDay]) -> str:
    """By it a file tells whether its days are still those that were imported."""
    return _digest(f"{day.on.isoformat()} {_table_of(day)} {_kept_name(day.name)}" for day in days)[:16]


def _digest(lines: Iterable[str]) -> str:
    # Loaded here: only a layer needs it, every command loads this module.
    from hashlib import sha256

    return sha256("\n".join(sorted(lines)).encode("utf-8", "replace")).hexdigest()


def _kept_name(name: str) -> str:
    return clean_text(name).replace("\n", " ")


def _table_of(day: LayerDay) -> str:
    return "ordinary" if day.is_ordinary else "off" if day.is_off else "work"


def _refusal(path: Path, key: str, what: str, remedy: str) -> DataFileError:
    return DataFileError((FileProblem(path.name, key, what, remedy),))


def _quoted(text: str) -> str:
    return '"' + _escaped(clean_text(text).replace("\n", " ")) + '"'


def _escaped(text: str) -> str:
    # Clean text has no control characters left; these two are all a TOML string must escape.
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _quoted_block(text: str) -> str:
    cleaned = clean_text(text)
    if "'''" in cleaned or cleaned.endswith("'"):
        return f'"""\n{_escaped(cleaned)}"""'
    return f"'''\n{cleaned}'''"
