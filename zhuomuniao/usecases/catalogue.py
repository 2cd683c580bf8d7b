"""事项清单: each unit's catalogue of items, taken in from a file; which of them were experienced this year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.errors import BadValueError
from zhuomuniao.fieldwork import CatalogueItem
from zhuomuniao.importing.namedrows import WantedColumns, read_named_rows, words_of
from zhuomuniao.ledger import Draft
from zhuomuniao.model import Receipt, Step, StepKind
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.bulk import RejectedRow
from zhuomuniao.usecases.entering import enter_rows
from zhuomuniao.usecases.fieldcells import text_of
from zhuomuniao.usecases.requests import limited_text
from zhuomuniao.usecases.units import known_unit
from zhuomuniao.usecases.verbs import FieldVerb

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office

_MOST = 500

_ITEM_WORDS: Mapping[str, Sequence[str]] = {
    "unit": ("unit", "单位", "责任单位", "实施主体", "实施单位", "单位名称"),
    "item": ("item", "事项名称", "事项", "政务服务事项名称", "主项名称", "名称"),
    "item_kind": ("kind", "事项类型", "类型", "权力类型"),
    "remark": ("note", "备注"),
}

Key = tuple[str, str]
"""A unit and one of its items, as they are compared."""


class ItemImport(Struct, frozen=True):
    """What became of a catalogue file. ``absent`` are those that stand in the book and not in the file.

    ``dropped`` of them were struck off, ``relisted`` came back.
    """

    items: tuple[CatalogueItem, ...]
    new: int
    known: int
    changed: int
    relisted: int
    dropped: int
    absent: tuple[CatalogueItem, ...]
    rejected: tuple[RejectedRow, ...]
    receipt: Receipt[CatalogueItem] | None
    warnings: tuple[str, ...]
    is_dry_run: bool


def import_items(
    office: Office,
    spec: LedgerSpec,
    path: Path,
    *,
    unit: str = "",
    is_complete: bool = False,
    is_dry_run: bool = False,
) -> ItemImport:
    """Take in the items of a file, in one operation: new ones are added, known ones stay.

    ``unit`` is whose they are where the file has no such column. With ``is_complete`` the file is all there is of the
    units it names: what it lacks is struck off (取消) today. Raises :class:`UnreadableFileError`.
    """
    today = office.moment.as_of
    warnings: list[str] = []
    listed, rejected = _read(office, path, unit, warnings)
    standing = {_key(office, item): item for item in office.catalogue.state().records}
    units = {key[0] for key in listed}
    after: dict[str, CatalogueItem] = {}
    relisted = 0
    for key, item in listed.items():
        there = standing.get(key)
        if there is None:
            continue
        relisted += there.dropped_on is not None
        kept = replace(
            there, item_kind=item.item_kind or there.item_kind, remark=item.remark or there.remark, dropped_on=None
        )
        if kept != there:
            after[there.case_no] = kept
    changed = len(after) - relisted
    absent = tuple(
        item for key, item in standing.items() if key[0] in units and key not in listed and item.dropped_on is None
    )
    if is_complete:
        after |= {item.case_no: replace(item, dropped_on=today) for item in absent}
    new = [replace(item, ledger=spec.id, listed_on=today) for key, item in listed.items() if key not in standing]
    receipts = () if is_dry_run else _write(office, new, after)
    return ItemImport(
        items=tuple(r.record for r in receipts) if new and receipts else tuple(new),
        new=len(new),
        known=len(listed) - len(new) - changed - relisted,
        changed=changed,
        relisted=relisted,
        dropped=len(absent) if is_complete else 0,
        absent=absent,
        rejected=tuple(rejected),
        receipt=receipts[0] if receipts else None,
        warnings=(*dict.fromkeys(warnings), *office.moment.advice(), *(receipts[0].advice if receipts else ())),
        is_dry_run=is_dry_run,
    )


def items_of(office: Office) -> tuple[CatalogueItem, ...]:
    """Every item of every unit's catalogue; none where the locality keeps no catalogues."""
    if not any("items" in spec.sheets for spec in office.locality.ledgers):
        return ()
    return office.catalogue.state().records


def _read(
    office: Office, path: Path, unit: str, warnings: list[str]
) -> tuple[dict[Key, CatalogueItem], list[RejectedRow]]:
    rules = office.locality.rules_on(office.moment.as_of)
    required = {"item": "事项名称"} if unit else {"unit": "单位", "item": "事项名称"}
    wanted = WantedColumns(
        words=words_of(office.catalogue.layout, _ITEM_WORDS),
        required=required,
        hint="“单位”“事项名称”",
        noun="导入",
        list_key="items",
        example='[{"unit": …, "item": …}, …]',
    )
    known: dict[str, str] = {}
    listed: dict[Key, CatalogueItem] = {}
    rejected: list[RejectedRow] = []
    for row in read_named_rows(path, wanted):
        try:
            named = limited_text("单位", text_of(row.values, "unit") or unit, 100)
            item = limited_text("事项名称", text_of(row.values, "item"), _MOST)
            if not named or not item:
                raise BadValueError(f"没有写{'事项名称' if named else '单位'}", "请补上；单位也可以用 --unit 写明")
            if named not in known:
                known[named] = known_unit(office, rules, named, warnings)
            entry = CatalogueItem(
                "", "", unit=known[named], listed_on=None, item=item,
                item_kind=limited_text("事项类型", text_of(row.values, "item_kind"), 100),
                remark=limited_text("备注", text_of(row.values, "remark"), _MOST),
            )  # fmt: skip
        except BadValueError as error:
            rejected.append(RejectedRow(row.number, (f"{error.message}（{error.remedy}）",)))
        else:
            listed.setdefault((known[named], squeeze(item)), entry)
    return listed, rejected


def _write(
    office: Office, new: Sequence[CatalogueItem], after: Mapping[str, CatalogueItem]
) -> tuple[Receipt[CatalogueItem], ...]:
    clerk, now = office.workspace.config.clerk, office.moment.now
    drafts = [Draft(item, (Step("", StepKind.ENTER, now, clerk, item.unit, f"事项：{item.item}"),)) for item in new]

    def decide(item: CatalogueItem) -> tuple[CatalogueItem, tuple[Step, ...]] | None:
        kept = after.get(item.case_no)
        if kept is None:
            return None
        return kept, (Step(item.case_no, StepKind.CHANGE, now, clerk, item.unit, _said(item, kept)),)

    verb = FieldVerb.LIST_ITEMS if new else FieldVerb.CHANGE_ITEMS
    return enter_rows(office.catalogue, drafts, decide if after else None, signature=office.signature(verb))


def _said(was: CatalogueItem, now: CatalogueItem) -> str:
    if now.dropped_on != was.dropped_on:
        return f"取消事项：{now.item}" if now.dropped_on else f"重新列入事项：{now.item}"
    return f"事项：{now.item}"


def _key(office: Office, item: CatalogueItem) -> Key:
    rules = office.locality.rules_on(office.moment.as_of)
    return rules.units.find(item.unit) or item.unit, squeeze(item.item)
