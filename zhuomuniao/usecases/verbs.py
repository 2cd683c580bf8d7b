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


class FieldVerb(StrEnum):
    """The verb of an operation of field work; ``undo`` says what it was to the clerk."""

    DRAW_UP = "draw_up"
    CHANGE_PLANS = "change_plans"
    MARK_PLANS = "mark_plans"
    LIST_ITEMS = "list_items"
    CHANGE_ITEMS = "change_items"
    COLLECT = "collect"
    APPOINT = "appoint"
    ROTATE = "rotate"
    OPEN_SITE = "open_site"
    CLOSE_SITE = "close_site"


_WORDS = {
    FieldVerb.DRAW_UP: "列入活动计划",
    FieldVerb.CHANGE_PLANS: "更新活动计划",
    FieldVerb.MARK_PLANS: "登记计划的审核、公布",
    FieldVerb.LIST_ITEMS: "载入事项清单",
    FieldVerb.CHANGE_ITEMS: "更新事项清单",
    FieldVerb.COLLECT: "收清单",
    FieldVerb.APPOINT: "列入名册",
    FieldVerb.ROTATE: "轮换、离任",
    FieldVerb.OPEN_SITE: "设立体验点",
    FieldVerb.CLOSE_SITE: "撤销体验点",
    "hold": "登记活动",
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
