"""What leaves the window is masked."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from zhuomuniao.model import Case, Status
from zhuomuniao.privacy import mask_case, mask_name, mask_phone, mask_text


@pytest.mark.parametrize(
    ("name", "masked"),
    [("李四", "李*"), ("欧阳小明", "欧***"), ("王", "王"), ("阿依努尔·买买提", "阿依***"), ("", "")],
)
def test_names(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("13800138000", "138****8000"), ("+8613800138000", "+86138****8000"), ("138 0013 8000", "138****8000"),
     ("0377-65001234", "0377-****234"), ("12345", "*2345"), ("", "")],
)  # fmt: skip
def test_phones(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


def test_free_text() -> None:
    text = "李四电话13800138000，身份证14112419900101123X，工单号202610080001。"
    masked = mask_text(text, ["李四"])
    assert masked == "李*电话138****8000，身份证141124********123X，工单号202610080001。"


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三、李四", "张*、李*"),
        ("李建国等3人", "李**等3人"),
        ("王小明 13800138000", "王** 138****8000"),
        ("某某商贸公司（代办 吕方）", "某某***（代办 吕*）"),
    ],
)
def test_several_names_in_one_cell(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_parts_of_a_name_are_hidden_in_the_text_too() -> None:
    assert mask_text("王小明来电，张三陪同", ["王小明 13800138000", "张三、李四"]) == "王**来电，张*陪同"
    assert (
        mask_text("电话１３８００１３８０００，证号411325 19900101 1234") == "电话138****8000，证号411325********1234"
    )


@pytest.mark.parametrize("sign", ["", "-", " ", "－"])
@pytest.mark.parametrize("digits", ["0123456789", "０１２３４５６７８９"])
@pytest.mark.parametrize(
    "parts", [("138", "0013", "8000"), ("0377", "65001234"), ("0371", "6500123"), ("411325", "19900101", "1234")]
)
def test_a_number_is_masked_however_it_is_parted(sign: str, digits: str, parts: tuple[str, ...]) -> None:
    written = sign.join(parts).translate(dict(zip(map(ord, "0123456789"), digits, strict=True)))
    masked = mask_text(f"联系{written}。")
    assert "****" in masked
    assert not re.search(r"\d{7}", masked)


def test_a_phone_typed_into_any_cell_of_a_case_is_masked() -> None:
    case = Case(
        case_no="202610080001234567",
        ledger="hotline",
        accepted_at=datetime(2026, 10, 8, 9),
        applicant="安禾",
        about="办证",
        unit="自然资源局（联系人电话13511112222）",
        channel="电话13511112222",
        related_no="202610080001234568",
        status=Status.IN_PROGRESS,
    )
    masked = mask_case(case)
    assert (masked.unit, masked.channel) == ("自然资源局（联系人电话135****2222）", "电话135****2222")
    assert (masked.case_no, masked.related_no) == (case.case_no, case.related_no), "numbers are no phones"
