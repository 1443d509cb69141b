"""The data of the charts: parts and marks as figures; drawing them is another layer's work."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from generator import formats
from generator.catalog import Quantization
from generator.catalog.memory_class import MemoryClass
from generator.pages.facts import Facts, facts
from generator.pages.page import BarChart, CurveChart, CurvePoint, Mark, Segment
from generator.scenarios import Subject

MOST_SINGLE_STEPS = 4
"""Multiples of the largest class go up one by one to this, then double."""


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
    listed = ", ".join(f"{segment.label} {segment.text}" for segment in segments)
    return BarChart(
        f"Memory of {found.name} at {found.quantization.name} with {found.context_text} of context",
        f"{listed}; total {found.total_text}, range {found.range_text}.",
        segments,
        found.total_text,
        estimate.total_low_bytes,
        estimate.total_high_bytes,
        marks(found.memory_classes, estimate.total_high_bytes),
    )


def marks(classes: tuple[MemoryClass, ...], largest_bytes: int) -> tuple[Mark, ...]:
    """Memory sizes up to the first that holds ``largest_bytes``; beyond the largest class its multiples."""
    found = [Mark(formats.memory_class(each.gb), each.capacity_bytes) for each in classes]
    count, largest = 1, classes[-1]
    while found[-1].size_bytes < largest_bytes:
        count += 1 if count < MOST_SINGLE_STEPS else count
        found.append(Mark(formats.several_classes(count, largest.gb), count * largest.capacity_bytes))
    upto = next(index for index, mark in enumerate(found) if mark.size_bytes >= largest_bytes)
    return tuple(found[: upto + 1])


def curve(found: Facts) -> CurveChart:
    """Totals over all contexts of the model at one quantization."""
    return _curve(found, found.context)


def _curve(found: Facts, current: int | None) -> CurveChart:
    shared = _curve_of(found.subject, found.quantization)
    return shared if current is None else replace(shared, current=current)


@lru_cache(maxsize=64)
def _curve_of(subject: Subject, quantization: Quantization) -> CurveChart:
    """What the curves of all contexts share."""
    points = []
    for context in subject.contexts:
        there = facts(subject, quantization, context)
        points.append(CurvePoint(context, there.context_text, there.estimate.total_bytes, there.total_text))
    smallest, largest = points[0], points[-1]
    return CurveChart(
        f"Memory of {there.name} at {quantization.name} over the context",
        f"From {smallest.text} at {smallest.label} to {largest.text} at {largest.label}.",
        tuple(points),
        marks(there.memory_classes, largest.size_bytes),
    )


def quantization_curve(found: Facts) -> CurveChart:
    """The same without a context to point out."""
    return _curve(found, None)
