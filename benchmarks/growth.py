"""``python -m benchmarks.growth``: what a build costs as its pages grow, on synthetic catalogues of one mix of models.

Every step runs in a process of its own, as people run it; time is read from outside, memory as the step tells it.
"""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.catalogue import WIDTH_STEP, write_catalogue
from generator.accuracy.bands import Bands
from generator.catalog import load_catalog
from generator.pages.parts.holders import with_model_pages
from generator.publish.jobs import all_jobs
from generator.publish.processes.peak import peaks
from generator.scenarios import Atlas

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data"

BASES = (
    "llama-3.1-8b",
    "llama-3.2-3b",
    "llama-3.3-70b",
    "qwen3-8b",
    "qwen3-32b",
    "qwen3-30b-a3b",
    "gemma-3-12b",
    "gemma-3-27b",
    "mistral-small-3.2-24b",
    "gpt-oss-20b",
    "phi-4",
    "deepseek-v3.2",
    "glm-4.7-flash",
    "falcon-mamba-7b",
)
"""Models of most kinds, whose variations make up every size, so that sizes differ in nothing but their number."""

PAGES_A_MODEL = 400
"""About so many; how many they really are is counted."""

EXTRAPOLATED = 1_000_000


@dataclass(slots=True)
class Cost:
    """What a process took: seconds by the clock and of processors, its children's included; peaks in MB.

    parent, worker : memory that the system counts for the process and for the largest of its children.
    answer : what the process printed, JSON.
    """

    seconds: float = 0.0
    busy: float = 0.0
    parent: float = 0.0
    worker: float = 0.0
    answer: dict[str, Any] = field(default_factory=dict)


def measured(*arguments: str) -> Cost:
    """What ``python -m ARGUMENTS`` costs. Raises RuntimeError where it fails."""
    busy, started = _busy(), time.perf_counter()
    done = subprocess.run([sys.executable, "-m", *arguments], stdout=subprocess.PIPE, cwd=ROOT)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: exit status {done.returncode}")
    answer = json.loads(done.stdout)
    parent, worker = (answer["peak_bytes"][name] / 1e6 for name in ("process", "worker"))
    return Cost(seconds, _busy() - busy, parent, worker, answer)


def _busy() -> float:
    """Seconds that processors have spent for processes that were started here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def plan(data: Path, most: int) -> dict[str, Any]:
    """Load a catalogue and count its jobs, and pages of models until there are ``most``."""
    started = time.perf_counter()
    atlas = Atlas(load_catalog(data), Bands.load(data / "accuracy.json"))
    loaded = time.perf_counter()
    devices, pages, models = len(with_model_pages(atlas.catalog)), 0, 0
    for slug in atlas.catalog.models:
        subject = atlas.subject(slug)
        pages += 1 + len(subject.quantizations) * (1 + len(subject.contexts)) + devices
        models += 1
        if pages >= most:
            break
    return {
        "in all": len(atlas.catalog.models),
        "jobs": len(list(all_jobs(atlas))),
        "models": models,
        "pages": pages,
        "load": loaded - started,
        "plan": time.perf_counter() - loaded,
        "peak_bytes": peaks(),
    }


@dataclass(slots=True)
class Size:
    """A site of one size: built whole, and again after each of some changes, by what changed."""

    models: int
    whole: Cost
    again: dict[str, Cost]

    @property
    def pages(self) -> int:
        found: int = self.whole.answer["pages"]
        return found


CHANGES = {
    "nothing": None,
    "a model's date": (re.compile(r'(?m)(?<=^release: ")\d{4}'), lambda _: "2026"),
    "a model's config": (re.compile(r'(?<="vocab_size": )\d+'), lambda found: str(int(found[0]) + WIDTH_STEP)),
}
"""What is replaced in a model's file, and by what."""


def build(folder: Path, models: int, processes: int) -> Size:
    """A site of ``models`` models, measured."""
    data, out = folder / "data", folder / "site"
    write_catalogue(DATA, load_catalog(DATA), BASES, models, data)
    command = ("generator", "--data", str(data), "build", "--out", str(out), "--jobs", str(processes), "--json")
    size = Size(models, measured(*command), {})
    for name, change in CHANGES.items():
        if change:
            _edit(sorted((data / "models").iterdir())[models // 2 :], *change)
        size.again[name] = measured(*command)
    return size


def _edit(files: list[Path], pattern: re.Pattern[str], new: Callable[[re.Match[str]], str]) -> None:
    """Replace what a pattern finds in the first of some files that has it."""
    for file in files:
        text = file.read_text(encoding="utf-8")
        if pattern.search(text):
            file.write_text(pattern.sub(new, text, count=1), encoding="utf-8")
            return
    raise ValueError(f"no file has {pattern.pattern}")


def _table(title: str, *columns: str) -> Table:
    """A table of figures without rows."""
    table = Table(title=title)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def size_table(sizes: list[Size]) -> Table:
    """Sizes below each other, against the first; below ``EXTRAPOLATED`` pages a row goes on as the last two do.

    Every size has the same pages about hardware, which are a large part of the first: what the pages cost that a size
    has more than the one before it stands in a column of its own.
    """
    table = _table(
        "Whole builds",
        "pages",
        "models",
        "s",
        "pages/s",
        "x first",
        "CPU ms/page",
        "x first",
        "CPU ms/page added",
        "parent MB",
        "worker MB",
    )
    first = sizes[0]
    for size, smaller in zip(sizes, [None, *sizes], strict=False):
        table.add_row(*_cells(first, size.pages, f"{size.models:,}", size.whole, smaller))
    if len(sizes) > 1 and sizes[-1].pages < EXTRAPOLATED:
        before, last = sizes[-2:]
        times = (EXTRAPOLATED - last.pages) / (last.pages - before.pages)
        further = Cost(
            *(
                getattr(last.whole, name) + times * (getattr(last.whole, name) - getattr(before.whole, name))
                for name in ("seconds", "busy", "parent")
            )
        )
        table.add_row(*_cells(first, EXTRAPOLATED, "extrapolated", further, last))
    return table


def _cells(first: Size, pages: int, models: str, cost: Cost, smaller: Size | None) -> Iterator[str]:
    speed, busy = pages / cost.seconds, cost.busy / pages
    yield from (f"{pages:,}", models, f"{cost.seconds:,.1f}", f"{speed:,.0f}")
    yield f"{speed * first.whole.seconds / first.pages:.2f}"
    yield f"{busy * 1000:.2f}"
    yield f"{busy * first.pages / first.whole.busy:.2f}"
    added = (cost.busy - smaller.whole.busy) / (pages - smaller.pages) if smaller else None
    yield "" if added is None else f"{added * 1000:.2f}"
    yield f"{cost.parent:,.0f}"
    yield f"{cost.worker:,.0f}" if cost.worker else ""  # its bound, which no line goes on beyond


def rebuild_table(sizes: list[Size]) -> Table:
    """Builds after each change, of every size."""
    columns = ("pages", "s", "CPU s", "rendered", "written", "parent MB", "worker MB")
    table = _table("Builds of what has changed", "changed", *columns)
    for name in CHANGES:
        for size in sizes:
            cost = size.again[name]
            table.add_row(
                name,
                f"{size.pages:,}",
                f"{cost.seconds:.2f}",
                f"{cost.busy:.2f}",
                f"{cost.answer['rendered']:,}",
                f"{cost.answer['changed']:,}",
                f"{cost.parent:,.0f}",
                f"{cost.worker:,.0f}",
            )
    return table


def plan_table(cost: Cost) -> Table:
    """The large catalogue: loaded whole, pages counted as far as was asked, the rest extrapolated."""
    found = cost.answer
    columns = ("models", "load s", "jobs", "pages of models", "plan s", "MB")
    table = _table(f"{found['in all']:,} models planned", *columns)
    table.add_row(
        f"{found['models']:,}",
        f"{found['load']:.1f}",
        f"{found['jobs']:,}",
        f"{found['pages']:,}",
        f"{found['plan']:.1f}",
        f"{cost.parent:,.0f}",
    )
    rest = found["in all"] / found["models"]
    if rest > 1:
        pages, seconds = found["pages"] * rest, found["plan"] * rest
        table.add_row(f"{found['in all']:,} extrapolated", "", "", f"{pages:,.0f}", f"{seconds:,.1f}", "")
    return table


@click.group(invoke_without_command=True)
@click.option("--pages", "targets", multiple=True, type=int, default=(5_000, 50_000, 200_000), show_default=True)
@click.option("--models", default=17_000, show_default=True, help="Of the catalogue that is planned; 0 plans none.")
@click.option("--planned", default=1_000_000, show_default=True, help="Pages to plan of it.")
@click.option("--processes", default=2, show_default=True)
@click.pass_context
def main(context: click.Context, targets: tuple[int, ...], models: int, planned: int, processes: int) -> None:
    """Measure builds of several sizes and the planning of a large catalogue."""
    if context.invoked_subcommand:
        return
    console = Console(width=None if sys.stdout.isatty() else 140)
    with tempfile.TemporaryDirectory(dir=ROOT) as name:
        if models:
            real = load_catalog(DATA)
            data = Path(name) / "planned"
            write_catalogue(DATA, real, tuple(real.models), models, data)
            console.print(plan_table(measured("benchmarks.growth", "plan", str(data), str(planned))))
        sizes = []
        # Each size once, whatever was asked: fewer models than bases there are would be another mix.
        for rounds in sorted({max(round(target / PAGES_A_MODEL / len(BASES)), 1) for target in targets}):
            folder = Path(name) / str(rounds)
            sizes.append(build(folder, rounds * len(BASES), processes))
            shutil.rmtree(folder)
            console.print(size_table(sizes[-1:]))
        console.print(size_table(sizes))
        console.print(rebuild_table(sizes))


@main.command("plan")
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.argument("pages", type=int)
def plan_command(data: Path, pages: int) -> None:
    """Load a catalogue, count pages, print JSON: one step of the measurement."""
    click.echo(json.dumps(plan(data, pages)))


if __name__ == "__main__":
    main()
