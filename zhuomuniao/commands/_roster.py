"""How the roster of officers and the list of sites are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from zhuomuniao.commands._files import say_file
from zhuomuniao.commands._view import EXIT_QUEUED, finding_words, print_table, say, warn
from zhuomuniao.model import Receipt, Saved
from zhuomuniao.usecases.rosterviews import Examination, OfficerView, SiteView, state_of

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office
    from zhuomuniao.usecases.rosterfile import RosterTaken


def exit_code(receipts: Sequence[Receipt[Any]]) -> int:
    """0, or 4 when something waits."""
    return EXIT_QUEUED if any(r.saved is Saved.QUEUED for r in receipts) else 0


def written_json(receipt: Receipt[Any], office: Office, told: Iterable[str]) -> dict[str, Any]:
    """A row that was written, as scripts see it; rows of the roster have no limits that run."""
    return {
        "case_no": receipt.record.case_no,
        "ledger": receipt.record.ledger,
        "saved": receipt.saved.value,
        "revision": receipt.revision,
        "book": receipt.book,
        "row": receipt.row,
        "status": state_of(office, receipt.record),
        "deadlines": [],
        "warnings": list(told),
    }


def taken_json(taken: RosterTaken, office: Office, batch: str) -> dict[str, Any]:
    """What became of a file of officers."""
    return {
        "registered": [written_json(r, office, r.advice) for r in taken.appointed],
        "rejected": [{"row": r.row, "problems": list(r.problems)} for r in taken.rejected],
        "count": len(taken.appointed),
        "dry_run": taken.is_dry_run,
        "accepted": taken.accepted,
        "batch": batch or None,
        "warnings": [
            *(f"第{row}行：{text}" for row, texts in taken.warnings for text in texts),
            *taken.remarks,
        ],
    }


def say_taken(taken: RosterTaken, batch: str) -> None:
    """The same for a person."""
    say_file(taken, taken.appointed, batch, verb="列入", measure="名")
    warn(taken.remarks)


def officer_json(shown: OfficerView) -> dict[str, Any]:
    """An officer as scripts see it."""
    officer, term = shown.officer, shown.rotation
    return {
        "case_no": officer.case_no,
        "ledger": officer.ledger,
        "name": officer.name,
        "source": officer.officer_source,
        "post": officer.post,
        "phone": officer.phone,
        "site": officer.site,
        "appointed_on": officer.appointed_on,
        "term": term.term if term else officer.term,
        "ends_on": term.ends_on if term else None,
        "left_on": officer.left_on,
        "state": shown.state,
        "findings": shown.findings,
        "queued": officer.is_queued,
    }


def say_officers(views: Sequence[OfficerView], *, day: date) -> None:
    """The roster as a table: what does not fit gives way from the right."""
    if views:
        print_table(
            ("编号", "姓名", "到期", "状态", "发现", "类别", "体验点", "电话", "单位及职务"),
            [_row(v) for v in views],
            flexible=(5, 6, 7, 8),
        )
    say(f"截至 {day}，共 {len(views)} 名")


def _row(shown: OfficerView) -> tuple[str, ...]:
    officer, term = shown.officer, shown.rotation
    ends = str(officer.left_on) if officer.left_on else str(term.ends_on) if term and term.ends_on else ""
    return (
        officer.case_no,
        officer.name,
        ends,
        shown.state + ("（待补写）" if officer.is_queued else ""),
        str(shown.findings),
        officer.officer_source,
        officer.site,
        officer.phone,
        officer.post,
    )


def site_json(shown: SiteView) -> dict[str, Any]:
    """A site as scripts see it."""
    site = shown.site
    return {
        "case_no": site.case_no,
        "ledger": site.ledger,
        "name": site.name,
        "kind": site.site_kind,
        "address": site.address,
        "contact": site.contact,
        "phone": site.contact_phone,
        "opened_on": site.opened_on,
        "closed_on": site.closed_on,
        "state": shown.state,
        "officers": list(shown.officers),
        "findings": shown.findings,
        "queued": site.is_queued,
    }


def say_sites(views: Sequence[SiteView]) -> None:
    """The sites as a table."""
    if views:
        print_table(
            ("编号", "体验点", "状态", "发现", "体验官", "类别", "地址"),
            [
                (
                    v.site.case_no,
                    v.site.name,
                    v.state + ("（待补写）" if v.site.is_queued else ""),
                    str(v.findings),
                    "、".join(v.officers) or "没有",
                    v.site.site_kind,
                    v.site.address,
                )
                for v in views
            ],
            flexible=(1, 4, 5, 6),
        )
    say(f"共 {len(views)} 个体验点")


def say_examination(examined: Examination, *, day: date) -> None:
    """The composition first, then what is to be seen to."""
    say(f"体验官构成（{day}）")
    rule = examined.count_rule
    if rule is not None:
        missing = examined.count_missing
        told = f"还差 {missing} 名" if missing > 0 else f"多 {-missing} 名" if missing else "够了"
        wanted = rule.minimum or rule.maximum
        say(f"  人数：现有 {examined.count} 名，应为 {wanted} 名，{told}（{rule.citation.clause}）")
    for group in examined.groups:
        share = group.share
        told = (
            f"至少还要 {group.missing} 名" if group.missing else "够了" if share.is_enough else "人数多了，占比不够"
        )
        # Cut, not rounded: 29.97 % must not read like enough.
        percent = int(share.percent * 10) / 10
        say(
            f"  {share.item}：",
            f"      {share.count} 名，占 {percent:g}%，应占 {group.rule.percent}% 以上，{told}"
            f"（{group.rule.citation.clause}）",
        )
    if not examined.findings:
        say("✓ 人数、构成、轮换、体验点都没有要处理的")
        return
    say(f"有 {len(examined.findings)} 处要处理：")
    for finding in examined.findings:
        what, remedy = (finding.found, finding.remedy) if finding.row is None else finding_words(finding)
        say(f"  · {what}", f"      {remedy}")
