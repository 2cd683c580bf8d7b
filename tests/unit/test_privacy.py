"""What leaves the window is masked."""

from __future__ import annotations

import pytest

from zhuomuniao.privacy import mask_name, mask_phone, mask_text


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
