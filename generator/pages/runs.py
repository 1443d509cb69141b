"""Which models a device or group runs, by size: the lists that pages of devices and memory sizes share."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats, urls
from generator.catalog import Catalog
from generator.pages import holders as words
from generator.pages.facts import parameters_text
from generator.pages.hardware import SPEED
from generator.pages.holders import Section
from generator.pages.page import Cell, Row, Table
from generator.pages.speeds import offloaded_speed, speed_of, speed_text
from generator.pages.system_memory import system_memory_way
from generator.placement.holding import SHORT_CONTEXT, Candidate, Holder, candidates, holds, usual
from generator.scenarios import Atlas, Subject

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


OFFLOAD_COLUMNS = (
    "Model",
    "Parameters",
    "Quantization",
    "What system memory keeps",
    "Device holds",
    "System memory holds",
    SPEED,
)
MOST_OPEN = 40
"""Rows from which on a table is folded away."""


def counts(atlas: Atlas, holder: Holder, found: tuple[tuple[Subject, Candidate], ...], called: str) -> str:
    """How many models run, and how many of them at the usual quantization or better, as a sentence.

    called : the hardware in words.
    """
    default = atlas.catalog.quantizations[atlas.catalog.site.default_quantization]
    well = sum(holds(atlas.catalog, subject, holder) for subject, _ in found)
    of = len(atlas.catalog.models)
    verb = "holds" if holder.count == 1 else "hold"
    return (
        f"{_sentence(called)} {verb} {len(found)} of our {of} models with "
        f"{formats.context(SHORT_CONTEXT)} of context, {well} of them at {default.name} or better, or as published."
    )


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def largest(atlas: Atlas, found: tuple[tuple[Subject, Candidate], ...], holder: Holder) -> tuple[str, ...]:
    """The largest model that runs at the usual quantization or better, as a sentence."""
    well = [each for each in found if holds(atlas.catalog, each[0], holder)]
    if not well:
        return ()
    subject, chosen = max(well, key=lambda each: each[0].architecture.parameters())
    context = formats.number(chosen.largest_context(holder))
    return (
        f"The largest of those is {subject.model.name}, at {chosen.quantization.name} with up to {context} tokens "
        f"of context.",
    )


def model_sections(atlas: Atlas, holder: Holder, found: tuple[tuple[Subject, Candidate], ...]) -> Iterator[Section]:
    """The models that fit, by size; then those that need system memory beside the device."""
    for least, heading in SIZES:
        rows = tuple(
            _row(atlas.catalog, holder, subject, chosen)
            for subject, chosen in sorted(found, key=lambda each: each[0].model.release, reverse=True)
            if _billions(least) <= subject.architecture.parameters() < _above(least)
        )
        if rows:
            caption = f"{len(rows)} {'model' if len(rows) == 1 else 'models'}, newest first"
            columns = ("Model", "Best quantization", words.takes(holder), "Largest context", SPEED, "Parameters")
            table = Table(caption, columns, rows, frozenset({1, 5}))
            yield Section(f"from-{least}b", f"{heading} parameters", tables=(table,))
    yield from _offloads(atlas, holder)


def _billions(count: int) -> int:
    return count * 10**9


def _above(least: int) -> float:
    """The lower limit of the next larger group."""
    larger = [limit for limit, _ in SIZES if limit > least]
    return _billions(min(larger)) if larger else float("inf")


def _row(catalog: Catalog, holder: Holder, subject: Subject, chosen: Candidate) -> Row:
    model, scheme = subject.model, chosen.quantization
    path = urls.on_device_path(model.slug, holder.slug)
    engine = "" if chosen.engine == "llama.cpp" else f" in {subject.engine_name(chosen.engine)}"
    below = "" if holds(catalog, subject, holder) else f", below {usual(catalog, subject).name}"
    fit = chosen.fit(holder, chosen.short_context)
    return Row(
        (
            Cell(model.name, path if words.has_model_pages(catalog, holder) else urls.model_path(model.slug)),
            Cell(f"{scheme.name}{engine}{below}", urls.quantization_path(model.slug, scheme.slug)),
            Cell(formats.size(fit.used_bytes)),
            Cell(formats.number(chosen.largest_context(holder))),
            Cell(speed_text(speed_of(catalog, chosen, holder))),
            Cell(parameters_text(subject)),
        )
    )


def _offloads(atlas: Atlas, holder: Holder) -> Iterator[Section]:
    """Models that the device doesn't hold at their usual quantization, with a part in system memory."""
    if holder.count > 1 or holder.device.unified_memory:
        return
    rows = []
    for subject in sorted(atlas.subjects(), key=lambda each: each.architecture.parameters()):
        found = candidates(atlas.catalog, subject, holder)
        chosen = next((each for each in found if each.quantization is usual(atlas.catalog, subject)), None)
        if chosen is None or chosen.runs(holder) or not subject.offloads(chosen.engine):
            continue
        row = _offload_row(atlas.catalog, holder, chosen)
        if row is not None:
            rows.append(row)
    if rows:
        table = Table(
            f"With {formats.context(SHORT_CONTEXT)} of context",
            OFFLOAD_COLUMNS,
            tuple(rows),
            frozenset({1, 2, 3}),
        )
        yield Section(
            "system-memory",
            "With system memory beside it",
            (
                "llama.cpp can keep layers, or the routed experts of a mixture of experts, in system memory. "
                "Every token then reads that part at the speed of system memory, so it answers more slowly.",
            ),
            folded=(table,) if len(rows) > MOST_OPEN else (),
            tables=() if len(rows) > MOST_OPEN else (table,),
        )


def _offload_row(catalog: Catalog, holder: Holder, chosen: Candidate) -> Row | None:
    found = system_memory_way(chosen, holder.device)
    if found is None:
        return None
    how, offload = found
    subject = chosen.subject
    path = urls.on_device_path(subject.model.slug, holder.slug)
    return Row(
        (
            Cell(
                subject.model.name,
                path if words.has_model_pages(catalog, holder) else urls.model_path(subject.model.slug),
            ),
            Cell(parameters_text(subject)),
            Cell(chosen.quantization.name),
            Cell(how),
            Cell(formats.gib(offload.device_bytes)),
            Cell(formats.gib(offload.host_bytes)),
            Cell(speed_text(offloaded_speed(catalog, chosen, offload))),
        )
    )
