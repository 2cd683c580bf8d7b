"""zmn.toml: who may delegate, who takes part where the notice lists nobody; slips are told with their key."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhuomuniao.errors import DataFileError
from zhuomuniao.workspace import CONFIG_NAME, WorkspaceConfig, create_workspace, open_workspace

HEAD = 'schema = 1\nlocality = "beilin"\n'


def problems(folder: Path, text: str) -> list[tuple[str, str]]:
    (folder / CONFIG_NAME).write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(DataFileError) as told:
        open_workspace(folder)
    return [(p.key, p.remedy) for p in told.value.problems]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    config = WorkspaceConfig(
        "beilin", "牵头部门", "区政府办", "赵敏慧", ("区信访局",), ("区住建局", "区城管执法局"),
        {"处投诉": ("区住建局", "区人社局"), "跟“执法”": ()}, {"delegated_only": "counts"},
    )  # fmt: skip
    create_workspace(tmp_path / "台", config)
    assert open_workspace(tmp_path / "台").config == config


def test_a_new_workspace_shows_where_to_write_them(tmp_path: Path) -> None:
    create_workspace(tmp_path / "台", WorkspaceConfig("beilin", "", "", ""))
    text = (tmp_path / "台" / CONFIG_NAME).read_text(encoding="utf-8")
    assert "may_delegate = []  # " in text
    assert "[participants]  # " in text
    found = open_workspace(tmp_path / "台").config
    assert (found.may_delegate, found.participants) == ((), {})


def test_what_a_clerk_types_is_read(tmp_path: Path) -> None:
    text = '[units]\nmay_delegate = [" 区住建局 "]\n[participants]\n"处投诉" = ["区住建局"]\n'
    (tmp_path / CONFIG_NAME).write_text(HEAD + text, encoding="utf-8")
    found = open_workspace(tmp_path).config
    assert (found.units, found.may_delegate, found.participants) == ((), ("区住建局",), {"处投诉": ("区住建局",)})


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[units]\nmay_delegates = []\n", "units.may_delegates"),
        ('[units]\nmay_delegate = "区住建局"\n', "units.may_delegate"),
        ('[units]\nmay_delegate = ["区住建局", " "]\n', "units.may_delegate"),
        ("[units]\nextra = [3]\n", "units.extra"),
        ('[participants]\n"处投诉" = "区住建局"\n', "participants.处投诉"),
        ('participants = ["区住建局"]\n', "participants"),
        ("[participant]\n", "participant"),
    ],
)
def test_a_slip_is_told_with_its_key(tmp_path: Path, text: str, key: str) -> None:
    ((told, remedy),) = problems(tmp_path, text)
    assert told == key
    assert remedy
