"""The grammar of one arrangement of a holiday notice: its clauses give rest days and working days.

Nothing is skipped in silence: a clause with a date that no pattern takes is a problem, with its line. Dates inherit
month and year as a reader does: ``2月2日、3日``, ``4月4日至6日``, and the December before 元旦.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from zhuomuniao.notice.words import COMPARE, Wording

if TYPE_CHECKING:
    from zhuomuniao.errors import NoticeProblem

LONGEST_BREAK: Final = 16
"""Days of one range; the longest so far had ten (春节2020, lengthened)."""

_REWRITE: Final = "请照通知原文的写法改这一句，如“2月15日至21日放假调休，共7天。2月11日（星期日）上班。”"


class Arrangement(Struct):
    """What one item says: rest days, weekend days at work, days that become ordinary again.

    ``rest`` are weekend days outside the break that are confirmed as rest days (照常休息).
    """

    name: str
    year: int
    off: set[date] = field(default_factory=set)
    work: set[date] = field(default_factory=set)
    ordinary: set[date] = field(default_factory=set)
    rest: set[date] = field(default_factory=set)
    extends_to: date | None = None
    problems: list[NoticeProblem] = field(default_factory=list)


class _Date(Struct, frozen=True):
    year: int | None
    month: int | None
    day: int
    weekdays: tuple[str, ...]
    at: int


class _Group(Struct, frozen=True):
    """Dates joined by 至 or 、, already resolved; ``at`` is where they begin."""

    days: tuple[date, ...]
    at: int


_DATE = re.compile(
    r"(?<!\d)(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})"
    # 号 is a day only after its month: 〔2015〕1号 is the number of a paper.
    r"(?:(?(month)[日号]|日)(?:当天|当日)?|(?=[-至到]\d{1,2}[月日]))"
    r"(?P<brackets>(?:\([^()]*\))*)(?P<bare>(?:周|星期|礼拜)[一二三四五六日天])?"
)
_WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")
_ANY_WEEKDAY = re.compile(r"星期|礼拜|周(?![末年边])")
_RANGE = re.compile(r"[-至到]+")
_AND = re.compile(r"(?:、|和|及|与|以及)")
_NUMBER = r"(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3})"
_CHINESE_DATE = re.compile(r"[一二三四五六七八九十]+月[一二三四五六七八九十]+[日号]")

_PRE = (
    r"(?:\(?[一二三四五六七八九十]{1,3}[、)]|其中|另外|同时|此外|并|即|自|从|定于|于|将|把|对|为"
    r"|全国|全区|全省|全市|全县|统一|安排|:)*"
)
_REST = r"(?:放假|调休|公休|补休|休息|休假|连休)"
_OFF = re.compile(
    rf"{_PRE}D(?:期间|全国|全区|全省|全市|全县|统一|连续|共|均|继续)*{_REST}+(?:共?{_NUMBER}天)?(?:不调休)?"
)
_OFF_FIRST = re.compile(rf"{_PRE}(?:放假|假期|休假|调休)(?:时间|日期|安排)*(?:为|是)?:?D(?:共?{_NUMBER}天)?")
_CONFIRM = re.compile(
    rf"{_PRE}D(?:均?(?:为|是)[\u4e00-\u9fff]{{0,8}}(?:法定节?假日|公休日?|休息日|节假日|双休日|周末)|照常(?:公休|休息)"
    rf"|(?:为|是)[\u4e00-\u9fff]{{1,6}}(?:当日|当天|节))"
)
_MOVE = re.compile(
    rf"{_PRE}D(?:[一两二三四五]个|的)*(?:公休日?|休息日|双休日|周末)?(?:及(?P<feast>[\u4e00-\u9fff]{{1,4}}节))?(?:分别|相应)?"
    rf"(?:调|调整|移|换)(?:至|到|为)D{_REST}*"
)
_WORK = re.compile(rf"{_PRE}D(?:均|照常|正常|恢复|调整为|调为|调休|需|应|为)*(?:上班|补班|办公|工作日?)")
_USUAL = re.compile(r"照常|正常|恢复")
_FROM = re.compile(rf"{_PRE}D起(?:均|恢复|照常|正常)*(?:上班|办公|工作)")
_EXTEND = re.compile(rf"{_PRE}延长[\u4e00-\u9fff]{{2,10}}(?:至|到)D")
_TOTAL = re.compile(rf"[\u4e00-\u9fff]{{0,10}}(?:共|计|放假|连休)+{_NUMBER}天")
_LONELY = re.compile(rf"{_PRE}(?:均|照常|正常)*(?:{_REST}+|上班|补班)")
_DIGITS = {char: n for n, char in enumerate("零一二三四五六七八九十")} | {"两": 2}


def read_arrangement(sentences: Sequence[Wording], name: str, year: int, *, is_new_year: bool) -> Arrangement:
    """What the sentences of one item arrange, with everything that is wrong in them.

    ``is_new_year`` puts a December without a year before the notice's year.
    """
    found = Arrangement(name, year)
    reader = _Reader(found, is_new_year)
    for sentence in sentences:
        reader.sentence(sentence)
    reader.finish()
    return found


def has_date(text: str) -> bool:
    """Whether a date stands in the text."""
    return bool(_DATE.search(text) or _CHINESE_DATE.search(text))


class _Reader:
    def __init__(self, found: Arrangement, is_new_year: bool) -> None:
        self.found = found
        self.is_new_year = is_new_year
        self.last: date | None = None
        self.years: dict[int, int] = {}
        self.confirmed: list[tuple[_Group, Wording]] = []
        self.moved: list[date] = []
        self.here = Wording("", (), ())
        self.at = 0

    def sentence(self, sentence: Wording) -> None:
        """One sentence: its clauses in order, then 共N天 against the days it gave."""
        if not sentence.text:
            return
        self.here = sentence
        off_before = set(self.found.off)
        given: set[date] = set()
        totals: list[tuple[int, int]] = []
        is_weekend_joined = False
        waiting: list[_Group] = []
        for clause in self._clauses(sentence):
            groups = [part for part in clause if isinstance(part, _Group)]
            skeleton = "".join("D" if isinstance(part, _Group) else part for part in clause)
            at = self.at
            if "与周末连休" in skeleton or "和周末连休" in skeleton:
                is_weekend_joined = True
                skeleton = re.sub("[与和]周末连休", "", skeleton) if groups else ""
            if not groups:
                total = _TOTAL.fullmatch(skeleton)
                if total:
                    totals.append((_count(total["n"]), at))
                elif _LONELY.fullmatch(skeleton):
                    self.say(at, "说了放假或上班，却没有日期")
                elif re.search(r"\d", skeleton) or _CHINESE_DATE.search(skeleton):
                    self.say(at, "这里的数字看不懂", _REWRITE)
                continue
            if re.fullmatch(f"{_PRE}D", skeleton):
                waiting += groups
                continue
            if waiting and len(groups) == 1:
                groups = [_Group(tuple(d for g in (*waiting, *groups) for d in g.days), waiting[0].at)]
                waiting = []
            given |= self._use(skeleton, groups, at, totals)
        if waiting:
            self.say(waiting[0].at, "有日期，但没有说放假还是上班", _REWRITE)
        days = given or (self.found.off if off_before else set())
        for expected, at in totals:
            self._check_total(expected, days, at, is_weekend_joined=is_weekend_joined)
        if is_weekend_joined:
            self._check_weekend(given, sentence)

    def _use(self, skeleton: str, groups: list[_Group], at: int, totals: list[tuple[int, int]]) -> set[date]:
        first = groups[0]
        if match := _OFF.fullmatch(skeleton) or _OFF_FIRST.fullmatch(skeleton):
            if match["n"]:
                self._check_total(_count(match["n"]), set(first.days), at, is_weekend_joined=False)
            self.found.off |= set(first.days)
            return set(first.days)
        if _CONFIRM.fullmatch(skeleton):
            self.confirmed.append((first, self.here))
        elif match := _MOVE.fullmatch(skeleton):
            self._move(first, groups[1], has_feast=bool(match["feast"]))
            return set(groups[1].days)
        elif _FROM.fullmatch(skeleton):
            for day in first.days:
                (self.found.work if day.weekday() >= 5 else self.found.ordinary).add(day)
        elif _WORK.fullmatch(skeleton):
            self._work(first, is_usual=bool(_USUAL.search(skeleton)))
        elif _EXTEND.fullmatch(skeleton) and first.days:
            self.found.extends_to = first.days[-1]
        elif first.days:
            self.say(first.at, "有日期，但这种写法看不懂", _REWRITE)
        return set()

    def _move(self, source: _Group, target: _Group, *, has_feast: bool) -> None:
        if len(source.days) + has_feast != len(target.days):
            self.say(source.at, f"{len(source.days)}个公休日调到了{len(target.days)}天")
        for day in source.days:
            if day.weekday() < 5:
                self.say(source.at, f"{_told(day)}是{_weekday(day)}，不是公休日")
        self.moved += source.days
        self.found.off |= set(target.days)

    def _work(self, group: _Group, *, is_usual: bool) -> None:
        for day in group.days:
            if day.weekday() >= 5:
                self.found.work.add(day)
            elif is_usual:
                self.found.ordinary.add(day)
            else:
                self.say(group.at, f"调休上班日 {_told(day)}是{_weekday(day)}，应是周六或周日")

    def finish(self) -> None:
        """What can be judged only at the item's end."""
        found = self.found
        # A day of the break may be a rest day that was moved away: the break comes first.
        found.work |= {day for day in self.moved if day not in found.off}
        for day in sorted(found.off & (found.work | found.ordinary)):
            self.say(0, f"{_told(day)}又放假又上班")
        for group, sentence in self.confirmed:
            self.here = sentence
            for day in group.days:
                if day not in found.off and day.weekday() < 5:
                    self.say(group.at, f"说 {_told(day)}休息，却不在放假的日期里")
                elif day in found.work:
                    self.say(group.at, f"{_told(day)}又休息又上班")
                elif day not in found.off:
                    found.rest.add(day)

    def _check_total(self, expected: int, days: set[date], at: int, *, is_weekend_joined: bool) -> None:
        if not days:
            return
        actual = len(_with_weekend(days)) if is_weekend_joined else len(days)
        if expected != actual:
            self.say(at, f"写的是共{expected}天，所列日期是{actual}天")

    def _check_weekend(self, days: set[date], sentence: Wording) -> None:
        if days and not any(d.weekday() in (0, 4) for d in days):
            self.here = sentence
            self.say(0, "写的是与周末连休，所列日期却不挨着周末")

    def _clauses(self, sentence: Wording) -> Iterator[list[str | _Group]]:
        """The clauses: text and resolved groups of dates. ``self.at`` is where the clause begins."""
        clause: list[str | _Group] = []
        self.at = 0
        for part, at in self._parts(sentence.text):
            if isinstance(part, _Group):
                clause.append(part)
                continue
            pieces = re.split("[,;()]", part)
            for number, piece in enumerate(pieces):
                if number and any(clause):
                    yield clause
                if number:
                    clause, self.at = [], at + sum(len(p) + 1 for p in pieces[:number])
                if piece:
                    clause.append(re.sub(r"\d{4}年", "", piece))
        if any(clause):
            yield clause

    def _parts(self, text: str) -> Iterator[tuple[str | _Group, int]]:
        position = 0
        while position < len(text):
            match = _DATE.search(text, position)
            if not match:
                break
            if match.start() > position:
                yield _without_remarks(text[position : match.start()]), position
            group, position = self._group(text, match)
            yield group, group.at
        if position < len(text):
            yield _without_remarks(text[position:]), position

    def _group(self, text: str, match: re.Match[str]) -> tuple[_Group, int]:
        """Dates joined by 至 and 、 from ``match`` on, and where they end."""
        at, days = match.start(), []
        resolved = self._resolve(self._date(match))
        while True:
            joint = _RANGE.match(text, match.end()) or _AND.match(text, match.end())
            following = _DATE.match(text, joint.end()) if joint else None
            if not joint or not following:
                break
            date_after = self._resolve(self._date(following), after=resolved if _RANGE.match(joint[0]) else None)
            if _RANGE.match(joint[0]):
                days += self._range(resolved, date_after, at)
                resolved = None
            else:
                days += [resolved] if resolved else []
                resolved = date_after
            match = following
        days += [resolved] if resolved else []
        self._check_several_weekdays(match, days)
        return _Group(tuple(days), at), match.end()

    def _range(self, first: date | None, last: date | None, at: int) -> list[date]:
        if not first or not last:
            return []
        length = (last - first).days + 1
        if length < 2:
            self.say(at, f"起止日期倒着：{_told(first)}至{_told(last)}")
        elif length > LONGEST_BREAK:
            self.say(at, f"{_told(first)}至{_told(last)}有{length}天，太长了")
        return [first + timedelta(days=n) for n in range(length)] if 1 < length <= LONGEST_BREAK else []

    def _date(self, match: re.Match[str]) -> _Date:
        said = match["brackets"] + (match["bare"] or "")
        weekdays = tuple(_WEEKDAY.findall(said))
        if not weekdays and _ANY_WEEKDAY.search(said):
            self.say(match.start(), "括号里的星期看不懂")
        if re.search(r"\d+[月日]", said):
            self.say(match.start(), "括号里还有日期，看不懂", _REWRITE)
        year, month = match["year"], match["month"]
        return _Date(
            int(year) if year else None, int(month) if month else None, int(match["day"]), weekdays, match.start()
        )

    def _resolve(self, said: _Date, after: date | None = None) -> date | None:
        month = self.last.month if said.month is None and self.last else said.month
        if month is None:
            self.say(said.at, f"{said.day}日前面没有写月份")
            return None
        year = said.year
        if year is None:
            year = self._year_of(month, is_month_said=said.month is not None, after=after)
        try:
            day = date(year, month, said.day)
        except ValueError:
            # 1月29日—2月4日 … 其中29日、30日: the day of the break that bears this number.
            named = [d for d in self.found.off if d.day == said.day and said.month is None]
            if len(named) != 1:
                self.say(said.at, f"没有{year}年{month}月{said.day}日这一天")
                return None
            day = named[0]
        if said.year is not None:
            self.years[day.month] = day.year
        self.last = day
        is_near = day.year == self.found.year or (day.year, day.month) in (
            (self.found.year - 1, 12),
            (self.found.year + 1, 1),
        )
        if not is_near:
            self.say(said.at, f"{_told(day)}不在{self.found.year}年前后")
        if len(said.weekdays) == 1 and said.weekdays[0].replace("天", "日") != _weekday(day)[1]:
            self.say(
                said.at, f"{_told(day)}应是{_weekday(day)}，通知里写的是周{said.weekdays[0].replace('天', '日')}"
            )
        return day

    def _year_of(self, month: int, *, is_month_said: bool, after: date | None) -> int:
        if not is_month_said and self.last:
            return self.last.year
        if month in self.years:
            return self.years[month]
        if month == 12 and self.is_new_year:
            return self.found.year - 1
        if after and month == 1 and after.month == 12:
            return after.year + 1
        return self.found.year

    def _check_several_weekdays(self, match: re.Match[str], days: list[date]) -> None:
        """``2月2日、3日（周六、周日）``: the bracket speaks of the last days of the list."""
        said = _WEEKDAY.findall(match["brackets"] + (match["bare"] or ""))
        if len(said) < 2:
            return
        if len(said) > len(days) or any(
            s.replace("天", "日") != _weekday(d)[1] for s, d in zip(said, days[-len(said) :], strict=True)
        ):
            self.say(match.start(), f"括号里的星期与日期对不上：应是{'、'.join(map(_weekday, days[-len(said) :]))}")

    def say(self, at: int, what: str, remedy: str = COMPARE) -> None:
        self.found.problems.append(self.here.problem(at, what, remedy))


def _without_remarks(text: str) -> str:
    """Text without brackets that hold no figure; one that does is read as a clause of its own."""
    return re.sub(r"\([^()\d]*\)", "", text)


def _with_weekend(days: set[date]) -> set[date]:
    joined = set(days)
    for step in (-1, 1):
        for day in sorted(days):
            neighbour = day + timedelta(days=step)
            while neighbour.weekday() >= 5:
                joined.add(neighbour)
                neighbour += timedelta(days=step)
    return joined


def _count(text: str) -> int:
    if text.isdigit():
        return int(text)
    tens, _, ones = text.rpartition("十")
    if "十" not in text:
        return _DIGITS.get(text, 0)
    return (_DIGITS.get(tens, 1) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)


def _weekday(day: date) -> str:
    return "周" + "一二三四五六日"[day.weekday()]


def _told(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
