"""A foreign work order → a registration: its days, its words in the locality's, the rest as a remark."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from zhuomuniao.dateforms import moment_of_cell
from zhuomuniao.errors import BadValueError
from zhuomuniao.importing.mapping import FIELD_TITLES, OrderMapping, Unlisted
from zhuomuniao.model import CODED_FIELDS, Registration
from zhuomuniao.privacy import mask_text
from zhuomuniao.usecases.orderstand import order_mark

if TYPE_CHECKING:
    from zhuomuniao.importing.orders import WorkOrder
    from zhuomuniao.rules import LedgerSpec, RuleSet
    from zhuomuniao.usecases.office import Office

_OPENS = time(9)
_MOST_SHOWN = 20
_CODED = (*CODED_FIELDS, "outcome", "satisfaction")


class OrderForm:
    """How the orders of one file become registrations of one ledger."""

    def __init__(self, office: Office, spec: LedgerSpec, mapping: OrderMapping) -> None:
        self.office = office
        self.spec = spec
        self.mapping = mapping
        self._words = {name: mapping.words_of(name) for name in (*_CODED, "unit")}
        # An export has few different words, and every row has each kind of them.
        self._ours: dict[tuple[str, str], str] = {}

    def fill(self, order: WorkOrder) -> tuple[Registration | None, tuple[str, ...]]:
        """The registration of an order, not checked yet, or ``None`` and every reason."""
        problems = list(order.problems)
        moments = {field: self._moment(order, field, problems) for field in order.moments}
        at = moments.get("accepted_at")
        if at is None:
            if "accepted_at" not in moments or order.moments["accepted_at"] in (None, ""):
                problems.append("没有受理时间")
            return None, tuple(problems)
        assigned, resolved = (_not_before(moments.get(name), at) for name in ("assigned_at", "resolved_at"))
        problems += self._order_of_days(at, assigned, resolved)
        rules = self.office.locality.rules_on(at.date())
        remarks = list(order.remarks)
        words = {name: self._word(rules, name, order.texts.get(name, ""), remarks, problems) for name in _CODED}
        if problems:
            return None, tuple(problems)
        texts = dict(order.texts)
        for name in ("suggestion", "result"):
            if texts.get(name) and self.office.layout(self.spec).column(name) is None:
                remarks.append(f"{FIELD_TITLES[name]}：{texts.pop(name)}")
        if "*" in texts.get("phone", ""):
            # An export that masks phones is no reason to refuse its orders.
            remarks.append(f"联系电话（已遮）：{texts.pop('phone')}")
        if assigned and not texts.get("unit"):
            # Nobody has been assigned where nobody is named; the day the hotline passed it on is still worth keeping.
            remarks.append(f"{FIELD_TITLES['assigned_at']}：{assigned:%Y-%m-%d %H:%M}")
            assigned = None
        is_given = rules.numbering_for(self.spec.id).is_given
        if not is_given:
            remarks.insert(0, order_mark(order.number))
        due = moments.get("due_on")
        return (
            Registration(
                applicant=texts.get("applicant", ""),
                about=texts.get("about", ""),
                at=at,
                phone=texts.get("phone", ""),
                unit=self._translated("unit", texts.get("unit", "")),
                codes={name: words[name] for name in CODED_FIELDS},
                suggestion=texts.get("suggestion", ""),
                by=texts.get("accepted_by", ""),
                note="；".join(remarks),
                case_no=order.number if is_given else "",
                due_on=due.date() if due else None,
                assigned_at=assigned,
                resolved_at=resolved,
                outcome=words["outcome"],
                result=texts.get("result", ""),
                satisfaction=words["satisfaction"],
            ),
            (),
        )

    def _moment(self, order: WorkOrder, field: str, problems: list[str]) -> datetime | None:
        cell = order.moments[field]
        moment = moment_of_cell(cell)
        if moment is None and cell not in (None, ""):
            said = mask_text(" ".join(str(cell).split()))[:_MOST_SHOWN]
            problems.append(f"{FIELD_TITLES[field]}“{said}”看不懂（应有年月日，如 2026-10-08 09:30）")
        elif moment is not None and moment.time() == time():
            # A bare day: the office opens at nine.
            moment = datetime.combine(moment.date(), _OPENS)
        # Ledgers keep minutes: what is compared with them later must not have more.
        return moment.replace(second=0, microsecond=0, tzinfo=None) if moment else None

    def _order_of_days(self, at: datetime, assigned: datetime | None, resolved: datetime | None) -> list[str]:
        problems = []
        for title, moment in (("转办时间", assigned), ("办结时间", resolved)):
            if moment is None:
                continue
            if moment < at:
                problems.append(f"{title} {moment:%Y-%m-%d %H:%M} 早于受理时间 {at:%Y-%m-%d %H:%M}")
            if moment.date() > self.office.moment.as_of:
                problems.append(f"{title} {moment:%Y-%m-%d} 在今天（{self.office.moment.as_of}）之后")
        return problems

    def _translated(self, name: str, word: str) -> str:
        if (name, word) not in self._ours:
            self._ours[name, word] = self._words[name].translate(word)
        return self._ours[name, word]

    def _word(self, rules: RuleSet, name: str, word: str, remarks: list[str], problems: list[str]) -> str:
        """Our word, or ``""`` where the ledger has no such word and the mapping lets it go into the remarks."""
        ours = self._translated(name, word)
        if not ours:
            return ""
        codes = rules.code_list(self.spec.id, name)
        is_usual = word == self.mapping.defaults.get(name)
        if codes is None:
            remarks += [] if is_usual else [f"{FIELD_TITLES[name]}：{word}"]
            return ""
        try:
            return codes.resolve(ours)
        except BadValueError as error:
            if self._words[name].unlisted is Unlisted.REMARK:
                remarks += [] if is_usual else [f"{codes.title}：{word}"]
                return ""
            problems.append(f"{error.message}（{error.remedy}；或在对照表的 [[words]] 里写明“{word}”换成哪个词）")
            return ""


def _not_before(moment: datetime | None, at: datetime) -> datetime | None:
    """A bare day is taken at nine: on the day of acceptance itself that may be too early by hours."""
    if moment is not None and moment.time() == _OPENS and moment.date() == at.date():
        return max(moment, at)
    return moment
