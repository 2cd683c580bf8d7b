"""Work on another thread ends before its result is used, and what goes wrong there is not lost."""

from __future__ import annotations

import time
import zlib

import pytest

from zhuomuniao.store.beside import Beside


def test_the_result_is_waited_for() -> None:
    def slow() -> int:
        time.sleep(0.05)
        return 7

    assert Beside(slow).result() == 7


def test_what_it_raises_is_raised_where_its_result_is_asked_for() -> None:
    def fail() -> None:
        raise zlib.error("坏了")

    job = Beside(fail)
    with pytest.raises(zlib.error, match="坏了"):
        job.result()


def test_what_it_raises_goes_before_what_was_raised_meanwhile() -> None:
    def fail() -> None:
        raise zlib.error("坏了")

    with pytest.raises(zlib.error), Beside(fail):
        raise ValueError("读不出来")
    with pytest.raises(ValueError, match="读不出来"), Beside(lambda: None):
        raise ValueError("读不出来")
