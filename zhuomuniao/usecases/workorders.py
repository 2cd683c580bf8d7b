"""导入工单: the export of a hotline or mailbox, held against what the ledger has, then registered in one operation.

A work order is known by its own number: in the rows of all the ledger's books, in what waits, and within the file.
What is known and differs is shown, never written over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.assets import data_folder
from zhuomuniao.errors import BadValueError, reason_of
from zhuomuniao.importing.foreign import read_foreign
from zhuomuniao.importing.mapping import FIELD_TITLES, OrderMapping, load_mapping
from zhuomuniao.importing.orders import WorkOrder, order_of
from zhuomuniao.importing.proposing import Proposal, mapping_text, propose_mapping
from zhuomuniao.importing.tables import FoundTable, IgnoredRow, OrderRow, find_tables, rows_of
from zhuomuniao.privacy import mask_text
from zhuomuniao.usecases.orderforms import OrderForm
from zhuomuniao.usecases.orderstand import (
    FieldDifference,
    StandingOrder,
    differences_of,
    said_fields,
    standing_orders,
)
from zhuomuniao.usecases.progress import TOLD_EACH, Progress
from zhuomuniao.usecases.registering import Registered, check_registration, register_all

if TYPE_CHECKING:
    from zhuomuniao.model import Registration
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office

AUTO = "auto"
VERB = "import"
OWN_FOLDER = "对照表"
"""The folder of a workspace that holds the office's own mappings."""


class NewOrder(Struct, frozen=True):
    """A row that will be, or was, registered."""

    sheet: str
    row: int
    order_no: str
    registration: Registration


class ChangedOrder(Struct, frozen=True):
    """A row whose order is known and says something else now; ``against`` is a case number, or a row of the file."""

    sheet: str
    row: int
    order_no: str
    against: str
    fields: tuple[FieldDifference, ...]


class RejectedOrder(Struct, frozen=True):
    """A row that cannot be registered, and every reason."""

    sheet: str
    row: int
    problems: tuple[str, ...]


class ImportPlan(Struct, frozen=True):
    """What an import would do. ``known`` counts rows that say what is known already; ``rows`` those of data.

    ``tables`` are those the rows came from, without the cells of their sheets.
    """

    mapping: OrderMapping
    tables: tuple[FoundTable, ...]
    proposal: Proposal | None
    rows: int
    new: tuple[NewOrder, ...]
    known: int
    changed: tuple[ChangedOrder, ...]
    rejected: tuple[RejectedOrder, ...]
    ignored: tuple[IgnoredRow, ...]
    warnings: Mapping[str, tuple[tuple[str, int], ...]]

    @property
    def field_titles(self) -> Mapping[str, str]:
        """What each field is called."""
        return FIELD_TITLES


def find_mapping(office: Office, name: str) -> OrderMapping:
    """A mapping by its name (the office's own first, then those that come with zmn) or its file.

    Raises :class:`BadValueError` naming those there are, :class:`DataFileError`.
    """
    path = Path(name)
    if path.suffix.lower() == ".toml" and path.is_file():
        return load_mapping(path)
    there = _mapping_files(office)
    wanted = path.stem if path.suffix.lower() == ".toml" else name
    if wanted not in there:
        raise BadValueError(
            f"没有名为“{name}”的对照表",
            f"可用的有：{'、'.join(there)}；也可以写一个 .toml 文件，或写 auto 按表头拟一份",
        )
    return load_mapping(there[wanted])


def known_mappings(office: Office) -> tuple[OrderMapping, ...]:
    """Every mapping that can be asked for by name. Raises :class:`DataFileError`."""
    return tuple(load_mapping(path) for path in _mapping_files(office).values())


def _mapping_files(office: Office) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for folder in (office.workspace.root / OWN_FOLDER, data_folder() / "mappings"):
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            files.setdefault(path.stem, path)
    return files


def plan_import(
    office: Office, spec: LedgerSpec, path: Path, *, mapping: str, progress: Progress | None = None
) -> ImportPlan:
    """Read a file and hold every row against the ledger; nothing is written.

    Raises :class:`UnreadableFileError` for a file that is none of what the mapping reads, :class:`BadValueError` for
    a mapping that is none, :class:`DataFileError` for one with mistakes.
    """
    tell = progress or (lambda what, done, of: None)
    office.ledger(spec)
    chosen = None if mapping == AUTO else find_mapping(office, mapping)
    tell("读取文件", 0, 0)
    sheets = read_foreign(path)
    proposal = None
    if chosen is None:
        proposal = propose_mapping(sheets, known_mappings(office), office.layout(spec), name=path.name)
        chosen = proposal.mapping
    tables = find_tables(sheets, chosen, name=path.name)
    tell("查对台账", 0, 0)
    desk = _SortingDesk(office, spec, chosen)
    below = sum(len(table.sheet.rows) - table.first for table in tables)
    done = 0
    for line in (line for table in tables for line in rows_of(table, chosen)):
        if not done % TOLD_EACH:
            tell("核对工单", done, below)
        desk.sort(line)
        done += 1
    tell("核对工单", below, below)
    return ImportPlan(
        mapping=chosen,
        # Every cell of the file would be kept until all is written.
        tables=tuple(replace(table, sheet=replace(table.sheet, rows=())) for table in tables),
        proposal=proposal,
        rows=done - len(desk.ignored),
        new=tuple(desk.new),
        known=desk.known,
        changed=tuple(desk.changed),
        rejected=tuple(desk.rejected),
        ignored=tuple(desk.ignored),
        warnings={text: tuple(rows) for text, rows in desk.warnings.items()},
    )


def carry_out(
    office: Office, spec: LedgerSpec, plan: ImportPlan, *, progress: Progress | None = None
) -> tuple[Registered, ...]:
    """Register the new orders of a plan, in one operation. Raises what :func:`register_all` raises."""
    if not plan.new:
        return ()
    if progress:
        progress("写入台账", 0, 0)
    return register_all(office, spec, [order.registration for order in plan.new], verb=VERB)


def save_mapping(mapping: OrderMapping, path: Path) -> None:
    """Write a mapping as a file of its own. Raises :class:`BadValueError` where one stands or cannot be written."""
    if path.suffix.lower() != ".toml":
        raise BadValueError(f"“{path.name}”不是 .toml 文件名", "请写成 我的对照表.toml 这样")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8", newline="\n") as handle:
            handle.write(mapping_text(replace(mapping, id=path.stem)))
    except FileExistsError as error:
        raise BadValueError(f"已经有“{path.name}”了，没有改动它", "请换一个名字") from error
    except OSError as error:
        raise BadValueError(f"“{path.name}”存不下来：{reason_of(error)}", "请核对文件夹和权限") from error


class _SortingDesk:
    """Where every line of a file is put on its pile: new, known, changed, rejected or passed over."""

    def __init__(self, office: Office, spec: LedgerSpec, mapping: OrderMapping) -> None:
        self.office = office
        self.spec = spec
        self.form = OrderForm(office, spec, mapping)
        self.mapping = mapping
        self.standing = standing_orders(office, spec)
        self.new: list[NewOrder] = []
        self.known = 0
        self.changed: list[ChangedOrder] = []
        self.rejected: list[RejectedOrder] = []
        self.ignored: list[IgnoredRow] = []
        self.warnings: dict[str, list[tuple[str, int]]] = {}

    def sort(self, line: OrderRow | IgnoredRow) -> None:
        if isinstance(line, IgnoredRow):
            self.ignored.append(line)
            return
        order = order_of(line, self.mapping)
        filled: Registration | None = None
        try:
            filled, problems = self.form.fill(order)
            registration = check_registration(self.office, self.spec, filled) if filled and not problems else None
        except BadValueError as error:
            registration, problems = None, (f"{error.message}（{error.remedy}）",)
        if registration is None:
            self.rejected.append(RejectedOrder(order.sheet, order.row, problems))
            return
        key = order.number.upper()
        standing = self.standing.get(key)
        if standing is None:
            self.new.append(NewOrder(order.sheet, order.row, order.number, registration))
            self.standing[key] = StandingOrder.of_row(order.sheet, order.row, registration)
            for warning in (*order.notes, *registration.warnings):
                self.warnings.setdefault(warning, []).append((order.sheet, order.row))
            return
        usual = {field for field, text in self.mapping.defaults.items() if order.texts.get(field) == text}
        said = said_fields(filled) - usual if filled else frozenset()
        self._compare(order, registration, standing, said)

    def _compare(
        self, order: WorkOrder, registration: Registration, standing: StandingOrder, said: frozenset[str]
    ) -> None:
        fields = differences_of(self.office, self.spec, registration, standing, said=said)
        if not fields:
            self.known += 1
            return
        self.changed.append(ChangedOrder(order.sheet, order.row, order.number, standing.where, fields))


def rows_by_reason(plan: ImportPlan) -> Iterator[tuple[str, Sequence[tuple[str, int]]]]:
    """Every warning, without anybody's data in it, and the rows it concerns."""
    for text, rows in plan.warnings.items():
        yield mask_text(text), rows
