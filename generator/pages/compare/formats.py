"""Two quantizations side by side, on the models that people ask about most."""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from generator import formats, urls
from generator.catalog import Quantization
from generator.pages.article import ArticleBody, Section
from generator.pages.compare.models import COMPARISONS
from generator.pages.formats.facts import FormatFacts, format_facts
from generator.pages.formats.index import format_table
from generator.pages.lists import default_context
from generator.pages.page import Cell, Link, Page, Row, Table
from generator.scenarios import Atlas, Figures, Subject

SAME = 0.005
"""Relative difference below which two sizes are called the same."""


class Side(Struct, frozen=True):
    """A model at a quantization, given by slug and name; ``memory_gb`` is the size that surely holds it."""

    quantization: str
    name: str
    weights_bytes: int
    total_bytes: int
    memory_gb: int | None

    @property
    def memory_text(self) -> str:
        return formats.smallest_memory(self.memory_gb)


class _Pair(Struct, frozen=True):
    """A model at a context, at both quantizations."""

    subject: Subject
    context: int
    sides: tuple[Side, Side]


def formats_comparison_page(atlas: Atlas, slugs: tuple[str, ...]) -> Page:
    """The page of two quantizations."""
    one, other = (format_facts(atlas, slug) for slug in slugs)
    names = f"{one.quantization.name} vs {other.quantization.name}"
    path = urls.comparison_path(slugs)
    pairs = _pairs(atlas, (one.quantization.slug, other.quantization.slug))
    sections = [
        Section("bits", "In bits", tables=(format_table(atlas, f"{names} over all models", (one, other)),)),
        Section("models", "On models", _moves_text(pairs), (_models_table(pairs),)),
        *_quality(atlas, one.quantization, other.quantization),
        Section(
            "more",
            "Each by itself",
            links=tuple(
                Link(each.quantization.name, urls.format_path(each.quantization.slug)) for each in (one, other)
            ),
        ),
    ]
    bits = f"{formats.bits(one.median_bits)} against {formats.bits(other.median_bits)} bits a weight"
    return Page(
        path=path,
        kind="article",
        title=f"{names}: size and VRAM compared",
        description=f"{names}: {bits} at the median. {_answer(one, other)[1]} Totals on {len(pairs)} models.",
        heading=f"{names}: what do you save?",
        above=(COMPARISONS,),
        name=names,
        body=ArticleBody(answer=(*_answer(one, other), one.quantization.summary), sections=tuple(sections)),
    )


def _answer(one: FormatFacts, other: FormatFacts) -> tuple[str, str]:
    large, small = (one, other) if one.median_bits >= other.median_bits else (other, one)
    less = 1 - small.median_bits / large.median_bits
    first = (
        f"{one.quantization.name} stores {formats.bits(one.median_bits)} bits a weight at the median of our models, "
        f"{other.quantization.name} {formats.bits(other.median_bits)}."
    )
    if less < SAME:
        return first, "Both take nearly the same memory."
    return first, f"{small.quantization.name} saves {formats.percent(less)} of the weights."


def _pairs(atlas: Atlas, slugs: tuple[str, str]) -> tuple[_Pair, ...]:
    asked = atlas.catalog.site.common_models
    found = atlas.of_each(f"compare/{'/'.join(slugs)}", partial(_sides, slugs=slugs), asked)
    return tuple(_Pair(subject, *both) for subject, both in found if both)


def _sides(atlas: Atlas, figures: Figures, slugs: tuple[str, str]) -> tuple[int, tuple[Side, Side]] | None:
    """A model's usual context and what it takes at each of two quantizations; None where it lacks one."""
    one, other = (atlas.catalog.quantizations[slug] for slug in slugs)
    if not (figures.offers(one) and figures.offers(other)):
        return None
    context = default_context(atlas, figures)
    return context, (_side(figures, one, context), _side(figures, other, context))


def _side(figures: Figures, quantization: Quantization, context: int) -> Side:
    estimate = figures.estimate(quantization, context)
    classes = figures.memory_classes(figures.engine(quantization))
    holding = next((each.gb for each in classes if each.capacity_bytes >= estimate.total_high_bytes), None)
    return Side(quantization.slug, quantization.name, estimate.weights_device_bytes, estimate.total_bytes, holding)


def _moves_text(pairs: tuple[_Pair, ...]) -> str:
    moved = [pair for pair in pairs if pair.sides[0].memory_text != pair.sides[1].memory_text]
    if not pairs:
        return "No model that people ask about most has a form of both."
    if not moved:
        return "On none of these models does the smaller of the two get by with a smaller memory size."
    one, other = moved[0].sides
    return (
        f"On {len(moved)} of {len(pairs)} models the choice decides the memory size: {moved[0].subject.model.name} with "
        f"{formats.context(moved[0].context)} takes {one.memory_text} at {one.name} and {other.memory_text} at "
        f"{other.name}."
    )


def _models_table(pairs: tuple[_Pair, ...]) -> Table:
    rows = []
    for pair in pairs:
        model = pair.subject.model
        cells = [Cell(f"{model.name}, {formats.context(pair.context)}", urls.model_path(model.slug))]
        for each in pair.sides:
            path = urls.scenario_path(model.slug, each.quantization, pair.context)
            total = Cell(formats.gib(each.total_bytes), path, note=each.memory_text)
            cells += [Cell(formats.size(each.weights_bytes)), total]
        rows.append(Row(tuple(cells)))
    columns = ["Model and context"]
    if pairs:
        for each in pairs[0].sides:
            columns += [f"Weights on the device, {each.name}", f"Total, {each.name}"]
    return Table(
        "Weights and totals, below these the smallest memory size that surely holds them", tuple(columns), tuple(rows)
    )


def _quality(atlas: Atlas, one: Quantization, other: Quantization) -> tuple[Section, ...]:
    for measured in atlas.catalog.quality:
        rows = [row for slug in (one.slug, other.slug) for row in measured.rows if row.quantization == slug]
        if len({row.quantization for row in rows}) < 2:
            continue
        table = Table(
            f"{atlas.catalog.models[measured.model].name} on {measured.text}",
            ("Quantization", "Importance matrix", "Perplexity", "KL divergence from 16 bits"),
            tuple(
                Row(
                    (
                        Cell(atlas.catalog.quantizations[row.quantization].name),
                        Cell("yes" if row.imatrix else "no"),
                        Cell(formats.decimals(row.perplexity, 4)),
                        Cell(formats.decimals(row.kl_divergence, 4)),
                    )
                )
                for row in rows
            ),
            frozenset({1}),
        )
        return (Section("quality", "Measured quality", f"Lower is better. Source: {measured.source}.", (table,)),)
    return ()
