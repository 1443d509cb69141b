"""Build, serve, watch, and build again what changed, until it is stopped."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from watchfiles import Change, DefaultFilter, awatch

from generator.publish.due.digests import PACKAGE
from generator.publish.hosts.facts import HostFacts, Moves
from generator.publish.options import Options
from generator.web.preview import State, preview_app
from generator.web.server import Server

STEP_MILLISECONDS, MOST_MILLISECONDS = 50, 200
"""How long changes that come together are gathered: from one to the next, and in all."""

LINE_LIMIT = 2**26
"""The longest answer of a worker, bytes: it holds all names of all models."""

Say = Callable[[str], None]
"""Takes what the terminal is told."""


class Watch:
    """A worker that builds, a server that shows its site, and the files that both depend on."""

    def __init__(self, options: Options, data: Path, say: Say) -> None:
        self._options = pickle.dumps(options).hex()
        self._watched = (data, options.templates, PACKAGE)
        self._site = options.out
        self._say = say
        self._state = State()
        self._changes: asyncio.Queue[Path] = asyncio.Queue()
        self._worker: asyncio.subprocess.Process | None = None

    async def run(self, host: str, port: int) -> None:
        """Raises PortTaken."""
        server = Server(preview_app(self._site, self._state), host, port)
        task = asyncio.current_task()
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        self._say(f"{server.address} shows {self._site} and follows changes")
        tasks = [asyncio.create_task(each) for each in (server.run_here(), self._watch(), self._build_on_changes())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._stop_worker()

    async def _watch(self) -> None:
        async for found in awatch(
            *self._watched, watch_filter=_Shown(), step=STEP_MILLISECONDS, debounce=MOST_MILLISECONDS
        ):
            for _, path in found:
                self._changes.put_nowait(Path(path))

    async def _build_on_changes(self) -> None:
        changed: set[Path] = set()
        while True:
            code = sorted(path for path in changed if PACKAGE in path.parents and path.suffix == ".py")
            if code:
                self._say(f"{code[0]} changed: the builder starts anew")
                await self._stop_worker()
            await self._build(changed)
            changed = {await self._changes.get()}
            while not self._changes.empty():
                changed.add(self._changes.get_nowait())

    async def _build(self, changed: set[Path]) -> None:
        """Have the worker build, a new one where there is none, and tell what it answers."""
        worker = self._worker
        if worker is None or worker.returncode is not None:
            worker = self._worker = await self._start_worker()
        elif worker.stdin is not None:
            worker.stdin.write(json.dumps([str(path) for path in sorted(changed)]).encode() + b"\n")
        while worker.stdout is not None:
            line = await worker.stdout.readline()
            if not line:
                await worker.wait()
                await self._tell({"problem": "the builder was killed"})
                return
            answer = json.loads(line)
            if answer.get("idle"):
                return
            await self._tell(answer)

    async def _tell(self, answer: dict[str, Any]) -> None:
        """What came of a build, to the terminal and to browsers."""
        facts = answer.get("facts")
        if facts:
            self._state.facts = HostFacts(**facts | {"moves": Moves(**facts["moves"])})
        self._say(answer["problem"] or answer["summary"])
        await self._state.tell(answer["problem"], built=answer.get("changed", False))

    async def _start_worker(self) -> asyncio.subprocess.Process:
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "generator.web.builder"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT,
            start_new_session=True,
        )
        if worker.stdin is not None:
            worker.stdin.write(f"{self._options}\n".encode())
        return worker

    async def _stop_worker(self) -> None:
        """End the worker and its own processes; whatever they were at, the site stays whole."""
        if self._worker is not None and self._worker.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._worker.pid, signal.SIGTERM)
            await self._worker.wait()
        self._worker = None


class _Shown(DefaultFilter):
    """Files that a build reads: not those of editors, caches and the system."""

    def __call__(self, change: Change, path: str) -> bool:
        return super().__call__(change, path) and not path.endswith((".pyc", ".new", "~", ".tmp"))
