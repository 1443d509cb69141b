"""The process that builds while one writes: it keeps the data in memory and reads again what has changed.

Lines of JSON come in, each the list of changed files; for each build a line of JSON goes out. It is a process of
its own so that it can be started anew when the program's code changes. Each build runs in a process forked from it,
which has all that is loaded and leaves nothing behind.
"""

from __future__ import annotations

import json
import multiprocessing
import pickle
import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TextIO

from msgspec import to_builtins
from msgspec.structs import replace

from generator.accuracy.bands import Bands
from generator.catalog import CatalogError, catalog_of, gather
from generator.catalog.gathered import Understood
from generator.publish.build import build
from generator.publish.links import BrokenSite
from generator.publish.options import Options, unchanged
from generator.publish.output.folder import FolderBusy
from generator.publish.output.moves import FolderSite, host_facts
from generator.publish.output.stage import OutputError
from generator.publish.processes.orders import WorkerLost
from generator.publish.progress import build_progress
from generator.publish.report import build_summary
from generator.render import Renderer, RenderError
from generator.scenarios import Atlas
from generator.soundness import Soundness

KNOWN = (BrokenSite, CatalogError, FolderBusy, OutputError, RenderError, WorkerLost)
"""Errors whose message says it all."""

BANDS = "accuracy.json"


@dataclass(frozen=True, slots=True)
class Report:
    """The end of one build.

    problem : what kept it from being published, or empty. changed : whether the site has changed.
    """

    problem: str = ""
    changed: bool = False
    summary: str = ""


class Worker:
    """Builds what ``options`` ask for, again and again; its ``data`` say where the data files are."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._data = options.data or Path("data")
        self._kept: dict[str, Understood] = {}
        self._soundness = Soundness()
        self._atlas: Atlas | None = None
        self._renderer: Renderer | None = None

    def build(self, changed: Iterable[Path] = ()) -> Iterator[Report]:
        """Build after these files changed: the pages of models that they are first, then all that shows them."""
        options = self._options.with_header()
        try:
            atlas = self._load()
            options = replace(options, base_url=options.base_url or atlas.catalog.site.base_url.rstrip("/"))
            renderer = self._rendering(options)
        except Exception as error:
            yield Report(_told(error))
            return
        for only in self._parts(atlas, changed):
            part = replace(options, only=only, alone=options.whole, header={}) if only != options.only else options
            report = _apart(atlas, part, renderer)
            yield report
            if report.problem:
                return

    def facts(self) -> dict[str, Any]:
        """What a server must know of the site as it is now; nothing where the data was never sound."""
        if self._atlas is None:
            return {}
        facts: dict[str, Any] = to_builtins(host_facts(self._atlas.catalog, FolderSite(self._options.out)))
        return facts

    def _load(self) -> Atlas:
        """The data as it is now. Raises CatalogError."""
        found = gather(self._data, self._kept)
        problems = [*found.problems, *self._soundness.problems(found)]
        if problems:
            raise CatalogError(problems)
        self._atlas = Atlas(catalog_of(found), Bands.load(self._data / BANDS))
        return self._atlas

    def _rendering(self, options: Options) -> Renderer:
        """A renderer of the templates as they are: that of the last build, with all its programs, if they stayed."""
        new, old = Renderer(options.templates, options.base_url), self._renderer
        if old is None or (old.version, old.base_url) != (new.version, new.base_url):
            self._renderer = new
        return self._renderer or new

    def make_ready(self) -> None:
        """Work out, while nobody waits, what the next build needs."""
        if self._renderer is not None:
            self._renderer.prepare()

    def _parts(self, atlas: Atlas, changed: Iterable[Path]) -> list[str]:
        """What to build one after the other, as patterns of slugs."""
        asked = self._options.only
        models = self._data.resolve() / "models"
        paths = [path.resolve() for path in changed]
        slugs = [path.stem for path in paths if path.parent == models and path.stem in atlas.catalog.models]
        if not slugs or len(slugs) < len(paths):
            return [asked]
        chosen = [slug for slug in slugs if fnmatchcase(slug, asked)]
        return [*chosen, asked] if asked == "*" else chosen


def _apart(atlas: Atlas, options: Options, renderer: Renderer) -> Report:
    """Build in a process of its own."""
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    process = fork.Process(target=_send_build, args=(atlas, options, renderer, sender))
    process.start()
    sender.close()
    try:
        report: Report = receiver.recv()
    except EOFError:
        report = Report("the building process was killed")
    process.join()
    return report


def _send_build(atlas: Atlas, options: Options, renderer: Renderer, sender: Connection) -> None:
    try:
        result = unchanged(options)
        if result is None:
            with build_progress() as progress:
                result = build(atlas, options, progress, renderer=renderer)
    except Exception as error:
        sender.send(Report(_told(error)))
    else:
        sender.send(Report("", bool(result.differing), build_summary(result, options.place)))


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, KNOWN) else traceback.format_exc()


def serve_builds(worker: Worker, requests: TextIO, answers: TextIO) -> None:
    """Build once, then after each line that comes in."""
    changed: list[Path] = []
    while True:
        for report in worker.build(changed):
            answers.write(json.dumps(asdict(report) | {"facts": worker.facts()}) + "\n")
            answers.flush()
        answers.write(json.dumps({"idle": True}) + "\n")
        answers.flush()
        worker.make_ready()
        line = requests.readline()
        if not line:
            return
        changed = [Path(path) for path in json.loads(line)]


def run(options: str) -> None:
    """Build until nobody asks any more; ``options`` are pickled, as hexadecimal text."""
    given: Options = pickle.loads(bytes.fromhex(options))
    serve_builds(Worker(given), sys.stdin, sys.stdout)
