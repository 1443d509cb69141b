"""Times a build by phase and by kind of page. One that nobody times pays nothing for it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar, cast

from generator.catalog import Model
from generator.memory.architecture import Architecture
from generator.memory.estimate import Estimator
from generator.memory.settings import RunSettings
from generator.pages import Page
from generator.publish.output.stage import Staging
from generator.publish.output.whole import write_whole
from generator.publish.times import DIGESTS, ESTIMATE, FILES, MODELS, RENDER, WRITE, Times
from generator.render import Renderer
from generator.scenarios import EstimatorSource

T = TypeVar("T")
SourceOf = Callable[[Model], EstimatorSource]

SAVE_SECONDS = 0.5
"""How often a process notes its times at most, jobs' ends aside."""


class NoClock:
    """What a build that isn't timed has for a clock."""

    def phase(self, name: str) -> AbstractContextManager[None]:
        """Nothing."""
        return nullcontext()

    def pages(self, pages: Iterable[Page]) -> Iterable[Page]:
        """The pages as they are."""
        return pages

    def files(self, files: Iterable[T]) -> Iterable[T]:
        """The files as they are."""
        return files

    def estimates(self, source_of: SourceOf) -> SourceOf:
        """The sources as they are."""
        return source_of

    def rendering(self, renderer: Renderer) -> Renderer:
        """The renderer as it is."""
        return renderer

    def writing(self, stage: Staging) -> Staging:
        """The stage as it is."""
        return stage

    def times(self) -> Times | None:
        """None."""
        return None


class Clock(NoClock):
    """A stopwatch; of phases inside each other only the innermost runs. Forked processes have one of their own.

    folder : where processes leave their times.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._own = Times()
        self._inside: list[str] = []
        self._since = self._saved = time.perf_counter()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the time inside to a phase."""
        if not self._inside and os.getpid() != self._process:
            self._begin()
        self._turn()
        self._inside.append(name)
        try:
            yield
        finally:
            self._turn()
            self._inside.pop()
            if not self._inside and self._since - self._saved > SAVE_SECONDS:
                self._save()

    def pages(self, pages: Iterable[Page]) -> Iterator[Page]:
        """The pages, each with the time that it takes to be made and to be dealt with."""
        rest = iter(pages)
        while True:
            started = time.perf_counter()
            with self.phase(MODELS):
                page = next(rest, None)
            if page is None:
                break
            with self.phase(DIGESTS):
                yield page
            self._own.kinds[page.kind] += time.perf_counter() - started
            self._own.pages[page.kind] += 1
        self._save()

    def files(self, files: Iterable[T]) -> Iterator[T]:
        """The files, with the time that they take to be made and dealt with."""
        with self.phase(FILES):
            yield from files
        self._save()

    def estimates(self, source_of: SourceOf) -> SourceOf:
        """The sources, timed; what an estimator is asked then counts for the page that asks."""

        def timed(model: Model) -> EstimatorSource:
            source = source_of(model)

            def find(architecture: Architecture, quant: str, engine: str, settings: RunSettings) -> Estimator:
                with self.phase(ESTIMATE):
                    return source(architecture, quant, engine, settings)

            return find

        return timed

    def rendering(self, renderer: Renderer) -> Renderer:
        """The renderer, timed."""
        return _TimedRenderer(renderer, self)

    def writing(self, stage: Staging) -> Staging:
        """The stage, timed."""
        return cast(Staging, _TimedStage(stage, self))

    def times(self) -> Times:
        """What all processes have noted so far."""
        self._save()
        found = Times()
        for file in self._folder.glob("*.json"):
            found.add(json.loads(file.read_text(encoding="utf-8")))
        return found

    def _turn(self) -> None:
        now = time.perf_counter()
        if self._inside:
            self._own.phases[self._inside[-1]] += now - self._since
        self._since = now

    def _save(self) -> None:
        self._saved = time.perf_counter()
        values = {"phases": self._own.phases, "kinds": self._own.kinds, "pages": self._own.pages}
        write_whole(self._folder / f"{self._process}.json", json.dumps(values).encode())


class _TimedRenderer(Renderer):
    def __init__(self, renderer: Renderer, clock: Clock) -> None:
        self.__dict__ = renderer.__dict__
        self._clock = clock

    def rendered(self, page: Page) -> tuple[tuple[bytes, ...], set[str]]:
        with self._clock.phase(RENDER):
            return super().rendered(page)


class _TimedStage:
    def __init__(self, stage: Staging, clock: Clock) -> None:
        self._stage, self._clock = stage, clock

    def write(self, name: str, *parts: bytes) -> None:
        with self._clock.phase(WRITE):
            self._stage.write(name, *parts)

    def flush(self) -> None:
        with self._clock.phase(WRITE):
            self._stage.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stage, name)


NO_CLOCK = NoClock()
