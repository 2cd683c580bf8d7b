"""Work spread over processes: every place answered once, also where a worker dies."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests import rollupwork
from zhuomuniao.errors import BadValueError
from zhuomuniao.rollup.cluster import require_safe
from zhuomuniao.rollup.counted import Source
from zhuomuniao.rollup.engines import Work, run_local


def sources(folder: Path, *names: str) -> list[Source]:
    return [Source(str(folder / f"{n}"), name) for n, name in enumerate(names)]


def answered(work: Work, places: list[Source], workers: int = 2) -> dict[str, str]:
    found = list(run_local(work, places, workers=workers))
    told = {answer.source.name: answer.unread[0].why for answer in found}
    assert Counter(answer.source for answer in found) == Counter(places), "每处答一次，不多不少"
    return told


def test_every_place_is_answered_once(tmp_path: Path) -> None:
    names = [f"{n:02d}" for n in range(25)]
    assert answered(rollupwork.plain, sources(tmp_path, *names)) == dict.fromkeys(names, "看过")
    assert answered(rollupwork.plain, []) == {}


def test_a_worker_that_dies_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    names = ["a", "b", "死1", "c", "d", "死2", "e"]
    assert answered(rollupwork.die_once, sources(tmp_path, *names)) == dict.fromkeys(names, "看过")
    assert len(list(tmp_path.iterdir())) == 2, "真的死过"


def test_what_kills_every_worker_is_told_and_stops_nothing(tmp_path: Path) -> None:
    told = answered(rollupwork.die_always, sources(tmp_path, "a", "死", "b", "c"))
    assert told.pop("死") == "读这一处的进程一再被系统终止"
    assert told == dict.fromkeys("abc", "看过")


@pytest.mark.parametrize(
    "address",
    ["tls://10.1.2.3:8786", "tcp://127.0.0.1:8786", "127.0.0.1:8786", "tcp://localhost:1", "tcp://[::1]:8786"],
)
def test_a_scheduler_that_is_safe(address: str) -> None:
    require_safe(address)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("tcp://10.1.2.3:8786", "没有用 tls:// 加密"),
        ("10.1.2.3:8786", "没有用 tls:// 加密"),
        ("tcp://0.0.0.0:8786", "没有用 tls:// 加密"),
        ("scheduler.example:8786", "没有用 tls:// 加密"),
        ("ws://10.1.2.3:8786", "没有用 tls:// 加密"),
        ("tcp://127.0.0.1.example:8786", "没有用 tls:// 加密"),
        ("http://127.0.0.1:8786", "不是调度器的地址"),
        ("tcp://", "不是调度器的地址"),
        ("tcp://[x", "不是调度器的地址"),
        ("tls://", "不是调度器的地址"),
        ("", "不是调度器的地址"),
        ("inproc://x", "不是调度器的地址"),
    ],
)
def test_a_scheduler_anybody_could_use_is_not_talked_to(address: str, told: str) -> None:
    with pytest.raises(BadValueError, match=told):
        require_safe(address)
