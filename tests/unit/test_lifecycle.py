"""What a case's limits depend on is read back from its row and its log."""

from __future__ import annotations

from datetime import date, datetime

from msgspec.structs import replace

from zhuomuniao.assets import data_folder, locality_folder
from zhuomuniao.course import Extension, Pause
from zhuomuniao.deadlines import deadlines_of
from zhuomuniao.limits import parse_limit
from zhuomuniao.logbook import course_of, extension_words
from zhuomuniao.model import Act, Case, StartEvent, Step, StepKind
from zhuomuniao.rows import row_of_step, step_of_row
from zhuomuniao.rulefile import load_locality
from zhuomuniao.ruletypes import Citation, PauseRule
from zhuomuniao.workdays import WorkCalendar

RULES = load_locality(locality_folder("xiangtan"), data_folder() / "policies.toml").locality.editions[-1]
CASE = Case(
    "2026081001", "window", datetime(2026, 8, 10, 9), "李四", "事", kind="应办未办", tier="二级", channel="窗口"
)


def step(kind: StepKind, at: str, text: str) -> Step:
    written = Step(CASE.case_no, kind, datetime.fromisoformat(at), "赵敏慧", "", text)
    # As the book gives it back.
    read = step_of_row(row_of_step(written))
    assert read is not None
    return read


def test_pauses_and_extensions_are_replayed_from_the_log() -> None:
    asked = Extension(parse_limit("5工作日"), date(2026, 8, 18), "专班", "要现场核实")
    steps = [
        step(StepKind.EXTEND, "2026-08-18 10:00", extension_words(asked)),
        step(StepKind.PAUSE, "2026-08-14 10:00", "补材料"),
        step(StepKind.RESUME, "2026-08-17 10:00", ""),
        step(StepKind.PAUSE, "2026-08-20 10:00", "补材料"),
    ]
    course = course_of(CASE, steps, RULES)
    assert course.pauses == (
        Pause(date(2026, 8, 14), date(2026, 8, 17), "补材料"),
        Pause(date(2026, 8, 20), None, "补材料"),
    )
    assert course.extensions == (asked,)
    (resolve,) = [
        r for r in deadlines_of(RULES, "window", CASE.facts, course, WorkCalendar()) if r.rule.act is Act.RESOLVE
    ]
    assert resolve.deadline is not None
    assert (resolve.deadline.base_due_on, resolve.deadline.due_on) == (date(2026, 8, 18), date(2026, 8, 25))


def test_a_pause_for_a_reason_that_restarts_does_so() -> None:
    rule = PauseRule("p", "window", ("补正",), True, Citation("", "", "unstated"))
    rules = replace(RULES, pauses=(rule,))
    steps = [step(StepKind.PAUSE, "2026-08-11 10:00", "补正"), step(StepKind.RESUME, "2026-08-13 10:00", "")]
    (pause,) = course_of(CASE, steps, rules).pauses
    assert pause.restarts
    (other,) = course_of(CASE, steps, RULES).pauses
    assert not other.restarts


def test_an_override_keeps_its_basis() -> None:
    asked = Extension(parse_limit("8工作日"), date(2026, 8, 14), "县长", "跨部门", "专题会议纪要〔2026〕3号")
    (read,) = course_of(CASE, [step(StepKind.EXTEND, "2026-08-14 10:00", extension_words(asked))], RULES).extensions
    assert read == asked


def test_the_events_of_a_row() -> None:
    case = replace(CASE, assigned_at=datetime(2026, 8, 11, 9), resolved_at=datetime(2026, 8, 14, 16))
    assert set(course_of(case, (), RULES).events) == {
        StartEvent.ACCEPTED, StartEvent.RECEIVED, StartEvent.ASSIGNED, StartEvent.RESOLVED,
    }  # fmt: skip
