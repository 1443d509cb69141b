"""The models that hardware runs, in tables by size: what pages of devices and of memory sizes share."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import partial
from operator import itemgetter

from generator import formats, urls
from generator.catalog import Catalog
from generator.pages.devices.runs import Runs
from generator.pages.parts import holders as words
from generator.pages.parts.fitting import BesideRow, FittingRow, ModelTable, Whole
from generator.pages.parts.hardware import SPEED
from generator.pages.parts.holders import Section
from generator.placement.holding import SHORT_CONTEXT, Holder

SIZES = (
    (200, "More than 200B"),
    (80, "80B to 200B"),
    (40, "40B to 80B"),
    (20, "20B to 40B"),
    (10, "10B to 20B"),
    (4, "4B to 10B"),
    (0, "Up to 4B"),
)
"""Groups of models by billions of parameters, each from its limit on."""

LIMITS = tuple(least * 10**9 for least, _ in reversed(SIZES))

OFFLOAD_COLUMNS = (
    "Model",
    "Quantization",
    SPEED,
    "What system memory keeps",
    "Device holds",
    "System memory holds",
    "Parameters",
)
MOST_OPEN = 40
"""Rows from which on a table is folded away."""


def asked_about(catalog: Catalog, holder: Holder, runs: Runs) -> Iterator[Section]:
    """Of the models that fit at the usual quantization or better those that people ask about most."""
    asked, path = catalog.site.common_models, path_of_model(catalog, holder)
    rows = [_row(slug, name, path, run.whole) for slug, name, run in runs if run.whole and run.well and slug in asked]
    if rows:
        yield Section("asked", "The models people ask about most", models=_fitting(holder, rows))


def model_sections(
    catalog: Catalog, holder: Holder, runs: Runs, left_out: frozenset[str] = frozenset()
) -> Iterator[Section]:
    """The models that fit, by size; those that fit at few bits only; those that need system memory beside the device.

    left_out : slugs of models not to list among those that fit.
    """
    path = path_of_model(catalog, holder)
    of_size: list[list[FittingRow]] = [[] for _ in SIZES]
    fewer_bits: list[FittingRow] = []
    beside: list[tuple[int, BesideRow]] = []
    for slug, name, run in runs:
        if run.whole and slug not in left_out:
            row = _row(slug, name, path, run.whole)
            (of_size[-bisect_right(LIMITS, run.parameters)] if run.well else fewer_bits).append(row)
        if run.beside and not run.well:
            beside.append((run.parameters, BesideRow(name, path(slug), run.beside)))
    for (least, heading), rows in zip(SIZES, of_size, strict=True):
        if rows:
            yield Section(f"from-{least}b", f"{heading} parameters", models=_fitting(holder, rows))
    if fewer_bits:
        default = catalog.quantizations[catalog.site.default_quantization].name
        sentence = f"These fit at fewer bits than {default} only, or at fewer than they are published with."
        yield Section("from-fewer-bits", "At fewer bits", (sentence,), models=_fitting(holder, fewer_bits))
    if beside:
        yield _beside([row for _, row in sorted(beside, key=itemgetter(0))])


def path_of_model(catalog: Catalog, holder: Holder) -> Callable[[str], str]:
    """Gives where a model's name leads, by its slug: to the model's page on the hardware where it has one."""
    if words.has_model_pages(catalog, holder):
        return partial(urls.on_device_path, device=holder.slug)
    return urls.model_path


def _row(slug: str, name: str, path: Callable[[str], str], whole: Whole) -> FittingRow:
    return FittingRow(name, path(slug), urls.quantization_path(slug, whole.quantization), whole)


def _fitting(holder: Holder, rows: list[FittingRow]) -> ModelTable:
    caption = f"{len(rows)} {'model' if len(rows) == 1 else 'models'}, largest first"
    columns = ("Model", "Best quantization", "Largest context", SPEED, words.takes(holder), "Parameters")
    return ModelTable(caption, columns, frozenset({1, 5}), fitting=tuple(rows))


def _beside(rows: list[BesideRow]) -> Section:
    """Models that the device doesn't hold at their usual quantization, with a part in system memory, smallest first."""
    table = ModelTable(
        f"With {formats.context(SHORT_CONTEXT)} of context",
        OFFLOAD_COLUMNS,
        frozenset({1, 3, 6}),
        beside=tuple(rows),
        folded=len(rows) > MOST_OPEN,
    )
    sentence = (
        "llama.cpp can keep layers, or the routed experts of a mixture of experts, in system memory. "
        "Every token then reads that part at the speed of system memory, so it answers more slowly."
    )
    return Section("system-memory", "With system memory beside it", (sentence,), models=table)
