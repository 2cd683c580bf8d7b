"""体验官名册: appointing, rotating out, and whose term is about to end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.errors import BadValueError, RefusedByRuleError
from zhuomuniao.fieldwork import Officer
from zhuomuniao.ledger import Amendment, Draft, Place
from zhuomuniao.model import Receipt, Step, StepKind
from zhuomuniao.rosters import Rotation, TermState, composition_faults, rotations, with_term
from zhuomuniao.rules import LedgerSpec, RuleSet, SideSheet
from zhuomuniao.ruletypes import QuotaKind
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.finders import known_site, nearest
from zhuomuniao.usecases.registering import code_word, phone_number
from zhuomuniao.usecases.requests import limited_text
from zhuomuniao.usecases.verbs import FieldVerb

if TYPE_CHECKING:
    from zhuomuniao.store.transaction import Writing
    from zhuomuniao.usecases.office import Office

_EARLIEST_YEAR = 2000
_AHEAD = timedelta(days=366)
"""How far ahead an appointment may lie: beyond that it is a slip of the hand."""


class NewOfficer(Struct, frozen=True, kw_only=True):
    """What a clerk types of somebody to be appointed."""

    name: str
    source: str
    on: date
    post: str = ""
    phone: str = ""
    site: str = ""
    note: str = ""


class Rotated(Struct, frozen=True):
    """The one who left, the one who came in the place, and what the clerk should know."""

    left: Receipt[Officer]
    came: Receipt[Officer] | None
    warnings: tuple[str, ...]


def roster_spec(office: Office) -> LedgerSpec:
    """The ledger beside which the roster stands. Raises :class:`BadValueError` where the locality keeps none."""
    spec = next((s for s in office.locality.ledgers if SideSheet.OFFICERS in s.sheets), None)
    if spec is None:
        raise BadValueError(
            f"{office.locality.name}没有体验官名册", "本区县的通知没有规定体验官，这个命令用不上", field="officer"
        )
    return spec


def check_officer(office: Office, raw: NewOfficer, known: Sequence[Officer], told: list[str]) -> Officer:
    """The row of somebody to be appointed, words resolved, texts cleaned, term counted; remarks go to ``told``.

    ``known`` are those in the roster, and those appointed in the same breath. Raises :class:`BadValueError` naming
    what is wrong, also for somebody who stands in the roster already.
    """
    spec = roster_spec(office)
    rules = office.locality.rules_on(office.moment.as_of)
    name = limited_text("姓名", raw.name, 50)
    if not name:
        raise BadValueError("姓名是空的", "请填写体验官的姓名", field="name")
    if not raw.source.strip():
        raise BadValueError("类别是空的", f"请写明来源：{_sources(rules, spec)}", field="source")
    _require_sane_day("聘任日期", raw.on, office.moment.as_of)
    officer = Officer(
        case_no="",
        ledger=spec.id,
        appointed_on=raw.on,
        name=name,
        officer_source=code_word(rules, spec, "officer_source", raw.source),
        post=limited_text("单位及职务", raw.post, 200),
        phone=phone_number(raw.phone),
        site=limited_text("体验点", raw.site, 100),
        remark=limited_text("备注", raw.note, 500),
    )
    if officer.site:
        sites = office.sites.state().records if SideSheet.SITES in spec.sheets else ()
        site = known_site(sites, officer.site, max(raw.on, office.moment.as_of), told)
        officer = replace(officer, site=site.name if site else officer.site)
    officer = with_term(rules, officer, ledger=spec.id)
    for other in namesakes(known, name, raw.on):
        if (officer.phone and officer.phone == other.phone) or (officer.post and officer.post == other.post):
            where = f"（{other.case_no}）" if other.case_no else "（同一份名单里）"
            raise BadValueError(
                f"名册里已经有这位在任的体验官{where}：姓名和电话或单位职务都相同",
                "不用再列；要换体验点等，请在 WPS 里改名册那一行",
                field="name",
            )
        told.append(
            f"在任的体验官里已有一位同名的{f'（{other.case_no}）' if other.case_no else ''}，请核对是不是同一人"
        )
    if raw.on > office.moment.as_of:
        told.append(f"聘任日期 {raw.on} 还没有到，到那天起才算在任")
    told += [
        f"聘期 {r.term}，{r.state}（{r.citation.clause}），请安排轮换"
        for r in rotations(rules, [officer], office.moment.as_of, ledger=spec.id)
        if r.state in (TermState.ENDED, TermState.ENDING)
    ]
    return officer


def namesakes(officers: Sequence[Officer], name: str, day: date) -> list[Officer]:
    """Those of this name who are in office on a day, or will be."""
    return [o for o in officers if squeeze(o.name) == squeeze(name) and (o.left_on is None or day < o.left_on)]


def appoint(office: Office, officers: Sequence[Officer], *, at: datetime) -> tuple[Receipt[Officer], ...]:
    """Put checked officers into the roster, in one operation, those appointed first before the others."""
    return office.officers.append(
        [Draft(officer, (_entered(office, officer, at),)) for officer in officers],
        signature=office.signature(FieldVerb.APPOINT),
    )


def composition_remarks(office: Office, before: Sequence[Officer], after: Sequence[Officer]) -> list[str]:
    """What a change of the roster breaks, or leaves wrong in one that is complete; each with its clause.

    While a roster is being filled, that it is not yet full is no remark.
    """
    spec, day = roster_spec(office), office.moment.as_of
    rules = office.locality.rules_on(day)
    was = {f.rule for f in composition_faults(rules, before, day, ledger=spec.id)}
    now = composition_faults(rules, after, day, ledger=spec.id)
    counts = {q.id for q in rules.quotas if q.kind is QuotaKind.COUNT}
    is_filling = any(f.rule in counts and f.more > 0 for f in now)
    return [f"{f.what}（{f.citation.clause}）" for f in now if f.rule not in was or f.more < 0 or not is_filling]


def find_officer(office: Office, text: str, day: date) -> Officer:
    """The officer of a number, or the one in office of that name.

    Raises :class:`BadValueError` for nobody or several, :class:`RefusedByRuleError` for one who has left.
    """
    wanted, officers = squeeze(text), office.officers.state().records
    found = [o for o in officers if o.case_no == wanted] or [o for o in officers if squeeze(o.name) == wanted]
    staying = [o for o in found if o.left_on is None]
    if len(staying) == 1:
        return staying[0]
    if staying:
        numbers = "、".join(o.case_no for o in staying)
        raise BadValueError(f"名册里有{len(staying)}位“{text}”", f"请写编号：{numbers}", field="officer")
    if found:
        raise RefusedByRuleError(
            f"这位体验官（{found[-1].case_no}）已登记 {found[-1].left_on} 离任",
            "在任的见 zmn officer list；写错了日期可用 zmn undo 撤销",
        )
    near = [o for o in officers if o.name in nearest(text, [x.name for x in officers if x.serves_on(day)])]
    hint = "；相近的有：" + "、".join(f"{o.name}（{o.case_no}）" for o in near) if near else ""
    raise BadValueError(f"名册里没有“{text}”{hint}", "请写姓名全称或编号；zmn officer list 可查", field="officer")


def rotate(
    office: Office, old: Officer, *, on: date, reason: str, at: datetime, successor: Officer | None = None
) -> Rotated:
    """轮换或离任: write the day of leaving and, in the same operation, the row of whoever comes in the place.

    Raises :class:`RefusedByRuleError` where the officer has left in the meantime, :class:`BadValueError` for a day
    before the appointment.
    """
    _require_sane_day("离任日期", on, office.moment.as_of)
    why = limited_text("理由", reason, 500)
    clerk = office.workspace.config.clerk
    ledger, before = office.officers, office.officers.state().records
    lefts: list[Officer] = []
    places: list[Place[Officer]] = []

    def leave(standing: Officer) -> tuple[Officer, tuple[Step, ...]]:
        if standing.left_on is not None:
            raise RefusedByRuleError(
                f"{standing.case_no} 已登记 {standing.left_on} 离任", "不用再登记；zmn officer list --all 可查"
            )
        if standing.appointed_on is not None and on < standing.appointed_on:
            raise BadValueError(f"离任日期 {on} 早于聘任日期 {standing.appointed_on}", "请核对 --on", field="on")
        follower = "，接替的人另列一行" if successor else ""
        text = f"离任日期：（空） → {on}{f'；{why}' if why else ''}{follower}"
        left = replace(standing, left_on=on)
        lefts.append(left)
        return left, (Step(standing.case_no, StepKind.CHANGE, at, clerk, "", text),)

    signature = office.signature(FieldVerb.ROTATE)
    came: Receipt[Officer] | None = None
    if successor is None:
        receipt = ledger.amend(old.case_no, decide=leave, signature=signature)
    else:

        def beside(writing: Writing, new: Sequence[Officer]) -> Sequence[Amendment[Officer]]:
            place = ledger.place_of(writing, old.case_no)
            if place is None:
                raise BadValueError(f"名册里没有 {old.case_no} 了", "zmn officer list 可查", field="officer")
            places.append(place)
            return (Amendment(ledger, place, *leave(place.record)),)

        draft = Draft(successor, (_entered(office, successor, at, in_place_of=old.case_no),))
        (came,) = ledger.append([draft], signature=signature, beside=beside)
        (stood,) = places
        left = replace(lefts[-1], is_queued=came.record.is_queued)
        receipt = replace(came, record=left, book=stood.book, row=stood.row)
    after = [*(lefts[-1] if o.case_no == old.case_no else o for o in before), *([came.record] if came else [])]
    remarks = composition_remarks(office, before, after)
    if on > office.moment.as_of:
        remarks.append(f"离任日期 {on} 还没有到，到那天起才算离任")
    return Rotated(receipt, came, (*remarks, *receipt.advice))


def rotations_ahead(office: Office) -> tuple[Rotation, ...]:
    """Whose term ends soon or has ended, on the day of the office, in a locality that has officers."""
    spec = next(s for s in office.locality.ledgers if SideSheet.OFFICERS in s.sheets)
    day = office.moment.as_of
    found = rotations(office.locality.rules_on(day), office.officers.state().records, day, ledger=spec.id)
    return tuple(r for r in found if r.state in (TermState.ENDING, TermState.ENDED))


def _entered(office: Office, officer: Officer, at: datetime, *, in_place_of: str = "") -> Step:
    # Not the name: the row has it, and lines of the log are read by others.
    follows = f"；接替 {in_place_of}" if in_place_of else ""
    text = f"列入体验官名册：{officer.officer_source}，聘任 {officer.appointed_on}{follows}"
    return Step("", StepKind.ENTER, at, office.workspace.config.clerk, "", text)


def _sources(rules: RuleSet, spec: LedgerSpec) -> str:
    codes = rules.code_list(spec.id, "officer_source")
    return "、".join(codes.names) if codes else "如 人大代表"


def _require_sane_day(title: str, day: date, today: date) -> None:
    if day.year < _EARLIEST_YEAR:
        raise BadValueError(f"{title} {day} 太早了", "请核对年份；应形如 2026-11-15", field="on")
    if day > today + _AHEAD:
        raise BadValueError(f"{title} {day} 在一年以后", "请核对年份；应形如 2026-11-15", field="on")
