"""Scenarios of one model beside each other: what another quantization or context takes."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

from generator import formats, urls
from generator.catalog import Quantization
from generator.pages.facts import Facts, common_and, facts
from generator.pages.page import Cell, Row, Table
from generator.scenarios import Subject

Entry = TypeVar("Entry")

KEPT_ROWS = 4096
"""Rows that neighbouring pages share; more than one model has of each kind."""

TOTALS = ("Total", "At most", "Smallest memory")
CONTEXT_COLUMNS = ("Context", *TOTALS, "Cache", "Range")
QUANTIZATION_COLUMNS = ("Quantization", *TOTALS, "Weights on the device")
STEP_COLUMNS = ("Step", *TOTALS, "Weights on the device", "Cache")


def steps_table(found: Facts) -> Table:
    """The common quantizations and the contexts next to a scenario's own, which stands between them."""
    subject, own, context = found.subject, found.quantization, found.context
    rows = (
        *(_step_row(subject, each, context, each.name) for each in _quantizations_near(subject, own)),
        *(_step_row(subject, own, each, f"{formats.context(each)} context") for each in _contexts_near(found)),
    )
    caption = f"One step from {found.name} at {own.name} with {found.context_text} context"
    return Table(caption, STEP_COLUMNS, rows)


@lru_cache(maxsize=KEPT_ROWS)
def _step_row(subject: Subject, quantization: Quantization, context: int, step: str) -> Row:
    found = facts(subject, quantization, context)
    return Row(
        (Cell(step, urls.scenario_path(subject.model.slug, quantization.slug, context)),),
        (*_totals(found), formats.size(found.estimate.weights_device_bytes), formats.size(found.cache_bytes)),
    )


@lru_cache(maxsize=64)
def _quantizations_near(subject: Subject, quantization: Quantization) -> tuple[Quantization, ...]:
    """The next larger and the next smaller common quantization of the same engine."""
    offered, engine = common_and(subject, quantization), subject.engine(quantization)
    return _beside(tuple(each for each in offered if subject.engine(each) == engine), quantization)


def _contexts_near(found: Facts) -> tuple[int, ...]:
    return _beside(found.subject.contexts, found.context)


def _beside(ordered: tuple[Entry, ...], own: Entry) -> tuple[Entry, ...]:
    """What stands directly before and after."""
    place = ordered.index(own)
    return (*ordered[max(place - 1, 0) : place], *ordered[place + 1 : place + 2])


@lru_cache(maxsize=KEPT_ROWS)
def quantization_row(subject: Subject, quantization: Quantization, context: int, current: bool) -> Row:
    """Weights, total and memory class, one row for all pages that show it."""
    found = facts(subject, quantization, context)
    path = None if current else urls.scenario_path(subject.model.slug, quantization.slug, context)
    weights = formats.size(found.estimate.weights_device_bytes)
    return Row((Cell(quantization.name, path),), (*_totals(found), weights), current)


def context_rows(subject: Subject, quantization: Quantization) -> tuple[Row, ...]:
    """Cache, total and memory class at every context of the model; one row where a context changes nothing."""
    found = [facts(subject, quantization, context) for context in subject.contexts]
    first, last = found[0], found[-1]
    if len(found) > 1 and first.estimate.total_bytes == last.estimate.total_bytes:
        return (_context_row(last, f"{first.context_text} to {last.context_text}"),)
    return tuple(_context_row(each, each.context_text) for each in found)


def contexts_that_differ(subject: Subject, quantizations: tuple[Quantization, ...]) -> dict[int, str]:
    """Contexts of the model by what a column of their totals is called; one column where none changes a total."""
    first, last = subject.contexts[0], subject.contexts[-1]
    if first != last and all(
        subject.estimate(each, first).total_bytes == subject.estimate(each, last).total_bytes for each in quantizations
    ):
        return {last: f"{formats.context(first)} to {formats.context(last)}"}
    return {each: formats.context(each) for each in subject.contexts}


def _context_row(found: Facts, name: str) -> Row:
    path = urls.scenario_path(found.subject.model.slug, found.quantization.slug, found.context)
    return Row((Cell(name, path),), (*_totals(found), formats.size(found.cache_bytes), found.range_text))


def _totals(found: Facts) -> tuple[str, ...]:
    """A total, the high end of its range in the unit that devices are named after, and the size that holds it."""
    return (
        found.total_text,
        formats.gib(found.estimate.total_high_bytes),
        found.memory_text,
    )
