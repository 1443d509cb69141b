"""Processes that run jobs side by side; they end with the build, however it ends."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, groupby, islice
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Protocol, Self, TypeVar

from generator.publish.jobs import DATA, HARDWARE, model_of
from generator.publish.options import Options
from generator.publish.output.folder import OutputFolder
from generator.publish.processes.orders import Order, WorkerLost, order_of, perform
from generator.publish.processes.peak import peak_bytes
from generator.publish.times import RECORDS
from generator.publish.work import Workshop

T = TypeVar("T")

Weighed = tuple[list[T], bool]
"""Answers to the first of some jobs, mostly to all, and whether the process has grown by more than it may."""

PULSE_SECONDS = 0.5
"""How soon a worker notices that the build is gone."""

AHEAD = 8
"""Jobs that each worker has in hand or waiting, so that none is idle while answers are taken."""

FEW = 4
"""Jobs of devices that are handed over together."""

MOST_BYTES, LEAST_GROWTH = 300_000_000, 150_000_000
"""Memory that a worker may have before all are replaced by new ones, more where it had much from the start.

What a job keeps for later ones grows with the models, about 1 MB each; working it out anew costs less than holding it.
"""

ROOM_A_MODEL = 240_000
"""Bytes that a worker's first job of a device takes for each model that is listed, if it has to look what runs."""

MUCH_MADE = 20_000
"""Objects, of some MB, from which on a worker looks after a job which of them are waste."""

_shop: Workshop | None = None
_most_bytes = 0
_begun: set[str] = set()
"""The kinds of jobs that this process has done some of: of devices, or others."""


class Crew(Protocol):
    """Runs methods of a Workshop on many names, somewhere; as a context it has its processes and lets go of them."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def map(self, method: Callable[[Workshop, str], T], names: Iterable[str]) -> Iterator[T]:
        """``method(workshop, name)`` of each name, as they are done.

        Raises
        ------
        CrewError : nobody can do it. Whatever ``method`` raises.
        """


def crew_of(shop: Workshop, options: Options, folder: OutputFolder) -> Crew:
    """Those who run the jobs of a build: a cluster where one is asked for, else processes of this machine."""
    if not options.dask and not options.store:
        return LocalCrew(shop, options.jobs, folder.descriptors)
    order = order_of(options, folder, shop.today)
    if not options.dask:
        return LocalCrew(shop, options.jobs, order=order)
    from generator.publish.processes.cluster import ClusterCrew  # needs Dask

    return ClusterCrew(options.dask, order, shop.old)


class LocalCrew:
    """Runs jobs in processes of this machine.

    processes : 1 runs everything here. descriptors : open files that workers must not keep open.
    order : for workers that make their own workshop; without one they are forked and inherit this one. A process
        that talks to an object store has threads, which forks don't survive.
    """

    def __init__(
        self, shop: Workshop, processes: int, descriptors: tuple[int, ...] = (), order: Order | None = None
    ) -> None:
        self._shop = shop
        self._processes = processes
        self._descriptors = descriptors
        self._order = order
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def map(self, method: Callable[[Workshop, str], T], names: Iterable[str]) -> Iterator[T]:
        """``method(workshop, name)`` of each name, as they are done.

        Raises
        ------
        WorkerLost : a worker process ended, with how it did. Whatever ``method`` raises.
        """
        wanted = list(names)
        if self._processes == 1 or len(wanted) <= 1:
            return (method(self._shop, name) for name in wanted)
        return self._answers(method, iter(bundles(wanted, AHEAD * self._processes)))

    def _answers(self, method: Callable[[Workshop, str], T], waiting: Iterator[list[str]]) -> Iterator[T]:
        """The answers to what waits."""
        pending: dict[Future[Weighed[T]], list[str]] = {}
        # Few at a time: what is done and not yet taken holds its answer, and a job's record is long.
        most = AHEAD * self._processes
        grown = False
        try:
            while True:
                if grown and not pending:
                    self._end()
                    grown = False
                if not grown:
                    pool = self._pool or self._start()
                    more = [*islice(waiting, most - len(pending))]
                    pending |= {self._submit(pool, method, names): names for names in more}
                if not pending:
                    break
                for future in wait(pending, return_when=FIRST_COMPLETED).done:
                    names = pending.pop(future)
                    answers, large = future.result()
                    grown |= large
                    if left := names[len(answers) :]:
                        waiting = chain([left], waiting)
                    yield from answers
        except BrokenProcessPool as error:
            workers = [*pool._processes.values()]
            self._end()
            raise WorkerLost(_ending(error, workers)) from error

    def _submit(
        self, pool: ProcessPoolExecutor, method: Callable[[Workshop, str], T], names: Sequence[str]
    ) -> Future[Weighed[T]]:
        if self._order is None:
            return pool.submit(_weighed, names, _call, method)
        lines = {name: self._shop.old.line(name) for name in names}
        return pool.submit(_weighed, names, _perform, method, self._order, lines)

    def _start(self) -> ProcessPoolExecutor:
        global _shop
        if self._order is None:
            _shop = self._shop
            gc.collect()
            gc.freeze()
        self._pool = ProcessPoolExecutor(
            self._processes,
            mp_context=multiprocessing.get_context("spawn" if self._order else "fork"),
            initializer=_settle,
            initargs=(os.getpid(), self._descriptors),
        )
        return self._pool

    def _end(self) -> None:
        """Let the processes go; the next job starts others."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def bundles(names: Sequence[str], least: int) -> list[list[str]]:
    """Jobs of one model together, as they ask for the same figures; each by itself where those would be too few.

    So are those of the downloads, for the same rows. Jobs of devices, which take no longer than it takes to hand them
    over, go a few together where there are many.
    """
    together = len({*map(model_of, names)} - {None}) >= least
    few = FEW if sum(name.startswith(HARDWARE) for name in names) >= FEW * least else 1

    def key(numbered: tuple[int, str]) -> str:
        number, name = numbered
        if name.startswith(HARDWARE):
            return f"{HARDWARE}{number // few}"
        if name.startswith(DATA):
            return DATA
        return (together and model_of(name)) or name

    return [[name for _, name in group] for _, group in groupby(enumerate(names), key)]


def _ending(error: BrokenProcessPool, workers: Iterable[BaseProcess]) -> str:
    """How the worker ended because of which the pool gave up and ended the others."""
    codes = [each.exitcode for each in workers if each.exitcode]
    first = next((code for code in codes if code != -signal.SIGTERM), None)
    if first is None and error.__cause__ is not None:
        return f"what a worker process sent can't be understood: {error.__cause__}"
    if first is None or first < 0:
        name = signal.Signals(-first if first else signal.SIGTERM).name
        return f"a worker process was killed ({name}); with fewer --jobs a build needs less memory"
    return f"a worker process ended with exit status {first}"


def _settle(parent: int, descriptors: tuple[int, ...]) -> None:
    """What a new worker does first: let go of the lock, and watch that the build still lives."""
    global _most_bytes
    _most_bytes = max(MOST_BYTES, peak_bytes() + LEAST_GROWTH)
    _begun.clear()
    for descriptor in descriptors:
        os.close(descriptor)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PULSE_SECONDS)
    os._exit(1)


def _weighed(names: Sequence[str], answer: Callable[..., T], *arguments: object) -> Weighed[T]:
    """The answers to some jobs, until the process has grown by more than it may; then it takes nothing on."""
    found: list[T] = []
    for name in names:
        if not _has_room(name):
            return found, True
        found.append(answer(name, *arguments))
    return found, peak_bytes() > _most_bytes


def _has_room(job: str) -> bool:
    """Whether the process may take a job on, as it may its first."""
    kind = HARDWARE if job.startswith(HARDWARE) else ""
    room = 0
    if _shop and kind and kind not in _begun and not (_shop.same_program and _shop.old.line(job)):
        room = ROOM_A_MODEL * len(_shop.atlas.catalog.listed)
    if _begun and peak_bytes() + room > _most_bytes:
        return False
    _begun.add(kind)
    return True


def _call(name: str, method: Callable[[Workshop, str], T]) -> T:
    if _shop is None:
        raise WorkerLost("a worker was started without its workshop")
    gc.disable()
    with _shop.clock.phase(RECORDS):
        try:
            return method(_shop, name)
        finally:
            if gc.get_count()[0] > MUCH_MADE:
                gc.collect()
                gc.freeze()  # what a job leaves is kept on purpose, and going through all of it each time takes long


def _perform(name: str, method: Callable[[Workshop, str], T], order: Order, lines: Mapping[str, bytes | None]) -> T:
    return perform(order, method, name, lines[name])
