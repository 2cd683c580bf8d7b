"""体验点: where officers watch. Setting one up, giving one up."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.errors import BadValueError, RefusedByRuleError
from zhuomuniao.fieldwork import Site
from zhuomuniao.ledger import Draft
from zhuomuniao.model import Receipt, Step, StepKind
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.finders import nearest
from zhuomuniao.usecases.officers import roster_spec
from zhuomuniao.usecases.registering import code_word, phone_number
from zhuomuniao.usecases.requests import limited_text
from zhuomuniao.usecases.verbs import FieldVerb

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office


class NewSite(Struct, frozen=True, kw_only=True):
    """What a clerk types of a site to be set up."""

    name: str
    kind: str
    on: date
    address: str = ""
    contact: str = ""
    phone: str = ""
    note: str = ""


def set_up_site(office: Office, raw: NewSite, *, at: datetime) -> Receipt[Site]:
    """Put a site into the list. Raises :class:`BadValueError` naming what is wrong, also for a name that is there."""
    spec = roster_spec(office)
    name = limited_text("体验点", raw.name, 100)
    if not name:
        raise BadValueError("体验点的名称是空的", "请填写体验点的名称", field="name")
    if not raw.kind.strip():
        raise BadValueError("体验点类别是空的", "请用 --kind 写明类别，如 政务服务大厅", field="kind")
    if raw.on > office.moment.as_of:
        raise BadValueError(f"设立日期 {raw.on} 还没有到", "请核对 --on；设立以后再登记", field="on")
    standing = [s for s in office.sites.state().records if squeeze(s.name) == squeeze(name) and s.closed_on is None]
    if standing:
        raise BadValueError(f"已经有体验点“{standing[0].name}”（{standing[0].case_no}）", "不用再设立", field="name")
    site = Site(
        case_no="",
        ledger=spec.id,
        opened_on=raw.on,
        name=name,
        site_kind=code_word(office.locality.rules_on(office.moment.as_of), spec, "site_kind", raw.kind),
        address=limited_text("地址", raw.address, 200),
        contact=limited_text("联系人", raw.contact, 50),
        contact_phone=phone_number(raw.phone),
        remark=limited_text("备注", raw.note, 500),
    )
    step = Step("", StepKind.ENTER, at, office.workspace.config.clerk, "", f"设立体验点：{name}，{site.site_kind}")
    (receipt,) = office.sites.append([Draft(site, (step,))], signature=office.signature(FieldVerb.OPEN_SITE))
    return receipt


def close_site(office: Office, text: str, *, on: date, reason: str, at: datetime) -> tuple[Receipt[Site], list[str]]:
    """Give a site up from a day on; answers also what the clerk should know: who is still there.

    Raises :class:`BadValueError` for no such site or a day that cannot be, :class:`RefusedByRuleError` for one that
    was given up already.
    """
    roster_spec(office)
    wanted, sites = squeeze(text), office.sites.state().records
    found = [s for s in sites if wanted in (s.case_no, squeeze(s.name))]
    if not found:
        near = nearest(text, [s.name for s in sites if s.closed_on is None])
        hint = f"；相近的有：{'、'.join(near)}" if near else ""
        raise BadValueError(f"没有体验点“{text}”{hint}", "请写全名或编号；zmn site list 可查", field="site")
    if on > office.moment.as_of:
        raise BadValueError(f"撤销日期 {on} 还没有到", "请核对 --on；撤销以后再登记", field="on")
    site = next((s for s in found if s.closed_on is None), found[-1])
    why = limited_text("理由", reason, 500)

    def close(standing: Site) -> tuple[Site, tuple[Step, ...]]:
        if standing.closed_on is not None:
            raise RefusedByRuleError(f"体验点“{standing.name}”已在 {standing.closed_on} 撤销", "不用再登记")
        if standing.opened_on is not None and on < standing.opened_on:
            raise BadValueError(f"撤销日期 {on} 早于设立日期 {standing.opened_on}", "请核对 --on", field="on")
        told = f"撤销日期：（空） → {on}{f'；{why}' if why else ''}"
        step = Step(standing.case_no, StepKind.CHANGE, at, office.workspace.config.clerk, "", told)
        return replace(standing, closed_on=on), (step,)

    receipt = office.sites.amend(site.case_no, decide=close, signature=office.signature(FieldVerb.CLOSE_SITE))
    there = [o.case_no for o in office.officers.state().records if o.serves_on(on) and _is_at(o.site, site)]
    told = (
        [f"还有在任的体验官在这个体验点：{'、'.join(there)}；请另定体验点（在 WPS 里改名册那一行）"] if there else []
    )
    return receipt, [*told, *receipt.advice]


def _is_at(place: str, site: Site) -> bool:
    return squeeze(place) == squeeze(site.name)
