"""The hub of a model, and the page of one of its quantizations."""

from __future__ import annotations

from dataclasses import dataclass

from generator import formats, urls
from generator.catalog import Quantization
from generator.catalog.memory_class import MemoryClass
from generator.pages import charts
from generator.pages.compare_index import comparisons_of
from generator.pages.facts import facts, parameters_text
from generator.pages.origins import origins, shipped
from generator.pages.lists import default_context, default_quantization
from generator.pages.page import Card, Cell, CurveChart, Form, Link, Page, Question, Row, Table
from generator.pages.scenario import CONTEXT_COLUMNS, context_rows
from generator.pages.shared import HOME, MODELS, family_links, form, introduction, model_link, questions
from generator.pages.steps import type_table
from generator.scenarios import Atlas, Subject

MOST_BUDGETS = 8
"""Memory sizes of the largest-context table, from the smallest that holds anything."""

SHADES = 10
"""Of the grid, from the smallest memory size to what no single device holds; the stylesheet has a colour for each."""


@dataclass(frozen=True, slots=True)
class ModelBody:
    """The hub: introduction in Markdown, the grid of quantization x context, and what the model is."""

    answer: tuple[str, ...]
    introduction: str
    facts: tuple[Card, ...]
    grid: Table
    other_grid: Table | None
    curves: CurveChart
    budgets: Table | None
    form: Form
    faq: tuple[Question, ...]
    family: Link
    more: tuple[Link, ...]
    doubts: tuple[str, ...]
    sources: tuple[str, ...]


def model_page(atlas: Atlas, subject: Subject) -> Page:
    """The hub of one model."""
    model = subject.model
    default, context = default_quantization(atlas, subject), default_context(atlas, subject)
    shown = facts(subject, default, context)
    longest = facts(subject, default, subject.contexts[-1])
    family = atlas.catalog.family_of(model)
    common = subject.common_quantizations
    others = tuple(q for q in subject.quantizations if q not in common)
    answer = (
        f"{model.name} needs {shown.total_text} of GPU memory at {default.name} with {shown.context_text} of context, "
        f"and {longest.total_text} with its full {longest.context_text}.",
    )
    return Page(
        path=urls.model_path(model.slug),
        kind="model",
        title=f"{model.name}: VRAM by quantization and context",
        description=(
            f"{model.name} ({parameters_text(subject)} parameters) takes {shown.total_text} at {default.name} with "
            f"{shown.context_text} of context, {longest.total_text} with {longest.context_text}. All quantizations and contexts."
        ),
        heading=f"How much VRAM does {model.name} ({parameters_text(subject)}) need?",
        crumbs=(HOME, MODELS, model_link(subject)),
        body=ModelBody(
            answer=answer,
            introduction="\n\n".join((introduction(atlas, subject), *origins(atlas, subject))),
            facts=_facts(subject),
            grid=_grid(subject, common, ""),
            other_grid=_grid(subject, others, " at other quantizations") if others else None,
            curves=charts.curves(subject, default),
            budgets=_budgets(subject, common),
            form=form(atlas, subject, default.slug, context, subject.engine(default)),
            faq=questions(atlas, subject),
            family=Link(family.name, urls.family_path(family.slug)),
            more=(*comparisons_of(atlas, model.slug), *family_links(atlas, model)),
            doubts=model.doubts,
            sources=model.sources,
        ),
    )


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
    rows = []
    for quantization in quantizations:
        cells = [Cell(quantization.name, urls.quantization_path(subject.model.slug, quantization.slug))]
        classes = subject.memory_classes(subject.engine(quantization))
        for context in subject.contexts:
            estimate = subject.estimate(quantization, context)
            path = urls.scenario_path(subject.model.slug, quantization.slug, context)
            note, shade = _size_that_holds(classes, estimate.total_high_bytes)
            cells.append(Cell(formats.gigabytes(estimate.total_bytes), path, shade, note))
        rows.append(Row(tuple(cells)))
    columns = ("Quantization", *(formats.context(context) for context in subject.contexts))
    caption = f"GPU memory of {subject.model.name}{which} in GB; below it the smallest memory size that surely holds it"
    return Table(caption, columns, tuple(rows))


def _size_that_holds(classes: tuple[MemoryClass, ...], high_bytes: int) -> tuple[str, str]:
    """The smallest memory size that holds a total, and its shade."""
    for index, each in enumerate(classes):
        if high_bytes <= each.capacity_bytes:
            return formats.memory_class(each.gb), f"{index * (SHADES - 1) // len(classes)}"
    return "several", f"{SHADES - 1}"


def _budgets(subject: Subject, quantizations: tuple[Quantization, ...]) -> Table | None:
    """The largest context at each quantization in each memory size; None where no size holds anything."""
    classes = [{each.gb: each for each in subject.memory_classes(subject.engine(q))} for q in quantizations]
    sizes = sorted(set().union(*classes))
    needed = min(subject.estimate(q, subject.contexts[0]).total_high_bytes for q in quantizations)
    holding = [gb for gb in sizes if any(gb in own and own[gb].capacity_bytes >= needed for own in classes)]
    shown = holding[:MOST_BUDGETS]
    if not shown:
        return None
    rows = []
    for quantization, own in zip(quantizations, classes, strict=True):
        cells = [Cell(quantization.name, urls.quantization_path(subject.model.slug, quantization.slug))]
        for gb in shown:
            fits = subject.largest_context(quantization, own[gb].capacity_bytes) if gb in own else 0
            cells.append(Cell(formats.number(fits) if fits else "–"))
        rows.append(Row(tuple(cells)))
    columns = ("Quantization", *(formats.memory_class(gb) for gb in shown))
    caption = f"Largest context of {subject.model.name}, tokens, that surely fits in a memory size"
    return Table(caption, columns, tuple(rows))


@dataclass(frozen=True, slots=True)
class QuantizationBody:
    """A model at one quantization, over all its contexts."""

    answer: tuple[str, ...]
    summary: str
    contexts: Table
    curve: CurveChart
    types: Table | None
    form: Form
    others: tuple[Link, ...]


def quantization_page(atlas: Atlas, subject: Subject, quantization: Quantization) -> Page:
    """All contexts of one model at one quantization."""
    model = subject.model
    first, last = (facts(subject, quantization, context) for context in (subject.contexts[0], subject.contexts[-1]))
    weights = formats.size(first.estimate.weights_bytes)
    bits = formats.bits(8 * first.estimate.weights_bytes / subject.architecture.parameters())
    answer = (
        f"At {quantization.name} the weights of {model.name} take {weights}, {bits} bits each on average.",
        f"With cache, buffers and driver that makes {first.total_text} at {first.context_text} of context and "
        f"{last.total_text} at {last.context_text} in {first.engine_name}.",
    )
    others = tuple(
        Link(f"{model.name} at {q.name}", urls.quantization_path(model.slug, q.slug))
        for q in subject.quantizations
        if q is not quantization
    )
    return Page(
        path=urls.quantization_path(model.slug, quantization.slug),
        kind="quantization",
        title=f"{model.name} {quantization.name}: VRAM at every context",
        description=f"{answer[0]} {first.total_text} with {first.context_text} of context, {last.total_text} with {last.context_text}.",
        heading=f"How much VRAM does {model.name} need at {quantization.name}?",
        crumbs=(
            HOME,
            MODELS,
            model_link(subject),
            Link(quantization.name, urls.quantization_path(model.slug, quantization.slug)),
        ),
        body=QuantizationBody(
            answer=answer,
            summary=" ".join((quantization.summary, *shipped(model, quantization))),
            contexts=Table(f"{model.name} at {quantization.name}", CONTEXT_COLUMNS, context_rows(first, None)),
            curve=charts.curve(first, None),
            types=type_table(subject, quantization) if first.engine == "llama.cpp" else None,
            form=form(atlas, subject, quantization.slug, None, first.engine),
            others=others,
        ),
    )
