"""The text of a holiday notice → a layer of the calendar, or a list of what is wrong with it.

Three kinds: the yearly notice of the State Council (numbered items, one per holiday), an amendment (调整、延长、
一次性放假) and a regional notice (宁夏 开斋节 …). Every printed fact is held against the calendar: weekdays, 共N天,
make-up days on weekends, all holidays present. One failed check rejects the whole text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from msgspec import Struct, field

from zhuomuniao.errors import NoticeError, NoticeProblem
from zhuomuniao.layers import MAKE_UP, Layer, LayerDay, LayerKind
from zhuomuniao.notice.changes import Known, KnownDay, extend_break, give_back, keep_waiting
from zhuomuniao.notice.checks import (
    implausible_dates,
    missing_holidays,
    of_all,
    told,
    unknown_names,
    working_feasts,
)
from zhuomuniao.notice.grammar import Arrangement, has_date, read_arrangement
from zhuomuniao.notice.shape import Item, find_items, find_name, find_title, find_years, is_change, kind_of
from zhuomuniao.notice.words import COMPARE, Wording
from zhuomuniao.statutory import HOLIDAYS
from zhuomuniao.texts import clean_text


class ParsedNotice(Struct, frozen=True):
    """What a notice says. It may become a layer only when ``problems`` is empty.

    ``year`` is ``None`` when the text names none. ``notes`` are facts a clerk should see before agreeing.
    """

    kind: LayerKind
    year: int | None
    title: str
    source: str
    days: tuple[LayerDay, ...]
    text: str
    problems: tuple[NoticeProblem, ...] = ()
    notes: tuple[str, ...] = ()

    def layer(self, imported_on: date) -> Layer:
        """The layer to be kept. Raises :class:`NoticeError` with every problem."""
        if self.problems or self.year is None:
            raise NoticeError(self.problems)
        return Layer(self.kind, self.year, self.title, self.source, imported_on, self.days, self.text)


class _Found(Struct):
    problems: list[NoticeProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    days: dict[date, LayerDay] = field(default_factory=dict)
    arranged: list[Arrangement] = field(default_factory=list)


_YEARS: Final = range(2000, 2100)
_ARRANGES = re.compile(r"放假|上班|补休|调休|公休|假期|休息|补班|正常办公")
_PUBLISHED = re.compile(
    r"\d{1,2}日(?:电|讯|消息)|发布|印发|公布|成文|签发|来源|上传|更新|编辑|发表|批准|年\d{1,2}月\d{1,2}日$"
)
_SIGNATURE = re.compile(r"(?:国务院(?:办公厅)?)?\d{4}年\d{1,2}月\d{1,2}日")
_ASIDES: Final = ("http", "来源", "国务院", "节假日期间", "放假期间", "调休放假期间")
_ADDRESS = re.compile(r"https?://[^\s，。；）)]+")
_DOCUMENT_NO = re.compile(r"(?m)^[\u4e00-\u9fff]{2,10}[〔\[(]\d{4}[〕\])]\d+号$")


def parse_notice(
    text: str,
    *,
    year: int | None = None,
    title: str | None = None,
    kind: LayerKind | None = None,
    known: Known | None = None,
) -> ParsedNotice:
    """What a pasted notice arranges, and everything that is wrong with it; never raises for what the text says.

    ``year``, ``title`` and ``kind`` settle what the text leaves open. ``known`` is the calendar in force
    (``WorkCalendar.day``, without this notice's own layer): an extension starts where the holiday ended, and an
    adjusted holiday gives back the days that it no longer takes.
    """
    cleaned = clean_text(text)
    wording = Wording.of(cleaned)
    flat = wording.text.replace("\n", "")
    found = _Found()
    heading = title or find_title(flat)
    items = list(find_items(wording))
    settled_kind = kind or kind_of(items, heading, flat)
    settled_year = _settle_year(year, heading, flat, found)
    if settled_year is not None:
        if items:
            _read_items(items, settled_year, found)
            _hold_against(wording, items, settled_year, found)
        else:
            _read_free(wording, heading, settled_year, found)
        _judge(settled_kind, settled_year, is_changing=is_change(heading or flat), found=found, known=known)
    address = _ADDRESS.search(cleaned)
    number = _DOCUMENT_NO.search(wording.text)
    return ParsedNotice(
        settled_kind,
        settled_year,
        heading or _default_title(settled_kind, settled_year, found),
        address[0] if address else number[0] if number else "",
        tuple(found.days[on] for on in sorted(found.days)),
        cleaned,
        tuple(dict.fromkeys(found.problems)),
        tuple(found.notes),
    )


def parse_holiday_cn(text: str) -> ParsedNotice:
    """What a ``holiday-cn`` file (``{"year": …, "days": [{"name", "date", "isOffDay"}]}``) arranges for its year.

    Raises :class:`NoticeError` when the text is no such file at all.
    """
    try:
        data = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise NoticeError((of_all(f"不是合法的 JSON（{error}）", "请重新下载这个文件"),)) from error
    year = data.get("year") if isinstance(data, dict) else None
    listed = data.get("days") if isinstance(data, dict) else None
    if type(year) is not int or year not in _YEARS or not isinstance(listed, list):
        raise NoticeError((of_all("没有 year（年份）或 days（日期列表）", "请用 holiday-cn 式样的年度文件"),))
    found = _Found()
    names: dict[str, set[date]] = {}
    for entry in listed:
        day = _json_day(entry, year, text, found)
        if day is None:
            continue
        if found.days.setdefault(day.on, day) != day:
            found.problems.append(_json_problem(text, day.on, "这一天写了两遍，内容不同"))
        elif day.is_off:
            names.setdefault(day.name, set()).add(day.on)
    if not listed:
        found.problems.append(of_all("文件里没有放假安排", "通知可能还没有公布；公布后再下载导入"))
    elif not found.problems:
        found.problems += working_feasts(found.days.values())
        found.problems += missing_holidays(names, year)
    papers = data.get("papers")
    source = "、".join(paper for paper in papers if isinstance(paper, str)) if isinstance(papers, list) else ""
    return ParsedNotice(
        LayerKind.ANNUAL,
        year,
        f"{year}年放假安排（holiday-cn）",
        clean_text(source),
        tuple(found.days[on] for on in sorted(found.days)),
        clean_text(text),
        tuple(found.problems),
    )


def _default_title(kind: LayerKind, year: int | None, found: _Found) -> str:
    whose = f"{year}年" if year else ""
    if kind is LayerKind.ANNUAL or not found.arranged:
        return f"{whose}放假安排"
    return f"{whose}{'、'.join(a.name for a in found.arranged)}放假{'调整' if kind is LayerKind.AMENDMENT else ''}"


def _settle_year(year: int | None, title: str, flat: str, found: _Found) -> int | None:
    said = find_years(title, flat)
    if year is None and not said:
        found.problems.append(of_all("没有写是哪一年的安排", "请连同标题一起粘贴，或用 --year 写明年份"))
        return None
    settled = said[0] if year is None else year
    if settled not in _YEARS:
        found.problems.append(of_all(f"{settled}年不像放假安排的年份", COMPARE))
        return None
    if said and re.search(r"\d{4}年", title) and said[0] != settled:
        what = f"指定的是{settled}年，通知标题写的是{said[0]}年"
        found.problems.append(of_all(what, "请核对年份，或不写 --year"))
    return settled


def _read_items(items: list[Item], year: int, found: _Found) -> None:
    seen: set[str] = set()
    for item in items:
        body = item.body.without_breaks()
        if repeated := seen & set(item.names):
            found.problems.append(body.problem(0, f"{'、'.join(sorted(repeated))}写了两遍"))
        seen |= set(item.names)
        arranged = read_arrangement(
            [*body.sentences()], "、".join(item.names), year, is_new_year="元旦" in item.names
        )
        if not arranged.off and not arranged.extends_to and not arranged.problems:
            found.problems.append(body.problem(0, f"{arranged.name}没有放假日期"))
        found.arranged.append(arranged)
        found.problems += arranged.problems


def _judge(kind: LayerKind, year: int, *, is_changing: bool, found: _Found, known: Known | None) -> None:
    """What the kind of notice demands, then the days of all arrangements together."""
    if kind is LayerKind.REGIONAL:
        _keep_regional(found, year, known)
    elif kind is LayerKind.ANNUAL or is_changing:
        found.problems += unknown_names(found.arranged)
    for arranged in found.arranged:
        if arranged.extends_to:
            found.problems += extend_break(arranged, arranged.extends_to, known)
        elif known and kind is LayerKind.AMENDMENT:
            waiting = [*keep_waiting(arranged, known)]
            found.problems += waiting
            if is_changing and not waiting:
                found.notes += give_back(arranged, known)
        # A yearly notice makes its year anew: there only other years' days can have a mark to lose.
        confirmed = {d for d in arranged.rest - arranged.off if kind is not LayerKind.ANNUAL or d.year != year}
        arranged.ordinary |= confirmed
        if known:
            unmarked = sorted(d for d in confirmed if known(d).is_workday)
            found.notes += [f"{d.isoformat()} 原来调休上班，改为照常休息" for d in unmarked]
        found.problems += implausible_dates(arranged)
    if kind is LayerKind.ANNUAL:
        found.problems += missing_holidays({a.name: a.off for a in found.arranged}, year)
    _gather(found)
    found.problems += working_feasts(found.days.values())
    if not found.days and not found.problems:
        found.problems.append(of_all("没有读出任何放假或上班的日期", "请确认粘贴的是放假通知正文"))


def _hold_against(wording: Wording, items: list[Item], year: int, found: _Found) -> None:
    """Sentences before and after the items must not arrange anything that the items do not."""
    off = {day for a in found.arranged for day in a.off}
    work = {day for a in found.arranged for day in a.work | a.ordinary}
    position = 0
    for sentence in wording.sentences("。\n!?"):
        start, position = position, position + len(sentence.text) + 1
        if any(item.start <= start < item.end for item in items):
            continue
        text = re.sub(r"\d{1,2}月\d{1,2}日(?=电|讯)", "", sentence.text)
        if not has_date(text) or not _ARRANGES.search(text):
            continue
        read = read_arrangement([sentence], "", year, is_new_year="元旦" in text)
        if read.problems or not (read.off <= off and read.work | read.ordinary <= work):
            what = "这一句说到放假或上班，却不在任何一项里，也与各项对不上"
            found.problems.append(sentence.problem(0, what, "请只留下通知正文；如果它是正文，请放进所属的那一项"))


def _read_free(wording: Wording, title: str, year: int, found: _Found) -> None:
    """A notice without items: every sentence that has a date must be understood, but for dates of publication."""
    kept: list[Wording] = []
    for paragraph in _paragraphs(wording):
        for sentence in paragraph.sentences("。!?:"):
            is_publication = _PUBLISHED.search(sentence.text) and not _ARRANGES.search(sentence.text)
            if has_date(sentence.text) and not is_publication:
                kept.append(sentence)
    name = find_name(title, wording.text.replace("\n", ""))
    arranged = read_arrangement(kept, name, year, is_new_year="元旦" in name)
    found.arranged.append(arranged)
    found.problems += arranged.problems


def _paragraphs(wording: Wording) -> Iterator[Wording]:
    """Lines joined where a page breaks inside a sentence that has a date; titles and signatures left out."""
    start = position = 0
    for line in wording.text.split("\n"):
        end = position + len(line)
        is_aside = _SIGNATURE.fullmatch(line) or line.startswith(_ASIDES) or line.endswith(("通知", "公告"))
        if is_aside or not has_date(wording.text[start:end]) or line.endswith("。"):
            yield wording.cut(start, position if is_aside else end).without_breaks()
            start = end + 1
        position = end + 1
    yield wording.cut(start, len(wording.text)).without_breaks()


def _keep_regional(found: _Found, year: int, known: Known | None) -> None:
    """A regional notice repeats the seven; those stay with the State Council's own notice."""
    ours = [a for a in found.arranged if set(a.name.split("、")) - set(HOLIDAYS)]
    if not ours:
        found.problems.append(of_all("没有读出本地自己的节日", "全国统一的节日请直接导入国务院办公厅的通知"))
        return
    dropped = [a for a in found.arranged if a not in ours]
    if dropped:
        # Where some of the seven stand, all must: a misspelt one would pass for a feast of the region.
        found.problems += missing_holidays({a.name: a.off for a in dropped}, year)
        found.notes.append(f"{'、'.join(a.name for a in dropped)}以国务院办公厅的通知为准，没有另存")
    if known:
        for a in dropped:
            differing = [d for d in sorted(a.off | a.work) if _is_settled_otherwise(known(d), is_off=d in a.off)]
            if differing:
                listed = "、".join(day.isoformat() for day in differing)
                found.notes.append(f"本地通知里的 {listed}（{a.name}）与全国安排不同，没有采用，请核对")
    found.arranged = ours


def _is_settled_otherwise(day: KnownDay, *, is_off: bool) -> bool:
    return not day.is_provisional and day.is_workday is is_off


def _gather(found: _Found) -> None:
    """The days of all arrangements, each once."""
    for arranged in found.arranged:
        marks = [(d, LayerDay(d, True, arranged.name)) for d in sorted(arranged.off)]
        marks += [(d, LayerDay(d, False, MAKE_UP)) for d in sorted(arranged.work)]
        marks += [(d, LayerDay.ordinary(d)) for d in sorted(arranged.ordinary)]
        for on, day in marks:
            if found.days.setdefault(on, day).is_off is not day.is_off:
                what = f"{told(on)}在一项里放假，在另一项里上班"
                found.problems.append(of_all(what, COMPARE))


def _json_day(entry: Any, year: int, text: str, found: _Found) -> LayerDay | None:
    day = entry if isinstance(entry, dict) else {}
    name, written, is_off = day.get("name"), day.get("date"), day.get("isOffDay")
    if not isinstance(name, str) or not clean_text(name) or not isinstance(written, str) or type(is_off) is not bool:
        found.problems.append(of_all("有一天缺少 name、date 或 isOffDay", "请重新下载这个文件"))
        return None
    try:
        on = date.fromisoformat(written)
    except ValueError:
        found.problems.append(of_all(f"“{written[:20]}”不是日期", "请重新下载这个文件"))
        return None
    if abs(on.year - year) > 1:
        found.problems.append(_json_problem(text, on, f"不在{year}年前后"))
    elif not is_off and on.weekday() < 5:
        found.problems.append(_json_problem(text, on, "调休上班日应是周六或周日"))
    else:
        return LayerDay(on, is_off, clean_text(name) if is_off else MAKE_UP)
    return None


def _json_problem(text: str, on: date, what: str) -> NoticeProblem:
    at = max(text.find(on.isoformat()), 0)
    return NoticeProblem(text.count("\n", 0, at) + 1, on.isoformat(), what, "请对照国务院办公厅的通知核对这个文件")
