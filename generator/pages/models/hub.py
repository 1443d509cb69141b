"""The hub of a model."""

from __future__ import annotations

from itertools import dropwhile
from math import log2

from msgspec import Struct

from generator import formats, urls
from generator.catalog import Catalog, Quantization
from generator.catalog.memory_class import MemoryClass
from generator.pages import heads
from generator.pages.compare.index import comparisons_of
from generator.pages.facts import Facts, facts, facts_by_size, largest_contexts, name_with_size, parameters_text
from generator.pages.indexable import stand_in
from generator.pages.lists import default_context
from generator.pages.models.origins import origins
from generator.pages.page import Card, Cell, CurveChart, Form, Link, Page, Question, Row, Table
from generator.pages.parts import charts
from generator.pages.parts import holders as words
from generator.pages.parts.nearby import contexts_that_differ
from generator.pages.shared import (
    MODELS,
    family_links,
    form,
    introduction,
    own_questions,
    questions,
)
from generator.placement.holding import SHORT_CONTEXT, best
from generator.scenarios import Atlas, Subject

MOST_BUDGETS = 8
"""Memory sizes of the largest-context table, from the smallest that holds anything."""

LEAST_NAMED_GB = 8
MOST_NAMED = 4
"""Memory sizes named in the answer with the largest quantization that each holds."""

SHADES = 10
SHADES_AN_OCTAVE = 2
PALEST_GB = 8
"""Of the grid, from the smallest memory size to what no single device holds; the stylesheet has a colour for each.

Two for each doubling, so that 8, 12, 16 and 24 GB differ.
"""


class ModelBody(Struct, frozen=True):
    """The hub: introduction in Markdown, the grid of quantization x context, and what the model is."""

    answer: tuple[str, ...]
    introduction: str
    facts: tuple[Card, ...]
    grid: Table
    other_grid: Table | None
    curves: CurveChart
    budgets: Table | None
    devices: Table | None
    too_small: Table | None
    form: Form
    faq: tuple[Question, ...]
    answered_elsewhere: Link | None
    family: Link
    more: tuple[Link, ...]
    doubts: tuple[str, ...]
    sources: tuple[str, ...]


def model_page(atlas: Atlas, subject: Subject) -> Page:
    """The hub of one model."""
    model = subject.model
    default, context = subject.usual, default_context(atlas, subject)
    shown = facts(subject, default, context)
    longest = facts(subject, default, subject.contexts[-1])
    family, other = atlas.catalog.family_of(model), stand_in(atlas, subject)
    common = subject.common_quantizations
    others = tuple(q for q in subject.quantizations if not subject.is_common(q))
    devices, too_small = _devices(atlas.catalog, subject)
    return Page(
        path=urls.model_path(model.slug),
        kind="model",
        title=heads.title(f"{model.name}: VRAM by quantization and context", f"{model.name}: VRAM by quantization"),
        description=heads.description(
            (
                f"{model.name} ({parameters_text(subject)} parameters) takes {shown.total_text} at {default.name} with "
                f"{shown.context_text} of context"
                + (f", {longest.total_text} with {longest.context_text}." if longest.context > context else "."),
                "All quantizations and contexts.",
            )
        ),
        heading=f"How much VRAM does {name_with_size(subject)} need?",
        above=(MODELS,),
        name=subject.model.name,
        data=urls.api_path(model.slug),
        body=ModelBody(
            answer=_answer(shown, longest),
            introduction="\n\n".join((introduction(atlas, subject), *origins(atlas, subject))),
            facts=_facts(subject),
            grid=_grid(subject, common, ""),
            other_grid=_grid(subject, others, " at other quantizations") if others else None,
            curves=charts.curves(subject, default),
            budgets=_budgets(subject, common),
            devices=devices,
            too_small=too_small,
            form=form(atlas, subject, default.slug, context, subject.engine(default)),
            faq=questions(atlas, subject) if other is None else own_questions(atlas, subject),
            answered_elsewhere=_answered_elsewhere(other) if other else None,
            family=Link(family.name, urls.family_path(family.slug)),
            more=(*comparisons_of(atlas, model.slug), *family_links(atlas, model)),
            doubts=model.doubts,
            sources=model.sources,
        ),
    )


def _answered_elsewhere(other: Subject) -> Link:
    """Where general questions are answered for a model that takes the same memory."""
    name = other.model.name
    return Link(
        f"More questions, answered for {name}, which takes the same memory at equal settings",
        f"{urls.model_path(other.model.slug)}#faq",
    )


def _answer(shown: Facts, longest: Facts) -> tuple[str, ...]:
    """The total at the usual and at the full context, and the largest quantization in memory sizes that people have."""
    own = f"{shown.name} needs {shown.total_text} of GPU memory at {shown.quantization.name} with "
    if shown.context == longest.context:
        own += f"its full {longest.context_text} of context."
    else:
        own += f"{shown.context_text} of context, and {longest.total_text} with its full {longest.context_text}."
    if shown.subject.is_published(shown.quantization):
        own += " That is the form in which it is published; one that takes more can hold nothing more."
    held = _largest_held(shown)
    if list(held) == [shown.quantization.name]:
        (size,) = held.values()
        return own, f"{size} is the smallest memory size that surely holds it with {shown.context_text}."
    parts = [f"{name} in {size}" for name, size in held.items()][:MOST_NAMED]
    if not parts:
        return (own,)
    return own, f"The largest quantization that holds {shown.context_text} is {formats.listed(parts)}."


def _largest_held(shown: Facts) -> dict[str, str]:
    """The largest quantizations of the engine that memory sizes surely hold, each with the first size, smallest first.

    Nothing larger than the form in which the model is published.
    """
    offered = facts_by_size(shown.subject, shown.engine, shown.context)
    if shown.subject.is_published(shown.quantization):
        offered = tuple(dropwhile(lambda each: each.quantization is not shown.quantization, offered))
    held: dict[str, str] = {}
    for size in shown.memory_classes:
        fitting = (each.quantization.name for each in offered if each.estimate.total_high_bytes <= size.capacity_bytes)
        best = next(fitting, None)
        if best and size.gb >= LEAST_NAMED_GB:
            held.setdefault(best, formats.memory_class(size.gb))
    return held


def _facts(subject: Subject) -> tuple[Card, ...]:
    model, architecture = subject.model, subject.architecture
    cards = [
        Card(
            "Parameters",
            formats.parameters(architecture.parameters()),
            f"{formats.number(architecture.parameters())} exactly",
        ),
    ]
    if subject.is_moe:
        active = architecture.parameters_active()
        cards.append(Card("Active for a token", formats.parameters(active), f"{architecture.num_experts} experts"))
    cards += [
        Card("Layers", formats.number(architecture.num_layers), subject.kind),
        Card("Longest context", formats.context(model.context_max), formats.tokens(model.context_max)),
        Card("Released", formats.month(model.release), model.organization),
    ]
    if model.license:
        cards.append(Card("Licence", model.license, "as its maker states"))
    return tuple(cards)


def _grid(subject: Subject, quantizations: tuple[Quantization, ...], which: str) -> Table:
    contexts = contexts_that_differ(subject, quantizations)
    rows = []
    for quantization in quantizations:
        cells = [Cell(quantization.name, urls.quantization_path(subject.model.slug, quantization.slug))]
        classes = subject.memory_classes(subject.engine(quantization))
        for context in contexts:
            estimate = subject.estimate(quantization, context)
            path = urls.scenario_path(subject.model.slug, quantization.slug, context)
            note, shade = _size_that_holds(classes, estimate.total_high_bytes)
            cells.append(Cell(formats.gigabytes(estimate.total_bytes), path, shade, note))
        rows.append(Row(tuple(cells)))
    columns = ("Quantization", *contexts.values())
    caption = f"GPU memory of {subject.model.name}{which} in GB; below it the smallest memory size that surely holds it"
    return Table(caption, columns, tuple(rows))


def _size_that_holds(classes: tuple[MemoryClass, ...], high_bytes: int) -> tuple[str, str]:
    """The smallest memory size that holds a total, and its shade."""
    for each in classes:
        if high_bytes <= each.capacity_bytes:
            step = round(SHADES_AN_OCTAVE * log2(each.gb / PALEST_GB))
            return formats.memory_class(each.gb), f"{min(max(step, 0), SHADES - 2)}"
    return "several", f"{SHADES - 1}"


def _devices(catalog: Catalog, subject: Subject) -> tuple[Table | None, Table | None]:
    """What fits best on the hardware that has a page for the model, least memory first; then what holds nothing."""
    rows: list[Row] = []
    too_small: list[Row] = []
    for holder in sorted(words.with_model_pages(catalog), key=lambda each: (each.total_bytes, each.slug)):
        chosen = best(catalog, subject, holder)
        name = Cell(words.name(holder), urls.on_device_path(subject.model.slug, holder.slug))
        if chosen:
            longest = formats.number(chosen.largest_context(holder))
            rows.append(
                Row((name, Cell(chosen.quantization.name, mark="fits"), Cell(longest), Cell(words.capacity(holder))))
            )
        else:
            too_small.append(Row((name, Cell(words.capacity(holder)))))
    columns = ("Hardware", "Fits at", "Tokens of context", "Driver reports")
    caption = f"The best quantization that fits with {formats.context(SHORT_CONTEXT)}, and its largest context"
    others = f"{len(too_small)} smaller, which hold none whole"
    return (
        Table(caption, columns, tuple(rows), frozenset({1})) if rows else None,
        Table(others, (columns[0], columns[-1]), tuple(too_small)) if too_small else None,
    )


def _budgets(subject: Subject, quantizations: tuple[Quantization, ...]) -> Table | None:
    """The largest context at each quantization in each memory size, up to that which holds the whole one at all.

    None where no size holds anything.
    """
    reached = [{size.gb: longest for size, longest in largest_contexts(subject, q)} for q in quantizations]
    smallest = min((gb for own in reached for gb, longest in own.items() if longest), default=None)
    sizes = (each.gb for each in subject.memory_classes(subject.engine(subject.quantizations[0])))
    shown = [gb for gb in sizes if smallest is not None and gb >= smallest][:MOST_BUDGETS]
    if not shown:
        return None
    whole = [gb for gb in shown if all(own.get(gb) in (None, subject.contexts[-1]) for own in reached)]
    shown = shown[: shown.index(whole[0]) + 1] if whole else shown
    rows = []
    for quantization, own in zip(quantizations, reached, strict=True):
        cells = [Cell(quantization.name, urls.quantization_path(subject.model.slug, quantization.slug))]
        cells += [_reach(own.get(gb)) for gb in shown]
        rows.append(Row(tuple(cells)))
    columns = ("Quantization", *(formats.memory_class(gb) for gb in shown))
    caption = f"Largest context of {subject.model.name}, tokens, that surely fits in a memory size"
    return Table(caption, columns, tuple(rows))


def _reach(longest: int | None) -> Cell:
    """The largest context in a memory size, None where no device of the engine has it."""
    if longest is None:
        return Cell("not sold", mark="no")
    return Cell(formats.number(longest) if longest else "–")
