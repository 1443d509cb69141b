"""The page of a model at one quantization: all its contexts, and how far each memory size goes."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from generator import formats, urls
from generator.catalog import Catalog, Quantization
from generator.pages import heads
from generator.pages.facts import Facts, common_and, facts, largest_contexts
from generator.pages.indexable import quantization_listed
from generator.pages.lists import default_context
from generator.pages.models.origins import shipped
from generator.pages.page import BarChart, Cell, CurveChart, Link, Page, Question, Row, Table
from generator.pages.parts import advice, charts, hardware
from generator.pages.parts.commands import Command, offload_command, source
from generator.pages.parts.holders import a_named, short_name
from generator.pages.parts.nearby import CONTEXT_COLUMNS, QUANTIZATION_COLUMNS, context_rows, quantization_row
from generator.pages.parts.pace import pace
from generator.pages.parts.quality import strayed
from generator.pages.parts.speeds import speed_text, timed
from generator.pages.parts.steps import type_table
from generator.pages.parts.vision import vision_beside
from generator.pages.parts.weights import in_system_memory
from generator.pages.quantization import words
from generator.pages.scenario.questions import one_scenario_questions
from generator.pages.shared import above_quantizations
from generator.pages.traits import traits
from generator.placement import Fit, Offload
from generator.placement.launch import LAUNCHERS
from generator.placement.speed import decode_speed
from generator.scenarios import LIGHT_CACHE, Atlas, Subject

NEIGHBOURS = 3
"""Quantizations shown on either side of the page's own."""


class QuantizationBody(Struct, frozen=True):
    """A model at one quantization, over all its contexts; ``shown`` is the scenario that ruler and questions take."""

    answer: tuple[str, ...]
    shown: Link
    bar: BarChart
    reach: Table
    smaller: Table | None
    commands: tuple[Command, ...]
    contexts: Table
    curve: CurveChart
    fitting: tuple[Question, ...]
    effects: tuple[str, ...]
    format: Link
    types: Table | None
    steps: tuple[str, ...]
    neighbours: Table
    published: tuple[str, ...]
    more: tuple[Link, ...]


def quantization_page(atlas: Atlas, subject: Subject, quantization: Quantization) -> Page:
    """All contexts of one model at one quantization."""
    model = subject.model
    first, last = (facts(subject, quantization, context) for context in (subject.contexts[0], subject.contexts[-1]))
    shown = facts(subject, quantization, default_context(atlas, subject))
    path, called = urls.quantization_path(model.slug, quantization.slug), f"{model.name} {quantization.name}"
    fits = hardware.alone(shown, hardware.common_devices(atlas.catalog, shown.engine, quantization))
    cards = hardware.common_cards(atlas.catalog, shown.engine, quantization)
    small = hardware.too_small(cards, fits)
    groups = () if hardware.on_one_consumer_card(fits) else hardware.together(shown, small)
    ways = hardware.offloads(shown, cards)
    way = hardware.fastest_at_home(ways)
    answer = (
        *_answer(shown, first, last, way),
        *advice.published_takes_less(shown),
        *words.best_on(atlas.catalog, shown),
        *vision_beside(shown),
    )
    return Page(
        path=path,
        kind="quantization",
        title=heads.title(f"{called}: VRAM at every context", f"{called}: VRAM"),
        description=heads.description(
            (
                answer[0],
                answer[2],
            )
        ),
        heading=f"How much VRAM does {model.name} need at {quantization.name}?",
        above=above_quantizations(subject),
        name=quantization.name,
        body=QuantizationBody(
            answer=answer,
            shown=Link(
                f"{model.name} at {quantization.name} with {shown.context_text} context",
                urls.scenario_path(model.slug, quantization.slug, shown.context),
            ),
            bar=charts.bar(shown),
            reach=_reach(atlas.catalog, shown, groups),
            smaller=hardware.offload_table(shown, ways, atlas.catalog) if ways else None,
            commands=(*_at_its_edge(shown, last), *((offload_command(shown, *way),) if way else ())),
            contexts=Table(
                f"{model.name} at {quantization.name}", CONTEXT_COLUMNS, context_rows(subject, quantization)
            ),
            curve=charts.curve(subject, quantization),
            fitting=one_scenario_questions(shown, fits, groups, small),
            published=tuple(shipped(model, quantization)),
            effects=words.effects(shown),
            format=Link(
                f"What {quantization.name} is, and how near it comes to 16 bits", urls.format_path(quantization.slug)
            ),
            types=type_table(subject, quantization) if first.engine == "llama.cpp" else None,
            steps=words.steps(atlas.catalog, shown),
            neighbours=_neighbours(atlas.catalog, shown),
            more=(
                Link(f"{model.name} at all {len(subject.quantizations)} quantizations", urls.model_path(model.slug)),
                Link("Calculator", f"{urls.model_path(model.slug)}#calculator"),
            ),
        ),
        indexable=quantization_listed(atlas, subject, quantization),
    )


def _answer(shown: Facts, first: Facts, last: Facts, way: tuple[str, Offload] | None) -> tuple[str, ...]:
    """What it takes over its contexts, how far the first memory size goes that holds anything, and what a smaller does.

    way : what a card too small for it keeps in system memory.
    """
    subject, quantization = shown.subject, shown.quantization
    bits = formats.bits(8 * first.estimate.weights_bytes / subject.architecture.parameters())
    on_device, beside = formats.size(first.estimate.weights_device_bytes), in_system_memory(first.estimate)
    spread = (
        f"{first.total_text} at any context"
        if first.total_text == last.total_text
        else f"{first.total_text} with {first.context_text} of context and {last.total_text} with {last.context_text}"
    )
    sentences = [
        f"{shown.name} at {quantization.name} takes {spread} in {first.engine_name}.",
        f"{on_device} of it are weights, {bits} bits each on average{f'; {beside}' if beside else ''}.",
    ]
    holding = [(size, longest) for size, longest in largest_contexts(subject, quantization) if longest]
    if holding:
        size, longest = holding[0]
        reach = (
            f"the full {formats.context(longest)}" if longest == last.context else f"up to {formats.tokens(longest)}"
        )
        sentences.append(
            f"{formats.memory_class(size.gb)} is the smallest memory size that holds it, with {reach} of context."
        )
    else:
        sentences.append(f"No memory size up to {formats.memory_class(shown.memory_classes[-1].gb)} holds it.")
    if way is not None:
        how, offload = way
        card = formats.capitalized(a_named(offload.device))
        sentences.append(f"{card} runs it at {shown.context_text} with {how}.")
    return tuple(sentences)


def _reach(catalog: Catalog, shown: Facts, groups: tuple[Fit, ...]) -> Table:
    """The largest context in each memory size, with a quantized cache too where there is one, and how a card answers.

    Where no size holds anything, how many devices do.
    """
    subject, quantization = shown.subject, shown.quantization
    found = largest_contexts(subject, quantization)
    if groups and not any(longest for _, longest in found):
        return hardware.together_table(shown, timed(shown, groups, catalog))
    light = shown.engine == "llama.cpp" and "quantizable_cache" in traits(subject)
    cards = words.devices_by_size(catalog, shown)
    rows = []
    for size, longest in found:
        cells = [Cell(formats.memory_class(size.gb)), Cell(formats.gib(size.capacity_bytes)), _context(longest)]
        if light:
            lighter = subject.largest_context(quantization, size.capacity_bytes, kv_type=LIGHT_CACHE)
            cells.append(_context(lighter))
        card = cards.get(size.gb) if longest else None
        speed = card and decode_speed(shown.estimator, shown.context, card, catalog.efficiency_groups)
        cells.append(Cell(short_name(card), urls.on_device_path(subject.model.slug, card.slug)) if card else Cell("–"))
        cells += [Cell(speed_text(speed or None)), Cell(pace(speed).value if speed else "–")]
        rows.append(Row(tuple(cells)))
        if longest == subject.contexts[-1]:
            break
    contexts = ("Largest context", *((f"with a {LIGHT_CACHE} cache",) if light else ()))
    columns = ("Memory", "Drivers report", *contexts, "Such as", hardware.SPEED, "How it answers")
    caption = (
        f"Largest context of {shown.name} at {quantization.name}, tokens, that surely fits; speeds with "
        f"{shown.context_text} in the cache"
    )
    return Table(caption, columns, tuple(rows), frozenset({len(columns) - 3, len(columns) - 1}))


def _at_its_edge(shown: Facts, last: Facts) -> Iterator[Command]:
    """The page's engine with the longest context that the smallest size with any holds."""
    found = ((size, longest) for size, longest in largest_contexts(shown.subject, shown.quantization) if longest)
    size, context = next(found, (None, 0))
    for program, launch in LAUNCHERS.get(shown.engine, ())[:1]:
        if size is not None:
            whole = "all" if context == last.context else "the most that fits:"
            note = f"For {formats.memory_class(size.gb)}, with {whole} {formats.tokens(context)} of context."
            estimator = shown.subject.estimator_at(shown.quantization, context, shown.engine)
            yield Command(program, note, launch(estimator, source(shown.subject.model, shown.quantization), context))


def _context(tokens: int) -> Cell:
    return Cell(formats.number(tokens)) if tokens else Cell("none", mark="no")


def _neighbours(catalog: Catalog, shown: Facts) -> Table:
    """The common quantizations just larger and just smaller, and the page's own, with how far they were measured off."""
    subject, own = shown.subject, shown.quantization
    listed = common_and(subject, own)
    place = listed.index(own)
    near = listed[max(place - NEIGHBOURS, 0) : place + NEIGHBOURS + 1]
    rows = [quantization_row(subject, q, shown.context, q is own) for q in near]
    columns: tuple[str, ...] = QUANTIZATION_COLUMNS
    off = [strayed(catalog, q) for q in near]
    measured = next((each.model for each in off if each), None)
    if measured is not None:
        texts = (each.text if each and each.model == measured else "–" for each in off)
        rows = [replace(row, figures=(*row.figures, text)) for row, text in zip(rows, texts, strict=True)]
        columns = (*columns, f"KL divergence, {measured}")
    caption = f"{shown.name} with {shown.context_text} context at more and fewer bits"
    return Table(caption, columns, tuple(rows))
