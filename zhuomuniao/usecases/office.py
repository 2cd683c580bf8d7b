"""The desk a command works at: workspace, locality, calendar, clerk, and what “today” is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from zhuomuniao.assets import data_folder, locality_folder
from zhuomuniao.codes import NumberingRule
from zhuomuniao.errors import BadValueError
from zhuomuniao.fieldrows import RECORD_ROWS, SIDE_ROWS
from zhuomuniao.layers import Layer, LayerDay, LayerKind, read_layers
from zhuomuniao.ledger import Ledger, Sheet, Signature
from zhuomuniao.rulefile import LocalityFolder, load_locality
from zhuomuniao.rules import ClockChoice, Holds, LedgerSpec, Locality, RuleSet, SideSheet
from zhuomuniao.ruletypes import UNSTATED, Citation
from zhuomuniao.store.books import Store
from zhuomuniao.store.rowcache import RowCache
from zhuomuniao.store.shape import BookShape
from zhuomuniao.texts import squeeze
from zhuomuniao.workdays import WorkCalendar
from zhuomuniao.workspace import Workspace, cache_folder, find_workspace

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Activity, CatalogueItem, HandedIn, Issue, Officer, Plan, Site
    from zhuomuniao.layouts import Layout
    from zhuomuniao.lifecycle import Terms
    from zhuomuniao.model import Case, NumberSeries, Record, Row
    from zhuomuniao.numbering import NumberDrawer
    from zhuomuniao.rows import RowForm
    from zhuomuniao.store.edits import Edit
    from zhuomuniao.store.transaction import Writing


class Moment(Struct, frozen=True):
    """What time it is: the real clock, and the day the world is looked at (``--as-of``)."""

    now: datetime
    as_of: date

    @property
    def is_replayed(self) -> bool:
        """Whether an earlier day than today is asked for, so that the log must be replayed."""
        return self.as_of < self.now.date()

    def advice(self) -> list[str]:
        """What a clerk should know who writes on a day that has not come yet."""
        if self.as_of <= self.now.date():
            return []
        return [f"按 --as-of 把 {self.as_of} 当作今天；实际今天是 {self.now.date()}，如果写错了请尽快改正"]


class Office(Struct, frozen=True):
    """Everything a use case needs to know of the desk it works for."""

    workspace: Workspace
    folder: LocalityFolder
    calendar: WorkCalendar
    moment: Moment
    store: Store
    _ledgers: dict[str, Ledger[Any]] = field(default_factory=dict)

    @property
    def locality(self) -> Locality:
        return self.folder.locality

    @property
    def name(self) -> str:
        """The office's name on papers: the workspace's own, else the locality's."""
        return self.workspace.config.office or self.locality.office

    @property
    def role(self) -> str:
        """Whose desk this is; the locality's first role where zmn.toml names none."""
        return self.workspace.config.role or self.locality.roles[0]

    def rules_of(self, record: Record) -> RuleSet:
        """The edition a case was accepted under, an activity held under."""
        return self.locality.rules_of(record.edition, record.opened_at.date())

    def clocks_for(self, record: Record) -> ClockChoice:
        """Which limits the record's edition has for it."""
        return self.rules_of(record).clocks_for(record.ledger, record.facts)

    def terms(self, spec: LedgerSpec) -> Terms:
        """What the locality says about the life of a case in this ledger."""
        from zhuomuniao.lifecycle import Terms
        from zhuomuniao.usecases.typedover import typed_values

        return Terms(
            spec,
            lambda case: self.rules_of(case).code_list(spec.id, "outcome"),
            lambda record, text: typed_values(self.records(spec), record, text),
        )

    def layout(self, spec: LedgerSpec) -> Layout:
        return self.folder.layout_of(spec)

    @property
    def case_specs(self) -> tuple[LedgerSpec, ...]:
        """The ledgers whose rows are people's matters."""
        return tuple(spec for spec in self.locality.ledgers if spec.holds is Holds.CASES)

    def ledger(self, spec: LedgerSpec) -> Ledger[Case]:
        """The ledger of people's matters of a spec, over all its books.

        Raises :class:`BadValueError` for one whose rows are activities or issues: those have commands of their own.
        """
        if spec.holds is not Holds.CASES:
            others = "、".join(s.id for s in self.case_specs)
            commands = "、".join(dict.fromkeys(RECORD_ROWS[s.holds].listing for s in self.locality.ledgers))
            raise BadValueError(
                f"《{spec.title}》记的是{spec.holds}，不是群众事项",
                f"请用 --ledger 指定事项台账：{others}"
                if others
                else f"本区县的通知没有设事项台账，这个命令用不上；{spec.holds}请用 {commands}",
            )
        return self.records(spec)

    def records(self, spec: LedgerSpec) -> Ledger[Any]:
        """The ledger of a spec, whatever its rows are, over all its books."""
        if spec.id not in self._ledgers:
            numbering = self._numbering
            self._ledgers[spec.id] = Ledger(
                self.store,
                self._sheet(spec, self.layout(spec), RECORD_ROWS[spec.holds], lambda row: numbering(spec, row)),
            )
        return self._ledgers[spec.id]

    def side(self, kind: SideSheet) -> Ledger[Any]:
        """A sheet beside a ledger, over all books of that ledger.

        Raises :class:`BadValueError` where the locality keeps none.
        """
        if f"/{kind}" not in self._ledgers:
            spec = next((s for s in self.locality.ledgers if kind in s.sheets), None)
            if spec is None:
                what = SIDE_ROWS[kind].noun
                raise BadValueError(
                    f"{self.locality.name}的台账里没有“{what}”这张表", "本区县的通知没有这一项，这个命令用不上"
                )
            layout, this_year = self.folder.layouts[spec.sheets[kind]], self.moment.now.year
            rule = NumberingRule(spec.id, *SIDE_NUMBERS[kind], Citation("", "", UNSTATED))
            today = self.moment.now.date()
            sheet = self._sheet(spec, layout, SIDE_ROWS[kind], lambda row: (rule, today), lambda row: this_year)
            self._ledgers[f"/{kind}"] = Ledger(self.store, sheet)
        return self._ledgers[f"/{kind}"]

    def sheets_of(self, spec: LedgerSpec) -> tuple[Ledger[Any], ...]:
        """The ledger's own sheet, then those beside it."""
        return (self.records(spec), *(self.side(kind) for kind in spec.sheets))

    def sheet_named(self, spec: LedgerSpec, sheet: str) -> Ledger[Any]:
        """The sheet of this name among :meth:`sheets_of`; 流转记录 tells of the first."""
        mine = self.sheets_of(spec)
        return next((ledger for ledger in mine if ledger.layout.sheet == sheet), mine[0])

    def number_title(self, record: Record) -> str:
        """What a record's number is called in its ledger: 事项编号, 工单编号, 活动编号 …"""
        return self.records(self.locality.ledger(record.ledger)).number_title

    def spec_holding(self, holds: Holds) -> LedgerSpec:
        """The ledger whose rows are these. Raises :class:`BadValueError` where the locality keeps none."""
        for spec in self.locality.ledgers:
            if spec.holds is holds:
                return spec
        raise BadValueError(f"{self.locality.name}没有记{holds}的台账", "本区县的通知没有这一项，这个命令用不上")

    @property
    def activities(self) -> Ledger[Activity]:
        return self.records(self.spec_holding(Holds.ACTIVITIES))

    @property
    def issues(self) -> Ledger[Issue]:
        return self.records(self.spec_holding(Holds.ISSUES))

    @property
    def plans(self) -> Ledger[Plan]:
        return self.side(SideSheet.PLANS)

    @property
    def catalogue(self) -> Ledger[CatalogueItem]:
        return self.side(SideSheet.ITEMS)

    @property
    def hand_ins(self) -> Ledger[HandedIn]:
        return self.side(SideSheet.HAND_INS)

    @property
    def officers(self) -> Ledger[Officer]:
        return self.side(SideSheet.OFFICERS)

    @property
    def sites(self) -> Ledger[Site]:
        return self.side(SideSheet.SITES)

    def _sheet(
        self,
        spec: LedgerSpec,
        layout: Layout,
        form: RowForm[Any],
        numbering: Callable[[Row], tuple[NumberingRule, date]],
        year_of: Callable[[Row], int] = lambda row: row.opened_at.year,
    ) -> Sheet[Any]:
        book, workspace = self.layout(spec), self.workspace

        # Numbers are drawn by who writes; who looks does without.
        def series(row: Row) -> NumberSeries:
            from zhuomuniao.numbering import series_of

            return series_of(*numbering(row), row.case_no)

        @cache
        def drawer() -> NumberDrawer:
            from zhuomuniao.numbering import NumberDrawer

            return NumberDrawer()

        def draw(row: Row, taken: Collection[str]) -> str:
            return drawer().draw(*numbering(row), taken)

        return Sheet(
            shape=self.store.shapes[spec.id],
            layout=layout,
            form=form,
            book_path=lambda year: workspace.book_path(book, year),
            years=lambda: workspace.book_years(book),
            series_of=series,
            draw=draw,
            year_of=year_of,
        )

    def _numbering(self, spec: LedgerSpec, row: Row) -> tuple[NumberingRule, date]:
        day = row.opened_at.date()
        return self.locality.rules_on(day).numbering_for(spec.id), day

    def spec_of(self, case_no: str, named: str | None = None) -> LedgerSpec:
        """The ledger a number is in: the one named, else the one that has it, else the first.

        Raises :class:`BadValueError` for a number that two ledgers have (cli.md), or that is of a row beside one.
        """
        specs = self.locality.ledgers
        if named is not None or len(specs) < 2:
            return self.locality.ledger(named)
        holders = [spec for spec in specs if self.records(spec).has(case_no)]
        if len(holders) > 1:
            ledgers = "、".join(f"{spec.id}（{spec.title}）" for spec in holders)
            raise BadValueError(f"编号 {case_no} 在几本台账里都有", f"请用 --ledger 写明哪一本：{ledgers}")
        if not holders and (beside := self.side_bearing(case_no)) is not None:
            raise BadValueError(
                f"{case_no} 是《{beside.layout.title}》里的一行，没有办理环节，这个命令用不上",
                f"看这一条：zmn show {case_no}；列出全部：{beside.form.listing}；要改动请用 {beside.form.command}",
            )
        return holders[0] if holders else self.locality.ledger()

    def side_bearing(self, case_no: str, named: str | None = None) -> Ledger[Any] | None:
        """The sheet beside a ledger in which a number stands; ``None`` where it stands in none, or is a record's too.

        ``named`` is the only ledger to look beside.
        """
        wanted = squeeze(case_no)
        specs = self.locality.ledgers if named is None else (self.locality.ledger(named),)
        for ledger in (self.side(kind) for spec in specs for kind in spec.sheets):
            if any(row.case_no == wanted for row in ledger.state().records):
                records = (r for spec in specs for r in self.records(spec).state().records)
                return None if any(record.case_no == wanted for record in records) else ledger
        return None

    def signature(self, verb: str, clerk: str = "") -> Signature:
        """Who signs an operation of this command, at the real moment."""
        return Signature(verb, clerk or self.workspace.config.clerk, self.moment.now)


SIDE_NUMBERS: Mapping[SideSheet, tuple[str, int]] = {
    SideSheet.PLANS: ("JH{date}{seq}", 2),
    SideSheet.ITEMS: ("SX{date}{seq}", 3),
    SideSheet.HAND_INS: ("BS{date}{seq}", 2),
    SideSheet.OFFICERS: ("TY{date}{seq}", 2),
    SideSheet.SITES: ("TD{date}{seq}", 2),
}
"""编号 of rows beside a ledger: the day of writing and a sequence. No notice numbers them, zmn does."""


def open_office(start: Path, moment: Moment, *, is_strict: bool = False) -> Office:
    """The office of the workspace at or above ``start``.

    Raises :class:`WorkspaceError` and :class:`DataFileError`.
    """
    return office_of(find_workspace(start), moment, is_strict=is_strict)


def office_of(workspace: Workspace, moment: Moment, *, is_strict: bool = False) -> Office:
    """The office of a workspace; a locality path in zmn.toml may be relative to it."""
    desk = Desk(workspace, locality_of(workspace), calendar_of(workspace, is_strict=is_strict))
    office = office_at(desk, moment, cache=RowCache(cache_folder()))

    def settle(writing: Writing, edit: Edit) -> bool:
        # Needed on the days when somebody has typed into a book, and then only.
        from zhuomuniao.usecases.outside import settle_edit

        return settle_edit(office, writing, edit)

    office.store.settler = settle
    return office


class Desk(Struct, frozen=True):
    """What an office is made of: where its books stand, by which rules and which calendar it counts."""

    workspace: Workspace
    folder: LocalityFolder
    calendar: WorkCalendar


def office_at(
    desk: Desk, moment: Moment, *, cache: RowCache | None = None, read_file: Callable[[Path], bytes] | None = None
) -> Office:
    """The office at a desk. What people changed in its books is recorded, and not settled."""
    workspace, folder = desk.workspace, desk.folder
    shapes = {spec.id: _shape(folder, spec, workspace.config.units, moment.as_of) for spec in folder.locality.ledgers}

    def find_books() -> dict[str, str]:
        layouts = {spec.id: folder.layout_of(spec) for spec in folder.locality.ledgers}
        return {
            workspace.relative(workspace.book_path(layout, year)): ledger
            for ledger, layout in layouts.items()
            for year in workspace.book_years(layout)
        }

    store = Store(
        workspace.root,
        workspace.state_folder,
        shapes,
        find_books=find_books,
        now=moment.now,
        cache=cache,
        read_file=read_file,
    )
    return Office(workspace=workspace, folder=folder, calendar=desk.calendar, moment=moment, store=store)


def locality_of(workspace: Workspace) -> LocalityFolder:
    """The locality of a workspace, with the policies its office chose. Raises :class:`DataFileError`."""
    own = workspace.root / workspace.config.locality
    known = own if (own / "locality.toml").is_file() else locality_folder(workspace.config.locality)
    return open_locality(known, workspace.config.policies)


def open_locality(folder: Path, chosen: Mapping[str, str] | None = None) -> LocalityFolder:
    """A locality folder read with the shared policies and an office's choices. Raises :class:`DataFileError`."""
    return load_locality(folder, data_folder() / "policies.toml", chosen)


def calendar_of(workspace: Workspace, *, is_strict: bool = False) -> WorkCalendar:
    """The office's calendar: the package, the notices in ``日历/``, its own days. Raises :class:`DataFileError`."""
    return WorkCalendar((*read_layers(workspace.calendar_folder), *own_days(workspace)), is_strict=is_strict)


def own_days(workspace: Workspace) -> tuple[Layer, ...]:
    """``[calendar]`` of zmn.toml as the last regional layer."""
    rest, work = workspace.config.rest_days, workspace.config.work_days
    days = [LayerDay(on, True, why) for on, why in rest.items()] + [
        LayerDay(on, False, why) for on, why in work.items()
    ]
    if not days:
        return ()
    first = min(day.on for day in days)
    return (Layer(LayerKind.REGIONAL, first.year, "本单位日历（zmn.toml）", "zmn.toml", first, tuple(days)),)


def _shape(folder: LocalityFolder, spec: LedgerSpec, own_units: tuple[str, ...], on: date) -> BookShape:
    layout = folder.layout_of(spec)
    rules = folder.locality.rules_on(on)
    choices = {c.field: c.names for c in rules.codes if c.ledger == spec.id}
    if rules.unit_lists:
        choices["units"] = (*rules.units.names, *own_units)
    stamp = {
        "zmn.layout": layout.id,
        "zmn.layout_version": str(layout.version),
        "zmn.ledger": spec.id,
        "zmn.locality": folder.locality.slug,
    }
    return BookShape(spec.id, layout, choices, stamp, tuple(folder.layouts[name] for name in spec.sheets.values()))
