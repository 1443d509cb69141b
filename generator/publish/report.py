"""What a build tells the terminal: a bar while it runs, a line when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from generator.publish.build import Result


@contextmanager
def build_progress() -> Iterator[Callable[[int, int, int], None]]:
    """A progress bar on the terminal's error stream; silent where that is no terminal."""
    columns = (
        TextColumn("models"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pages]} pages, {task.fields[rate]} pages/s"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("build", total=None, pages="0", rate="0")

        def advance(done: int, total: int, pages: int) -> None:
            seconds = bar.tasks[0].elapsed or 1
            bar.update(task, completed=done, total=total, pages=f"{pages:,}", rate=f"{pages / seconds:,.0f}")

        yield advance


def build_summary(result: Result, out: Path) -> str:
    """Pages, bytes, seconds and what changed, in one line."""
    rate = result.pages / result.seconds if result.seconds else 0
    return (
        f"{out}: {result.pages:,} pages, {result.total_bytes / 1e6:,.1f} MB in {result.seconds:.1f} s "
        f"({rate:,.0f} pages/s); {result.changed:,} files changed, {result.removed:,} removed"
    )
