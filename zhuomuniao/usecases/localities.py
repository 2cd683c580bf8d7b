"""A county's folder: begun from another one, and checked until nothing is left to do."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from zhuomuniao.assets import data_folder, locality_folder, locality_slugs
from zhuomuniao.consistency import cited_rules
from zhuomuniao.errors import BadValueError, CannotWriteError, FileProblem, WorkspaceError, reason_of
from zhuomuniao.forms.filled import problems_of
from zhuomuniao.forms.values import every_name
from zhuomuniao.model import Finding
from zhuomuniao.quotes import MAX_SOURCE_BYTES, SOURCE_FILE, misquoted
from zhuomuniao.rulecheck import disagreements
from zhuomuniao.rulefile import LAYOUTS_FOLDER, LOCALITY_FILE, RULES_FOLDER, LocalityReading, read_locality
from zhuomuniao.store.stage import make_folder
from zhuomuniao.texts import clean_text
from zhuomuniao.tomlkeys import Place, read_toml, read_words, shown
from zhuomuniao.usecases.office import open_locality
from zhuomuniao.workdays import WorkCalendar
from zhuomuniao.workedcases import CASES_FILE

POLICIES_FILE = "policies.toml"
TO_DO = "请改成"
"""How every value begins that a new folder leaves for the clerk to write."""

_PASTE_HERE = "请把通知全文（含文号、日期和附件）贴在这里，代替这一行；一字不改，存成 UTF-8"
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_KEPT_BY_WINDOWS = {"con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10))}

_NOTICE = "通知全文"
_EXPECTED = {
    "data_file": "照《新增区县》的写法",
    "inconsistent": "各处对得上",
    "source": _NOTICE,
    "misquote": f"逐字抄自 {SOURCE_FILE}",
    "worked_case": "例子与规则一致",
    "to_do": "本县的内容",
}


class CountyCheck(Struct, frozen=True):
    """What a check of a county's folder found, and how many rules, quotes and worked cases it looked at."""

    folder: Path
    name: str
    findings: tuple[Finding, ...]
    rules: int
    quotes: int
    cases: int


class NewCounty(Struct, frozen=True):
    """A folder that was begun: where, from which locality, its files, and how much is left to do."""

    folder: Path
    slug: str
    source_name: str
    files: tuple[str, ...]
    left: int


def check_county(wanted: str) -> CountyCheck:
    """Everything that is wrong with a county's folder, in one go; never raises for what stands in it.

    ``wanted`` is a folder, or the slug of a locality that comes with zmn. Raises :class:`BadValueError` where there
    is neither.
    """
    folder = _folder_to_check(wanted)
    read = read_locality(folder, data_folder() / POLICIES_FILE)
    # One notice, one answer: the calendar is the one that comes with zmn, wherever the check is run.
    quotes, misquotes = misquoted(read.editions, folder)
    cases, wrong_answers = disagreements(read.editions, folder, WorkCalendar())
    own = (*_slug_problems(read), *_unread_files(folder), *_left_to_do(folder), *_misnamed(read))
    problems = [*own, *read.problems, *misquotes, *wrong_answers]
    layouts = {path.name for path in _folder_files(folder / LAYOUTS_FOLDER)}
    return CountyCheck(
        folder=folder,
        name=read.locality.name if read.locality else folder.resolve().name,
        findings=tuple(dict.fromkeys(_finding(problem, layouts) for problem in problems)),
        rules=sum(1 for edition in read.editions for _ in cited_rules(edition.rules)),
        quotes=quotes,
        cases=cases,
    )


def start_county(folder: Path, source: str, name: str = "") -> NewCounty:
    """Begin a county's folder as a copy of the locality ``source``, whole or not at all.

    The folder's name becomes its slug. What belongs to the other county alone is left to write
    (:data:`TO_DO`), and the notice to paste. Raises :class:`BadValueError` for a name that cannot be a slug or a
    folder that holds something, :class:`WorkspaceError` and :class:`DataFileError` for a locality that is none, and
    :class:`CannotWriteError`.
    """
    target = folder.resolve()
    _require_slug(target.name)
    _require_empty(folder, target)
    origin = locality_folder(source)
    model = open_locality(origin).locality
    wanted = clean_text(name)
    if "\n" in wanted or len(wanted) > 50:
        raise BadValueError("区县名称太长或不止一行", "请写如 --name 云溪县")
    files = dict(_begun_files(origin, target.name, wanted, model.name))
    try:
        _write_whole(target, files)
    except OSError as error:
        raise CannotWriteError(
            f"建不了文件夹“{folder}”：{reason_of(error)}", "请检查权限和磁盘空间，或换一个地方；什么也没有写下"
        ) from error
    left = len(check_county(str(target)).findings)
    return NewCounty(folder, target.name, model.name, tuple(sorted(files)), left)


def _folder_to_check(wanted: str) -> Path:
    try:
        own = Path(wanted)
        if wanted.strip() and own.is_dir():
            return own
        if wanted.strip() and own.exists():
            raise BadValueError(f"“{shown(wanted)}”是一个文件", "请写区县文件夹，里面有 locality.toml")
        if wanted.strip():
            return locality_folder(wanted)
    except WorkspaceError as unknown:
        raise BadValueError(f"没有文件夹“{shown(wanted)}”，也没有这个名字的区县", unknown.remedy) from unknown
    except (OSError, ValueError) as unusable:
        raise BadValueError(f"“{shown(wanted)}”不能作文件夹名", "请写区县文件夹，如 yunxi") from unusable
    raise BadValueError("没有写文件夹", "请写区县文件夹，如 yunxi")


def _finding(problem: FileProblem, layouts: set[str]) -> Finding:
    file = f"{LAYOUTS_FOLDER}/{problem.file}" if problem.file in layouts else problem.file
    expected = problem.expected or _EXPECTED.get(problem.code, "")
    return Finding(problem.code, file, "", None, problem.key, problem.what, expected, problem.remedy)


def _slug_problems(read: LocalityReading) -> Iterator[FileProblem]:
    folder = read.folder.resolve().name
    if read.locality is None or read.locality.slug == folder:
        return
    problems: list[FileProblem] = []
    place = Place(LOCALITY_FILE, problems, "slug", "inconsistent")
    place.tell(f"slug 是“{shown(read.locality.slug)}”，文件夹叫“{shown(folder)}”", "请把两处写成一样", folder)
    yield from problems


def _folder_files(folder: Path) -> Sequence[Path]:
    try:
        return sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError:
        return []


def _misnamed(read: LocalityReading) -> Iterator[FileProblem]:
    """Placeholders of the county's papers that stand for nothing."""
    values = every_name()
    for stem, paper in read.forms.items():
        yield from problems_of(paper, values, f"{stem}.toml")


def _unread_files(folder: Path) -> Iterator[FileProblem]:
    """Files that were meant to be read and are not: Windows hides the second ending of ``2026.toml.txt``."""
    for part in (".", RULES_FOLDER, LAYOUTS_FOLDER):
        for path in _folder_files(folder / part):
            if ".toml" in path.name.casefold() and path.suffix != ".toml" and path.name[0] not in ".~":
                file = path.name if part == "." else f"{part}/{path.name}"
                remedy = "请把文件名改成以 .toml 结尾（小写），或移走"
                yield FileProblem(file, "全文", "文件名不以 .toml 结尾，zmn 不会读它", remedy, "data_file", ".toml")


def _left_to_do(folder: Path) -> Iterator[FileProblem]:
    """What a new folder still asks the clerk for."""
    for path in (folder / LOCALITY_FILE, *_folder_files(folder / LAYOUTS_FOLDER)):
        if path.suffix == ".toml":
            for key, words in _texts_in(read_toml(path, Place(path.name, []))):
                if words.startswith(TO_DO):
                    yield FileProblem(path.name, key, f"还写着“{shown(words)}”", "请改成本县的", "to_do", words)
    notice = read_words(folder / SOURCE_FILE, Place(SOURCE_FILE, []), most=MAX_SOURCE_BYTES)
    if notice is not None and notice.lstrip().startswith(_PASTE_HERE):
        yield FileProblem(SOURCE_FILE, "全文", "还没有贴通知", "请把通知全文贴进去，代替第一行", "to_do", _NOTICE)


def _texts_in(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a TOML file with its key, two levels deep: what a new folder leaves open stands no deeper."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping) and key.count(".") < 2:
        for name, inner in value.items():
            yield from _texts_in(inner, f"{key}.{name}" if key else str(name))


def _require_slug(slug: str) -> None:
    if slug in locality_slugs():
        raise BadValueError(f"“{slug}”是随 zmn 带来的区县", "请给文件夹另起一个名字，以免分不清")
    if not _SLUG.fullmatch(slug) or slug in _KEPT_BY_WINDOWS:
        raise BadValueError(
            f"文件夹名“{shown(slug)}”不能作区县的英文名",
            "请用小写英文字母、数字和 -，如 yunxi；中文名称写在 --name 里，如 --name 云溪县",
        )


def _require_empty(folder: Path, target: Path) -> None:
    try:
        if target.is_dir() and any(target.iterdir()):
            raise BadValueError(f"文件夹“{folder}”里已经有内容，没有动它", "请换一个新的文件夹名")
        if target.exists() and not target.is_dir():
            raise BadValueError(f"“{folder}”已经是一个文件，没有动它", "请换一个新的文件夹名")
    except OSError as error:
        raise CannotWriteError(f"看不了“{folder}”：{reason_of(error)}", "请检查权限，或换一个地方") from error


def _begun_files(origin: Path, slug: str, name: str, model: str) -> Iterator[tuple[str, str]]:
    title = name or f"{TO_DO}区县名称"
    copied = f"由 zmn locality new 照抄自{model}"
    for path in (origin / LOCALITY_FILE, origin / CASES_FILE, *_toml_in(origin / RULES_FOLDER)):
        file = path.relative_to(origin).as_posix()
        text = path.read_text(encoding="utf-8-sig")
        if file == LOCALITY_FILE:
            text = _of_this_county(text, slug, title)
        yield file, _headed(_HEADS[file.split("/")[0]], copied, text)
    for path in _toml_in(origin / LAYOUTS_FOLDER):
        text = path.read_text(encoding="utf-8-sig")
        text = re.sub(r"(?m)^title *= *.*$", lambda line: line[0].replace(model, _quoted(title)[1:-1]), text)
        text = re.sub(rf'(?m)^id *= *"{re.escape(origin.resolve().name)}-', f'id = "{slug}-', text)
        yield path.relative_to(origin).as_posix(), _headed(_HEADS[LAYOUTS_FOLDER], copied, text)
    yield SOURCE_FILE, _PASTE_HERE + "\n"


def _toml_in(folder: Path) -> Sequence[Path]:
    return [path for path in _folder_files(folder) if path.suffix == ".toml"]


_HEADS = {
    LOCALITY_FILE: (
        "把写着“请改成”的地方改成本县的；roles 是用 zmn 的各个角色，每个 [[ledgers]] 是一本台账。",
        "slug 要和文件夹名一样，不用改。改好一处，就运行一次 zmn locality check 本文件夹，看还剩什么。",
    ),
    RULES_FOLDER: (
        "每个 [[…]] 是一条规则，逐条对照本县的通知：照原文改数字、条款（clause）和原文（quote，逐字抄）；",
        "通知没有的，整条删去；通知多出来的，照样子加一条；通知没有写明、由本单位选定的，写 basis = \"unstated\"。",
        "edition 写版本（一般是年份），applies_from 写施行日期；本文件的名字也改成版本名，如 rules/2026.toml。",
    ),
    LAYOUTS_FOLDER: (
        "表头（header）和先后照本县的原件改，field 不要改；原件没有表样、自己拟定的，",
        'columns_source 写 "inferred"。title 印在表的第一行，也是台账的文件名。',
    ),
    CASES_FILE: (
        "这里的例子用来核对规则。请在日历上自己数一遍再写日子，不要照抄程序算出的；每种期限至少写一个，",
        "节假日、调休前后各写一个最有用。规则里删去的，这里的例子也删去。",
    ),
}  # fmt: skip


def _headed(lines: Sequence[str], copied: str, text: str) -> str:
    head = [f"# 【要做的事】{lines[0]}", *(f"# {line}" for line in lines[1:]), f"# —— 以下{copied} ——"]
    return "\n".join([*head, "", text])


def _of_this_county(text: str, slug: str, name: str) -> str:
    """``locality.toml`` with what belongs to one county alone written anew or left to write."""
    notice = {"title": f"{TO_DO}通知的标题", "number": f"{TO_DO}文号，没有的留空"}
    own = {"": {"slug": slug, "name": name, "office": f"{TO_DO}单位全称"}, "[notice]": notice}
    table, lines = "", []
    for line in text.splitlines():
        table = line.split("#")[0].strip() if line.startswith("[") else table
        key = line.partition("=")[0].strip()
        value = own.get(table, {}).get(key)
        lines.append(line if value is None else f"{key} = {_quoted(value)}")
    written = "\n".join(lines) + "\n"
    try:
        is_ours = tomllib.loads(written).get("slug") == slug
    except tomllib.TOMLDecodeError:
        is_ours = False
    if not is_ours:
        raise BadValueError("照抄的区县的 locality.toml 写法特别，改不了", "请换一个区县作样子，如 --from neixiang")
    return written


def _quoted(text: str) -> str:
    """A text as TOML writes it, which is as JSON does."""
    return json.dumps(text, ensure_ascii=False)


def _write_whole(target: Path, files: Mapping[str, str]) -> None:
    """All files in a folder beside the target, which then takes its place."""
    make_folder(target.parent)
    staged = Path(tempfile.mkdtemp(prefix=".zmn-", dir=target.parent))
    try:
        for name, text in files.items():
            path = staged / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        staged.chmod(target.parent.stat().st_mode & 0o777)
        if target.is_dir():
            target.rmdir()
        staged.replace(target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
