"""Processes that run jobs side by side; they end with the build, however it ends."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Self, TypeVar

from generator.publish.jobs import Workshop

T = TypeVar("T")

PULSE_SECONDS = 0.5
"""How soon a worker notices that the build is gone."""

_shop: Workshop | None = None


class WorkerLost(Exception):
    """A worker process was killed, as when memory runs out."""


class Crew:
    """Runs methods of a Workshop on many names.

    processes : 1 runs everything here. descriptors : open files that workers must not keep open.
    """

    def __init__(self, shop: Workshop, processes: int, descriptors: tuple[int, ...] = ()) -> None:
        self._shop = shop
        self._processes = processes
        self._descriptors = descriptors
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def map(self, method: Callable[[Workshop, str], T], names: Iterable[str]) -> Iterator[T]:
        """``method(workshop, name)`` of each name, as they are done.

        Raises
        ------
        WorkerLost : a worker process was killed. Whatever ``method`` raises.
        """
        wanted = list(names)
        if self._processes == 1 or len(wanted) < 2:
            yield from (method(self._shop, name) for name in wanted)
            return
        pool = self._pool or self._start()
        pending = [pool.submit(_call, method, name) for name in wanted]
        try:
            for future in as_completed(pending):
                yield future.result()
        except BrokenProcessPool as error:
            raise WorkerLost("a worker process was killed; with fewer --jobs a build needs less memory") from error

    def _start(self) -> ProcessPoolExecutor:
        global _shop
        _shop = self._shop
        gc.collect()
        gc.freeze()
        self._pool = ProcessPoolExecutor(
            self._processes,
            mp_context=multiprocessing.get_context("fork"),
            initializer=_settle,
            initargs=(os.getpid(), self._descriptors),
        )
        return self._pool


def _settle(parent: int, descriptors: tuple[int, ...]) -> None:
    """What a new worker does first: let go of the lock, and watch that the build still lives."""
    for descriptor in descriptors:
        os.close(descriptor)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PULSE_SECONDS)
    os._exit(1)


def _call(method: Callable[[Workshop, str], Any], name: str) -> Any:
    if _shop is None:
        raise WorkerLost("a worker was started without its workshop")
    return method(_shop, name)
