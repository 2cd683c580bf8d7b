"""区县 新建 and 核对: a clerk who writes no Python makes a county of her own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.desk import Answer, Desk
from zhuomuniao.assets import locality_folder, locality_slugs

COUNTIES = Path(__file__).resolve().parents[1] / "fixtures" / "counties"
KEYS = ["code", "file", "sheet", "row", "column", "found", "expected", "remedy"]


@pytest.fixture
def table(tmp_path: Path) -> Desk:
    """A table without a workspace."""
    return Desk(tmp_path / "还没有")


def check(desk: Desk, folder: Path | str) -> Answer:
    answer = desk.type("locality", "check", str(folder))
    scripted = desk.type("locality", "check", str(folder), "--json")
    assert scripted.code == answer.code
    assert answer.err == scripted.err == ""
    found = scripted.json
    assert found["count"] == len(found["findings"])
    assert answer.code == (1 if found["count"] else 0)
    for finding in found["findings"]:
        assert list(finding) == KEYS
        assert (finding["sheet"], finding["row"]) == (None, None)
        assert all(finding[key] for key in ("code", "file", "column", "found", "expected", "remedy"))
        assert not Path(finding["file"]).is_absolute()
        assert finding["found"] in answer.out
    return answer


@pytest.mark.parametrize("slug", locality_slugs())
def test_those_that_come_with_zmn_are_in_order(table: Desk, slug: str) -> None:
    told = check(table, slug)
    assert told.code == 0
    assert "没有发现问题" in told.out
    assert "条规则" in told.out


def test_a_county_of_our_own_from_beginning_to_end(table: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "yunxi"
    begun = table.ask("locality", "new", str(folder), "--from", "xiangtan", "--name", "云溪县")
    assert begun["slug"] == "yunxi"
    assert set(begun["files"]) == {
        "locality.toml", "source.txt", "cases.toml", "rules/2022.toml", "layouts/window.toml",
        "layouts/supervise-letter.toml", "layouts/work-sheet.toml",
    }  # fmt: skip
    left = check(table, folder)
    assert left.code == 1
    assert f"还有{begun['left']}处要改" in left.out
    for words in ("请改成单位全称", "还没有贴通知", "不在 source.txt 里"):
        assert words in left.out
    assert table.type("init", str(tmp_path / "台"), "--locality", str(folder)).code == 0, "may be tried at once"

    # The notice is pasted, what is marked is written: nothing is left to do.
    shutil.copy(locality_folder("xiangtan") / "source.txt", folder / "source.txt")
    path = folder / "locality.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("请改成单位全称", "云溪县政务服务局").replace("请改成通知的标题", "方案")
    path.write_text(text.replace("请改成文号，没有的留空", ""), encoding="utf-8")
    assert check(table, folder).code == 0
    desk = Desk(tmp_path / "新台", "2026-10-30")
    assert desk.type("init", str(desk.folder), "--locality", str(folder), "--year", "2026").code == 0
    assert desk.register("2026-10-08 09:00", tier="二级")["deadlines"][0]["due_on"] == "2026-10-14"
    assert "云溪县" in desk.book.name


def test_the_files_say_in_chinese_what_to_do(table: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "yunxi"
    table.ask("locality", "new", str(folder), "--from", "neixiang")
    for path in folder.rglob("*.toml"):
        first, *_ = path.read_text(encoding="utf-8").splitlines()
        assert first.startswith("# 【要做的事】"), path
    assert (folder / "source.txt").read_text(encoding="utf-8").count("\n") == 1
    assert "请改成区县名称" in check(table, folder).out


@pytest.mark.parametrize("name", ["Yunxi", "云溪", "yun xi", "-yunxi", "yun_xi", "con", "neixiang", "y" * 50])
def test_a_name_that_cannot_be_a_slug(table: Desk, tmp_path: Path, name: str) -> None:
    refused = table.type("locality", "new", str(tmp_path / name), "--from", "neixiang")
    assert refused.code == 2
    assert "请" in refused.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(table: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "yunxi"
    folder.mkdir()
    (folder / "记.txt").write_text("别动", encoding="utf-8")
    refused = table.type("locality", "new", str(folder), "--from", "neixiang")
    assert (refused.code, "已经有内容" in refused.err) == (2, True)
    assert [p.name for p in tmp_path.rglob("*")] == ["yunxi", "记.txt"]
    (tmp_path / "songling").write_text("", encoding="utf-8")
    assert table.type("locality", "new", str(tmp_path / "songling"), "--from", "neixiang").code == 2


def test_an_empty_folder_and_a_folder_inside_new_ones_will_do(table: Desk, tmp_path: Path) -> None:
    (tmp_path / "yunxi").mkdir()
    for folder in (tmp_path / "yunxi", tmp_path / "各县" / "songling"):
        assert table.type("locality", "new", str(folder), "--from", "neixiang").code == 0
        assert (folder / "locality.toml").is_file()
        assert not [p for p in folder.parent.iterdir() if p.name.startswith(".zmn")]


def test_nothing_half_written(table: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_text

    def fails(path: Path, *args: object, **options: object) -> int:
        if path.name == "cases.toml":
            raise OSError(28, "No space left on device")
        return write(path, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "write_text", fails)
    refused = table.type("locality", "new", str(tmp_path / "yunxi"), "--from", "neixiang")
    assert (refused.code, "磁盘满了" in refused.err) == (8, True)
    assert list(tmp_path.iterdir()) == []


def test_from_a_county_that_is_none(table: Desk, tmp_path: Path) -> None:
    refused = table.type("locality", "new", str(tmp_path / "yunxi"), "--from", "buzhidao")
    assert (refused.code, "neixiang" in refused.err) == (2, True)
    missing = table.type("locality", "new", str(tmp_path / "yunxi"))
    assert (missing.code, "--from" in missing.err) == (2, True)


def test_from_a_folder_of_our_own(table: Desk, tmp_path: Path) -> None:
    begun = table.ask("locality", "new", str(tmp_path / "nanshan"), "--from", str(COUNTIES / "qingshi"))
    assert {"rules/2024.toml", "rules/2026.toml", "layouts/form.toml"} <= set(begun["files"])
    assert 'id = "nanshan-window"' in (tmp_path / "nanshan/layouts/window.toml").read_text(encoding="utf-8")


def test_a_name_with_quotation_marks(table: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "yunxi"
    table.ask("locality", "new", str(folder), "--from", "xiangtan", "--name", '云溪"县\\')
    assert table.ask("locality", "show", str(folder))["locality"]["name"] == '云溪"县\\'
    assert table.type("locality", "new", str(tmp_path / "b"), "--from", "xiangtan", "--name", "甲\n乙").code == 2


@pytest.mark.parametrize("wanted", ["没有这个", "", "a\0b", "x" * 5000])
def test_nothing_to_check(table: Desk, wanted: str) -> None:
    refused = table.type("locality", "check", wanted)
    assert refused.code == 2
    assert "Traceback" not in refused.err


def test_a_file_is_not_a_folder(table: Desk, tmp_path: Path) -> None:
    path = tmp_path / "notice.txt"
    path.write_text("x", encoding="utf-8")
    refused = table.type("locality", "check", str(path))
    assert (refused.code, "是一个文件" in refused.err) == (2, True)


def test_an_own_folder_comes_before_one_of_zmn(table: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "neixiang").mkdir()
    monkeypatch.chdir(tmp_path)
    assert check(table, "neixiang").code == 1


def test_the_mistakes_are_listed_file_by_file(table: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "songling"
    shutil.copytree(COUNTIES / "songling", folder)
    path = folder / "rules/2026.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace('limit = "3工作日"', 'limit = "三天内"', 1).replace("restarts = true", "restarts = 1")
    path.write_text(text.replace('edition = "2026"', "edition = 2026"), encoding="utf-8")
    told = check(table, folder)
    assert told.out.count("rules/2026.toml\n") == 1
    assert "clocks[" not in told.out, "三天内 can be read: it is 3日"
    assert "pauses[2].restarts：“1”不是 true 或 false" in told.out
    assert "edition：“2026”不是文字" in told.out
    assert (
        "deadlines“求助3个工作日：10月8、9、10日（六，班）”.due.解决：例子写的是“2026-10-10”，规则算出“2026-10-03”"
        in told.out
    )


def test_the_check_does_not_depend_on_where_it_is_run(desk: Desk) -> None:
    config = desk.folder / "zmn.toml"
    text = config.read_text(encoding="utf-8")
    mark = "[calendar.rest]"
    config.write_text(text.replace(mark, f'{mark}\n2026-08-11 = "停电"\n#', 1), encoding="utf-8")
    assert json.loads(desk.type("deadline", "2026-08-10", "1工作日", "--json").out)["due_on"] == "2026-08-12"
    assert check(desk, "neixiang").code == 0


def test_the_chinese_words_do_the_same(table: Desk, tmp_path: Path) -> None:
    assert table.type("区县", "新建", str(tmp_path / "yunxi"), "--from", "neixiang").code == 0
    assert table.type("区县", "核对", str(tmp_path / "yunxi")).code == 1
