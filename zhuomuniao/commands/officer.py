"""``zmn officer`` and ``zmn site``: the roster of officers, its composition and rotation, and where they watch."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhuomuniao.commands._options import Session, require_agreement, require_values, session_of
from zhuomuniao.commands._roster import (
    exit_code,
    officer_json,
    say_examination,
    say_officers,
    say_sites,
    say_taken,
    site_json,
    taken_json,
    written_json,
)
from zhuomuniao.commands._view import EXIT_FINDINGS, finding_json, print_json, say, warn, where_line
from zhuomuniao.dateforms import parse_date
from zhuomuniao.errors import BadValueError
from zhuomuniao.privacy import mask_name
from zhuomuniao.usecases.looking import record_full_view
from zhuomuniao.usecases.officers import (
    NewOfficer,
    appoint,
    check_officer,
    composition_remarks,
    find_officer,
    namesakes,
    roster_spec,
    rotate,
)
from zhuomuniao.usecases.rosterfile import take_roster
from zhuomuniao.usecases.rosterviews import examine_roster, list_officers, list_sites
from zhuomuniao.usecases.sites import NewSite, close_site, set_up_site

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office

Source = Annotated[str | None, typer.Option(help="类别，如 人大代表、普通群众", metavar="类别")]
Post = Annotated[str, typer.Option(help="单位及职务", metavar="文字")]
Phone = Annotated[str, typer.Option(help="联系电话", metavar="电话")]
Full = Annotated[bool, typer.Option("--full", help="不遮挡姓名和电话（会记入流水）")]


def officer_add(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Option(help="姓名", metavar="姓名")] = None,
    source: Source = None,
    post: Post = "",
    phone: Phone = "",
    site: Annotated[str, typer.Option(help="在哪个体验点", metavar="体验点")] = "",
    on: Annotated[str | None, typer.Option(help="聘任日期，如 2026-11-15", metavar="日期")] = None,
    note: Annotated[str, typer.Option(help="备注", metavar="文字")] = "",
    from_: Annotated[
        Path | None, typer.Option("--from", help="照本单位的名单成批列入：.xlsx、.csv 或 .json", metavar="文件")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查文件，不写入")] = False,
    all_or_nothing: Annotated[bool, typer.Option("--all-or-nothing", help="有一行不合格就一行也不列入")] = False,
) -> int:
    session = session_of(ctx)
    office = session.office()
    roster_spec(office)
    if from_ is not None:
        beside = {
            "--name": name,
            "--source": source,
            "--post": post,
            "--phone": phone,
            "--site": site,
            "--note": note,
        }
        if given := [option for option, value in beside.items() if value]:
            raise BadValueError(f"成批列入（--from）不能和 {'、'.join(given)} 同用", "这些内容请写在文件的各列里")
        return _take(session, office, from_, on, is_dry_run=dry_run, is_all_or_nothing=all_or_nothing)
    asked = {"name": ("姓名", name), "source": ("类别", source), "on": ("聘任日期", on)}
    typed = require_values(session, asked)
    told: list[str] = []
    before, day = office.officers.state().records, _day(session, typed["on"])
    fresh = NewOfficer(
        name=typed["name"], source=typed["source"], on=day, post=post, phone=phone, site=site, note=note
    )
    officer = check_officer(office, fresh, before, told)
    if session.can_ask and namesakes(before, officer.name, day):
        require_agreement(session, "在任的体验官里已有一位同名的，确实是另一位吗？")
    (receipt,) = appoint(office, [officer], at=session.at(None))
    told += [*composition_remarks(office, before, (*before, officer)), *receipt.advice]
    if session.is_json:
        print_json(written_json(receipt, office, told))
        return exit_code([receipt])
    officer = receipt.record
    say(
        f"✓ 已列入体验官名册  编号 {officer.case_no}",
        f"  {mask_name(officer.name)}，{officer.officer_source}，聘期 {officer.term or '没有规定'}"
        + (f"，体验点 {officer.site}" if officer.site else ""),
    )
    _say_count(office)
    say(where_line(receipt))
    warn(told)
    return exit_code([receipt])


def _take(
    session: Session, office: Office, path: Path, on: str | None, *, is_dry_run: bool, is_all_or_nothing: bool
) -> int:
    taken = take_roster(
        office,
        path,
        at=session.at(None),
        on=_day(session, on) if on else None,
        is_dry_run=is_dry_run,
        is_all_or_nothing=is_all_or_nothing,
    )
    batch = ""
    if taken.appointed:
        # Only a batch needs to know the journal's own words for it.
        from zhuomuniao.usecases.tracing import operation_of_registration

        batch = operation_of_registration(office, taken.appointed[0].record.case_no)
    if session.is_json:
        print_json(taken_json(taken, office, batch))
    else:
        say_taken(taken, batch)
        if taken.appointed:
            _say_count(office)
    return EXIT_FINDINGS if taken.rejected else exit_code(taken.appointed)


def officer_list(
    ctx: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="连离任的、还没有到任的一起列")] = False,
    full: Full = False,
) -> int:
    session = session_of(ctx)
    office = session.office_to_look()
    views = list_officers(office, with_left=all_, is_full=full)
    if full:
        record_full_view(office, "officer list", [v.officer.case_no for v in views])
    if session.is_json:
        print_json({"officers": [officer_json(v) for v in views], "count": len(views)})
    else:
        say_officers(views, day=office.moment.as_of)
    return 0


def officer_check(ctx: typer.Context) -> int:
    session = session_of(ctx)
    office = session.office_to_look()
    examined = examine_roster(office)
    if session.is_json:
        rule = examined.count_rule
        print_json(
            {
                "findings": [finding_json(f) for f in examined.findings],
                "count": len(examined.findings),
                "composition": {
                    "count": examined.count,
                    "minimum": rule.minimum if rule else None,
                    "maximum": rule.maximum if rule else None,
                    "missing": examined.count_missing,
                    "clause": rule.citation.clause if rule else "",
                    "groups": [
                        {
                            "name": g.share.item,
                            "count": g.share.count,
                            "percent": round(g.share.percent, 2),
                            "required_percent": g.rule.percent,
                            "enough": g.share.is_enough,
                            "missing": g.missing,
                            "clause": g.rule.citation.clause,
                        }
                        for g in examined.groups
                    ],
                },
                "rotations": [
                    {
                        "case_no": r.officer.case_no,
                        "name": mask_name(r.officer.name),
                        "term": r.term,
                        "ends_on": r.ends_on,
                        "remind_on": r.remind_on,
                        "days_left": r.days_left,
                        "state": r.state.value,
                        "clause": r.citation.clause,
                    }
                    for r in examined.rotations
                ],
            }
        )
    else:
        say_examination(examined, day=office.moment.as_of)
    return EXIT_FINDINGS if examined.findings else 0


def officer_rotate(
    ctx: typer.Context,
    no: Annotated[str, typer.Argument(metavar="编号或姓名", help="轮换、离任的是哪一位")],
    on: Annotated[str | None, typer.Option(help="离任日期，接替的人从这天起聘；不写就是今天", metavar="日期")] = None,
    reason: Annotated[str, typer.Option(help="理由，如 三年届满", metavar="文字")] = "",
    to: Annotated[str, typer.Option(help="接替的人，同时列入名册", metavar="姓名")] = "",
    source: Source = None,
    post: Post = "",
    phone: Phone = "",
    site: Annotated[str, typer.Option(help="接替的人的体验点；不写就接原来的", metavar="体验点")] = "",
) -> int:
    session = session_of(ctx)
    office = session.office()
    roster_spec(office)
    day = _day(session, on) if on else session.moment.as_of
    old = find_officer(office, no, session.moment.as_of)
    told: list[str] = []
    successor = None
    if to:
        typed = require_values(session, {"source": ("接替的人的类别", source)})
        fresh = NewOfficer(
            name=to, source=typed["source"], on=day, post=post, phone=phone, site=site or old.site, note=""
        )
        others = [o for o in office.officers.state().records if o.case_no != old.case_no]
        successor = check_officer(office, fresh, others, told)
    elif beside := [
        n for n, v in (("--source", source), ("--post", post), ("--phone", phone), ("--site", site)) if v
    ]:
        raise BadValueError(
            f"{'、'.join(beside)} 是写接替的人的，还没有写 --to", "请用 --to 写明接替的人的姓名", field="to"
        )
    rotated = rotate(office, old, on=day, reason=reason, at=session.at(None), successor=successor)
    told += rotated.warnings
    if session.is_json:
        came = written_json(rotated.came, office, ()) if rotated.came else None
        print_json({**written_json(rotated.left, office, told), "left_on": day, "successor": came})
        return exit_code([rotated.left])
    say(f"✓ {old.case_no} {mask_name(old.name)} 自 {day} 起离任")
    if rotated.came:
        new = rotated.came.record
        say(f"  接替：{new.case_no} {mask_name(new.name)}，{new.officer_source}，聘期 {new.term or '没有规定'}")
    _say_count(office)
    say(where_line(rotated.came or rotated.left))
    warn(told)
    return exit_code([rotated.left])


def site_add(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Option(help="体验点的名称", metavar="名称")] = None,
    kind: Annotated[str | None, typer.Option(help="类别，如 政务服务大厅、办税大厅", metavar="类别")] = None,
    address: Annotated[str, typer.Option(help="地址", metavar="文字")] = "",
    contact: Annotated[str, typer.Option(help="联系人", metavar="姓名")] = "",
    phone: Phone = "",
    on: Annotated[str | None, typer.Option(help="设立日期；不写就是今天", metavar="日期")] = None,
    note: Annotated[str, typer.Option(help="备注", metavar="文字")] = "",
) -> int:
    session = session_of(ctx)
    office = session.office()
    roster_spec(office)
    typed = require_values(session, {"name": ("体验点的名称", name), "kind": ("类别", kind)})
    day = _day(session, on) if on else session.moment.as_of
    new = NewSite(
        name=typed["name"], kind=typed["kind"], on=day, address=address, contact=contact, phone=phone, note=note
    )
    receipt = set_up_site(office, new, at=session.at(None))
    if session.is_json:
        print_json(written_json(receipt, office, receipt.advice))
        return exit_code([receipt])
    site = receipt.record
    say(
        f"✓ 已设立体验点“{site.name}”  编号 {site.case_no}",
        f"  {site.site_kind}，自 {site.opened_on} 起",
        where_line(receipt),
    )
    warn(receipt.advice)
    return exit_code([receipt])


def site_close(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(metavar="编号或名称", help="撤销的是哪个体验点")],
    on: Annotated[str | None, typer.Option(help="撤销日期；不写就是今天", metavar="日期")] = None,
    reason: Annotated[str, typer.Option(help="理由", metavar="文字")] = "",
) -> int:
    session = session_of(ctx)
    office = session.office()
    day = _day(session, on) if on else session.moment.as_of
    receipt, told = close_site(office, site, on=day, reason=reason, at=session.at(None))
    if session.is_json:
        print_json(written_json(receipt, office, told))
        return exit_code([receipt])
    say(f"✓ 体验点“{receipt.record.name}”（{receipt.record.case_no}）自 {day} 起撤销", where_line(receipt))
    warn(told)
    return exit_code([receipt])


def site_list(
    ctx: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="连撤销的一起列")] = False,
    full: Full = False,
) -> int:
    session = session_of(ctx)
    office = session.office_to_look()
    views = list_sites(office, with_closed=all_, is_full=full)
    if full:
        record_full_view(office, "site list", [v.site.case_no for v in views])
    if session.is_json:
        print_json({"sites": [site_json(v) for v in views], "count": len(views)})
    else:
        say_sites(views)
    return 0


def _day(session: Session, text: str) -> date:
    return parse_date(text, today=session.moment.as_of)


def _say_count(office: Office) -> None:
    examined = examine_roster(office)
    if examined.count_rule is not None:
        wanted = examined.count_rule.minimum or examined.count_rule.maximum
        say(f"  名册现有 {examined.count} 名，应为 {wanted} 名；构成和轮换见 zmn officer check")
