"""What every command shares: reading the data, failing, printing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from generator.accuracy.bands import Bands
from generator.catalog import Catalog, CatalogError, Gathered, Problem, catalog_of, gather
from generator.cli.failure import Failure as Failure
from generator.publish.kept.understood import Memory
from generator.soundness import Soundness, unanswerable_calls

if TYPE_CHECKING:
    from rich.table import Table

ACCURACY_FILE = "accuracy.json"


def read_catalog(data: Path, leave_out: str = "") -> Catalog:
    """The data files. Raises Failure with every problem in them, those of the file ``leave_out`` aside."""
    try:
        found = gather(data)
        found.problems = [problem for problem in found.problems if problem.file != f"{data.name}/{leave_out}"]
        return catalog_of(found)
    except CatalogError as error:
        raise Failure(str(error)) from error


def read_checked(data: Path) -> tuple[Gathered, tuple[Problem, ...]]:
    """What the data files hold, and everything that is wrong with them, what the core refuses included."""
    found = gather(data)
    problems = [*found.problems, *Soundness().problems(found)] or unanswerable_calls(found)
    return found, CatalogError(problems).problems


def read_sound_catalog(data: Path, memory: Memory) -> Catalog:
    """The data files, every config of which the core reads. Raises Failure with every problem.

    memory : of the last build; takes what this one understands.
    """
    found = gather(data, memory.files)
    problems = [*found.problems, *memory.soundness.problems(found)]
    if problems:
        raise Failure(str(CatalogError(problems)))
    return catalog_of(found)


def read_bands(data: Path) -> Bands:
    """The error bands that pages and estimates quote. Raises Failure where they were never written."""
    path = data / ACCURACY_FILE
    if not path.exists():
        raise Failure(f"{path} is missing: run `python -m generator accuracy --write`")
    return Bands.load(path)


def print_table(table: Table) -> None:
    """Print a table, as wide as the terminal or, into a pipe, 160 columns."""
    from rich.console import Console  # commands that print none needn't load it

    Console(width=None if sys.stdout.isatty() else 160).print(table)
