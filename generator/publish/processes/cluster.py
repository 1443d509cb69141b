"""A Dask cluster that runs a build's jobs: workers write to the output, records come back here.

A job whose worker dies is given to another one by the scheduler; as a job always writes the same files, nothing
is lost or doubled.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from queue import Empty, Queue
from time import monotonic
from types import TracebackType
from typing import Any, Self, TypeVar

from distributed import Client, Future, Security, rpc
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker

from generator.publish.due.manifest import Manifest
from generator.publish.processes.orders import CrewError, Order, WorkerLost, differences, leave, perform
from generator.publish.work import Workshop

T = TypeVar("T")

ANSWER_SECONDS = 30
"""How long the scheduler may take to answer, on a machine that has much to do."""

WORKER_SECONDS = 60
"""How long a cluster may be without any worker, as one that grows with its work is at first."""

PULSE_SECONDS = 1.0
"""How often the cluster is looked at while no job ends."""

LEAVE_SECONDS = 30
"""How long a worker may take to end its last job, once a build has failed."""

MOST_FETCHED = 64
"""Jobs whose records are fetched at once; each has some ten thousand characters."""

MOST_SENT = 2000
"""Jobs that the scheduler holds at a time, so that neither it nor this process grows with the site."""

RUNNING = "running"
"""The status of a worker that takes jobs."""

log = logging.getLogger(__name__)


class ClusterCrew:
    """Runs jobs on the workers of the Dask scheduler at ``address``.

    old : the manifest of the published site, of which each job is sent its record.
    """

    def __init__(self, address: str, order: Order, old: Manifest) -> None:
        self._address = address
        self._order = order
        self._old = old
        self._running: set[Future[Any]] = set()
        self._done: Queue[Future[Any]] = Queue()
        self._alone_since: float | None = None

    def __enter__(self) -> Self:
        """Raises CrewError where no scheduler answers, no worker comes, or one has other versions."""
        _ask_scheduler(self._address)
        self._client = Client(self._address, set_as_default=False)
        try:
            if not self._workers():
                log.warning("%s: waiting for a worker", self._address)
                self._client.wait_for_workers(1, timeout=WORKER_SECONDS)
            self._compare()
        except TimeoutError as error:
            self._client.close()
            raise self._deserted() from error
        except BaseException:
            self._client.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._running:
            self._client.cancel(list(self._running), force=True)
            self._running.clear()
            if self._client.status == "running":
                # Dask drops jobs that wait; one that has begun goes on, and would write where the build tidies up.
                self._client.run(_leave, self._order.token, on_error="return")
        self._client.close()

    def map(self, method: Callable[[Workshop, str], T], names: Iterable[str]) -> Iterator[T]:
        """``method(workshop, name)`` of each name, as they are done.

        Raises
        ------
        CrewError : the scheduler or all workers are gone, a job killed every worker that took it, or a worker has
            other versions. Whatever ``method`` raises.
        """
        left = iter(names)
        for name in islice(left, MOST_SENT):
            self._send(method, name)
        while self._running:
            done = self._next()
            self._running.difference_update(done)
            found: list[T] = self._results(done)
            for name in islice(left, len(done)):
                self._send(method, name)
            yield from found

    def _send(self, method: Callable[[Workshop, str], object], name: str) -> None:
        key = f"{method.__name__}-{name}-{self._order.token}"
        future = self._client.submit(perform, self._order, method, name, self._old.line(name), key=key, pure=False)
        self._running.add(future)
        future.add_done_callback(self._done.put)

    def _next(self) -> list[Future[Any]]:
        """Jobs that have ended, as soon as there is one."""
        found: list[Future[Any]] = []
        while not found:
            try:
                found.append(self._done.get(timeout=PULSE_SECONDS))
            except Empty:
                self._look_for_workers()
        self._alone_since = None
        with suppress(Empty):
            while len(found) < MOST_FETCHED:
                found.append(self._done.get_nowait())
        return found

    def _results(self, done: list[Future[Any]]) -> list[Any]:
        """What jobs left, fetched together: each fetch waits for several processes in turn."""
        try:
            found: list[Any] = self._client.gather(done)
        except Exception:  # said of one of them below
            found = [self._result(future) for future in done]
        return found

    def _result(self, future: Future[Any]) -> Any:
        try:
            return future.result()
        except KilledWorker as error:
            job = str(error.task).removesuffix(f"-{self._order.token}")
            raise WorkerLost(
                f"{job}: {error.allowed_failures + 1} workers were killed while they ran it, the last one "
                f"{error.last_worker.address}; with more memory they may live"
            ) from error
        except FutureCancelledError as error:
            raise CrewError(f"{self._address}: the Dask scheduler is gone") from error

    def _workers(self) -> dict[str, int]:
        """Threads by the address of each worker that takes jobs: one whose memory is nearly full pauses."""
        try:
            threads: dict[str, int] = self._client.nthreads()
        except OSError as error:
            raise CrewError(f"{self._address}: the Dask scheduler is gone: {error}") from error
        known = self._client.scheduler_info(n_workers=-1)["workers"]
        return {each: count for each, count in threads.items() if known.get(each, {}).get("status", RUNNING) == RUNNING}

    def _look_for_workers(self) -> None:
        """Raises CrewError once the cluster has been without workers that take jobs for too long."""
        if self._workers():
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = monotonic()
        elif monotonic() - self._alone_since > WORKER_SECONDS:
            raise self._deserted()

    def _deserted(self) -> CrewError:
        return CrewError(
            f"{self._address}: the Dask scheduler has had no worker for {WORKER_SECONDS} seconds, or none whose memory "
            "isn't full"
        )

    def _compare(self) -> None:
        """Make sure that the workers that are there would build the same thing, before anything is sent."""
        order = self._order
        found = self._client.run(_probe(), str(order.data), str(order.options.templates), on_error="return")
        for worker, there in found.items():
            if isinstance(there, OSError):
                continue  # it died meanwhile
            if not isinstance(there, dict):
                raise CrewError(f"the worker {worker} can't build: {there}")
            other = differences(there, order.versions)
            if other:
                raise CrewError(f"the worker {worker} would build something else: {other}")
        threads = max(self._workers().values(), default=1)
        if threads > 1:
            log.warning(
                "a worker has %d threads, of which one works at a time: start workers with --nthreads 1", threads
            )


async def _leave(token: str) -> None:
    """Have a worker leave a build, beside which it goes on answering the scheduler."""
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.to_thread(leave, token), LEAVE_SECONDS)


def _ask_scheduler(address: str) -> None:
    """Raises CrewError where no scheduler answers; a Client would wait for ever for whoever else listens there."""
    try:
        found = asyncio.run(asyncio.wait_for(_identity(address), ANSWER_SECONDS))
    except TimeoutError as error:
        raise CrewError(f"{address}: no Dask scheduler answers there within {ANSWER_SECONDS} seconds") from error
    except Exception as error:  # whatever was understood of an answer in another protocol
        raise CrewError(f"{address}: no Dask scheduler answers there: {error}") from error
    if found["type"] != "Scheduler":
        raise CrewError(f"{address}: there is a Dask {found['type']}, not the scheduler")


async def _identity(address: str) -> dict[str, Any]:
    async with rpc(address, connection_args=Security().get_connection_args("client")) as scheduler:
        found: dict[str, Any] = await scheduler.identity()
    return found


def _probe() -> Callable[[str, str], dict[str, str] | str]:
    """A function that is sent by its code, as a worker may lack this package or have an older one."""

    def versions_there(data: str, templates: str) -> dict[str, str] | str:
        try:
            from pathlib import Path

            from generator.publish.processes.orders import versions

            return versions(Path(data), Path(templates))
        except ImportError as error:
            return f"{error}; it needs the same package as the build"

    return versions_there
