"""登记: check what was typed, ask the rules which clocks run, and write the row with its first line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.dateforms import moment_of_cell
from zhuomuniao.errors import BadValueError, MissingValuesError
from zhuomuniao.ledger import Draft
from zhuomuniao.model import (
    CODE_TITLES,
    CODED_FIELDS,
    Case,
    Deadline,
    Receipt,
    Registration,
    StartEvent,
    Status,
)
from zhuomuniao.numbering import NumberDrawer, require_number
from zhuomuniao.similarity import Earlier, find_similar
from zhuomuniao.store.cells import CellValue, plain_text
from zhuomuniao.texts import clean_text, squeeze
from zhuomuniao.usecases.finders import NOBODY, finder_of
from zhuomuniao.usecases.opening import open_case
from zhuomuniao.usecases.requests import limited_text
from zhuomuniao.usecases.units import known_unit
from zhuomuniao.workspace import REPORTS_FOLDER

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec, RuleSet
    from zhuomuniao.ruletypes import DurationRule, Policy, RouteRule
    from zhuomuniao.usecases.office import Office

_EARLIEST_YEAR = 2000
MAX_ABOUT = 5000
"""Characters a matter's description may have: more cannot be printed on a 登记表, and Excel stops at 32,767."""


class Registered(Struct, frozen=True):
    """One registered case, the deadlines it was given, which of our own choices (policies without a law) they rest
    on, what was ``told`` of this very case, and all that the clerk should know.
    """

    receipt: Receipt[Case]
    deadlines: tuple[Deadline, ...]
    unlimited: tuple[DurationRule, ...]
    policies: tuple[Policy, ...]
    told: tuple[str, ...]
    warnings: tuple[str, ...]


def check_registration(office: Office, spec: LedgerSpec, raw: Registration) -> Registration:
    """The registration with codes and unit resolved to the locality's words, texts cleaned, warnings added.

    Raises :class:`BadValueError` naming the field, what was found and what is expected.
    """
    office.ledger(spec)
    rules = office.locality.rules_on(raw.at.date())
    warnings = list(raw.warnings)
    finder = finder_of(office, spec, raw, warnings)
    applicant = _required_text("办理对象", raw.applicant.strip() or (NOBODY if finder else ""), limit=100)
    about = _required_text("“办不成事”情况", raw.about, limit=MAX_ABOUT)
    if about != raw.about.replace("\r\n", "\n").strip():
        warnings.append("情况描述里有看不见的控制字符，已去掉")
    phone = phone_number(raw.phone)
    unit = known_unit(office, rules, limited_text("责任单位", raw.unit, 100), warnings)
    route = route_of(rules, spec, raw.route) if raw.route else None
    given = {**raw.codes, **(route.sets if route else {})}
    codes = {name: code_word(rules, spec, name, given.get(name, "")) for name in CODED_FIELDS}
    if finder:
        codes |= {name: word for name, word in finder.codes.items() if word and not codes[name]}
    if raw.at.date() > office.moment.as_of:
        raise BadValueError(
            f"受理时间 {raw.at:%Y-%m-%d %H:%M} 在今天（{office.moment.as_of}）之后",
            "请核对 --at；受理时间不能晚于今天",
        )
    if raw.at.year < _EARLIEST_YEAR:
        raise BadValueError(f"受理时间 {raw.at.year:04d} 年太早了", "请核对年份；应形如 2026-10-08 09:30")
    if raw.at.year < office.moment.as_of.year - 1:
        warnings.append(f"受理时间 {raw.at:%Y-%m-%d} 是一年多以前的，请核对年份")
    values = {**codes, "phone": phone, "unit": unit}
    missing = (
        ["--no（编号，随事项而来）"] if rules.numbering_for(spec.id).is_given and not raw.case_no.strip() else []
    )
    missing += [f"--{name}（{field_title(office, spec, name)}）" for name in spec.required if not values.get(name)]
    if missing:
        raise MissingValuesError(f"缺少：{'、'.join(missing)}", "本区县规定必填，请补上再登记")
    return replace(
        raw,
        applicant=applicant,
        about=about,
        phone=phone,
        unit=unit,
        by=limited_text("受理人员", raw.by, 50) or office.workspace.config.clerk,
        note=limited_text("备注", raw.note, MAX_ABOUT),
        case_no=squeeze(raw.case_no),
        warnings=tuple(warnings),
        codes=codes,
        suggestion=limited_text("意见建议", raw.suggestion, MAX_ABOUT),
        experience_officer=finder.officer if finder else "",
        experience_site=finder.site if finder else "",
        route=route.id if route else "",
        related_no=_known_number(office, spec, raw.related_no),
        **_history(office, rules, spec, raw),
    )


def route_of(rules: RuleSet, spec: LedgerSpec, typed: str) -> RouteRule:
    """The kind of matter that belongs elsewhere, by its name or part of it. Raises :class:`BadValueError`."""
    wanted = squeeze(typed)
    routes = [r for r in rules.routes if r.ledger == spec.id]
    if not routes:
        raise BadValueError("本台账的通知没有规定分流", "请去掉 --route", field="route")
    exact = [r for r in routes if wanted in (r.id, squeeze(r.matter), squeeze(r.outcome))]
    found = exact or [r for r in routes if any(wanted in squeeze(text) for text in (r.matter, r.outcome, r.to))]
    if len(found) != 1:
        able = "；".join(r.matter for r in found or routes)
        what = f"“{typed}”不止一类" if found else f"没有分流类别“{typed}”"
        raise BadValueError(what, f"请写全：{able}", field="route")
    return found[0]


def routes_asked(office: Office, spec: LedgerSpec) -> tuple[RouteRule, ...]:
    """The kinds of matter that a clerk is asked about, because they belong elsewhere (分流)."""
    return tuple(r for r in office.locality.rules_on(office.moment.as_of).routes if r.ledger == spec.id)


def _known_number(office: Office, spec: LedgerSpec, typed: str) -> str:
    number = squeeze(typed)
    return office.ledger(spec).find(number).case_no if number else ""


def _history(office: Office, rules: RuleSet, spec: LedgerSpec, raw: Registration) -> dict[str, Any]:
    """What happened to an imported work order before it came here, checked."""
    latest = datetime.combine(office.moment.as_of, time.max)
    for title, at in (("转办时间", raw.assigned_at), ("办结时间", raw.resolved_at)):
        if at is not None and not raw.at <= at <= latest:
            raise BadValueError(
                f"{title} {at:%Y-%m-%d %H:%M} 早于受理时间，或在今天之后", "请核对这两个时间；应在受理之后、今天以前"
            )
    if raw.due_on is not None and raw.due_on < raw.at.date():
        raise BadValueError(f"期限 {raw.due_on} 早于受理日 {raw.at:%Y-%m-%d}", "请核对期限", field="due")
    return {
        "result": limited_text("办理结果", raw.result, MAX_ABOUT),
        "outcome": code_word(rules, spec, "outcome", raw.outcome) if raw.resolved_at else "",
        "satisfaction": code_word(rules, spec, "satisfaction", raw.satisfaction) if raw.satisfaction else "",
    }


def register_all(
    office: Office, spec: LedgerSpec, registrations: Sequence[Registration], *, verb: str = "register"
) -> tuple[Registered, ...]:
    """Register checked matters, in one transaction per book; answers them in the order of acceptance."""
    opened = [open_case(office, spec, r) for r in sorted(registrations, key=lambda r: r.at)]
    drafts = [Draft(o.hand.record, tuple(o.hand.written)) for o in opened]

    drawer = NumberDrawer()

    def draw(case: Case, taken: Collection[str]) -> str:
        day = case.accepted_at.date()
        rule = office.locality.rules_on(day).numbering_for(spec.id)
        return require_number(rule, day, case.case_no, taken) if case.case_no else drawer.draw(rule, day, taken)

    clerk = registrations[0].by if len(registrations) == 1 else ""
    receipts = office.ledger(spec).append(
        drafts, draw_number=draw, signature=office.signature(verb, clerk), compare=_compare
    )
    return tuple(
        Registered(
            receipt,
            opened_case.deadlines,
            opened_case.unlimited,
            _our_choices(office, receipt.record, opened_case.deadlines),
            told,
            (*opened_case.registration.warnings, *_advice(office, receipt.record), *told, *receipt.advice),
        )
        for receipt, opened_case in zip(receipts, opened, strict=True)
        for told in [(*opened_case.hand.told, *_similar_told(receipt))]
    )


def _compare(cases: Sequence[Case], rows: Iterable[Mapping[str, CellValue]]) -> Mapping[str, tuple[str, ...]]:
    def text(row: Mapping[str, CellValue], name: str) -> str:
        return plain_text(row.get(name))

    earlier = (
        Earlier(text(row, "case_no"), at, text(row, "applicant"), text(row, "phone"), text(row, "about"))
        for row in rows
        if (at := moment_of_cell(row.get("accepted_at")))
    )
    return find_similar(cases, earlier)


def _similar_told(receipt: Receipt[Case]) -> list[str]:
    case = receipt.record
    numbers = [no for no in receipt.similar if no != case.related_no]
    if not numbers:
        return []
    return [
        f"疑似重复：同一人近日有相近的事项 {'、'.join(numbers[:3])}；"
        f"有关的请关联：zmn link {case.case_no} --to {numbers[0]}，"
        f"登记重了的请作废：zmn void {case.case_no} --reason 重复登记"
    ]


def field_title(office: Office, spec: LedgerSpec, name: str) -> str:
    """What a field is called in the ledger's header, such as 联系电话."""
    column = office.layout(spec).column(name)
    return column.header if column else name


def _our_choices(office: Office, case: Case, deadlines: Sequence[Deadline]) -> tuple[Policy, ...]:
    """Policies without a law that these days rest on; that a day is 暂定 is said in the advice."""
    used = dict.fromkeys(name for deadline in deadlines for name in deadline.policies if name != "provisional")
    return tuple(p for name in used if (p := office.rules_of(case).policies.get(name)) and p.is_ours)


def _advice(office: Office, case: Case) -> list[str]:
    advice = office.moment.advice()
    if case.is_provisional:
        missing = office.calendar.last_published_year + 1
        advice.append(
            f"{missing}年放假安排尚未载入，带“暂定”的日期按法定节假日和周末计算；"
            f"通知公布后请运行 zmn calendar import 通知文件，在办事项的日期会随之核定"
        )
    if case.status is Status.AWAITING_ASSIGNMENT:
        later = any(r.start in (StartEvent.ASSIGNED, StartEvent.SIGNED) for r in office.clocks_for(case).running)
        advice.append("还没有责任单位" + ("；从交办、签收起算的时限，到那时才开始" if later else ""))
    period = f"{case.accepted_at:%Y-%m}"
    if period < f"{office.moment.as_of:%Y-%m}" and (office.workspace.root / REPORTS_FOLDER / period).is_dir():
        advice.append(f"{period} 的月报已经出过；这一件补登进那个月，请重出月报（会标“更正”）")
    if not office.calendar.is_workday(case.accepted_at.date()):
        advice.append("受理日是休息日，时限从下一个工作日数起")
    return advice


def _required_text(title: str, text: str, *, limit: int) -> str:
    cleaned = limited_text(title, text, limit)
    if not cleaned:
        raise BadValueError(f"{title}是空的", f"请填写{title}")
    return cleaned


def phone_number(text: str) -> str:
    """A phone as typed, once it can be one: 5 to 20 digits with the usual marks, several joined by 、.

    Raises :class:`BadValueError`.
    """
    cleaned = unicodedata.normalize("NFKC", clean_text(text))
    if not cleaned:
        return ""
    # 138 0013 8000 is one number, whoever spaced it.
    spaced = re.sub(r"(?<!\d)(1[3-9]\d) (\d{4}) (\d{4})(?!\d)", r"\1\2\3", cleaned)
    for part in re.split(r"[、,;/ ]+", spaced):
        digits = re.sub(r"\D", "", part)
        is_plausible = re.fullmatch(r"\+?[\d()\-转*]+", part) and 5 <= len(digits) <= 20
        is_mobile = re.fullmatch(r"(\+?86)?-?1[3-9]\d[- ]?\d{4}[- ]?\d{4}", part)
        if not is_plausible or (digits.startswith("1") and len(digits) > 5 and not is_mobile):
            raise BadValueError(
                "联系电话不像电话号码",
                "手机号应为11位，座机如 0377-65001234；没有电话的可以不填",
                field="phone",
            )
    return cleaned


def code_word(rules: RuleSet, spec: LedgerSpec, name: str, text: str) -> str:
    """The listed word of a coded field, or the usual one where nothing was said. Raises :class:`BadValueError`."""
    codes = rules.code_list(spec.id, name)
    if codes is None:
        if text.strip():
            raise BadValueError(
                f"《{spec.title}》没有“{CODE_TITLES[name]}”这一项（填的是“{text}”）", "请去掉这一项", field=name
            )
        return ""
    return codes.resolve(text) if text.strip() else codes.default
