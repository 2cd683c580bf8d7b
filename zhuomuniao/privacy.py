"""What leaves the window is masked: names, phones and identity numbers, inside free text too (domain.md §8).

个人信息保护法 6, 51: no more than the purpose needs. Books and the 登记表 are full; screens, lists and reports are
masked unless ``--full`` is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import attrgetter
from typing import Any, TypeVar

from msgspec.structs import replace

from zhuomuniao.model import Case, Record, Row, Step, StepKind

# An identity number may stand against letters or Chinese, never against further digits.
_IDENTITY = re.compile(r"(?<!\d)(\d{6})[ -]?\d{4}[ -]?\d{4}[ -]?(\d{3}[\dXx])(?!\d)")
_MOBILE = re.compile(r"(?<!\d)((?:\+?86[- ]?)?1[3-9]\d)[- ]?\d{4}[- ]?(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}[- ]?)\d{4,5}(\d{3})(?!\d)")
# All three have at least ten digits, parted by no more than one sign, which may be a full-width one; dates have not.
_LONG_NUMBER = re.compile("(?:\\d[- \uff0d]?){10}")
_BETWEEN_NAMES = re.compile(r"([、，,;；/\s（）()\d+-]+|等\d*人?)")
_FREE_TEXTS = (
    "about", "progress", "result", "outcome", "revisit", "remark", "suggestion", "pause", "extension",
    "verification", "urging", "satisfaction", "solved", "fault", "co_handlers",
)  # fmt: skip
_ROLE_WORDS = frozenset(
    ("代办", "代办人", "负责人", "法人", "法定代表人", "联系人", "经办", "经办人", "委托人", "家属")
)
_NAMES = frozenset(("applicant", "experience_officer", "contact"))
# A roster's 姓名 is a person's; 体验点 have longer ones, which may be shown.
_LONGEST_NAME = 4
# A step 人工修改 tells the name before and after.
_RENAMED = re.compile(r"姓名：(.*?) → (.*?)(?=；|$)", re.DOTALL)
# Full-width digits are digits to whoever reads the paper.
_PLAIN_DIGITS = {0xFF10 + n: str(n) for n in range(10)} | {0xFF38: "X", 0xFF58: "x", 0xFF0B: "+", 0xFF0D: "-"}


def mask_name(name: str) -> str:
    """李四 → 李*, 欧阳小明 → 欧***; a company or other long name keeps two characters: 内乡***.

    Several names in one cell (张三、李四等3人) are masked one by one.
    """
    parts = _BETWEEN_NAMES.split(mask_text(name.strip()))
    return "".join(part if place % 2 else _mask_one(part) for place, part in enumerate(parts))


def _mask_one(name: str) -> str:
    if name in _ROLE_WORDS:
        return name
    return f"{name[:2]}***" if len(name) > 4 else name[:1] + "*" * (len(name) - 1)


def mask_text(text: str, names: Iterable[str] = ()) -> str:
    """Free text without phones and identity numbers, and without the given names."""
    return _mask_text(text, _parts_of(names)) if text else text


def _parts_of(names: Iterable[str]) -> tuple[str, ...]:
    """Each single name of two characters or more: a cell may hold several."""
    parts = (part for given in names if given for part in _BETWEEN_NAMES.split(given.strip())[::2])
    return tuple(part for part in parts if len(part) > 1)


def _mask_text(text: str, names: Iterable[str]) -> str:
    for name in names:
        text = text.replace(name, _mask_one(name))
    if not _LONG_NUMBER.search(text):
        return text
    text = text.translate(_PLAIN_DIGITS) if not text.isascii() else text
    text = _IDENTITY.sub(r"\1********\2", text)
    text = _MOBILE.sub(r"\1****\2", text)
    return _LANDLINE.sub(r"\1****\2", text)


def mask_phone(phone: str) -> str:
    """138****8000; what is no known form keeps its last four digits at most."""
    masked = mask_text(phone)
    if masked == phone and phone:
        return "*" * max(0, len(phone) - 4) + phone[-4:]
    return masked


def mask_cell(field: str, text: str, names: Iterable[str] = ()) -> str:
    """What stands in the cell of a field, as it may leave the window."""
    if field in _NAMES or (field == "name" and len(text) <= _LONGEST_NAME):
        return mask_name(text)
    return mask_phone(text) if field in ("phone", "contact_phone") else mask_text(text, names)


def mask_case(case: Case) -> Case:
    """The case as it may leave the window. People type phones into any cell, that of the unit too."""
    names = _parts_of((case.applicant, case.experience_officer))
    changed: dict[str, Any] = {}
    for name, text in zip(_TEXTS_OF_A_CASE, _texts_of(case), strict=True):
        # Most cells are empty, and most texts name nobody.
        if text and (masked := _mask_text(text, names if name in _FREE_TEXTS else ())) != text:
            changed[name] = masked
    return replace(
        case,
        applicant=mask_name(case.applicant),
        experience_officer=mask_name(case.experience_officer),
        phone=_mask_text(mask_phone(case.phone), names),
        **changed,
    )


L = TypeVar("L", bound=Row)


def mask_record(record: L) -> L:
    """A row as it may leave the window. Leaders act in public: of an activity, its plan and what it found only phones
    and identity numbers are masked.
    """
    masked: L
    if isinstance(record, Case):
        masked = mask_case(record)  # type: ignore[assignment]
        return masked
    found = {name: getattr(record, name) for name in record.__struct_fields__ if name not in _KEYS}
    texts: dict[str, Any] = {name: mask_text(text) for name, text in found.items() if isinstance(text, str)}
    return replace(record, **texts)


_KEYS = frozenset({"case_no", "ledger", "status", "related_no"})
_TEXTS_OF_A_CASE = tuple(
    name
    for name, type_ in Case.field_types().items()
    if type_ == "str" and name not in {*_KEYS, "applicant", "experience_officer", "phone"}
)
_texts_of = attrgetter(*_TEXTS_OF_A_CASE)


def mask_step(step: Step, case: Record) -> Step:
    """A line of the log as it may leave the window: its text, its unit and whoever did it."""
    text = step.text
    if step.kind is StepKind.EDIT:
        text = _RENAMED.sub(lambda m: f"姓名：{mask_name(m[1])} → {mask_name(m[2])}", text)
    names = (case.applicant, case.experience_officer) if isinstance(case, Case) else ()
    return replace(step, text=mask_text(text, names), unit=mask_text(step.unit), by=mask_text(step.by))
