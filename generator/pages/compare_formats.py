"""Two quantizations side by side, on the models that people ask about most."""

from __future__ import annotations

from generator import formats, urls
from generator.catalog import Quantization
from generator.pages.article import ArticleBody, Section
from generator.pages.compare_models import COMPARISONS
from generator.pages.facts import Facts, facts
from generator.pages.format_facts import FormatFacts, format_facts
from generator.pages.formats_index import format_table
from generator.pages.lists import default_context
from generator.pages.page import Cell, Link, Page, Row, Table
from generator.pages.shared import HOME
from generator.scenarios import Atlas

SAME = 0.005
"""Relative difference below which two sizes are called the same."""


def formats_comparison_page(atlas: Atlas, slugs: tuple[str, ...]) -> Page:
    """The page of two quantizations."""
    one, other = (format_facts(atlas, atlas.catalog.quantizations[slug]) for slug in slugs)
    names = f"{one.quantization.name} vs {other.quantization.name}"
    path = urls.comparison_path(slugs)
    pairs = _pairs(atlas, one.quantization, other.quantization)
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
        crumbs=(HOME, COMPARISONS, Link(names, path)),
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
        return first, "Both take the same memory."
    return first, f"{small.quantization.name} saves {formats.percent(less)} of the weights."


def _pairs(atlas: Atlas, one: Quantization, other: Quantization) -> tuple[tuple[Facts, Facts], ...]:
    subjects = (atlas.subject(slug) for slug in atlas.catalog.site.common_models)
    both = (subject for subject in subjects if subject.offers(one) and subject.offers(other))
    return tuple(
        (facts(subject, one, default_context(atlas, subject)), facts(subject, other, default_context(atlas, subject)))
        for subject in both
    )


def _class(found: Facts) -> str:
    return formats.memory_class(found.memory_class.gb) if found.memory_class else "several devices"


def _moves_text(pairs: tuple[tuple[Facts, Facts], ...]) -> str:
    moved = [(one, other) for one, other in pairs if _class(one) != _class(other)]
    if not pairs:
        return "No model that people ask about most has a form of both."
    if not moved:
        return "On none of these models does the smaller of the two get by with a smaller memory size."
    one, other = moved[0]
    return (
        f"On {len(moved)} of {len(pairs)} models the choice decides the memory size: {one.name} with "
        f"{one.context_text} takes {_class(one)} at {one.quantization.name} and {_class(other)} at "
        f"{other.quantization.name}."
    )


def _models_table(pairs: tuple[tuple[Facts, Facts], ...]) -> Table:
    rows = []
    for one, other in pairs:
        cells = [Cell(f"{one.name}, {one.context_text}", urls.model_path(one.subject.model.slug))]
        for each in (one, other):
            path = urls.scenario_path(each.subject.model.slug, each.quantization.slug, each.context)
            total = f"{each.total_text} ({_class(each)})"
            cells += [Cell(formats.size(each.estimate.weights_device_bytes)), Cell(total, path)]
        rows.append(Row(tuple(cells)))
    columns = ["Model and context"]
    if pairs:
        for each in pairs[0]:
            columns += [f"Weights, {each.quantization.name}", f"Total, {each.quantization.name}"]
    return Table(
        "Weights and totals, in brackets the smallest memory size that surely holds them", tuple(columns), tuple(rows)
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
