"""``python -m benchmarks``: a build beside the raw write limit and beside Hugo, interleaved, medians of ratios."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.table import Table

from benchmarks.hugo_project import write_project
from generator.accuracy.bands import Bands
from generator.catalog import load_catalog
from generator.pages import Page, pages_for_model
from generator.publish.jobs import OF_MODELS
from generator.publish.options import Options
from generator.publish.output.folder import OutputFolder
from generator.publish.output.stage import Stage, file_name
from generator.publish.processes.crew import LocalCrew
from generator.publish.work import Work, Workshop
from generator.publish.workshop import workshop
from generator.render import Renderer
from generator.scenarios import Atlas

ROOT = Path(__file__).parent.parent
BASE_URL = "https://vramatlas.example"


Cost = tuple[float, float]
"""Seconds by the clock, and seconds of processors, those of ended child processes included."""

T = TypeVar("T")
READY_WITHIN = 120
"""Seconds that processes have to copy what they work on."""


def now() -> Cost:
    """The cost of everything so far."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter(), time.process_time() + children.ru_utime + children.ru_stime


def timed(work: Callable[[], object]) -> Cost:
    """What ``work`` costs."""
    before = now()
    work()
    after = now()
    return after[0] - before[0], after[1] - before[1]


def in_processes(shares: Sequence[Sequence[T]], work: Callable[[Sequence[T]], None]) -> Cost:
    """What ``work`` costs for shares in a forked process each, which must all end well.

    Each copies its share before the clock starts. A build's workers have made what they render; what a parent made
    would have to be copied page by page as it is first looked at.
    """
    context = multiprocessing.get_context("fork")
    ready, costs = context.Barrier(len(shares)), context.SimpleQueue()

    def run(share: Sequence[T]) -> None:
        own = pickle.loads(pickle.dumps(share))
        gc.disable()
        ready.wait(READY_WITHIN)
        costs.put(timed(lambda: work(own)))

    processes = [context.Process(target=run, args=(share,)) for share in shares]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise RuntimeError("a process of the benchmark failed")
    found = [costs.get() for _ in shares]
    return max(seconds for seconds, _ in found), sum(busy for _, busy in found)


class Bench:
    """The pages of some models, as data and as files."""

    def __init__(self, folder: Path, wanted: int, processes: int) -> None:
        self._folder, self._processes = folder, processes
        self._spread_out(folder)
        self._atlas = Atlas(load_catalog(ROOT / "data"), Bands.load(ROOT / "data/accuracy.json"))
        self._models: list[str] = []
        self.pages: list[Page] = []
        for slug in self._atlas.catalog.models:
            if len(self.pages) >= wanted:
                break
            self._models.append(slug)
            self.pages += (page for page in pages_for_model(self._atlas, slug) if page.kind == "scenario")
        renderer = self._new_renderer()
        self.bodies = [(file_name(page.path), renderer.render(page)) for page in self.pages]
        self._hugo = self._place("hugo")
        write_project(self._hugo / "project", self.pages, renderer, BASE_URL)
        self._renderer = self._new_renderer()
        self._renderer.prepare()
        self.built = 0
        gc.collect()
        gc.freeze()

    def raw(self) -> Cost:
        """The pages' bytes from memory to files."""
        stage = Stage(self._place("raw") / "site")

        def write(bodies: Sequence[tuple[str, bytes]]) -> None:
            for name, body in bodies:
                stage.write(name, body)
            stage.flush()

        return in_processes(self._shares(self.bodies), write)

    def render(self) -> Cost:
        """The pages' data to files, with all that a build does for a page."""
        shop = self._workshop(OutputFolder(self._place("ours")))

        def render(pages: Sequence[Page]) -> None:
            work = Work(shop, None)
            for page in pages:
                work.add(page)
            shop.stage.flush()

        return in_processes(self._shares(self.pages), render)

    def hugo(self) -> Cost:
        """The pages' data to files by Hugo."""
        target = self._place("by-hugo")
        command = ["hugo", "--quiet", "--source", str(self._hugo / "project"), "--destination", str(target)]
        environment = os.environ | {"GOMAXPROCS": str(self._processes)}
        cost = timed(lambda: subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL))
        found = sum(1 for _ in target.rglob("index.html"))
        if found != len(self.pages):
            raise RuntimeError(f"Hugo wrote {found} pages, not {len(self.pages)}")
        return cost

    def build(self) -> Cost:
        """Everything from entries to files: estimates, page models, HTML, records.

        The rest of the models' families is estimated before, as in a whole build every model is once.
        """
        with OutputFolder(self._place("whole")) as folder:
            shop = self._workshop(folder)
            families = {self._atlas.catalog.models[slug].family for slug in self._models}
            relatives = {model.slug for name in families for model in self._atlas.catalog.models_of(name)}
            with LocalCrew(shop, self._processes, folder.descriptors) as crew:
                list(crew.map(Workshop.prepare, sorted(relatives - set(self._models))))
            cost = timed(lambda: self._jobs(shop, folder))
            shop.stage.close()
        return cost

    def _workshop(self, folder: OutputFolder) -> Workshop:
        """What a build of the site in ``folder`` works with."""
        options = Options(folder.path, ROOT / "templates", BASE_URL, jobs=self._processes)
        return workshop(self._atlas, options, folder, self._renderer)

    def _jobs(self, shop: Workshop, folder: OutputFolder) -> None:
        with LocalCrew(shop, self._processes, folder.descriptors) as crew:
            list(crew.map(Workshop.prepare, self._models))
            jobs = [f"{kind}{slug}" for slug in self._models for kind in OF_MODELS]
            self.built = sum(part.pages for part in crew.map(Workshop.run, jobs))

    def _shares(self, values: Sequence[T]) -> list[Sequence[T]]:
        """What each process works on, neighbours in one process as in a build."""
        share = -(-len(values) // self._processes)
        return [values[start : start + share] for start in range(0, len(values), share)]

    def _place(self, name: str) -> Path:
        """A new folder, with nothing left to write to the disk of what was before."""
        os.sync()
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._folder))

    @staticmethod
    def _spread_out(folder: Path) -> None:
        """Have ext4 put each folder in a region of its own.

        Without a journal it passes over all that was deleted near by in the last minutes, one by one, for each new
        file, which made the same writing cost up to seven times as much.
        """
        if shutil.which("chattr"):
            subprocess.run(["chattr", "+T", str(folder)], check=False, stderr=subprocess.DEVNULL)

    @staticmethod
    def _new_renderer() -> Renderer:
        """A renderer that has seen no page."""
        return Renderer(ROOT / "templates", BASE_URL)


@click.command()
@click.option("--pages", default=2000, show_default=True, help="Scenario pages, at least.")
@click.option("--rounds", default=9, show_default=True, help="Rounds; every variant runs once in each.")
@click.option("--processes", default=2, show_default=True)
def main(pages: int, rounds: int, processes: int) -> None:
    """Compare a build with the raw write limit and with Hugo."""
    with tempfile.TemporaryDirectory(dir=ROOT) as name:
        bench = Bench(Path(name), pages, processes)
        found: dict[str, list[Cost]] = {"raw": [], "render": [], "hugo": [], "build": []}
        for _ in range(rounds):
            for variant, costs in found.items():
                seconds, busy = getattr(bench, variant)()
                made = bench.built if variant == "build" else len(bench.pages)
                costs.append((seconds / made, busy / made))
        size = sum(len(body) for _, body in bench.bodies) / len(bench.bodies)
    table = Table(title=f"{len(bench.pages):,} scenario pages of {size / 1000:.1f} kB, {processes} processes")
    columns = ("variant", "ms a page", "CPU ms a page", "x raw write", "CPU: x raw", "Hugo / it", "CPU: Hugo / it")
    for column in columns:
        table.add_column(column, justify="left" if column == "variant" else "right")
    names = {
        "raw": "raw write of the same bytes",
        "render": "our renderer, from page data",
        "hugo": "Hugo, from page data",
        "build": f"whole build of {bench.built:,} pages, estimates included",
    }
    for variant, words in names.items():
        own, raw, by_hugo = found[variant], found["raw"], found["hugo"]
        figures = (
            statistics.median(cost[0] for cost in own) * 1000,
            statistics.median(cost[1] for cost in own) * 1000,
            statistics.median(a[0] / b[0] for a, b in zip(own, raw, strict=True)),
            statistics.median(a[1] / b[1] for a, b in zip(own, raw, strict=True)),
            statistics.median(b[0] / a[0] for a, b in zip(own, by_hugo, strict=True)),
            statistics.median(b[1] / a[1] for a, b in zip(own, by_hugo, strict=True)),
        )
        table.add_row(words, *(f"{figure:.2f}" for figure in figures))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
