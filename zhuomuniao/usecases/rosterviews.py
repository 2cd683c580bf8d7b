"""名册、体验点一览 and what is missing in them: numbers, groups, rotations, places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.fieldwork import Officer, Site
from zhuomuniao.model import Case, Finding, Status
from zhuomuniao.privacy import mask_name, mask_phone, mask_text
from zhuomuniao.quotas import Share, shares
from zhuomuniao.rosters import Rotation, TermState, composition_faults, rotations, with_term
from zhuomuniao.ruletypes import QuotaKind, QuotaRule
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.officers import roster_spec

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec, RuleSet
    from zhuomuniao.usecases.office import Office

LEFT = "已离任"
NOT_YET = "未到任"
IN_OFFICE = "在任"
OPEN, CLOSED = "在用", "已撤销"


class OfficerView(Struct, frozen=True):
    """An officer as shown on a day: how the term stands, and how many findings there are of this name so far."""

    officer: Officer
    state: str
    rotation: Rotation | None
    findings: int


class SiteView(Struct, frozen=True):
    """A site as shown on a day: the names of the officers in office there, and the findings made there so far."""

    site: Site
    state: str
    officers: tuple[str, ...]
    findings: int


class Group(Struct, frozen=True):
    """One group of the composition; ``missing`` is how many more are needed of so many as there are to be."""

    rule: QuotaRule
    share: Share
    missing: int


class Examination(Struct, frozen=True):
    """The composition on a day, the terms that end, and everything that somebody should see to.

    ``count_rule`` says how many there are to be, ``count_missing`` how many are missing, negative when too many.
    """

    count: int
    count_rule: QuotaRule | None
    count_missing: int
    groups: tuple[Group, ...]
    rotations: tuple[Rotation, ...]
    findings: tuple[Finding, ...]


def list_officers(office: Office, *, with_left: bool = False, is_full: bool = False) -> tuple[OfficerView, ...]:
    """The roster on the office's day, by number; ``with_left`` also those who left or are still to come."""
    spec, day = roster_spec(office), office.moment.as_of
    officers = tuple(_not_left_yet(office, o) for o in office.officers.state().records)
    terms = {r.officer.case_no: r for r in rotations(office.locality.rules_on(day), officers, day, ledger=spec.id)}
    cases = _cases(office, spec)
    return tuple(
        OfficerView(
            officer if is_full else mask_officer(officer),
            _state(officer, terms.get(officer.case_no), day),
            terms.get(officer.case_no),
            sum(_is_of(case, officer, officers) for case in cases),
        )
        for officer in sorted(officers, key=lambda o: o.in_order)
        if with_left or officer.serves_on(day)
    )


def _not_left_yet(office: Office, officer: Officer) -> Officer:
    """The officer as the roster showed him on an earlier day: who left after it had not left."""
    is_later = officer.left_on is not None and officer.left_on > office.moment.as_of
    return replace(officer, left_on=None) if office.moment.is_replayed and is_later else officer


def list_sites(office: Office, *, with_closed: bool = False, is_full: bool = False) -> tuple[SiteView, ...]:
    """The sites on the office's day, by number; ``with_closed`` also those given up."""
    spec, day = roster_spec(office), office.moment.as_of
    officers = [o for o in office.officers.state().records if o.serves_on(day)]
    found = Counter(squeeze(case.experience_site) for case in _cases(office, spec))
    views = []
    for site in sorted(office.sites.state().records, key=lambda s: s.in_order):
        is_open = site.closed_on is None or day < site.closed_on
        if (site.opened_on is not None and day < site.opened_on) or not (is_open or with_closed):
            continue
        if is_open and office.moment.is_replayed:
            site = replace(site, closed_on=None)
        names = [o.name for o in officers if squeeze(o.site) == squeeze(site.name)]
        shown = site if is_full else replace(
            site, contact=mask_name(site.contact), contact_phone=mask_phone(site.contact_phone)
        )  # fmt: skip
        names = names if is_full else [mask_name(name) for name in names]
        views.append(SiteView(shown, OPEN if is_open else CLOSED, tuple(names), found[squeeze(site.name)]))
    return tuple(views)


def examine_roster(office: Office) -> Examination:
    """Whether the officers are as many and as composed as the notice asks, who is to be rotated, who has no site.

    Names in the findings are masked.
    """
    spec, day = roster_spec(office), office.moment.as_of
    rules = office.locality.rules_on(day)
    state, sites_state = office.officers.state(), office.sites.state()
    officers = state.records
    serving = [o for o in officers if o.serves_on(day)]
    faults = {f.rule: f for f in composition_faults(rules, officers, day, ledger=spec.id)}
    terms = rotations(rules, officers, day, ledger=spec.id)
    ahead = tuple(r for r in terms if r.state in (TermState.ENDING, TermState.ENDED))
    finder = _Findings(office, spec)
    for fault in faults.values():
        remedy = "请补聘：zmn officer add" if fault.more > 0 else "请核对名册；离任的用 zmn officer rotate 登记"
        finder.add("officer_composition", f"{fault.what}（{fault.citation.clause}）", fault.title, remedy)
    for term in terms:
        finder.of_term(term, day)
    for officer in serving:
        finder.of_officer(officer, rules, spec)
    finder.of_places(serving, [s for s in sites_state.records if s.closed_on is None or day < s.closed_on])
    count_rule = next((q for q in rules.quotas if q.kind is QuotaKind.COUNT and q.ledger == spec.id), None)
    of_count = faults.get(count_rule.id) if count_rule else None
    return Examination(
        count=len(serving),
        count_rule=count_rule,
        count_missing=of_count.more if of_count else 0,
        groups=tuple(
            Group(quota, share, max(0, faults[quota.id].more) if quota.id in faults else 0)
            for quota in rules.quotas
            if quota.kind is QuotaKind.SHARE and quota.ledger == spec.id
            for share in shares(quota, [_source_of(rules, spec, o) for o in serving])
        ),
        rotations=ahead,
        findings=(*finder.found, *state.findings, *sites_state.findings),
    )


def state_of(office: Office, row: Officer | Site) -> str:
    """How an officer or a site stands on the office's day, in a word."""
    day = office.moment.as_of
    if isinstance(row, Site):
        return OPEN if row.closed_on is None or day < row.closed_on else CLOSED
    terms = rotations(office.locality.rules_on(day), [row], day, ledger=row.ledger)
    return _state(row, next(iter(terms), None), day)


def mask_officer(officer: Officer) -> Officer:
    """An officer as shown outside the window."""
    names = (officer.name,)
    return replace(
        officer,
        name=mask_name(officer.name),
        phone=mask_phone(officer.phone),
        remark=mask_text(officer.remark, names),
    )


class _Findings:
    """Gathers what is to be seen to in the roster."""

    def __init__(self, office: Office, spec: LedgerSpec) -> None:
        self.found: list[Finding] = []
        self.file = next(reversed(office.officers.books()), "")
        self.roster = office.officers.layout.sheet
        self.list = office.sites.layout.sheet
        self.listed = {squeeze(s.name) for s in office.sites.state().records}

    def add(self, code: str, found: str, expected: str, remedy: str, *, is_of_site: bool = False) -> None:
        sheet = self.list if is_of_site else self.roster
        self.found.append(Finding(code, self.file, sheet, None, "", found, expected, remedy))

    def of_term(self, term: Rotation, day: date) -> None:
        who, clause = _who(term.officer), f"（{term.citation.clause}）"
        remedy = f"请轮换：zmn officer rotate {term.officer.case_no} --on 日期 --to 新聘的人"
        if term.state is TermState.UNDATED:
            self.add("officer_undated", f"{who}没有聘任日期", "聘任日期", "请在 WPS 里补填名册那一行的“聘任日期”")
        elif term.state is TermState.ENDING:
            self.add(
                "rotation_due", f"{who}聘期 {term.term}，还有{term.days_left}天届满{clause}", "届满前安排轮换", remedy
            )
        elif term.state is TermState.ENDED and term.ends_on is not None:
            late = (day - term.ends_on).days
            self.add("rotation_late", f"{who}聘期 {term.term}，已届满{late}天{clause}", "按期轮换", remedy)

    def of_officer(self, officer: Officer, rules: RuleSet, spec: LedgerSpec) -> None:
        who = _who(officer)
        codes = rules.code_list(spec.id, "officer_source")
        if codes is not None and _source_of(rules, spec, officer) not in codes.names:
            what = f"{who}的类别是“{officer.officer_source}”" if officer.officer_source else f"{who}没有类别"
            self.add("officer_source", what, "、".join(codes.names), "请在 WPS 里改名册那一行的“类别”")
        counted = with_term(rules, officer, ledger=spec.id).term
        if counted != officer.term:
            what = f"{who}的聘期起止是“{officer.term}”" if officer.term else f"{who}没有聘期起止"
            remedy = "请核对“聘任日期”：聘期起止照它推算，在 WPS 里改了它，聘期会随之改过来"
            self.add("officer_term", what, counted, remedy)
        if not officer.site:
            self.add("officer_without_site", f"{who}没有体验点", "一个体验点", "请在 WPS 里填名册那一行的“体验点”")
        elif squeeze(officer.site) not in self.listed:
            remedy = "请用 zmn site add 设立，或改成清单里的名称"
            self.add(
                "officer_site_unknown", f"{who}的体验点“{officer.site}”不在体验点清单里", "清单里的体验点", remedy
            )

    def of_places(self, serving: Sequence[Officer], sites: Sequence[Site]) -> None:
        there, open_ones = {squeeze(o.site) for o in serving}, {squeeze(s.name) for s in sites}
        for site in sites:
            if squeeze(site.name) not in there:
                found, remedy = f"体验点“{site.name}”（{site.case_no}）没有体验官", "请把一位体验官的体验点填成它"
                self.add("site_without_officer", found, "有体验官", remedy, is_of_site=True)
        for officer in serving:
            place = squeeze(officer.site)
            if place in self.listed and place not in open_ones:
                remedy = "请另定体验点：在 WPS 里改名册那一行"
                self.add(
                    "officer_site_closed", f"{_who(officer)}的体验点“{officer.site}”已撤销", "在用的体验点", remedy
                )


def _who(officer: Officer) -> str:
    return f"{officer.case_no} {mask_name(officer.name)} "


def _state(officer: Officer, term: Rotation | None, day: date) -> str:
    if officer.left_on is not None and officer.left_on <= day:
        return LEFT
    if not officer.serves_on(day):
        return NOT_YET
    return term.state.value if term else IN_OFFICE


def _cases(office: Office, spec: LedgerSpec) -> list[Case]:
    day = office.moment.as_of
    cases = office.ledger(spec).state().records
    return [c for c in cases if c.status is not Status.VOID and c.accepted_at.date() <= day]


def _is_of(case: Case, officer: Officer, roster: Sequence[Officer]) -> bool:
    """Whether a finding is the officer's: by number, else by a name that nobody else in office bore on that day."""
    told, day = squeeze(case.experience_officer), case.accepted_at.date()
    if officer.case_no in told:
        return True
    named = [o for o in roster if squeeze(o.name) == told and o.serves_on(day)]
    return named == [officer]


def _source_of(rules: RuleSet, spec: LedgerSpec, officer: Officer) -> str:
    """The source as the list has it, whichever of its names somebody typed."""
    codes = rules.code_list(spec.id, "officer_source")
    known = {word: code.name for code in codes.codes for word in (code.name, *code.aliases)} if codes else {}
    return known.get(officer.officer_source.strip(), officer.officer_source)
