"""Something done in a process of its own: by a common user (root may do everything), or with a limit on files."""

from __future__ import annotations

import os
import pickle
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class User:
    """A user by numbers; nobody need bear them."""

    number: int
    group: int
    groups: Sequence[int] = ()


def do_apart(act: Callable[[], T], *, user: User | None = None, file_bytes: int | None = None) -> T:
    """What ``act`` answers in a child process: as ``user``, or unable to make a file longer than ``file_bytes``."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = 1
        try:
            if file_bytes is not None:
                import resource

                resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
            if user is not None:
                os.setgroups(user.groups)
                os.setresgid(user.group, user.group, user.group)
                os.setresuid(user.number, user.number, user.number)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(act(), pipe)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    assert os.waitpid(child, 0)[1] == 0
    return pickle.loads(answer)  # type: ignore[no-any-return]


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A folder that every user may enter; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="zmn-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
