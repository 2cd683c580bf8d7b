"""What the commands that write on zmn's or the office's behalf sign with; none of them is a clerk's step."""

from __future__ import annotations

from enum import StrEnum

from zhuomuniao.model import StepKind


class Verb(StrEnum):
    """The verb of an operation that ``undo`` does not take back."""

    SETTLE = "settle"
    DEEM = "deem"
    CHECK = "check"
    UNDO = "undo"
    RESTORE = "restore"
    UPGRADE = "upgrade"
    ADOPT = "adopt"


_WORDS = {
    "register": "登记",
    Verb.SETTLE: "补记人工修改",
    Verb.DEEM: "视为签收",
    "escalate": "催办督办",
    "import": "导入",
    "meeting": "会议",
    Verb.CHECK: "处理人工改动",
    Verb.UNDO: "撤销",
    Verb.RESTORE: "恢复旧版",
    Verb.UPGRADE: "升级表样",
    Verb.ADOPT: "接管",
}


def verb_words(verb: str) -> str:
    """What a command did, for a person: register → 登记, resolve → 办结."""
    steps = {kind.name.lower(): kind.value for kind in StepKind}
    return _WORDS.get(verb) or steps.get(verb, verb)
