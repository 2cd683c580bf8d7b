"""Papers of a matter: which there are, whether it is their time, what their reader may see, where they are put."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao import stepwords
from zhuomuniao.assets import data_folder
from zhuomuniao.deadlines import deadlines_of, late_workdays
from zhuomuniao.errors import BadValueError, CannotWriteError, DataFileError, RefusedByRuleError, reason_of
from zhuomuniao.forms.filled import FilledForm, FilledLetter, fill_paper, fill_text, names_used, problems_of
from zhuomuniao.forms.values import Ground, Meeting, PaperContext, every_name, paper_values
from zhuomuniao.layouts import load_layout
from zhuomuniao.lifecycle import STEP_RULES
from zhuomuniao.logbook import course_of, standing_steps
from zhuomuniao.model import Case, Step, StepKind
from zhuomuniao.paperlayouts import FormLayout, PaperView
from zhuomuniao.privacy import mask_case, mask_step, mask_text
from zhuomuniao.render.papers import PaperFormat, own_format, render_paper
from zhuomuniao.ruletypes import UNSTATED, Citation, holds
from zhuomuniao.store.stage import make_folder, write_durably
from zhuomuniao.workspace import FORMS_FOLDER, file_name

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec, RuleSet
    from zhuomuniao.usecases.office import Office

REGISTER_FORM = "登记表"
_DEFAULTS = "forms"
_MEETINGS = "会议"

_TOLD_BY_ROW = {
    StepKind.ASSIGN: "unit",
    StepKind.RESOLVE: "resolved_at",
    StepKind.VERIFY: "verification",
    StepKind.VISIT: "satisfaction",
}
"""A row that came from elsewhere tells of these without a line in the log."""
_CONDITIONS = {"status": "状态", "outcome": "结果类别"}

_CONFIDENTIAL = ("举报", "检举", "不给办")
"""Whoever complains of a unit is not named to it (domain.md §8), by whatever of these words the ledger or an imported
remark (问题类别：投诉举报) says it.
"""
_SAID_OF_SORT = ("category", "cause", "track", "remark")
_WITHHELD = "不提供"
_TOLD_TEXT = ("about", "progress", "result", "revisit", "remark")
# A PDF carries the moment it was made and numbers drawn from it.
_PDF_MOMENT = re.compile(rb"/(CreationDate|ModDate)\s*\([^)]*\)|/ID\s*\[[^\]]*\]|/DocChecksum\s*/\w+")


class WrittenPaper(Struct, frozen=True):
    """A paper as it was put down: its file, its kind, who may read it, whether names in it are masked."""

    path: Path
    kind: str
    view: PaperView
    format: PaperFormat
    is_masked: bool
    is_new: bool


def papers_of(office: Office, spec: LedgerSpec) -> tuple[FormLayout, ...]:
    """The papers of a ledger: those every county has, its own in the place of those of the same name.

    In the order in which a case comes by them.

    Raises :class:`DataFileError`.
    """
    found = {paper.name: paper for paper in _defaults()}
    of_others = {other.form for other in office.locality.ledgers if other.form and other.form != spec.form}
    for stem, paper in office.folder.forms.items():
        if stem in of_others or (paper.name == REGISTER_FORM and stem != spec.form):
            continue
        if problems := problems_of(paper, every_name(), f"layouts/{stem}.toml"):
            raise DataFileError(problems)
        found[paper.name] = paper
    steps = list(StepKind)
    return tuple(sorted(found.values(), key=lambda paper: steps.index(paper.after[0]) if paper.after else -1))


def paper_named(office: Office, spec: LedgerSpec, kind: str) -> FormLayout:
    """The paper of this name or alias. Raises :class:`BadValueError` naming all there are."""
    papers = papers_of(office, spec)
    wanted = kind.strip().strip("《》")
    for paper in papers:
        if wanted in (paper.name, paper.title.strip("《》"), *paper.aliases):
            return paper
    listed = "、".join(paper.name for paper in papers)
    if wanted == REGISTER_FORM:
        raise BadValueError(
            f"{office.locality.name}的通知没有登记表，台账即登记，不另印表", f"可用 --kind 指定别的：{listed}"
        )
    raise BadValueError(f"没有“{wanted}”这种表单", f"可印的有：{listed}")


def write_paper(
    office: Office,
    spec: LedgerSpec,
    case: Case,
    steps: Sequence[Step],
    kind: str,
    *,
    out: Path | None = None,
    format: str = "",
    to: str = "",
    is_full: bool = False,
) -> WrittenPaper:
    """Put a paper of one case into ``表单/<编号>/`` or ``out``. ``steps`` is its whole log, unmasked like the case.

    The same paper again is the same file; a different one is numbered beside it, so that what was sent stays. Raises
    :class:`BadValueError` for an unknown kind or format, :class:`RefusedByRuleError` for a paper whose matter has not
    happened, :class:`CannotWriteError`.
    """
    paper = paper_named(office, spec, kind)
    standing = tuple(sorted(standing_steps(steps), key=lambda s: s.at))
    _require_time(paper, case, standing)
    context = _context(office, spec, case, standing, paper, is_full=is_full)
    context = replace(context, meeting=_meeting_of(context), cases=(context,))
    folder = out or office.workspace.root / FORMS_FOLDER / file_name(case.case_no)
    return _put_down(paper, context, folder, case.case_no, format_=format, to=to, is_full=is_full)


def write_meeting_paper(
    office: Office,
    spec: LedgerSpec,
    cases: Sequence[tuple[Case, Sequence[Step]]],
    kind: str,
    *,
    meeting: Meeting | None = None,
    out: Path | None = None,
    format: str = "",
    to: str = "",
    is_full: bool = False,
) -> WrittenPaper:
    """A paper of several cases, such as 会议议程 or 会议纪要, into ``表单/会议/`` or ``out``.

    ``meeting`` is what the paper's head says; without it the last 提请会议 of the first case tells. Raises what
    :func:`write_paper` raises, and :class:`BadValueError` where there is no case.
    """
    if not cases:
        raise BadValueError("没有写上会的事项", "请至少写一个事项编号")
    paper = paper_named(office, spec, kind)
    contexts = []
    for case, steps in cases:
        standing = tuple(sorted(standing_steps(steps), key=lambda s: s.at))
        _require_time(paper, case, standing)
        contexts.append(_context(office, spec, case, standing, paper, is_full=is_full))
    first = contexts[0]
    called = meeting or _meeting_of(first)
    contexts = [replace(c, meeting=called) for c in contexts]
    day = called.on or office.moment.as_of
    folder = out or office.workspace.root / FORMS_FOLDER / _MEETINGS
    context = replace(contexts[0], cases=tuple(contexts))
    return _put_down(paper, context, folder, f"{day:%Y%m%d}", format_=format, to=to, is_full=is_full)


def _defaults() -> Iterable[FormLayout]:
    for path in sorted((data_folder() / _DEFAULTS).glob("*.toml")):
        layout = load_layout(path)
        if isinstance(layout, FormLayout):
            yield layout


def _require_time(paper: FormLayout, case: Case, steps: Sequence[Step]) -> None:
    """Raise :class:`RefusedByRuleError` for a paper whose matter has not happened yet."""
    if paper.is_blankable or not (paper.after or paper.when):
        return
    taken = {step.kind for step in steps}
    told = {kind for kind, name in _TOLD_BY_ROW.items() if getattr(case, name)}
    if paper.after and not (taken | told) & set(paper.after):
        words = "、".join(paper.after)
        commands = "，或 ".join(f"zmn {STEP_RULES[kind].command} {case.case_no}" for kind in paper.after)
        raise RefusedByRuleError(
            f"事项 {case.case_no} 还没有登记“{words}”，不能印“{paper.name}”", f"请先登记：{commands}"
        )
    facts = {name: str(getattr(case, name, "")) for name in paper.when}
    if not holds(paper.when, facts):
        wanted = "，".join(f"{_CONDITIONS.get(n, n)}是{'或'.join(v)}的" for n, v in paper.when.items())
        found = "，".join(f"{_CONDITIONS.get(n, n)}“{facts[n] or '空'}”" for n in paper.when)
        raise RefusedByRuleError(
            f"“{paper.name}”只用于{wanted}事项；{case.case_no} 现在{found}",
            "请先用 zmn show 核对；办理结果用 zmn resolve 登记",
        )


def _context(
    office: Office, spec: LedgerSpec, case: Case, steps: tuple[Step, ...], paper: FormLayout, *, is_full: bool
) -> PaperContext:
    rules = office.rules_of(case)
    course = course_of(case, steps, rules)
    ruled = deadlines_of(rules, spec.id, case.facts, course, office.calendar)
    limits = {
        r.rule.act: replace(_ground(r.rule.citation), limit=str(r.rule.limit), start=str(r.rule.start))
        for r in ruled
        if r.rule.limit is not None
    }
    seen, seen_steps = (case, steps) if is_full else _as_seen(case, steps, paper)
    return PaperContext(
        case=seen,
        steps=seen_steps,
        office=office.name,
        locality=office.locality.name,
        notice=_named(office.locality.notice_title, office.locality.notice_number),
        today=office.moment.as_of,
        ledger_title=spec.title,
        clerk=office.workspace.config.clerk,
        recipient=_usual_recipient(rules, spec, case),
        limits=limits,
        grounds=_grounds(rules, spec, case),
        late_workdays=_late(office, case),
    )


def _named(title: str, number: str) -> str:
    """《……》（内政服〔2021〕12号）; a title inside the title takes the inner marks."""
    inner = title.replace("《", "〈").replace("》", "〉")
    return f"《{inner}》{f'（{number}）' if number else ''}"


def _late(office: Office, case: Case) -> int:
    clock = case.closing_clock
    if clock is None or clock.due_on is None or case.is_closed:
        return 0
    return late_workdays(clock.due_on, clock.ended_on or office.moment.as_of, office.calendar)


def _ground(citation: Citation) -> Ground:
    """What the notice says; where the choice is ours there is no clause to quote."""
    return Ground("", "") if citation.basis == UNSTATED else Ground(citation.clause, citation.quote)


def _grounds(rules: RuleSet, spec: LedgerSpec, case: Case) -> dict[str, Ground]:
    facts = case.facts
    cited: dict[str, Iterable[Citation]] = {
        "ladder": (r.citation for r in rules.ladders if r.ledger == spec.id and holds(r.when, facts)),
        "return": (r.citation for r in rules.returns if r.ledger == spec.id),
        "extension": (r.citation for r in rules.extensions if r.ledger == spec.id),
        "visit": (r.citation for r in rules.visits if r.ledger == spec.id),
        "route": (r.citation for r in rules.routes if r.ledger == spec.id and r.outcome == case.outcome != ""),
        "meeting": (r.citation for r in rules.meetings if r.ledger == spec.id),
    }
    found = {name: next(iter(citations), None) for name, citations in cited.items()}
    return {name: _ground(citation) for name, citation in found.items() if citation is not None}


def _usual_recipient(rules: RuleSet, spec: LedgerSpec, case: Case) -> str:
    """Who a paper goes to where neither clerk nor paper says: where the matter was routed to, else its unit."""
    routed = (r.to for r in rules.routes if r.ledger == spec.id and r.outcome == case.outcome != "")
    return next(routed, "") or case.unit


def _as_seen(case: Case, steps: tuple[Step, ...], paper: FormLayout) -> tuple[Case, tuple[Step, ...]]:
    """Case and log as the paper's reader may see them (domain.md §8)."""
    if paper.view is PaperView.INSIDE:
        return case, steps
    is_confidential = _is_confidential(case, steps)
    if paper.view is PaperView.HANDLING and not is_confidential:
        if "phone" in names_used(paper):
            return case, steps
        # The unit may know whose matter it is, but this paper is not there to bring them together.
        plain: dict[str, Any] = {f: mask_text(getattr(case, f)) for f in _TOLD_TEXT}
        return replace(case, phone="", **plain), tuple(replace(s, text=mask_text(s.text)) for s in steps)
    masked = mask_case(case)
    if is_confidential:
        masked = replace(masked, phone=_WITHHELD if case.phone else "")
    return masked, tuple(mask_step(step, case) for step in steps)


def _is_confidential(case: Case, steps: Iterable[Step]) -> bool:
    accepted = (s.text for s in steps if s.kind is StepKind.ACCEPT)
    said = (*(getattr(case, name) for name in _SAID_OF_SORT), *accepted)
    return any(word in text for text in said for word in _CONFIDENTIAL)


_CALLED = re.compile(r"^(.*?)\s*(\d{4}-\d{2}-\d{2})?$")


def _meeting_of(context: PaperContext) -> Meeting:
    """The meeting a case was last put on the agenda of, as its log tells."""
    plan = next((s for s in reversed(context.steps) if s.kind is StepKind.MEETING_PLAN), None)
    if plan is None:
        return Meeting()
    said = stepwords.read(plan.text)
    called = _CALLED.match(said[stepwords.HEAD].strip())
    title, day = (called[1], called[2]) if called else ("", None)
    members = stepwords.split(said.get(stepwords.MEMBERS, ""))
    return Meeting(title, date.fromisoformat(day) if day else None, members=members)


def _put_down(
    paper: FormLayout, context: PaperContext, folder: Path, mark: str, *, format_: str, to: str, is_full: bool
) -> WrittenPaper:
    words = paper_values(context).words
    recipient = to.strip() or fill_text(paper.recipient, words) or context.recipient
    filled = fill_paper(paper, paper_values(replace(context, recipient=recipient)))
    chosen = _format(format_, filled)
    data = render_paper(filled, chosen)
    is_masked = paper.view is not PaperView.INSIDE and not is_full
    full = "（全名）" if is_full and paper.view is not PaperView.INSIDE else ""
    path, is_new = _file(folder, f"{file_name(paper.name)}{mark}{full}", chosen, data)
    return WrittenPaper(path, paper.name, paper.view, chosen, is_masked, is_new)


def _format(wanted: str, filled: FilledForm | FilledLetter) -> PaperFormat:
    name = wanted.strip().lower().lstrip(".")
    if not name:
        return own_format(filled)
    if name not in tuple(PaperFormat):
        raise BadValueError(f"不能生成“{wanted}”格式", f"可写：{'、'.join(PaperFormat)}")
    return PaperFormat(name)


def _file(folder: Path, stem: str, format_: PaperFormat, data: bytes) -> tuple[Path, bool]:
    """Where the paper stands now, and whether it was put there just now: what is there already is left alone."""
    number = 1
    while True:
        path = folder / f"{stem}{f'（{number}）' if number > 1 else ''}.{format_}"
        try:
            if not path.exists():
                make_folder(folder)
                write_durably(path, data)
                return path, True
            if _essence(path.read_bytes()) == _essence(data):
                return path, False
        except OSError as error:
            raise CannotWriteError(
                f"写不进“{folder.name}”：{reason_of(error)}", "请核对 --out 和文件夹权限"
            ) from error
        number += 1


def _essence(data: bytes) -> bytes:
    return _PDF_MOMENT.sub(b"", data) if data.startswith(b"%PDF") else data
