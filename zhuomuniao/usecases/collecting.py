"""收清单: the lists that units filled in by hand are put on the lead's list, and who has handed in is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.coverage import participants
from zhuomuniao.dateforms import moment_of_cell
from zhuomuniao.errors import BadValueError, RefusedByRuleError, UnreadableFileError
from zhuomuniao.fieldwork import HandedIn, Issue
from zhuomuniao.importing.foreign import read_bytes
from zhuomuniao.importing.lists import HandFilledList, ListRow, read_list
from zhuomuniao.ledger import Draft, append_together
from zhuomuniao.model import Receipt, Status, Step, StepKind
from zhuomuniao.periods import due_on_of
from zhuomuniao.rules import Holds, RuleSet
from zhuomuniao.store.cells import plain_text
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.bulk import RejectedRow
from zhuomuniao.usecases.handingin import MERGED_MARK, NEED_MARK, ListSpan
from zhuomuniao.usecases.issuefiles import due_of_cell
from zhuomuniao.usecases.issues import CheckedIssue, FoundIssue, check_issue, code_of, kind_names, remarks_on
from zhuomuniao.usecases.requests import limited_text
from zhuomuniao.usecases.units import gathers_from_units, known_unit, own_unit
from zhuomuniao.usecases.verbs import FieldVerb

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office

SUFFIXES = (".xlsx", ".xls", ".csv")
_MOST_FILES = 500
_NOTHING = frozenset(
    ("无", "没有", "暂无", "/", "-", "—", "——", "未发现", "未发现问题", "无问题", "没有问题", "无需求")
)
"""What people write into a cell that has nothing to say."""


class CollectWords(Struct, frozen=True):
    """What is said with the files: the day they came, and unit and kind for lists that do not name theirs."""

    on: date
    unit: str = ""
    kind: str = ""
    by: str = ""


class CollectedList(Struct, frozen=True):
    """What one list came to. ``new`` issues were put on the list, ``known`` stood there already.

    ``is_known``: the very same list was taken in before. ``problem`` says why none of it was taken.
    """

    file: str
    sheet: str
    unit: str = ""
    kind: str = ""
    leader: str = ""
    contact: str = ""
    contact_phone: str = ""
    new: tuple[CheckedIssue, ...] = ()
    known: int = 0
    rejected: tuple[RejectedRow, ...] = ()
    warnings: tuple[str, ...] = ()
    is_known: bool = False
    problem: str = ""

    @property
    def row_count(self) -> int:
        """Rows with something on them that could be read."""
        return len(self.new) + self.known


class Collected(Struct, frozen=True):
    """What became of the files of a period. ``receipts`` are those of the issues, then those of the hand-ins."""

    span: ListSpan
    lists: tuple[CollectedList, ...]
    receipts: tuple[Receipt[Any], ...]
    warnings: tuple[str, ...]
    is_dry_run: bool


class HandInState(Struct, frozen=True):
    """How a unit stands with its list of a kind: when it first came, how often, with how many rows at last."""

    unit: str
    kind: str
    first_on: date | None
    times: int
    row_count: int | None
    is_late: bool
    contact: str
    contact_phone: str
    is_expected: bool


class HandInStates(Struct, frozen=True):
    """Who has handed in for a period, and who has not."""

    span: ListSpan
    due_on: date | None
    states: tuple[HandInState, ...]
    unnamed: tuple[str, ...]


def collect(
    office: Office, files: Sequence[Path], span: ListSpan, words: CollectWords, *, is_dry_run: bool = False
) -> Collected:
    """Take in lists that units filled in by hand: every row an issue, every list a hand-in, all in one operation.

    A row that stands on the list already (same unit, kind and text) is known. A file that cannot be read is told of
    and does not keep the others from being taken.

    Raises :class:`UnreadableFileError` for a folder without lists, :class:`BadValueError` for a period that had not
    begun by then.
    """
    if words.on < span.first:
        raise BadValueError(f"{span.label}从 {span.first} 算起，{words.on} 还没有清单可收", "请核对 --period 和 --at")
    told = list(office.moment.advice())
    if not gathers_from_units(office, office.locality.rules_on(office.moment.as_of)):
        told.append(f"本台的角色是“{office.role}”，收清单是牵头部门的事；角色不对的请改 zmn.toml 的 role")
    seen = _texts_known(office)
    earlier = office.hand_ins.state().records
    lists: list[CollectedList] = []
    for path in _files_of(files):
        try:
            found = read_list(read_bytes(path), office.layout(office.spec_holding(Holds.ISSUES)), name=path.name)
        except UnreadableFileError as error:
            lists.append(CollectedList(path.name, "", problem=f"{error.message}（{error.remedy}）"))
            continue
        lists += [_take_list(office, path.name, one, span, words, seen, earlier) for one in found]
    receipts: tuple[Receipt[Any], ...] = ()
    good = [one for one in lists if not one.problem and not one.is_known]
    if good and not is_dry_run:
        issues = sorted((c.draft for one in good for c in one.new), key=lambda d: d.record.opened_at)
        handed = [_hand_in(office, one, span, words) for one in good]
        signature = office.signature(FieldVerb.COLLECT, words.by)
        receipts = append_together([(office.issues, issues), (office.hand_ins, handed)], signature=signature)
        told += dict.fromkeys(line for receipt in receipts for line in receipt.advice)
    return Collected(span, tuple(lists), receipts, tuple(told), is_dry_run)


def hand_in_states(office: Office, span: ListSpan, kind: str = "") -> HandInStates:
    """Who has handed the lists of a period in by the office's day, by kind of activity and in the notice's order."""
    spec = office.spec_holding(Holds.ISSUES)
    rules = office.locality.rules_on(min(span.last, office.moment.as_of))
    names = kind_names(rules, spec)
    usual = names[0] if len(names) == 1 else ""
    kinds = (code_of(rules, spec, "activity_kind", kind),) if kind else names
    due_on = due_on_of(span.duty, span.period, office.calendar) if span.duty and span.period else None
    received: dict[tuple[str, str], list[HandedIn]] = {}
    for one in sorted(office.hand_ins.state().records, key=lambda h: (h.opened_at, h.in_order)):
        if one.period == span.label and one.handed_on and one.handed_on <= office.moment.as_of:
            received.setdefault((one.unit, one.activity_kind or usual), []).append(one)
    states: list[HandInState] = []
    unnamed: list[str] = []
    for name in kinds:
        expected = _expected(office, rules, name, span)
        if not expected:
            unnamed.append(name)
        units = dict.fromkeys((*expected, *(u for u, k in received if k == name)))
        states += [
            _state(unit, name, received.get((unit, name), []), due_on, is_expected=unit in expected) for unit in units
        ]
    return HandInStates(span, due_on, tuple(states), tuple(unnamed))


def _expected(office: Office, rules: RuleSet, kind: str, span: ListSpan) -> tuple[str, ...]:
    if span.period is None:
        return ()
    named = office.workspace.config.participants
    units = participants(rules, kind, named=named, plans=office.plans.state().records, period=span.period)
    own = own_unit(office)
    return tuple(unit for unit in units if not own or unit == own)


def _state(unit: str, kind: str, own: Sequence[HandedIn], due_on: date | None, *, is_expected: bool) -> HandInState:
    first = own[0].handed_on if own else None
    is_late = first is not None and due_on is not None and first > due_on
    last = own[-1] if own else None
    return HandInState(
        unit, kind, first, len(own), last.row_count if last else None, is_late,
        last.contact if last else "", last.contact_phone if last else "", is_expected,
    )  # fmt: skip


def _files_of(given: Sequence[Path]) -> list[Path]:
    """The files, a folder's own lists in its place. Raises :class:`UnreadableFileError`."""
    found: list[Path] = []
    for path in given:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES and p.name[0] not in "~.")
        if not inside:
            raise UnreadableFileError(
                f"文件夹“{path.name}”里没有清单", "请放进 .xlsx、.xls 或 .csv 文件", kind="missing"
            )
        found += inside
    if len(found) > _MOST_FILES:
        raise UnreadableFileError(
            f"一次收 {len(found)} 个文件太多了", f"请分几次，每次不超过 {_MOST_FILES} 个", kind="too_large"
        )
    return found


def _take_list(
    office: Office, file: str, found: HandFilledList, span: ListSpan, words: CollectWords,
    seen: dict[tuple[str, str, str], Issue], earlier: Sequence[HandedIn],
) -> CollectedList:  # fmt: skip
    """One list, checked: whose it is, which of its rows are new."""
    rules = office.locality.rules_on(min(span.last, office.moment.as_of))
    told: list[str] = []
    try:
        unit = _unit_of(office, rules, found.head.get("unit", ""), words.unit, told)
        kind = _kind_of(office, rules, found.head.get("activity_kind", ""), words.kind)
    except BadValueError as error:
        return CollectedList(file, found.sheet, problem=f"{error.message}（{error.remedy}）")
    if found.missing:
        told.append(f"清单里没有这些列，按空白收：{'、'.join(found.missing)}")
    if found.unread:
        told.append(f"表格下面第{'、'.join(map(str, found.unread))}行还有内容，没有收；请核对")
    leader = limited_text("负责人", found.head.get("leader") or found.head.get("chief") or "", 200)
    found_on = _found_on(found.head.get("held_on") or found.head.get("date") or "", span, words.on, told)
    usual = FoundIssue({"unit": unit, "activity_kind": kind, "leader": leader}, found_on, by=words.by)
    new: list[CheckedIssue] = []
    rejected: list[RejectedRow] = []
    known = 0
    told_of: set[tuple[str, str, str]] = set()
    for row in found.rows:
        try:
            checked = _check_row(office, row, usual, told)
        except (BadValueError, RefusedByRuleError) as error:
            rejected.append(RejectedRow(row.number, (f"{error.message}（{error.remedy}）",)))
            continue
        if checked is None:
            continue
        key = _key_of(checked.draft.record)
        told_of.add(key)
        if key in seen:
            known += 1
            told += _differing(office, row, checked.draft.record, seen[key])
            continue
        seen[key] = checked.draft.record
        new.append(checked)
    if any((h.unit, h.activity_kind, h.period) == (unit, kind, span.label) for h in earlier):
        told += _gone(office, unit, kind, span, told_of)
    if answered := sum(bool(c.draft.record.effect) for c in new):
        told.append(f"{answered}条填了整改效果：没有因此销号；核实以后请逐条用 zmn issue clear 登记")
    if unsettled := sum(bool(remarks_on(rules, c.draft.record)) for c in new):
        told.append(f"{unsettled}条的整改方式、措施或时限还没有定全，见 zmn issue list --unmeasured")
    if not new and not known and not rejected:
        told = ["清单上没有问题和需求（零报告）"]
    contact, phone = (limited_text("联系人", found.foot.get(n, ""), 50) for n in ("contact", "contact_phone"))
    one = CollectedList(
        file, found.sheet, unit, kind, leader, contact, phone, tuple(new), known, tuple(rejected),
        tuple(dict.fromkeys(told)),
    )  # fmt: skip
    is_known = not new and any(_is_same(handed, one, span) for handed in earlier)
    return replace(one, is_known=is_known)


def _is_same(handed: HandedIn, one: CollectedList, span: ListSpan) -> bool:
    told = (handed.unit, handed.activity_kind, handed.period, handed.file, handed.row_count)
    return told == (one.unit, one.kind, span.label, one.file, one.row_count)


def _check_row(office: Office, row: ListRow, usual: FoundIssue, told: list[str]) -> CheckedIssue | None:
    """A row as an issue, ``None`` where it says that there is nothing."""
    texts = {name: plain_text(value) for name, value in row.values.items() if name not in ("row_no", "due_on")}
    own = {name: "" if squeeze(text) in _NOTHING else text for name, text in texts.items()}
    if not any(own.values()):
        return None
    suggested, mark, need = own.get("suggestion", "").partition(NEED_MARK)
    if mark and not suggested and not own.get("need"):
        # As the form without a column for needs has it: what follows in the next line is suggested.
        own["need"], _, own["suggestion"] = need.partition("\n")
    if not own.get("problem") and not own.get("need"):
        raise BadValueError("没有写问题，也没有写需求", "请补上，或删去这一行")
    own_told: list[str] = []
    words = {**usual.words, **{name: text for name, text in own.items() if text}}
    due_on, said = due_of_cell(office, row.values.get("due_on"), words, own_told)
    found = replace(usual, words={**words, **said}, due_on=due_on, is_collected=True)
    checked = check_issue(office, found)
    told += [f"第{row.number}行：{line}" for line in own_told]
    return checked


def _unit_of(office: Office, rules: RuleSet, written: str, given: str, told: list[str]) -> str:
    """Whose list it is: as its head says where that unit is known, else as was said with the file."""
    head = limited_text("填报单位", written, 100)
    if head.endswith(MERGED_MARK):
        raise BadValueError(f"这是汇总的清单（{head}），不是一个单位交来的", "请收各单位自己的清单")
    if head and (not given or rules.units.find(head) or head in office.workspace.config.units):
        return known_unit(office, rules, head, told)
    if given:
        if head:
            told.append(f"清单上的填报单位是“{head}”，按 --unit 记为“{given}”")
        return known_unit(office, rules, limited_text("填报单位", given, 100), told)
    raise BadValueError("清单上没有写填报单位", "请加 --unit 写明是哪个单位的", field="unit")


def _kind_of(office: Office, rules: RuleSet, written: str, given: str) -> str:
    spec = office.spec_holding(Holds.ISSUES)
    try:
        kind = code_of(rules, spec, "activity_kind", limited_text("参与活动名称", written, 100).strip("“”\"'"))
    except BadValueError as error:
        if not given:
            raise BadValueError(error.message, f"{error.remedy}；或加 --kind 写明", field="kind") from error
        kind = ""
    kind = kind or code_of(rules, spec, "activity_kind", given)
    if not kind and any(kind_names(rules, spec)):
        raise BadValueError("清单上没有写参与活动名称", "请加 --kind 写明是哪项活动的", field="kind")
    return kind


def _found_on(written: str, span: ListSpan, on: date, told: list[str]) -> date:
    """When a list says its issues were found; no list has a day for each row."""
    moment = moment_of_cell(written) if written else None
    fallback = min(span.last, on)
    if moment is not None and span.first <= moment.date() <= fallback:
        return moment.date()
    what = f"清单上的时间“{written}”不在本期（{span.first} 至 {span.last}）" if written else "清单没有写时间"
    told.append(f"{what}，发现日期按 {fallback} 记")
    return fallback


def _key_of(issue: Issue) -> tuple[str, str, str]:
    return issue.unit, issue.activity_kind, f"{squeeze(issue.problem)}\n{squeeze(issue.need)}"


def _texts_known(office: Office) -> dict[tuple[str, str, str], Issue]:
    issues: Iterable[Issue] = office.issues.state().records
    return {_key_of(i): i for i in issues if i.status is not Status.VOID}


def _differing(office: Office, row: ListRow, now: Issue, known: Issue) -> list[str]:
    """What a row says otherwise than the issue that stands on the list: told, never written over it."""
    if not known.case_no:
        return []
    layout = office.layout(office.spec_holding(Holds.ISSUES))
    differing = [
        column.header
        for column in layout.official_columns
        if column.field in _COMPARED
        and (text := getattr(now, column.field))
        and squeeze(text) != squeeze(getattr(known, column.field))
    ]
    if not differing:
        return []
    what = "、".join(differing)
    return [
        f"第{row.number}行与台账里的 {known.case_no} 不同（{what}），台账没有改；"
        f"确认后用 zmn issue measure、zmn issue clear 登记"
    ]


_COMPARED = ("place", "item", "experience", "experience_mode", "remedy", "effect", "suggestion", "remark")


def _gone(office: Office, unit: str, kind: str, span: ListSpan, told_of: set[tuple[str, str, str]]) -> list[str]:
    """What an earlier list of the same unit, kind and period had and this one has not: a row in new words is new."""
    issues: Iterable[Issue] = office.issues.state().records
    mine = [i for i in issues if (i.unit, i.activity_kind) == (unit, kind) and i.status is not Status.VOID]
    here = [i for i in mine if i.found_on and span.first <= i.found_on <= span.last]
    gone = [i.case_no for i in here if _key_of(i) not in told_of]
    if not gone:
        return []
    named = "、".join(gone)
    return [f"上次交来的有、这次没有的：{named}；改了字句的已另记一条，原来的不要了请作废：zmn void 编号 --reason …"]


def _hand_in(office: Office, one: CollectedList, span: ListSpan, words: CollectWords) -> Draft[HandedIn]:
    row = HandedIn(
        "", office.spec_holding(Holds.ISSUES).id, words.on, one.kind, span.label, one.leader, one.contact,
        one.contact_phone, one.row_count, one.file, unit=one.unit,
    )  # fmt: skip
    at = datetime.combine(words.on, min(time(9), office.moment.now.time().replace(second=0, microsecond=0)))
    text = f"{span.label}清单，{one.row_count}条，来自 {one.file}"
    by = words.by or office.workspace.config.clerk
    return Draft(row, (Step("", StepKind.ENTER, at, by, one.unit, text),))


def totals(collected: Collected) -> Mapping[str, int]:
    """How many lists and rows there were, by what became of them."""
    good = [one for one in collected.lists if not one.problem]
    return {
        "lists": len(good),
        "new": sum(len(one.new) for one in good),
        "known": sum(one.known for one in good),
        "rejected": sum(len(one.rejected) for one in good),
        "unread": len(collected.lists) - len(good),
    }
