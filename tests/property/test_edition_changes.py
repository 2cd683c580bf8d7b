"""The list of changes is empty exactly where two editions have the same figures, in memory and read from xlsx."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from zhuomuniao.layouts import ColumnType
from zhuomuniao.render.report_xlsx import render_report
from zhuomuniao.reports.changes import ChangeKind, changes_between, figures_of, fingerprint, told_in_order
from zhuomuniao.reports.tables import Content, Report, Table, TableColumn
from zhuomuniao.store.reader import read_custom_properties
from zhuomuniao.usecases.reportcopies import find_copy, properties_of, read_back

WORDS = st.one_of(
    st.sampled_from(
        ("", "李*", "=1+1", "-1", "0012", "2026-08-01", "a\nb", "_x0041_", "合计", "<b>&'\"", " 空格 ", "\x0b钟", "—")
    ),
    st.text(max_size=8),
)
CELLS: st.SearchStrategy[Content] = st.one_of(WORDS, st.integers(-9999, 9999), st.none())
DAYS: st.SearchStrategy[Content] = st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
HEADERS = ("受理\n时间", "事项编号", "单位", "件数")

DAY = date(2026, 8, 5)


@st.composite
def tables(draw: st.DrawFn, sheet: str, name: str) -> Table:
    is_numbered = draw(st.booleans())
    headers = HEADERS[: draw(st.integers(1, len(HEADERS)))]
    rows = draw(st.lists(st.tuples(*(CELLS if place else DAYS for place, _ in enumerate(headers))), max_size=5))
    columns = tuple(
        TableColumn(header, 12, ColumnType.TEXT if place else ColumnType.DATE) for place, header in enumerate(headers)
    )
    if is_numbered:
        columns = (TableColumn("序号", 6, ColumnType.NUMBER), *columns)
        rows = [(n, *row) for n, row in enumerate(rows, start=1)]
    return Table(sheet, name, columns, tuple(rows), notes=("注：一行说明",), signatures=("负责人：", "日期："))


@st.composite
def reports(draw: st.DrawFn) -> Report:
    counts = draw(st.dictionaries(st.sampled_from(("accepted", "resolved", "late")), st.integers(0, 99)))
    summary = [draw(tables("汇总", name)) for name in ("一、办理情况", "二、比率")[: draw(st.integers(1, 2))]]
    return Report("2026-07", "七月月报", (*summary, draw(tables("台账", ""))), counts, {}, (), 0)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Report, Report]:
    """Two reports: unrelated, the same, or one with a few cells, rows or counts changed."""
    one = draw(reports())
    how = draw(st.sampled_from(("other", "same", "cell", "row", "order", "count")))
    if how == "other":
        return one, draw(reports())
    *others, last = one.tables
    rows = list(last.rows)
    if how == "cell" and rows and len(rows[0]) > 2:
        at, place = draw(st.integers(0, len(rows) - 1)), len(last.columns) - 1
        rows[at] = (*rows[at][:place], draw(CELLS))
    elif how == "row" and rows:
        rows.pop(draw(st.integers(0, len(rows) - 1)))
    elif how == "order":
        rows = draw(st.permutations(rows))
    counts = {**one.counts, "late": draw(st.integers(0, 99))} if how == "count" else one.counts
    return one, replace(one, tables=(*others, replace(last, rows=tuple(rows))), counts=counts)


@given(pairs())
@settings(max_examples=200, deadline=None)
def test_nothing_is_listed_exactly_where_the_figures_are_the_same(pair: tuple[Report, Report]) -> None:
    old, new = map(figures_of, pair)
    changes = changes_between(old, new)
    assert (not changes) is (fingerprint(old) == fingerprint(new))
    assert len(changes_between(new, old)) == len(changes) or changes
    told = told_in_order(changes)
    (*_, last) = told or (None,)
    folded = int(last.new.rpartition("共")[2].removesuffix("处")) if last and last.kind is ChangeKind.FOLLOWS else 0
    assert len(told) - bool(folded) + folded == len(changes), "each is listed or counted"
    assert not folded or told[0].kind is ChangeKind.COUNT


@given(pairs())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_workbook_gives_back_the_figures_it_was_made_of(tmp_path: Path, pair: tuple[Report, Report]) -> None:
    old, new = pair
    stamp = properties_of(
        old,
        fingerprint(figures_of(old)),
        subject="duty",
        as_of=date(2026, 7, 31),
        made_on=date(2026, 8, 5),
        edition=2,
        is_full=True,
    )
    path = tmp_path / "报表.xlsx"
    path.write_bytes(render_report(old, properties=stamp))
    copy = find_copy(path)
    assert copy is not None
    assert copy.stamp is not None
    assert (copy.stamp.subject, copy.stamp.period, copy.stamp.edition, copy.stamp.is_full) == (
        "duty", "2026-07", 2, True,
    )  # fmt: skip
    again = read_back(copy, old)
    assert changes_between(again.figures, figures_of(old)) == ()
    assert again.is_edited is False
    same = fingerprint(figures_of(old)) == fingerprint(figures_of(new))
    assert (not changes_between(read_back(copy, new).figures, figures_of(new))) is same


def test_long_counts_fit_the_properties_of_a_workbook() -> None:
    counts = {f"a_count_with_a_long_name_{n}": n for n in range(80)}
    report = Report("2026-07", "月报", (Table("台账", "", (TableColumn("编号", 9),), ()),), counts, {}, (), 0)
    stamp = properties_of(
        report,
        fingerprint(figures_of(report)),
        subject="d",
        as_of=date(2026, 7, 31),
        made_on=date(2026, 8, 5),
        edition=0,
        is_full=False,
    )
    assert max(map(len, stamp.values())) <= 255
    assert read_custom_properties(render_report(report, properties=stamp)) == stamp
