"""The workbook of a roll-up: 汇总, a sheet for each grouping, 排名, 办理时效, what was read and what was not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.layouts import ColumnType
from zhuomuniao.reports.casefigures import labels_of, rates_of
from zhuomuniao.reports.casetables import NO_UNIT, NOT_STATED, SUMMARY, UNIT_COLUMNS, checks_table, number
from zhuomuniao.reports.comparisons import RULES_OF_COMPARISON, counts_table, rates_table
from zhuomuniao.reports.covered import long_day
from zhuomuniao.reports.definitions import draw_definitions, privacy_fact
from zhuomuniao.reports.headings import numbered_and_signed
from zhuomuniao.reports.tables import NO_VALUE, Chart, ChartKind, Content, Measure, Place, Report, Table, TableColumn
from zhuomuniao.reports.timeliness import PERCENTILES, spread_of, spreads_table
from zhuomuniao.rollup.counted import Sum
from zhuomuniao.rollup.counting import COMPARED_SINCE
from zhuomuniao.rollup.duplicates import RULES
from zhuomuniao.rollup.groups import GROUPINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhuomuniao.reports.covered import Covered
    from zhuomuniao.reports.tables import Rate
    from zhuomuniao.reports.timeliness import Spread
    from zhuomuniao.rollup.counted import CountedBook, Words
    from zhuomuniao.rollup.groups import Grouping
    from zhuomuniao.rollup.summing import Total

BOOKS, RANKS, DOUBLES, UNREAD, LIMITS = "各账册", "排名", "重复情况", "未能读取", "各地时限"
SHOWN_AT_MOST = 2000
"""Lines of a sheet; a country has a hundred thousand units, and nobody reads them on paper."""

RANKED_AT_MOST = 100
_CHARTED_AT_MOST = 12
_RATES = ("resolved_rate", "on_time_rate", "satisfaction_rate")
_RATE_TITLES = ("办结率", "按时\n办结率", "满意率")


class RollupFrame(Struct, frozen=True):
    """What stands around the figures: the days, who sums them up (``""``: left open), and how they are grouped."""

    covered: Covered
    office: str
    by: tuple[str, ...]


def build_rollup(total: Total, frame: RollupFrame) -> Report:
    """The workbook's tables. The same ledgers give the same cells, whichever engine read them, and in which order."""
    covered = frame.covered
    title = f"{covered.named}台账汇总{covered.words.titled}{covered.through}"
    head = (f"汇总单位（盖章）：{frame.office}", f"截至日：{long_day(covered.cut)}")
    summary = [
        counts_table(
            total.counts,
            total.earlier,
            covered,
            title=tuple(filter(None, (frame.office, title))),
            head=head,
        ),
        rates_table(total.rates, total.earlier, covered),
        _extent_table(total),
        checks_table(total.checks),
    ]
    tables = (
        *numbered_and_signed([replace(table, sheet=SUMMARY) for table in summary]),
        *(_group_table(GROUPINGS[name], total, frame, head) for name in frame.by),
        *_rank_tables(total, frame),
        spreads_table(_spreads(total, frame), covered, head),
        _books_table(total, frame, head),
        *_double_tables(total, covered),
        _unread_table(total, covered),
        _limits_table(total, covered),
        _definitions_table(total, frame),
    )
    labels = {name: words[0] for name, words in labels_of(covered).items()}
    rows = sum(book.cases for book in total.books)
    return Report(covered.label, title, tables, total.counts, total.rates, total.checks, rows, labels)


# —— 汇总 ——


def _extent_table(total: Total) -> Table:
    """How much was read, what of it counts."""
    files = sum(len(book.files) for book in total.books)
    counted = len(total.books) - len(total.duplicates.books)
    rows: tuple[tuple[Content, ...], ...] = (
        ("读到的账册", files, "一本账册是一个 .xlsx 文件；一个工作区里同一台账各年的账册合在一起统计"),
        ("计入的台账", counted, f"来自{len({b.locality for b in total.books})}个区县；各账册一张列出每一本"),
        ("整本重复、没有计入的", len(total.duplicates.books), "见重复情况"),
        ("逐件重复、没有计入的事项", len(total.duplicates.cases), "见重复情况"),
        ("未能读取的", len(total.failed), "见未能读取；其中的事项没有计入"),
        ("勾稽不符的台账", sum(not _is_sound(book) for book in total.books), "见各账册；其中的事项照台账计入"),
    )
    columns = (TableColumn("项目", 8), number("数量", 4), TableColumn("说明", 20, place=Place.LEFT))
    return Table(SUMMARY, "汇总范围", columns, rows)


# —— Groups ——


def _group_table(grouping: Grouping, total: Total, frame: RollupFrame, head: tuple[str, ...]) -> Table:
    """The counts and rates of each group, 合计 last, with the places where groups are ranked."""
    covered = frame.covered
    sums = _shown_first(total.groups[grouping.name])
    shown, rest = sums[:SHOWN_AT_MOST], sums[SHOWN_AT_MOST:]
    places = _places(sums, covered) if grouping.is_ranked else {}
    rows = [
        (*words, *_figures(one.counts, covered), *((places.get(words, NO_VALUE),) if grouping.is_ranked else ()))
        for words, one in shown
    ]
    blank = ("",) * (len(grouping.titles) - 1)
    no_place: tuple[Content, ...] = (NO_VALUE,) if grouping.is_ranked else ()
    if rest:
        others = Sum.empty()
        for _, one in rest:
            others.add(one.counts, {})
        rows.append((f"其余{len(rest)}个", *blank, *_figures(others.counts, covered), *no_place))
    rows.append(("合计", *blank, *_figures(total.counts, covered), *no_place))
    widths = (12,) if len(grouping.titles) == 1 else (11, 20)
    columns = (
        *(TableColumn(title, width) for title, width in zip(grouping.titles, widths, strict=True)),
        *_figure_columns(covered),
        *((TableColumn("按时办结率\n名次", 9, ColumnType.NUMBER),) if grouping.is_ranked else ()),
    )
    chart = None
    if grouping.name == "locality" and 1 < len(shown) <= _CHARTED_AT_MOST:
        drawn = tuple(len(grouping.titles) + UNIT_COLUMNS.index(name) for name in ("accepted", "resolved"))
        chart = Chart(ChartKind.COLUMN, f"{covered.named}各区县受理、办结件数", len(shown), columns=drawn)
    return Table(
        sheet=grouping.sheet,
        name="",
        title=(f"{covered.named}办理情况（{grouping.sheet}）",),
        head=head,
        columns=columns,
        rows=tuple(rows),
        notes=(_ROUNDS_NOTE, *((_PLACES_NOTE,) if grouping.is_ranked else ())),
        has_total=True,
        is_landscape=True,
        chart=chart,
        least_height=22,
    )


_NO_WORD = frozenset({NO_UNIT, NOT_STATED})
_NUMERALS = str.maketrans("一二三四五六七八九", "123456789")
_ROUNDS_NOTE = "各数按轮次计，重复的已经减去；比率的分子、分母见指标口径。"
_PLACES_NOTE = "名次按按时办结率从高到低，相同的并列；没有按时、超时办结的不排。"


def _shown_first(sums: Mapping[Words, Sum]) -> list[tuple[Words, Sum]]:
    """Groups with any figure, by their words, 一级 before 二级; what has no word stands last."""
    alive = [(words, one) for words, one in sums.items() if any(one.counts.values())]
    return sorted(alive, key=lambda item: [(word in _NO_WORD, word.translate(_NUMERALS), word) for word in item[0]])


def _figures(counts: Mapping[str, int], covered: Covered) -> tuple[Content, ...]:
    rates = _rates(counts, covered)
    shares = (rates[name].share for name in _RATES)
    return (
        *(counts.get(name, 0) for name in UNIT_COLUMNS),
        *(NO_VALUE if share is None else share for share in shares),
    )


def _figure_columns(covered: Covered) -> tuple[TableColumn, ...]:
    labels = labels_of(covered)
    return (
        *(number(labels[name][0], 7) for name in UNIT_COLUMNS),
        *(TableColumn(title, 8, ColumnType.NUMBER, measure=Measure.SHARE) for title in _RATE_TITLES),
    )


_COUNTED_IN_RATES = (
    "carried_in", "accepted", "redone", "transferred", "voided", "resolved", "on_time", "late", "visited_of_resolved",
    "satisfied", "basically_satisfied", "visited",
)  # fmt: skip


def _rates(counts: Mapping[str, int], covered: Covered) -> Mapping[str, Rate]:
    return rates_of({name: counts.get(name, 0) for name in _COUNTED_IN_RATES}, covered.words)


# —— Ranks ——


def _places(sums: Sequence[tuple[Words, Sum]], covered: Covered) -> dict[Words, int]:
    """The place of each group by its 按时办结率; equal shares share a place, and what has none has no place."""
    shares = {words: _rates(one.counts, covered)["on_time_rate"].share for words, one in sums}
    ranked = sorted((share for share in shares.values() if share is not None), reverse=True)
    first: dict[object, int] = {}
    for place, share in enumerate(ranked, start=1):
        first.setdefault(share, place)
    return {words: first[share] for words, share in shares.items() if share is not None}


def _rank_tables(total: Total, frame: RollupFrame) -> Iterator[Table]:
    covered = frame.covered
    ranked = [GROUPINGS[name] for name in frame.by if GROUPINGS[name].is_ranked]
    tables = [_rank_table(g.titles, total.groups[g.name], g.sheet.removeprefix("按"), covered) for g in ranked]
    tables.append(_rank_table(("区县", "填报单位"), _by_office(total), "填报单位", covered))
    for at, table in enumerate(tables):
        title: tuple[str, ...] = (f"{covered.named}办理情况排名",) if not at else ()
        yield replace(table, title=title, notes=(_RANK_NOTE,) if at == len(tables) - 1 else ())


_RANK_NOTE = (
    "先按按时办结率从高到低；相同的并列，依次看办结率、满意率、办结件数排前后。"
    "办结件数少的，一件就差几个百分点，请连同件数一起看。"
)


def _rank_table(titles: Sequence[str], sums: Mapping[Words, Sum], what: str, covered: Covered) -> Table:
    alive = _shown_first(sums)
    places = _places(alive, covered)

    def order(item: tuple[Words, Sum]) -> tuple[object, ...]:
        words, one = item
        rates = _rates(one.counts, covered)
        return (places[words], *(-(rates[name].share or 0) for name in ("resolved_rate", "satisfaction_rate")),
                -one.counts.get("resolved", 0), words)  # fmt: skip

    ranked = sorted((item for item in alive if item[0] in places), key=order)
    rows: list[tuple[Content, ...]] = []
    for words, one in ranked[:RANKED_AT_MOST]:
        rates = _rates(one.counts, covered)
        on_time = rates["on_time_rate"]
        shares = [rates[name].share for name in ("on_time_rate", "resolved_rate", "satisfaction_rate")]
        rows.append((
            places[words], *words, *(NO_VALUE if share is None else share for share in shares),
            on_time.numerator, on_time.denominator - on_time.numerator, one.counts.get("overdue_open", 0),
        ))  # fmt: skip
    more = f"，前{RANKED_AT_MOST}名" if len(ranked) > RANKED_AT_MOST else ""
    columns = (
        number("名次", 3),
        *(TableColumn(title, 6 if len(titles) > 1 and not at else 10) for at, title in enumerate(titles)),
        *(
            TableColumn(title, 4.5, ColumnType.NUMBER, measure=Measure.SHARE)
            for title in ("按时\n办结率", "办结率", "满意率")
        ),
        number("按时办结", 4),
        number("超时办结", 4),
        number("逾期未结", 4),
    )
    return Table(RANKS, f"按{what}（共{len(ranked)}个{more}）", columns, tuple(rows))


def _by_office(total: Total) -> dict[Words, Sum]:
    """The figures of each office that handed in, what stands twice taken away."""
    found: dict[Words, Sum] = {}
    for place, book in enumerate(total.books):
        if place not in total.left_out:
            one = found.setdefault((book.locality_name, book.office), Sum.empty())
            one.add(book.counts[0] or {}, {})
            one.add(total.doubled.get(place, {}), {}, times=-1)
    return found


# —— 办理时效 ——

_TIMED = ("locality", "kind", "tier")


def _spreads(total: Total, frame: RollupFrame) -> Iterator[tuple[str, str, Spread]]:
    yield "全部", "全部", _spread(total.workdays)
    for name in frame.by:
        if name in _TIMED:
            for words, one in _shown_first(total.groups[name])[:SHOWN_AT_MOST]:
                if (spread := _spread(one.workdays)).count:
                    yield GROUPINGS[name].sheet, words[-1], spread


def _spread(workdays: Mapping[int, int]) -> Spread:
    return spread_of(taken for taken, rounds in workdays.items() for _ in range(rounds))


# —— What was read ——


def _is_sound(book: CountedBook) -> bool:
    return all(check.holds for check in book.checks)


def _books_table(total: Total, frame: RollupFrame, head: tuple[str, ...]) -> Table:
    """Every ledger with its own figures, as it would hand them in itself, and what is to be known of it."""
    counted_for = {double.place: double for double in total.duplicates.books}
    rows: list[tuple[Content, ...]] = []
    for place, book in enumerate(total.books[:SHOWN_AT_MOST]):
        counts = book.counts[0] or {}
        double = counted_for.get(place)
        state = "计入" if double is None else f"不计，与《{_named(total.books[double.counted])}》是同一份"
        broken = [check for check in book.checks if not check.holds]
        rows.append((
            _named(book), book.locality_name, book.office, book.title, book.cases,
            *(counts.get(name, 0) for name in _OF_BOOKS),
            "相符" if not broken else "不符", state, "；".join(_remarks(total, place)) or NO_VALUE,
        ))  # fmt: skip
    labels = labels_of(frame.covered)
    columns = (
        TableColumn("账册", 24, place=Place.LEFT),
        TableColumn("区县", 9),
        TableColumn("填报单位", 16),
        TableColumn("台账", 20),
        number("全部件数", 7),
        *(number(labels[name][0], 7) for name in _OF_BOOKS),
        TableColumn("勾稽", 6),
        TableColumn("是否计入", 14),
        TableColumn("说明", 30, place=Place.LEFT),
    )
    notes = ["各数是这一本自己的数，与填报单位自己的报表同一口径；重复的在合计里减去，不在这里减。"]
    notes.append(f"勾稽核对：{'；'.join(check.identity for check in total.books[0].checks)}。" if total.books else "")
    if len(total.books) > SHOWN_AT_MOST:
        notes.append(f"共{len(total.books)}本，只列前{SHOWN_AT_MOST}本；不符的、有说明的请看屏幕或 --json。")
    return Table(
        sheet=BOOKS, name="", title=(f"{frame.covered.named}各账册情况",), head=head, columns=columns,
        rows=tuple(rows), notes=tuple(filter(None, notes)), is_landscape=True, least_height=24,
    )  # fmt: skip


_OF_BOOKS = ("carried_in", "accepted", "redone", "resolved", "transferred", "voided", "carried_out", "overdue_open")


def _named(book: CountedBook) -> str:
    return book.source.name


def _remarks(total: Total, place: int) -> Iterator[str]:
    """What is to be known of a ledger."""
    book = total.books[place]
    yield from (f"{check.identity}：左边{check.left}，右边{check.right}" for check in book.checks if not check.holds)
    yield from (f"{no}：{why}" for no, why in book.faults)
    if book.unread_cells:
        yield f"有{book.unread_cells}处读不懂或要核对，请填报单位运行 zmn check"
    if book.queued:
        yield f"有{book.queued}件等待写入账册，已计入"
    if book.deemed:
        yield f"有{book.deemed}件逾期没有签收也没有申请退回，账册里还没有记视为签收"
    if place not in total.left_out and (taken := total.doubled.get(place)):
        accepted, resolved = (taken.get(name, 0) for name in ("accepted", "resolved"))
        yield f"本期受理的有{accepted}件、办结的有{resolved}件与别的账册重复，合计里减去"


# —— What stands twice ——


def _double_tables(total: Total, covered: Covered) -> tuple[Table, Table]:
    books, found = total.books, total.duplicates
    whole: tuple[tuple[Content, ...], ...] = tuple(
        (_named(books[d.place]), _named(books[d.counted]), d.why.value, _shared(d.shared)) for d in found.books
    )
    single: tuple[tuple[Content, ...], ...] = tuple(
        (
            double.case.case_no, _named(books[double.case.place]), f"{double.case.accepted_at:%Y-%m-%d %H:%M}",
            double.counted.case_no, _named(books[double.counted.place]),
            f"{double.counted.accepted_at:%Y-%m-%d %H:%M}", double.why.value, f"{double.likeness:.0%}",
        )
        for double in found.cases[:SHOWN_AT_MOST]
    )  # fmt: skip
    more = f"，列前{SHOWN_AT_MOST}件" if len(found.cases) > SHOWN_AT_MOST else ""
    of_books = Table(
        sheet=DOUBLES,
        name="一、整本重复的账册",
        title=(f"{covered.named}重复情况",),
        columns=(
            TableColumn("不计的账册", 12, place=Place.LEFT),
            TableColumn("计入的账册", 12, place=Place.LEFT),
            TableColumn("认定依据", 8),
            TableColumn("相同\n事项", 3),
        ),
        rows=whole,
        is_landscape=True,
    )
    of_cases = Table(
        sheet=DOUBLES,
        name=f"二、逐件重复的事项（共{len(found.cases)}件{more}）",
        columns=(
            TableColumn("不计的\n编号", 5),
            TableColumn("在哪本账册", 8, place=Place.LEFT),
            TableColumn("受理时间", 5),
            TableColumn("计入的\n编号", 5),
            TableColumn("在哪本账册", 8, place=Place.LEFT),
            TableColumn("受理时间", 5),
            TableColumn("认定依据", 5),
            TableColumn("描述\n相同", 2.5),
        ),
        rows=single,
        notes=tuple(f"{at}．{rule}。" for at, rule in enumerate(RULES, start=1)),
    )
    return of_books, of_cases


def _shared(count: int) -> Content:
    return f"{count}件" if count else NO_VALUE


def _unread_table(total: Total, covered: Covered) -> Table:
    failed, other = total.failed, [one for one in total.unread if one.is_other]
    rows: list[tuple[Content, ...]] = [(one.name, "没有读到", one.why, one.remedy) for one in failed]
    rows += [(one.name, "不用计入", one.why, one.remedy) for one in other]
    columns = (
        TableColumn("账册或文件", 30, place=Place.LEFT),
        TableColumn("结果", 9),
        TableColumn("原因", 40, place=Place.LEFT),
        TableColumn("怎么办", 36, place=Place.LEFT),
    )
    notes = ("“没有读到”的事项没有计入任何一张表，报出前请补齐。",) if failed else ()
    title = (f"{covered.named}未能读取的账册",)
    return Table(UNREAD, "", columns, tuple(rows[:SHOWN_AT_MOST]), title, notes=notes, is_landscape=True)


# —— What the figures mean ——


def _limits_table(total: Total, covered: Covered) -> Table:
    """By which limits each county's cases were judged."""
    used: dict[tuple[str, str, str], int] = {}
    limits: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for place, book in enumerate(total.books):
        for edition in book.editions if place not in total.left_out else ():
            told = f"{edition.edition}（{edition.applies_from}起）"
            key = (book.locality_name, book.title, told)
            used[key] = used.get(key, 0) + edition.cases
            limits[key] = edition.limits
    rows: list[tuple[Content, ...]] = [
        (*key, used[key], "\n".join(f"{at}．{limit}" for at, limit in enumerate(limits[key], start=1)) or NO_VALUE)
        for key in sorted(used)
    ]
    columns = (
        TableColumn("区县", 10),
        TableColumn("台账", 20),
        TableColumn("规则版本", 12),
        number("涉及件数", 7),
        TableColumn("时限（条款）", 70, place=Place.LEFT),
    )
    note = "各地规则不同，是否按时按每件事项受理时的规则版本、以台账里写明的时限日期判断，不另作换算。"
    title = (f"{covered.named}各地时限口径",)
    return Table(LIMITS, "", columns, tuple(rows), title, notes=(note,), is_landscape=True)


def _definitions_table(total: Total, frame: RollupFrame) -> Table:
    covered = frame.covered
    running = f"（{covered.words.this}尚未结束，为截至该日的数）" if covered.is_running else ""
    facts: list[tuple[Content, ...]] = [
        ("统计期间", covered.named, f"{covered.days}，北京时间"),
        ("截至日", covered.cut.isoformat(), f"该日终了时的状态{running}；之后办理的不计入"),
        ("台账读取日", covered.as_of.isoformat(), _READ),
        ("统计单位", "轮次", "一件事项自受理至办结为一轮，办结后发回重办的另计一轮"),
        ("是否按时", NO_VALUE, "按每件事项受理时的规则版本、以台账里写明的时限日期判断；各地时限见“各地时限”"),
        *_named_lines("工作日历", (book.calendar for book in total.books)),
        privacy_fact(is_full=False, masked=_PRIVACY),
        *(("重复的", NO_VALUE, rule) for rule in RULES),
        ("重复的", NO_VALUE, _COMPARED),
    ]
    labels = labels_of(covered)
    counted = [(labels[name][0], count, labels[name][1]) for name, count in total.counts.items()]
    shares = [(r.label, r.percent, f"{r.definition}（{r.numerator}/{r.denominator}）") for r in total.rates.values()]
    timed: list[tuple[Content, ...]] = [("办理时效", NO_VALUE, words) for words in PERCENTILES]
    compared: list[tuple[Content, ...]] = [("环比、同比", NO_VALUE, words) for words in RULES_OF_COMPARISON]
    policies = _named_lines("计算口径", (words for book in total.books for words in book.policies))
    heads = _named_lines("操作链末值", (f"{b.source.name}：{b.chain_head}" for b in total.books if b.chain_head))
    rows = (*facts, *counted, *shares, *timed, *(compared if total.earlier else []), *policies, *heads)
    return draw_definitions(f"{covered.named}台账汇总指标口径", rows[:SHOWN_AT_MOST])


def _named_lines(name: str, told: Iterable[str]) -> list[tuple[Content, ...]]:
    """Each thing that is told once, however many ledgers tell it."""
    return [(name, NO_VALUE, words) for words in sorted(set(told))]


_READ = (
    "所用台账是该日终了时的台账，按办理环节发生的时间还原；单独报来的账册不带操作记录，"
    "其中手工改过、没有记入流转记录的状态和时限，以流转记录为准"
)
_PRIVACY = "姓名、电话不出读取的进程：换成本次汇总专用密钥算出的标记（HMAC-SHA256），只用来认出重复，密钥用后即弃"
_COMPARED = f"比对的范围：本期和对比期涉及的事项，以及本期开始前{COMPARED_SINCE.days}日内受理的事项"
