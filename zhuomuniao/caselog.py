"""流转记录 as lines by case, made steps only when somebody asks for them; the history of a ledger over its books."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING

from zhuomuniao.model import Step, StepKind
from zhuomuniao.rows import cell_text, step_of_row

if TYPE_CHECKING:
    from zhuomuniao.store.cells import CellValue


class LogLines:
    """流转记录 of one book, each line made a step only when somebody asks for it.

    ``places`` tells the place of each field among the cells of a line.
    """

    def __init__(self, places: Mapping[str, int], lines: Sequence[Sequence[CellValue]]) -> None:
        self._places = tuple(places.items())
        self._at, self._kind, self._key = places.get("at"), places.get("kind"), places["case_no"]
        self._text, self._recorded = places.get("text"), places.get("recorded_at")
        self._lines = lines

    @cached_property
    def _by_case(self) -> dict[str, list[Sequence[CellValue]]]:
        found: dict[str, list[Sequence[CellValue]]] = {}
        for line in self._lines:
            key = line[self._key]
            found.setdefault(key if type(key) is str else cell_text(key), []).append(line)
        return found

    @cached_property
    def _by_kind(self) -> dict[CellValue, list[Sequence[CellValue]]]:
        found: dict[CellValue, list[Sequence[CellValue]]] = {}
        if (at := self._kind) is not None:
            for line in self._lines:
                found.setdefault(line[at], []).append(line)
        return found

    def steps(self, case_nos: Collection[str] | None = None) -> list[Step]:
        """The steps in the order written; of all cases when none is named."""
        lines: Iterable[Sequence[CellValue]] = self._lines
        if case_nos is not None:
            wanted = frozenset(case_nos)
            lines = (line for line in lines if cell_text(line[self._key]) in wanted)
        steps = (step_of_row({field: line[place] for field, place in self._places}) for line in lines)
        return [step for step in steps if step is not None]

    def steps_of(self, case_no: str) -> list[Step]:
        """The steps of one case in the order written: quick to ask for one case after the other."""
        lines = self._by_case.get(case_no, ())
        steps = (step_of_row({field: line[place] for field, place in self._places}) for line in lines)
        return [step for step in steps if step is not None]

    def settled_at(self, case_no: str) -> datetime | None:
        """The moment since which the row of a case tells all that its lines tell, as far as zmn wrote the row.

        It is that of the last line. ``None`` where only a replay can say: a line was typed late, takes another one
        back, tells of a change made by hand, or is not legible; and for a case without lines.
        """
        if self._at is None or self._kind is None:
            return None
        last: datetime | None = None
        for line in self._by_case.get(case_no, ()):
            at, kind = line[self._at], line[self._kind]
            if type(at) is date:
                # A moment at midnight (视为签收) reads as its day.
                at = datetime.combine(at, time())
            if type(at) is not datetime or kind not in _TELLING or (last is not None and at < last):
                return None
            last = at
        return last

    def words_of(self, case_no: str, kind: StepKind) -> list[str]:
        """说明 of the lines of a case that are of this 环节."""
        if self._kind is None or self._text is None:
            return []
        lines = self._by_case.get(case_no, ())
        return [cell_text(line[self._text]) for line in lines if line[self._kind] == kind.value]

    def written_through(self) -> datetime | None:
        """The latest moment at which a line was written, as far as that is legible."""
        moments = (line[self._recorded] for line in self._lines) if self._recorded is not None else iter(())
        return max((at for at in moments if isinstance(at, datetime)), default=None)

    def over_at(self, case_no: str) -> tuple[datetime, StepKind, str] | None:
        """The moment of the last line of a case, and the line that ended it (办结 or 作废) with its 说明.

        ``None`` where the case was sent back, or not ended, and where :meth:`settled_at` says nothing.
        """
        at_place, kind_place, text_place = self._at, self._kind, self._text
        if at_place is None or kind_place is None or text_place is None:
            return None
        last, ended = datetime.min, None
        for line in self._by_case.get(case_no, ()):
            at, kind = line[at_place], line[kind_place]
            if type(at) is date:
                at = datetime.combine(at, time())
            if type(at) is not datetime or kind not in _TELLING or at < last or kind == _REDO:
                return None
            last = at
            if kind in _KINDS_ENDING:
                ended = _KINDS_ENDING[kind], line[text_place]
        return (last, ended[0], cell_text(ended[1])) if ended else None

    def tells_of(self, case_no: str) -> bool:
        """Whether a line bears this number."""
        return case_no in self._by_case

    def told_of(self, kind: StepKind, days: tuple[date, date] | None = None) -> set[str]:
        """The numbers of the cases with a line of this 环节, of the days from the first to the last where named."""
        lines = self._by_kind.get(kind.value, [])
        if days is not None and self._at is not None:
            at = self._at
            lines = [line for line in lines if _may_be_within(line[at], days)]
        return {cell_text(line[self._key]) for line in lines}


class History:
    """流转记录 of a ledger, over its books. ``told`` are its steps by case where they had to be read anyway.

    ``is_as_left`` says that the books hold what zmn left in them, and that nothing of them waits or is disputed.
    """

    def __init__(self, books: Sequence[LogLines], *, is_as_left: bool, told: Mapping[str, list[Step]]) -> None:
        self._books = books
        self._is_as_left = is_as_left
        self._told = dict(told)

    def steps_of(self, case_no: str) -> list[Step]:
        """The steps of a case in the order written."""
        if case_no not in self._told:
            self._told[case_no] = [step for lines in self._books for step in lines.steps_of(case_no)]
        return self._told[case_no]

    def told_of(self, kind: StepKind, days: tuple[date, date] | None = None) -> frozenset[str]:
        """The numbers of the cases with a line of this 环节, taken back or not; of these days where named."""

        def is_told(step: Step) -> bool:
            return step.kind is kind and (days is None or days[0] <= step.at.date() <= days[1])

        read = {no for no, steps in self._told.items() if any(map(is_told, steps))}
        return frozenset(read.union(*(lines.told_of(kind, days) for lines in self._books)))

    def settled_at(self, case_no: str) -> datetime | None:
        """What :meth:`LogLines.settled_at` says, and never more than the rows can bear out."""
        if not self._is_as_left:
            return None
        lines = self._lines_of(case_no)
        return lines.settled_at(case_no) if lines else None

    def words_of(self, case_no: str, kind: StepKind) -> list[str]:
        """说明 of the lines of a case that are of this 环节, as they stand in the books."""
        if case_no in self._told:
            return [step.text for step in self._told[case_no] if step.kind is kind]
        return [words for lines in self._books for words in lines.words_of(case_no, kind)]

    def written_through(self) -> datetime | None:
        """The latest moment at which a line of the books was written, ``None`` where they have none."""
        told = (step.recorded_at for steps in self._told.values() for step in steps)
        return max(filter(None, (*told, *(lines.written_through() for lines in self._books))), default=None)

    def over_at(self, case_no: str) -> tuple[datetime, StepKind, str] | None:
        """When the last line of a case was, if its lines alone say that it ended in its first round, and with what.

        ``None`` where only a replay can say. The row has no say in it: somebody may have typed there.
        """
        lines = self._lines_of(case_no)
        return lines.over_at(case_no) if lines else None

    def _lines_of(self, case_no: str) -> LogLines | None:
        """The only book whose lines tell of a case; ``None`` where none or several do."""
        if len(self._books) == 1:
            return self._books[0]
        telling = [lines for lines in self._books if lines.tells_of(case_no)]
        return telling[0] if len(telling) == 1 else None


def _may_be_within(at: CellValue, days: tuple[date, date]) -> bool:
    """Whether a line may be of these days: one whose moment is not legible may."""
    day = at.date() if isinstance(at, datetime) else at
    return not isinstance(day, date) or days[0] <= day <= days[1]


_TELLING = frozenset(kind.value for kind in StepKind if kind not in (StepKind.EDIT, StepKind.UNDO))
"""环节 whose lines, in the order they happened, make the row what it is."""

_KINDS_ENDING: Mapping[CellValue, StepKind] = {kind.value: kind for kind in (StepKind.RESOLVE, StepKind.VOID)}
_REDO = StepKind.REDO.value
