"""Which models a device or group runs, by size: the lists that pages of devices and memory sizes share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec import Struct

from generator import formats, urls
from generator.catalog import Catalog
from generator.pages.facts import parameters_text
from generator.pages.page import Cell, Row, Table
from generator.pages.parts import holders as words
from generator.pages.parts.hardware import SPEED
from generator.pages.parts.holders import Section
from generator.pages.parts.speeds import offloaded_speed, speed_of, speed_text
from generator.pages.parts.system_memory import system_memory_way
from generator.placement.holding import SHORT_CONTEXT, Candidate, Holder, best, candidate_at, holder_of, holds
from generator.placement.speed import Speed
from generator.scenarios import Atlas, Figures, Subject

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
    "Quantization",
    SPEED,
    "What system memory keeps",
    "Device holds",
    "System memory holds",
    "Parameters",
)
MOST_OPEN = 40
"""Rows from which on a table is folded away."""


class Whole(Struct, frozen=True):
    """A model at the best quantization that runs on some hardware.

    used_bytes : at the short context, of the fullest device. largest_context : tokens.
    """

    quantization: str
    name: str
    engine: str
    used_bytes: int
    largest_context: int
    speed: Speed | None


class Beside(Struct, frozen=True):
    """A model at its usual quantization with a part in system memory; ``how`` says which."""

    name: str
    how: str
    device_bytes: int
    host_bytes: int
    speed: Speed | None


class Run(Struct, frozen=True):
    """How some hardware runs a model.

    parameters : of the model, also as text where it runs at all. usual : name of the quantization to try first.
    well : whether that fits, or as much where the hardware doesn't have it.
    whole, beside : at its best, and with a part in system memory where it doesn't fit; None where it can't.
    """

    parameters: int
    parameters_text: str
    usual: str
    well: bool
    whole: Whole | None
    beside: Beside | None


Runs = tuple[tuple[Subject, Run], ...]
"""Every listed model with how some hardware runs it."""


def runs_on(atlas: Atlas, slug: str) -> Runs:
    """How a device or group runs each listed model."""
    listed = atlas.catalog.listed
    return tuple(atlas.of_each(f"runs/{slug}", partial(_run, slug=slug), listed))


def well_on(atlas: Atlas, slug: str) -> tuple[bool, ...]:
    """Whether each listed model fits a device or group as well as ``Run.well`` says, without how it runs."""
    return tuple(atlas.values(f"well/{slug}", partial(_well, slug=slug), atlas.catalog.listed))


def _well(atlas: Atlas, figures: Figures, slug: str) -> bool:
    return holds(atlas.catalog, figures, holder_of(atlas.catalog, slug))


def _run(atlas: Atlas, figures: Figures, slug: str) -> Run:
    catalog = atlas.catalog
    holder = holder_of(catalog, slug)
    well, chosen = holds(catalog, figures, holder), best(catalog, figures, holder)
    beside = None if well and chosen else _beside(catalog, figures, holder)
    return Run(
        figures.architecture.parameters(),
        parameters_text(figures) if chosen or beside else "",
        figures.usual.name,
        well,
        None if chosen is None else _whole(catalog, holder, chosen),
        beside,
    )


def _whole(catalog: Catalog, holder: Holder, chosen: Candidate) -> Whole:
    scheme = chosen.quantization
    engine = "" if chosen.engine == "llama.cpp" else catalog.engines[chosen.engine].name
    used = chosen.fit(holder, chosen.short_context).used_bytes
    speed = speed_of(catalog, chosen, holder)
    return Whole(scheme.slug, scheme.name, engine, used, chosen.largest_context(holder), speed)


def _beside(catalog: Catalog, figures: Figures, holder: Holder) -> Beside | None:
    if holder.count > 1 or holder.device.unified_memory:
        return None
    wanted = figures.usual
    chosen = candidate_at(catalog, figures, holder, wanted)
    if chosen is None or not figures.offloads(chosen.engine):
        return None
    way = system_memory_way(chosen, holder.device)
    if way is None:
        return None
    how, offload = way
    speed = offloaded_speed(catalog, chosen, offload)
    return Beside(wanted.name, how, offload.device_bytes, offload.host_bytes, speed)


def running(runs: Runs) -> int:
    """How many of the models run."""
    return sum(run.whole is not None for _, run in runs)


def counts(atlas: Atlas, holder: Holder, runs: Runs, called: str) -> str:
    """How many models run, and how many of them at the usual quantization or better, as a sentence.

    called : the hardware in words.
    """
    default = atlas.catalog.quantizations[atlas.catalog.site.default_quantization]
    well = sum(run.well for _, run in runs if run.whole)
    verb = "holds" if holder.count == 1 else "hold"
    of = f"our {len(runs)} models" if len(runs) == len(atlas.catalog.models) else f"{len(runs)} listed models"
    return (
        f"{formats.capitalized(called)} {verb} {running(runs)} of {of} with "
        f"{formats.context(SHORT_CONTEXT)} of context, {'all' if well == running(runs) else well} of them at {default.name} or better, or as published."
    )


def largest(runs: Runs) -> tuple[str, ...]:
    """The largest model that runs at the usual quantization or better, as a sentence."""
    found = [(run.parameters, subject, run.whole) for subject, run in runs if run.well and run.whole]
    if not found:
        return ()
    _, subject, whole = max(found, key=lambda each: each[0])
    return (
        f"The largest of those is {subject.model.name}, at {whole.name} with up to "
        f"{formats.number(whole.largest_context)} tokens of context.",
    )


def asked_about(atlas: Atlas, holder: Holder, runs: Runs) -> Iterator[Section]:
    """Of the models that fit at the usual quantization or better those that people ask about most."""
    asked = (each for each in runs if each[0].model.slug in atlas.catalog.site.common_models)
    rows = [
        _row(atlas.catalog, holder, subject, run, run.whole)
        for subject, run in sorted(asked, key=lambda each: -each[1].parameters)
        if run.whole and run.well
    ]
    if rows:
        yield Section("asked", "The models people ask about most", tables=(_table(holder, rows),))


def model_sections(
    atlas: Atlas, holder: Holder, runs: Runs, left_out: frozenset[str] = frozenset()
) -> Iterator[Section]:
    """The models that fit, by size; those that fit at few bits only; those that need system memory beside the device.

    left_out : slugs of models not to list among those that fit.
    """
    by_size = sorted(runs, key=lambda each: each[1].parameters, reverse=True)
    of_size: dict[int, list[Row]] = {least: [] for least, _ in SIZES}
    fewer_bits: list[Row] = []
    for subject, run in by_size:
        if run.whole and subject.model.slug not in left_out:
            rows = of_size[_least(run.parameters)] if run.well else fewer_bits
            rows.append(_row(atlas.catalog, holder, subject, run, run.whole))
    for least, heading in SIZES:
        if of_size[least]:
            yield Section(f"from-{least}b", f"{heading} parameters", tables=(_table(holder, of_size[least]),))
    if fewer_bits:
        default = atlas.catalog.quantizations[atlas.catalog.site.default_quantization].name
        sentence = f"These fit at fewer bits than {default} only, or at fewer than they are published with."
        yield Section("from-fewer-bits", "At fewer bits", (sentence,), tables=(_table(holder, fewer_bits),))
    yield from _offloads(atlas.catalog, holder, runs)


def _table(holder: Holder, rows: list[Row]) -> Table:
    caption = f"{len(rows)} {'model' if len(rows) == 1 else 'models'}, largest first"
    columns = ("Model", "Best quantization", "Largest context", SPEED, words.takes(holder), "Parameters")
    return Table(caption, columns, tuple(rows), frozenset({1, 5}))


def _least(parameters: int) -> int:
    """The limit of the group that a model of so many parameters belongs to."""
    return next(least for least, _ in SIZES if parameters >= least * 10**9)


def model_cell(catalog: Catalog, subject: Subject, holder: Holder) -> Cell:
    """A model's name, with a link to its page on the hardware where it has one."""
    slug = subject.model.slug
    has_page = words.has_model_pages(catalog, holder)
    return Cell(subject.model.name, urls.on_device_path(slug, holder.slug) if has_page else urls.model_path(slug))


def _row(catalog: Catalog, holder: Holder, subject: Subject, run: Run, whole: Whole) -> Row:
    engine = f" in {whole.engine}" if whole.engine else ""
    return Row(
        (
            model_cell(catalog, subject, holder),
            Cell(f"{whole.name}{engine}", urls.quantization_path(subject.model.slug, whole.quantization)),
            Cell(formats.number(whole.largest_context)),
            Cell(speed_text(whole.speed)),
            Cell(formats.size(whole.used_bytes)),
            Cell(run.parameters_text),
        )
    )


def _offloads(catalog: Catalog, holder: Holder, runs: Runs) -> Iterator[Section]:
    """Models that the device doesn't hold at their usual quantization, with a part in system memory."""
    rows = tuple(
        _offload_row(catalog, holder, subject, run, run.beside)
        for subject, run in sorted(runs, key=lambda each: each[1].parameters)
        if run.beside and not run.well
    )
    if rows:
        table = Table(
            f"With {formats.context(SHORT_CONTEXT)} of context",
            OFFLOAD_COLUMNS,
            rows,
            frozenset({1, 3, 6}),
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


def _offload_row(catalog: Catalog, holder: Holder, subject: Subject, run: Run, beside: Beside) -> Row:
    return Row(
        (
            model_cell(catalog, subject, holder),
            Cell(beside.name),
            Cell(speed_text(beside.speed)),
            Cell(beside.how),
            Cell(formats.gib(beside.device_bytes)),
            Cell(formats.gib(beside.host_bytes)),
            Cell(run.parameters_text),
        )
    )
