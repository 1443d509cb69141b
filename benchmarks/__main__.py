"""``python -m benchmarks``: a build beside the raw write limit and beside Hugo, interleaved, medians of ratios."""

from __future__ import annotations

import gc
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

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


def now() -> Cost:
    """The cost of everything so far."""
    times = os.times()
    return time.perf_counter(), times.user + times.system + times.children_user + times.children_system


def timed(work: Callable[[], object]) -> Cost:
    """What ``work`` costs."""
    before = now()
    work()
    after = now()
    return after[0] - before[0], after[1] - before[1]


def in_processes(count: int, work: Callable[[int], None]) -> None:
    """``work(number)`` in as many forked processes, all of which must end well."""
    gc.collect()
    gc.freeze()
    children = []
    for number in range(count):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                gc.disable()
                work(number)
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    for child in children:
        if os.waitpid(child, 0)[1]:
            raise RuntimeError("a process of the benchmark failed")


class Bench:
    """The pages of some models, as data and as files."""

    def __init__(self, folder: Path, wanted: int, processes: int) -> None:
        self.folder, self.processes = folder, processes
        self.atlas = Atlas(load_catalog(ROOT / "data"), Bands.load(ROOT / "data/accuracy.json"))
        self.renderer = Renderer(ROOT / "templates", BASE_URL)
        self.models: list[str] = []
        self.pages: list[Page] = []
        self.built = 0
        for slug in self.atlas.catalog.models:
            if len(self.pages) >= wanted:
                break
            self.models.append(slug)
            self.pages += (page for page in pages_for_model(self.atlas, slug) if page.kind == "scenario")
        self.bodies = [(file_name(page.path), self.renderer.render(page)) for page in self.pages]
        write_project(folder / "hugo", self.pages, self.renderer, BASE_URL)

    def raw(self) -> None:
        """The pages' bytes from memory to files."""
        stage = Stage(self.folder / "raw")

        def part(numbers: range) -> None:
            for number in numbers:
                stage.write(*self.bodies[number])

        self._spread(part)

    def render(self) -> None:
        """The pages' data to files, with all that a build does for a page."""
        shop = self._workshop(OutputFolder(self.folder / "ours"))

        def part(numbers: range) -> None:
            work = Work(shop, None)
            for number in numbers:
                work.add(self.pages[number])

        self._spread(part)

    def hugo(self) -> None:
        """The pages' data to files by Hugo."""
        target = self.folder / "by-hugo"
        command = ["hugo", "--quiet", "--source", str(self.folder / "hugo"), "--destination", str(target)]
        environment = os.environ | {"GOMAXPROCS": str(self.processes)}
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        found = sum(1 for _ in target.rglob("index.html"))
        if found != len(self.pages):
            raise RuntimeError(f"Hugo wrote {found} pages, not {len(self.pages)}")

    def build(self) -> Cost:
        """Everything from entries to files: estimates, page models, HTML, records.

        The rest of the models' families is estimated before, as in a whole build every model is once.
        """
        with OutputFolder(self.folder / "whole") as folder:
            shop = self._workshop(folder)
            families = {self.atlas.catalog.models[slug].family for slug in self.models}
            relatives = {model.slug for name in families for model in self.atlas.catalog.models_of(name)}
            with LocalCrew(shop, self.processes, folder.descriptors) as crew:
                list(crew.map(Workshop.prepare, sorted(relatives - set(self.models))))
            cost = timed(lambda: self._jobs(shop, folder))
            shop.stage.close()
        return cost

    def _workshop(self, folder: OutputFolder) -> Workshop:
        """What a build of the site in ``folder`` works with."""
        options = Options(folder.path, ROOT / "templates", BASE_URL, jobs=self.processes)
        return workshop(self.atlas, options, folder, self.renderer)

    def _jobs(self, shop: Workshop, folder: OutputFolder) -> None:
        with LocalCrew(shop, self.processes, folder.descriptors) as crew:
            list(crew.map(Workshop.prepare, self.models))
            jobs = [f"{kind}{slug}" for slug in self.models for kind in OF_MODELS]
            self.built = sum(part.pages for part in crew.map(Workshop.run, jobs))

    def clear(self) -> None:
        """Take away what the last round wrote."""
        for name in ("raw", "ours", "by-hugo", "whole"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def _spread(self, work: Callable[[range], None]) -> None:
        """``work`` on the numbers of pages in each process, neighbours in one process as in a build."""
        numbers = range(len(self.pages))
        share = -(-len(numbers) // self.processes)
        in_processes(self.processes, lambda number: work(numbers[number * share : (number + 1) * share]))


@click.command()
@click.option("--pages", default=2000, show_default=True, help="Scenario pages, at least.")
@click.option("--rounds", default=3, show_default=True, help="Rounds; every variant runs once in each.")
@click.option("--processes", default=2, show_default=True)
def main(pages: int, rounds: int, processes: int) -> None:
    """Compare a build with the raw write limit and with Hugo."""
    with tempfile.TemporaryDirectory(dir=ROOT) as name:
        bench = Bench(Path(name), pages, processes)
        found: dict[str, list[Cost]] = {"raw": [], "render": [], "hugo": [], "build": []}
        for _ in range(rounds):
            for variant in ("raw", "render", "hugo"):
                seconds, busy = timed(getattr(bench, variant))
                found[variant].append((seconds / len(bench.pages), busy / len(bench.pages)))
            seconds, busy = bench.build()
            found["build"].append((seconds / bench.built, busy / bench.built))
            bench.clear()
        size = sum(len(body) for _, body in bench.bodies) / len(bench.bodies)
    table = Table(title=f"{len(bench.pages):,} scenario pages of {size / 1000:.1f} kB, {processes} processes")
    columns = ("variant", "ms a page", "CPU ms a page", "x raw write", "Hugo / it", "CPU: Hugo / it")
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
            statistics.median(b[0] / a[0] for a, b in zip(own, by_hugo, strict=True)),
            statistics.median(b[1] / a[1] for a, b in zip(own, by_hugo, strict=True)),
        )
        table.add_row(words, *(f"{figure:.2f}" for figure in figures))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
