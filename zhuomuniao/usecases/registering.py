"""登记: check what was typed, ask the rules which clocks run, and write the row with its first line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from zhuomuniao.deadlines import clock_of, deadlines_of
from zhuomuniao.errors import BadValueError, MissingValuesError
from zhuomuniao.ledger import Draft
from zhuomuniao.lifecycle import course_of, facts_of, progress_on_acceptance, status_on_acceptance
from zhuomuniao.model import CODED_FIELDS, Case, Deadline, Receipt, Registration, StartEvent, Status, Step, StepKind
from zhuomuniao.numbering import next_number, require_number
from zhuomuniao.rules import LedgerSpec, RuleSet
from zhuomuniao.ruletypes import DurationRule, Policy
from zhuomuniao.texts import clean_text, squeeze
from zhuomuniao.usecases.office import Office
from zhuomuniao.workspace import REPORTS_FOLDER

_EARLIEST_YEAR = 2000
MAX_ABOUT = 5000
"""Characters a matter's description may have: more cannot be printed on a 登记表, and Excel stops at 32,767."""

_CODE_TITLES = {
    "kind": "事项性质",
    "tier": "响应级别",
    "channel": "受理渠道",
    "category": "业务类别",
    "cause": "原因类别",
    "track": "办理路径",
    "domain": "诉求领域",
    "situation": "未办成情形",
    "acceptance_site": "受理点",
    "life_stage": "全生命周期环节",
    "suggestion_group": "意见建议类别",
    "suggestion_aspect": "意见建议方面",
}


@dataclass(frozen=True, slots=True)
class Registered:
    """One registered case, the deadlines it was given, which of our own choices (policies without a law) they rest
    on, and what the clerk should know.
    """

    receipt: Receipt
    deadlines: tuple[Deadline, ...]
    unlimited: tuple[DurationRule, ...]
    policies: tuple[Policy, ...]
    warnings: tuple[str, ...]


def limited_text(title: str, text: str, limit: int) -> str:
    """Cleaned text of at most ``limit`` characters. Raises :class:`BadValueError` naming the field."""
    cleaned = clean_text(text)
    if len(cleaned) > limit:
        raise BadValueError(
            f"{title}有{len(cleaned)}个字，超过{limit}个字，一格放不下",
            f"请压缩到{limit}个字以内，原文可另存附件",
            found=len(cleaned),
            limit=limit,
        )
    return cleaned


def check_registration(office: Office, spec: LedgerSpec, raw: Registration) -> Registration:
    """The registration with codes and unit resolved to the locality's words, texts cleaned, warnings added.

    Raises :class:`BadValueError` naming the field, what was found and what is expected.
    """
    office.ledger(spec)
    rules = office.locality.rules_on(raw.at.date())
    warnings = list(raw.warnings)
    applicant = _required_text("办理对象", raw.applicant, limit=100)
    about = _required_text("“办不成事”情况", raw.about, limit=MAX_ABOUT)
    if about != raw.about.replace("\r\n", "\n").strip():
        warnings.append("情况描述里有看不见的控制字符，已去掉")
    phone = _phone(raw.phone)
    unit = _unit(office, rules, limited_text("责任单位", raw.unit, 100), warnings)
    codes = {name: code_word(rules, spec, name, raw.codes.get(name, "")) for name in CODED_FIELDS}
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
    )


def register_all(
    office: Office, spec: LedgerSpec, registrations: Sequence[Registration], *, verb: str = "register"
) -> tuple[Registered, ...]:
    """Register checked matters, in one transaction per book; answers them in the order of acceptance."""
    opened = [(r, _open_case(office, spec, r)) for r in sorted(registrations, key=lambda r: r.at)]
    drafts = [Draft(case, _acceptance(case, r.note)) for r, (case, _, _) in opened]

    def draw(case: Case, taken: Collection[str]) -> str:
        day = case.accepted_at.date()
        rule = office.locality.rules_on(day).numbering_for(spec.id)
        return require_number(rule, day, case.case_no, taken) if case.case_no else next_number(rule, day, taken)

    clerk = registrations[0].by if registrations else ""
    receipts = office.ledger(spec).append(drafts, draw_number=draw, signature=office.signature(verb, clerk))
    return tuple(
        Registered(
            receipt,
            deadlines,
            unlimited,
            _our_choices(office, receipt.case, deadlines),
            (*r.warnings, *_advice(office, case), *receipt.advice),
        )
        for receipt, (r, (case, deadlines, unlimited)) in zip(receipts, opened, strict=True)
    )


def field_title(office: Office, spec: LedgerSpec, name: str) -> str:
    """What a field is called in the ledger's header, such as 联系电话."""
    column = office.layout(spec).column(name)
    return column.header if column else name


def _our_choices(office: Office, case: Case, deadlines: Sequence[Deadline]) -> tuple[Policy, ...]:
    """Policies without a law that these days rest on; that a day is 暂定 is said in the advice."""
    used = dict.fromkeys(name for deadline in deadlines for name in deadline.policies if name != "provisional")
    return tuple(p for name in used if (p := office.rules_of(case).policies.get(name)) and p.is_ours)


def _acceptance(case: Case, note: str) -> Step:
    return Step(
        case_no=case.case_no,
        kind=StepKind.ACCEPT,
        at=case.accepted_at,
        by=case.accepted_by,
        unit=case.unit,
        text=note,
        clock_changes=case.clocks,
    )


def _open_case(
    office: Office, spec: LedgerSpec, registration: Registration
) -> tuple[Case, tuple[Deadline, ...], tuple[DurationRule, ...]]:
    rules = office.locality.rules_on(registration.at.date())
    codes: dict[str, Any] = {**registration.codes}
    unopened = Case(
        case_no=registration.case_no,
        ledger=spec.id,
        accepted_at=registration.at,
        applicant=registration.applicant,
        about=registration.about,
        phone=registration.phone,
        unit=registration.unit,
        status=status_on_acceptance(registration.unit, spec),
        progress=progress_on_acceptance(registration.unit),
        remark=registration.note,
        accepted_by=registration.by,
        first_handler=registration.by,
        assigned_at=registration.at if registration.unit and spec.asks_assignment else None,
        edition=rules.edition,
        round_started_on=registration.at.date(),
        suggestion=registration.suggestion,
        **codes,
    )
    ruled = deadlines_of(rules, spec.id, facts_of(unopened), course_of(unopened, (), rules), office.calendar)
    case = replace(unopened, clocks=tuple(clock_of(r) for r in ruled))
    deadlines = tuple(r.deadline for r in ruled if r.deadline)
    return case, deadlines, tuple(r.rule for r in ruled if r.deadline is None)


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


def _phone(text: str) -> str:
    """A phone as typed, once it can be one: 5 to 20 digits with the usual marks, several joined by 、."""
    cleaned = unicodedata.normalize("NFKC", clean_text(text))
    if not cleaned:
        return ""
    for part in re.split(r"[、,;/ ]+", cleaned):
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


def _unit(office: Office, rules: RuleSet, text: str, warnings: list[str]) -> str:
    if not text or not rules.unit_lists:
        return text
    listed = rules.units.find(text)
    if listed or text in office.workspace.config.units:
        return listed or text
    names = (*rules.units.names, *office.workspace.config.units)
    words = {word: unit.name for unit in rules.units.every for word in (unit.name, *unit.aliases)}
    containing = [name for word, name in words.items() if word in text or text in word]
    close = [words.get(w, w) for w in get_close_matches(text, [*words, *names], n=3, cutoff=0.3)]
    near = list(dict.fromkeys((*containing, *close)))[:3]
    hint = f"，是不是：{'、'.join(near)}？" if near else ""
    if rules.units.is_closed:
        raise BadValueError(f"单位名单里没有“{text}”{hint}", f"可填：{'、'.join(names)}", field="unit")
    warnings.append(f"单位名单里没有“{text}”{hint or '，'}已照填；常用的单位可加到 zmn.toml 的 [units]")
    return text


def code_word(rules: RuleSet, spec: LedgerSpec, name: str, text: str) -> str:
    """The listed word of a coded field, or the usual one where nothing was said. Raises :class:`BadValueError`."""
    codes = rules.code_list(spec.id, name)
    if codes is None:
        if text.strip():
            raise BadValueError(
                f"《{spec.title}》没有“{_CODE_TITLES[name]}”这一项（填的是“{text}”）", "请去掉这一项", field=name
            )
        return ""
    return codes.resolve(text) if text.strip() else codes.default
