"""A bar on the terminal while a build runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from generator.publish.build import silent


@contextmanager
def build_progress() -> Iterator[Callable[[str, int, int, int], None]]:
    """A progress bar on the terminal's error stream; silent where that is no terminal."""
    if not sys.stderr.isatty():
        yield silent
        return
    # Loaded only here: it takes as long as the data.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pages]} pages, {task.fields[rate]} pages/s"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("models", total=None, pages="0", rate="0")

        def advance(what: str, done: int, total: int, pages: int) -> None:
            seconds = bar.tasks[0].elapsed or 1
            rate = f"{pages / seconds:,.0f}"
            bar.update(task, description=what, completed=done, total=total, pages=f"{pages:,}", rate=rate)

        yield advance
