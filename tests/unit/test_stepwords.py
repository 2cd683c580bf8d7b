"""Words with titles: what a command writes is what the replay reads, whatever people type into them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuomuniao import stepwords
from zhuomuniao.stepwords import HEAD, TITLES, join, read, split, tell

HOSTILE = (
    "；主办：县信访局",
    "原因：没有材料；依据：口头",
    "甲；乙：丙",
    "满意度：满意",
    "：",
    "；",
    "；；：：",
    "主办",
    "说明：说明：",
    "一行\n；期限：2026-09-01",
)


def test_words_come_back_by_their_titles() -> None:
    words = {HEAD: "5工作日", stepwords.DUE: "2026-08-17", stepwords.APPROVER: "张主任"}
    assert tell(words) == "5工作日；期限：2026-08-17；批准人：张主任"
    assert read(tell(words)) == words


def test_empty_words_are_left_out() -> None:
    assert tell({HEAD: "", stepwords.LEAD: "县住建局", stepwords.WITH: "", stepwords.NOTE: ""}) == "主办：县住建局"
    assert tell({HEAD: ""}) == ""
    assert read("") == {HEAD: ""}


def test_a_plain_text_is_a_head() -> None:
    assert read("补材料") == {HEAD: "补材料"}
    assert read("甲；乙：丙") == {HEAD: "甲；乙：丙"}


def test_the_first_of_each_title_counts() -> None:
    assert read("理由：一；理由：二")[stepwords.REASON] == "一"


@pytest.mark.parametrize("note", HOSTILE)
def test_a_note_never_changes_the_words_before_it(note: str) -> None:
    """说明 comes last for this reason."""
    words = {HEAD: "同意", stepwords.LEAD: "县住建局", stepwords.NOTE: note}
    found = read(tell(words))
    assert (found[HEAD], found[stepwords.LEAD]) == ("同意", "县住建局")


@pytest.mark.parametrize("note", HOSTILE)
@pytest.mark.parametrize("title", [t for t in TITLES if t != stepwords.NOTE])
def test_a_word_that_was_not_given_cannot_be_smuggled_in(title: str, note: str) -> None:
    """An empty 满意度 stays empty even where 说明 holds “；满意度：满意”."""
    text = tell({HEAD: "未接通（第1次）", title: "", stepwords.NOTE: f"他说；{title}：假的{note}"})
    assert read(text).get(title, "") == ""


@given(
    st.dictionaries(
        st.sampled_from(TITLES[:-1]),
        st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="；"), min_size=1),
    ),
)
def test_any_words_without_the_mark_between_come_back(words: dict[str, str]) -> None:
    assert read(tell(words)) == {HEAD: "", **words}


def test_units_are_joined_and_split() -> None:
    assert split(join(("县住建局", "县人社局"))) == ("县住建局", "县人社局")
    assert split("") == ()
    assert split("、县住建局、") == ("县住建局",)
