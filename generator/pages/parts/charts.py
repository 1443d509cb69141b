"""The data of the charts: parts and marks as figures; drawing them is another layer's work."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice, takewhile

from msgspec.structs import replace

from generator import formats
from generator.catalog import Quantization
from generator.catalog.memory_class import MemoryClass
from generator.pages.facts import Facts, facts
from generator.pages.page import BarChart, Cell, CurveChart, CurveLine, CurvePoint, Mark, Row, Segment, Table
from generator.scenarios import Subject

MOST_SINGLE_STEPS = 4
"""Multiples of the largest class go up one by one to this, then double."""

PARTS_COLUMNS = ("Part", "Decimal", "Binary", "Share")
WHOLE = formats.share(1.0)

LEAST_RATIO = 1.18
"""How far apart the totals of two lines of one chart are at the shortest context, so that their names have room."""


def bar(found: Facts) -> BarChart:
    """The parts of the total on a ruler of memory sizes."""
    estimate = found.estimate
    parts = (
        ("weights", "Weights", estimate.weights_device_bytes),
        ("cache", "KV cache", estimate.kv_cache_bytes),
        ("state", "Recurrent state", estimate.recurrent_state_bytes),
        ("compute", "Compute buffer", estimate.compute_bytes),
        ("runtime", "Driver", estimate.runtime_bytes),
    )
    segments = tuple(Segment(part, label, size, formats.size(size)) for part, label, size in parts if size)
    listed = ", ".join([f"{segment.label} {segment.text}" for segment in segments])
    title = f"Memory of {found.name} at {found.quantization.name} with {found.context_text} context"
    return BarChart(
        title,
        f"{listed}; total {found.total_text}, range {found.range_text}.",
        segments,
        found.total_text,
        estimate.total_low_bytes,
        estimate.total_high_bytes,
        marks(found.memory_classes, estimate.total_high_bytes),
        _parts_table(found, title, segments),
    )


def _parts_table(found: Facts, title: str, segments: tuple[Segment, ...]) -> Table:
    """What the ruler shows, in both units, with the ends of the range below the total; tags name the parts."""
    estimate = found.estimate
    total = estimate.total_bytes
    rows = (
        *((each.label, each.size_bytes, formats.share(each.size_bytes / total), each.part) for each in segments),
        ("Total", total, WHOLE, ""),
        ("Low end", estimate.total_low_bytes, "", ""),
        ("High end", estimate.total_high_bytes, "", ""),
    )
    return Table(
        title,
        PARTS_COLUMNS,
        tuple(
            Row(_head(label), (formats.size(size), formats.gib(size), share), label == "Total", part)
            for label, size, share, part in rows
        ),
    )


@cache
def _head(label: str) -> tuple[Cell, ...]:
    """What a row begins with, one object on all pages."""
    return (Cell(label),)


def marks(classes: tuple[MemoryClass, ...], largest_bytes: int) -> tuple[Mark, ...]:
    """Memory sizes up to the first that holds ``largest_bytes``, beyond the largest class its multiples.

    One ruler for all pages that end with the same. Only the last is labelled with its unit.
    """
    held = (place for place, each in enumerate(classes) if each.capacity_bytes >= largest_bytes)
    shown = classes[: next(held, len(classes)) + 1]
    return _ruler(shown, next(count for count in _counts() if count * shown[-1].capacity_bytes >= largest_bytes))


def _counts() -> Iterator[int]:
    """How many of the largest class are shown: one by one at first, then twice as many each time."""
    count = 1
    while True:
        yield count
        count += 1 if count < MOST_SINGLE_STEPS else count


@lru_cache(maxsize=256)
def _ruler(classes: tuple[MemoryClass, ...], most: int) -> tuple[Mark, ...]:
    """A mark for each size, then for the multiples of the last up to ``most`` times."""
    found = [Mark(formats.number(each.gb), each.capacity_bytes, formats.memory_class(each.gb)) for each in classes]
    largest = classes[-1]
    for count in islice(takewhile(lambda each: each <= most, _counts()), 1, None):
        name = formats.several_classes(count, largest.gb)
        found.append(Mark(name, count * largest.capacity_bytes, name))
    last = found.pop()
    return (*found, Mark(last.name, last.size_bytes, last.name))


@lru_cache(maxsize=64)
def line(subject: Subject, quantization: Quantization) -> CurveLine:
    """Totals over all contexts of a model at one quantization."""
    points = []
    for context in subject.contexts:
        there = facts(subject, quantization, context)
        points.append(CurvePoint(context, there.context_text, there.estimate.total_bytes, there.total_text))
    return CurveLine(quantization.name, tuple(points))


def curve(subject: Subject, quantization: Quantization) -> CurveChart:
    """Totals over all contexts of the model at one quantization."""
    own = line(subject, quantization)
    smallest, largest = own.points[0], own.points[-1]
    return CurveChart(
        f"Memory of {subject.model.name} at {quantization.name} over the context",
        f"From {smallest.text} at {smallest.label} to {largest.text} at {largest.label}.",
        (own,),
        marks(subject.memory_classes(subject.engine(quantization)), largest.size_bytes),
    )


def curves(subject: Subject, chief: Quantization) -> CurveChart:
    """Totals over all contexts at the quantizations that people ask about, as far apart as lines need."""
    engine = subject.engine(chief)
    chosen = [chief]
    for quantization in subject.common_quantizations:
        apart = (_start(subject, quantization) / _start(subject, each) for each in chosen)
        if subject.engine(quantization) == engine and all(max(r, 1 / r) >= LEAST_RATIO for r in apart):
            chosen.append(quantization)
    lines = tuple(
        replace(line(subject, quantization), chief=quantization is chief)
        for quantization in sorted(chosen, key=lambda each: -_start(subject, each))
    )
    listed = ", ".join(f"{each.name} from {each.points[0].text} to {each.points[-1].text}" for each in lines)
    first, last = lines[0].points[0], lines[0].points[-1]
    return CurveChart(
        f"Memory of {subject.model.name} over the context, by quantization",
        f"From {first.label} to {last.label} of context in {subject.engine_name(engine)}: {listed}.",
        lines,
        marks(subject.memory_classes(engine), lines[0].points[-1].size_bytes),
    )


def _start(subject: Subject, quantization: Quantization) -> int:
    """The total at the shortest context, bytes."""
    return line(subject, quantization).points[0].size_bytes
