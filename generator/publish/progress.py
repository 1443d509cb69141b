"""A bar on the terminal while a build runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


@contextmanager
def build_progress() -> Iterator[Callable[[int, int, int], None]]:
    """A progress bar on the terminal's error stream; silent where that is no terminal."""
    columns = (
        TextColumn("jobs"),
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
