"""Work spread over a Dask cluster: one of this computer's own, or one whose scheduler is named.

Whoever can reach a scheduler can have any code run on its workers. So the cluster made here listens on 127.0.0.1
only, and a scheduler elsewhere is talked to by TLS (``tls://``, certificates as Dask's configuration names them:
``distributed.comm.tls``), or not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from ipaddress import ip_address
from itertools import islice
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from zhuomuniao.errors import BadValueError, CannotWriteError
from zhuomuniao.rollup.engines import died_over, processors

if TYPE_CHECKING:
    from zhuomuniao.rollup.counted import Answer, Source
    from zhuomuniao.rollup.engines import Work

LOOPBACK: Final = "127.0.0.1"
_CONNECTING_SECONDS: Final = 15
_LOOK_SECONDS: Final = 5.0
_WITHOUT_WORKERS_SECONDS: Final = 60.0
"""So long workers that were ended may take to come back."""

_WAITING_EACH: Final = 2
"""Places handed to each thread of the cluster at a time; what waits here costs no memory there."""


def run_dask(
    work: Work, sources: Sequence[Source], *, scheduler: str | None = None, workers: int | None = None
) -> Iterator[Answer]:
    """Every place with its answer, by the cluster of a scheduler that is safe, else by one of its own.

    Raises :class:`BadValueError` for a scheduler that does not answer, or has no workers, and where Dask is not
    installed; :class:`CannotWriteError` where the cluster is lost on the way.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise BadValueError(
            "--engine dask 要用 Dask，这台电脑没有装", "请安装 zhuomuniao[cluster]；一台电脑够用的，用 --engine local"
        ) from error
    with ExitStack() as closing:
        # What the cluster's own log says is for people who run clusters.
        closing.callback(logging.getLogger("distributed").setLevel, logging.getLogger("distributed").level)
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        if scheduler is not None and urlsplit(scheduler).scheme == "tls":
            _require_certificates()
        try:
            address = scheduler or closing.enter_context(_own_cluster(workers or processors()))
            client = closing.enter_context(Client(address, timeout=_CONNECTING_SECONDS, set_as_default=False))
        except (OSError, RuntimeError, TimeoutError, ValueError) as error:
            told = f"连不上调度器 {scheduler}" if scheduler else "本机的集群起不来"
            how = "请核对地址、证书和网络，看调度器是不是开着；一台电脑够用的，用 --engine local"
            raise BadValueError(f"{told}（{type(error).__name__}）", how) from error
        yield from _by_client(client, work, sources)


def require_safe(scheduler: str) -> None:
    """Raise :class:`BadValueError` for a scheduler of another computer without TLS: the data, and whatever anybody
    wants to have run, would go over the network in the open.
    """
    try:
        told = urlsplit(scheduler if "://" in scheduler else f"tcp://{scheduler}")
        host = told.hostname or ""
    except ValueError:
        host = ""
    if not host or told.scheme not in ("tcp", "tls", "ws", "wss", "ucx"):
        raise BadValueError(f"“{scheduler}”不是调度器的地址", "请写成 tls://主机:8786；本机的写 tcp://127.0.0.1:8786")
    if told.scheme != "tls" and not _is_this_computer(host):
        raise BadValueError(
            f"调度器 {scheduler} 在别的电脑上，又没有用 tls:// 加密，不连接",
            "不加密的调度器，谁连上都能在各台电脑上运行任意程序；请给集群配好证书，用 tls:// 连接（见 docs/规模.md）",
        )


def _is_this_computer(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _require_certificates() -> None:
    """Raise :class:`BadValueError` where Dask's configuration names no certificates to talk by TLS with."""
    from dask import config

    wanted = ("ca-file", "client.cert", "client.key")
    if missing := [name for name in wanted if not config.get(f"distributed.comm.tls.{name}", None)]:
        raise BadValueError(
            f"用 tls:// 连接要有证书，Dask 的配置里没有写 {'、'.join(missing)}",
            "请在 Dask 的配置文件里写上 distributed.comm.tls 的 ca-file、client.cert、client.key（见 docs/规模.md）",
        )


def _own_cluster(workers: int) -> Any:
    """A cluster of this computer, reachable from this computer only, without pages to look at."""
    from distributed import LocalCluster, Security

    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host=LOOPBACK,
        # Whatever is configured for a cluster of many computers: this one is never heard outside.
        protocol="tcp://",
        security=Security(require_encryption=False),
        # It answers whether it is well there; any port will do, and the pages to look at are left out.
        dashboard_address=f"{LOOPBACK}:0",
        scheduler_kwargs={"dashboard": False},
        worker_dashboard_address=None,
        silence_logs=logging.CRITICAL,
        # One book may be bigger than the rest; the system's own limit is enough.
        memory_limit=0,
    )


def _by_client(client: Any, work: Work, sources: Sequence[Source]) -> Iterator[Answer]:
    from distributed import KilledWorker, as_completed

    threads = sum(client.nthreads().values())
    if not threads:
        raise BadValueError("调度器没有工作节点", "请先在各台电脑上启动 dask worker，再运行一次")
    waiting = iter(sources)
    running: dict[Any, Source] = {}

    def hand_out(count: int) -> list[Any]:
        handed = {client.submit(work, source, pure=False): source for source in islice(waiting, count)}
        running.update(handed)
        return [*handed]

    done = as_completed(hand_out(threads * _WAITING_EACH), loop=client.loop)
    with _giving_up_without_workers(client, running):
        for future in done:
            source = running.pop(future)
            if future.status == "finished":
                try:
                    answer = future.result()
                except Exception as error:
                    raise _lost(error) from error
                yield answer
            else:
                failure = future.exception() if future.status == "error" else None
                if not isinstance(failure, KilledWorker):
                    raise _lost(failure)
                yield died_over(source)
            with suppress(Exception):
                future.release()
            for new in hand_out(1):
                done.add(new)


@contextmanager
def _giving_up_without_workers(client: Any, running: Mapping[Any, Source]) -> Iterator[None]:
    """Cancel what is running when the cluster has had no worker for a while: Dask itself would wait for ever."""
    is_over = Event()

    def look() -> None:
        missed = 0
        while not is_over.wait(_LOOK_SECONDS):
            with suppress(Exception):
                missed = 0 if client.nthreads() else missed + 1
            if missed * _LOOK_SECONDS >= _WITHOUT_WORKERS_SECONDS:
                client.cancel([*running])
                return

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _lost(error: BaseException | None) -> CannotWriteError:
    """What is told where a cluster does not do what it was given."""
    if isinstance(error, ImportError):
        return CannotWriteError(
            f"工作节点上没有装 zmn，或装的不是同一个版本（{error.name or '缺模块'}）",
            "请在每个节点上装同一个版本的 zhuomuniao[cluster]；没有写出汇总",
        )
    named = type(error).__name__ if error else "没有工作节点了，或连接断了"
    return CannotWriteError(f"集群没有做完（{named}）", "请看调度器和各节点是不是开着，再运行一次；没有写出汇总")
