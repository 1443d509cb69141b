"""Home, and the page of what isn't there: both lead to a model."""

from __future__ import annotations

from msgspec import Struct

from generator import formats, urls
from generator.accuracy.bands import COMPUTE
from generator.pages.lists import compared, default_facts, defaults_text, model_table, models_text, newest_first, sizes
from generator.pages.page import BarChart, Card, Cell, Link, Option, Page, Row, Search, Table
from generator.pages.parts import charts
from generator.pages.parts import holders as words
from generator.pages.shared import MODELS
from generator.pages.structured import WholeSite
from generator.placement.holding import holder_of
from generator.scenarios import Atlas, Subject

NEWEST = 8
EXAMPLES = 2
"""Models named for each memory size."""

DASH = Cell("–")


class HomeBody(Struct, frozen=True):
    """What this is, the search, how right it is, what fits in common memory sizes, and models."""

    answer: str
    search: Search
    example: BarChart
    shown: Link
    facts: tuple[Card, ...]
    sizes: Table
    common: Table
    newest: Table
    devices: tuple[Link, ...]
    links: tuple[Link, ...]


class MissingBody(Struct, frozen=True):
    """The search, how addresses are made, and models that many people look for."""

    answer: str
    search: Search
    addresses: tuple[str, ...]
    common: tuple[Link, ...]
    links: tuple[Link, ...]


def search(atlas: Atlas) -> Search:
    """The search, which takes any model, hardware or memory size and offers what people ask about."""
    catalog, site = atlas.catalog, atlas.catalog.site
    sizes = (formats.memory_class(size) for size in site.memory_classes_gb)
    return Search(
        urls.GO_PATH,
        (
            *(Option(slug, catalog.models[slug].name) for slug in catalog.listed),
            *(Option(each.slug, words.name(each)) for each in words.with_model_pages(catalog)),
            *(Option(size, f"What fits in {size}?") for size in sizes),
        ),
    )


def _common(atlas: Atlas) -> tuple[Subject, ...]:
    return tuple(atlas.subject(slug) for slug in atlas.catalog.site.common_models)


def home_page(atlas: Atlas) -> Page:
    """What this is and the ways in."""
    listed, count, site = tuple(atlas.listed()), len(atlas.catalog.models), atlas.catalog.site
    example = default_facts(atlas, _common(atlas)[0])
    answer = (
        "Type a model, a GPU or a memory size. Every figure is what an engine really allocates: weights tensor by "
        "tensor, the cache layer by layer, and the range that buffers and driver add."
    )
    return Page(
        path="/",
        kind="home",
        title=f"{site.name}: how much VRAM an LLM needs and what runs it",
        description=(
            f"GPU memory of {count} language models at every quantization and context, "
            "checked against what the engines allocate."
        ),
        heading="How much VRAM does it need?",
        about=WholeSite(site.name, answer),
        body=HomeBody(
            answer=answer,
            search=search(atlas),
            example=charts.bar(example),
            shown=Link(
                f"{example.name} at {example.quantization.name} with {example.context_text} of context",
                urls.scenario_path(example.subject.model.slug, example.quantization.slug, example.context),
            ),
            facts=_facts(atlas, count),
            sizes=_sizes(atlas, listed),
            common=model_table(atlas, "Models that people ask about most,", _common(atlas)),
            newest=model_table(atlas, "Newest models", newest_first(listed)[:NEWEST]),
            devices=tuple(words.link(holder_of(atlas.catalog, slug)) for slug in site.common_devices),
            links=(
                Link(models_text(atlas), urls.MODELS_PATH),
                Link("Families of models", urls.FAMILIES_PATH),
                Link(f"All {len(atlas.catalog.devices)} devices", urls.GPUS_PATH),
                Link("What quantizations are", urls.FORMATS_PATH),
                Link("Models and quantizations compared", urls.COMPARISONS_PATH),
                Link("Instances to rent", urls.CLOUD_PATH),
                Link("Calculator with every setting", urls.CALCULATOR_PATH),
                Link("How the figures come about", urls.METHODOLOGY_PATH),
                Link("How well they agree with measurements", urls.ACCURACY_PATH),
                Link("What the words mean", urls.GLOSSARY_PATH),
            ),
        ),
    )


def _facts(atlas: Atlas, models: int) -> tuple[Card, ...]:
    overall = [row for row in atlas.bands.table if row.kind == "all kinds"]
    buffers = [row for row in overall if row.metric == COMPUTE]
    exact = [row for row in overall if not row.metric.startswith("compute")]
    checked, equal = sum(row.n for row in exact), sum(row.exact for row in exact)
    engines = atlas.catalog.engines.values()
    return (
        Card("Models", formats.number(models), f"in {formats.number(len(atlas.catalog.families))} families"),
        Card(
            "Equal to the byte",
            formats.number(equal),
            f"of {formats.number(checked)} measured sizes of weights and caches",
            "weights",
        ),
        Card(
            "Compute buffers",
            formats.number(sum(row.exact for row in buffers)),
            f"of {formats.number(sum(row.n for row in buffers))} measured in llama.cpp equal ours to the byte",
            "compute",
        ),
        Card("Engines", formats.number(len(engines)), ", ".join(engine.name for engine in engines)),
    )


def _sizes(atlas: Atlas, subjects: tuple[Subject, ...]) -> Table:
    """For each memory size how many models it surely holds, and those that no smaller one does.

    Of those the ones that people ask about come first, then the newest.
    """
    asked = frozenset(atlas.catalog.site.common_models)
    found = compared(atlas, sorted(newest_first(subjects), key=lambda each: each.model.slug not in asked))
    rows: list[Row] = []
    for size in sizes(atlas):
        fitting = sum(each.held_by is not None and each.held_by <= size.gb for _, each in found)
        cells = [
            Cell(f"{subject.model.name}, {each.total_said}", urls.model_path(subject.model.slug))
            for subject, each in found
            if each.held_by == size.gb
        ][:EXAMPLES]
        cells += [DASH] * (EXAMPLES - len(cells))
        name = Cell(formats.memory_class(size.gb), urls.memory_path(size.gb))
        rows.append(Row((name, Cell(formats.number(fitting)), *cells)))
    at = defaults_text(atlas, (each for _, each in found))
    of = "our" if len(subjects) == len(atlas.catalog.models) else "the listed"
    caption = f"Of {of} {len(subjects)} models, those that surely fit at {at}, and some that no smaller memory holds"
    return Table(caption, ("Memory", "Models", "Needed by", "and by"), tuple(rows), frozenset({2, 3}))


def missing_page(atlas: Atlas) -> Page:
    """Where an address leads that names nothing."""
    example = _common(atlas)[0].model
    quantization = atlas.catalog.site.default_quantization
    context = atlas.catalog.site.default_context
    return Page(
        path="/404.html",
        kind="missing",
        title="No such page",
        description="There is no page at this address: how addresses are made, and where to look.",
        heading="There is no page at this address",
        body=MissingBody(
            answer="The model, quantization or context may be spelled differently here. Search for the model:",
            search=search(atlas),
            addresses=(
                f"/{example.slug}/ is a model with all its quantizations and contexts,",
                f"/{example.slug}/{quantization}/ one quantization of it,",
                f"/{example.slug}/{quantization}/{context}/ that quantization with one context.",
            ),
            common=tuple(Link(each.model.name, urls.model_path(each.model.slug)) for each in _common(atlas)),
            links=(
                Link(models_text(atlas), MODELS.path),
                Link("Families of models", urls.FAMILIES_PATH),
                Link("Calculator", urls.CALCULATOR_PATH),
                Link("Home", "/"),
            ),
        ),
        indexable=False,
    )
