"""``zmn check`` and ``zmn doctor``: what people changed in the books; everything that is wrong, at once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from zhuomuniao.commands._options import Session, session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import (
    EXIT_FINDINGS,
    EXIT_QUEUED,
    finding_json,
    finding_words,
    print_json,
    say,
    size_text,
    warn,
)
from zhuomuniao.errors import BadValueError, DataFileError, IntegrityError, UnreadableFileError, ZmnError
from zhuomuniao.model import Finding, Saved, Step, StepKind
from zhuomuniao.privacy import mask_step, mask_text
from zhuomuniao.usecases.checking import Settled, adopt, check_books, restore_case
from zhuomuniao.usecases.doctoring import Examined, examine, findings_of_data

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office


def check(
    ctx: typer.Context,
    adopt_no: Annotated[str, typer.Option("--adopt", help="采纳这一件的人工改动，要写 --basis", metavar="编号")] = "",
    basis: Annotated[str, typer.Option(help="采纳的依据：谁同意、凭什么", metavar="文字")] = "",
    restore_no: Annotated[str, typer.Option("--restore", help="把这一件的人工改动改回去", metavar="编号")] = "",
    ledger: Annotated[str | None, typer.Option(help="只看一本台账", metavar="台账")] = None,
) -> int:
    session = session_of(ctx)
    if adopt_no and restore_no:
        raise BadValueError("--adopt 和 --restore 不能一起用", "请一次处理一件")
    if basis and not adopt_no:
        raise BadValueError("--basis 只和 --adopt 一起用", "例如 zmn check --adopt 编号 --basis 依据")
    if adopt_no or restore_no:
        office = session.office()
        settled = adopt(office, adopt_no, basis) if adopt_no else restore_case(office, restore_no)
        return _show_settled(session.is_json, settled, _masked_words(office, settled))
    office = session.office_to_look()
    specs = (office.locality.ledger(ledger),) if ledger else office.locality.ledgers
    with while_waiting(session, "核对台账"):
        findings = check_books(office, specs)
    if session.is_json:
        print_json({"findings": [finding_json(f) for f in findings], "count": len(findings)})
    else:
        _say_findings(findings, "台账里没有要处理的地方")
    return EXIT_FINDINGS if findings else 0


def doctor(ctx: typer.Context) -> int:
    session = session_of(ctx)
    try:
        with while_waiting(session, "全面检查"):
            examined: Examined | None = examine(_office_as_far_as_it_goes(session))
        findings = examined.findings if examined else ()
    except DataFileError as error:
        # Without readable rules no book can be looked at; what is wrong with them is told like all the rest.
        examined, findings = None, findings_of_data(error)
    sizes = examined.sizes if examined else None
    if session.is_json:
        room = {"books": sizes.books, "journal": sizes.journal, "copies": sizes.copies} if sizes else None
        print_json({"findings": [finding_json(f) for f in findings], "count": len(findings), "bytes": room})
    else:
        _say_findings(findings, "✓ 一切正常")
        if sizes:
            kept = f"留底 {size_text(sizes.copies)}（{sizes.copy_count} 份旧版）"
            say(f"  占用空间：台账 {size_text(sizes.books)}，流水 {size_text(sizes.journal)}，{kept}")
    return EXIT_FINDINGS if findings else 0


def _office_as_far_as_it_goes(session: Session) -> Office:
    """The office, what people changed taken in first; what keeps that from being done is a finding like others."""
    try:
        return session.office_to_look()
    except (IntegrityError, UnreadableFileError):
        return session.office()


def _say_findings(findings: Sequence[Finding], fine: str) -> None:
    if not findings:
        say(fine)
        return
    say(f"有 {len(findings)} 处要处理：")
    for finding in findings:
        what, remedy = finding_words(finding)
        say(f"  · {what}", f"      {remedy}")


def _masked_words(office: Office, settled: Settled) -> str:
    """What the log tells of it, without names, phones and identity numbers."""
    step = Step(settled.case_no, StepKind.EDIT, office.moment.now, "", text=settled.words)
    for spec in office.case_specs:
        with suppress(ZmnError):
            return mask_step(step, office.ledger(spec).find(settled.case_no)).text
    return mask_text(settled.words)


def _show_settled(is_json: bool, settled: Settled, words: str) -> int:
    if is_json:
        print_json(
            {
                "case_no": settled.case_no,
                "count": settled.count,
                "step": words,
                "saved": settled.saved.value,
                "revision": settled.revision,
                "warnings": list(settled.warnings),
            }
        )
    else:
        say(f"✓ 编号 {settled.case_no} 的 {settled.count} 处人工改动已处理，流转记录里有一条“人工修改”")
        if settled.saved is Saved.QUEUED:
            say("  台账正被打开：内容已存好，关闭台账后下一次写入时自动补写")
        warn(settled.warnings)
    return EXIT_QUEUED if settled.saved is Saved.QUEUED else 0
