"""The hub of a model, and the page of one of its quantizations."""

from __future__ import annotations

from dataclasses import dataclass

from generator import formats, urls
from generator.catalog import Quantization
from generator.pages import charts
from generator.pages.facts import facts, parameters_text
from generator.pages.origins import origins, shipped
from generator.pages.page import Card, Cell, CurveChart, Form, Link, Page, Question, Row, Table
from generator.pages.scenario import CONTEXT_COLUMNS, context_rows
from generator.pages.shared import HOME, MODELS, family_links, form, introduction, model_link, questions
from generator.pages.steps import type_table
from generator.scenarios import Atlas, Subject

BUDGETS_GB = (8, 12, 16, 24, 32, 48, 80)
"""Memory sizes of the largest-context table, as marketed."""

SHADES = (("8", 12), ("16", 24), ("32", 48), ("80", 96))
LARGEST_SHADE = "192"
"""Shades of the grid, each with the largest size it stands for, as marketed."""


@dataclass(frozen=True, slots=True)
class ModelBody:
    """The hub: introduction in Markdown, the grid of quantization x context, and what the model is."""

    answer: tuple[str, ...]
    introduction: str
    facts: tuple[Card, ...]
    grid: Table
    legend: str
    budgets: Table
    form: Form
    faq: tuple[Question, ...]
    family: Link
    more: tuple[Link, ...]
    doubts: tuple[str, ...]
    sources: tuple[str, ...]


def model_page(atlas: Atlas, subject: Subject) -> Page:
    """The hub of one model."""
    model = subject.model
    default = _default(atlas, subject)
    context = max((c for c in subject.contexts if c <= _default_context(atlas)), default=subject.contexts[0])
    shown = facts(subject, default, context)
    longest = facts(subject, default, subject.contexts[-1])
    family = atlas.catalog.family_of(model)
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
            grid=_grid(subject),
            legend=_legend(subject),
            budgets=_budgets(subject),
            form=form(atlas, subject, default.slug, context),
            faq=questions(atlas, subject),
            family=Link(family.name, urls.family_path(family.slug)),
            more=family_links(atlas, model),
            doubts=model.doubts,
            sources=model.sources,
        ),
    )


def _default(atlas: Atlas, subject: Subject) -> Quantization:
    chosen = atlas.catalog.quantizations[atlas.catalog.site.default_quantization]
    return chosen if chosen in subject.quantizations else subject.quantizations[0]


def _default_context(atlas: Atlas) -> int:
    return atlas.catalog.site.context_ladder[atlas.catalog.site.default_context]


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


def _grid(subject: Subject) -> Table:
    rows = []
    for quantization in subject.quantizations:
        cells = [Cell(quantization.name, urls.quantization_path(subject.model.slug, quantization.slug))]
        for context in subject.contexts:
            estimate = subject.estimate(quantization, context)
            path = urls.scenario_path(subject.model.slug, quantization.slug, context)
            cells.append(Cell(formats.size(estimate.total_bytes), path, _mark(subject, subject.engine(quantization), estimate.total_high_bytes)))
        rows.append(Row(tuple(cells)))
    columns = ("Quantization", *(formats.context(context) for context in subject.contexts))
    return Table("Total GPU memory by quantization and context", columns, tuple(rows))


def _mark(subject: Subject, engine: str, high_bytes: int) -> str:
    """Which group of memory sizes holds a total."""
    classes = (each.gb for each in subject.memory_classes(engine) if high_bytes <= each.capacity_bytes)
    smallest = next(classes, None)
    if smallest is None:
        return "more"
    return next((name for name, largest in SHADES if smallest <= largest), LARGEST_SHADE)


def _legend(subject: Subject) -> str:
    sizes = [formats.memory_class(gb) for _, gb in SHADES]
    largest = formats.memory_class(subject.memory_classes(subject.engine(subject.quantizations[0]))[-1].gb)
    return f"Darker cells need larger devices: up to {', '.join(sizes)} and {largest}, and more than that."


def _budgets(subject: Subject) -> Table:
    rows = []
    for quantization in subject.quantizations:
        classes = {each.gb: each for each in subject.memory_classes(subject.engine(quantization))}
        cells = [Cell(quantization.name)]
        for gb in BUDGETS_GB:
            fits = subject.largest_context(quantization, classes[gb].capacity_bytes) if gb in classes else 0
            cells.append(Cell(formats.number(fits) if fits else "–"))
        rows.append(Row(tuple(cells)))
    columns = ("Quantization", *(formats.memory_class(gb) for gb in BUDGETS_GB))
    return Table("Largest context, tokens, that surely fits in a memory size", columns, tuple(rows))


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
            curve=charts.quantization_curve(first),
            types=type_table(subject, quantization) if first.engine == "llama.cpp" else None,
            form=form(atlas, subject, quantization.slug, None, first.engine),
            others=others,
        ),
    )
