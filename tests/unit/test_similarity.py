"""疑似重复 is pointed out: same person, alike matter, within thirty days."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace

from zhuomuniao.model import Case
from zhuomuniao.similarity import Earlier, find_similar

ABOUT = "营业执照变更在窗口跑了三次还没有办下来"
CASE = Case("2026081002", "window", datetime(2026, 8, 10, 10), "李四", ABOUT, phone="13800138000")
EARLIER = Earlier("2026080101", datetime(2026, 8, 1, 9), "李四", "13800138000", ABOUT)


def similar(case: Case, *earlier: Earlier) -> tuple[str, ...]:
    return find_similar([case], earlier).get(case.case_no, ())


def test_the_same_matter_again() -> None:
    assert similar(CASE, EARLIER) == ("2026080101",)


@pytest.mark.parametrize(
    "changed",
    [
        {"phone": ""},
        {"phone": "+8613800138000"},
        {"applicant": "李四的爱人"},
        {"applicant": " 李 四 "},
        {"about": "营业执照变更在窗口跑了四次还没有办下来"},
        {"about": "营业执照变更"},
        {"accepted_at": datetime(2026, 7, 11, 10)},
    ],
)
def test_small_differences_do_not_matter(changed: dict[str, object]) -> None:
    assert similar(CASE, replace(EARLIER, **changed)) == ("2026080101",)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"phone": "13900139000"},
        {"applicant": "王五", "phone": ""},
        {"about": "社保关系转移材料退了回来"},
        {"accepted_at": datetime(2026, 7, 11, 9, 59)},
        {"accepted_at": datetime(2026, 8, 11, 9)},
        {"case_no": CASE.case_no},
    ],
)
def test_these_are_others(changed: dict[str, object]) -> None:
    assert similar(CASE, replace(EARLIER, **changed)) == ()  # type: ignore[arg-type]


def test_two_in_one_batch_point_from_the_later_to_the_earlier() -> None:
    other = replace(CASE, case_no="2026081001")
    assert find_similar([CASE, other], ()) == {"2026081002": ("2026081001",)}


def test_nobody_is_like_nobody() -> None:
    """Two matters without a name's phone and with other names have nothing in common."""
    assert find_similar([replace(CASE, applicant="王五", phone=""), replace(CASE, case_no="1", phone="")], ()) == {}


def test_thousands_are_compared_at_once() -> None:
    earlier = [replace(EARLIER, case_no=f"20260801{n}", applicant=f"人{n}", phone="") for n in range(20000)]
    assert similar(CASE, *earlier, EARLIER) == ("2026080101",)
