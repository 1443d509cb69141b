"""Home, and the page of what isn't there: both lead to a model."""

from __future__ import annotations

from dataclasses import dataclass

from generator import formats, urls
from generator.accuracy.bands import COMPUTE
from generator.pages import charts
from generator.pages.lists import compared, default_facts, defaults_text, model_table, models_text, newest_first, sizes
from generator.pages.page import BarChart, Card, Cell, Link, Option, Page, Row, Search, Table
from generator.pages.shared import HOME, MODELS
from generator.pages.structured import WholeSite
from generator.scenarios import Atlas, Subject

NEWEST = 8
EXAMPLES = 2
"""Models named for each memory size."""


@dataclass(frozen=True, slots=True)
class HomeBody:
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


@dataclass(frozen=True, slots=True)
class MissingBody:
    """The search, how addresses are made, and models that many people look for."""

    answer: str
    search: Search
    addresses: tuple[str, ...]
    common: tuple[Link, ...]
    links: tuple[Link, ...]


def search(atlas: Atlas) -> Search:
    """The search, which takes the name of any model and offers those that are listed."""
    return Search(urls.GO_PATH, tuple(Option(slug, atlas.catalog.models[slug].name) for slug in atlas.catalog.listed))


def _common(atlas: Atlas) -> tuple[Subject, ...]:
    return tuple(atlas.subject(slug) for slug in atlas.catalog.site.common_models)


def home_page(atlas: Atlas) -> Page:
    """What this is and the ways in."""
    subjects, site = tuple(atlas.subjects()), atlas.catalog.site
    at = defaults_text(atlas)
    example = default_facts(atlas, _common(atlas)[0])
    answer = (
        "Pick a model and see what an engine really allocates for it, at every quantization and context: "
        "weights tensor by tensor, the cache layer by layer, and the range that buffers and driver add."
    )
    return Page(
        path="/",
        kind="home",
        title=f"{site.name}: {site.tagline}",
        description=(
            f"GPU memory of {len(subjects)} language models at every quantization and context, "
            "checked against what the engines allocate."
        ),
        heading="How much VRAM does it need?",
        crumbs=(HOME,),
        about=WholeSite(site.name, answer),
        body=HomeBody(
            answer=answer,
            search=search(atlas),
            example=charts.bar(example),
            shown=Link(
                f"{example.name} at {example.quantization.name} with {example.context_text} of context",
                urls.scenario_path(example.subject.model.slug, example.quantization.slug, example.context),
            ),
            facts=_facts(atlas, len(subjects)),
            sizes=_sizes(atlas, at),
            common=model_table(atlas, f"Models that people ask about most, at {at}", _common(atlas)),
            newest=model_table(atlas, f"Newest models, at {at}", newest_first(subjects)[:NEWEST]),
            devices=tuple(
                Link(f"What runs on {atlas.catalog.devices[slug].name}?", urls.device_path(slug))
                for slug in site.common_devices
            ),
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


def _sizes(atlas: Atlas, at: str) -> Table:
    """For each memory size the largest of the common models that it surely holds."""
    found = sorted(compared(atlas, _common(atlas)), key=lambda each: -each[1].total_bytes)
    rows: list[Row] = []
    for size in sizes(atlas):
        name = Cell(formats.memory_class(size.gb), urls.memory_path(size.gb))
        held = [each for each in found if each[1].held_by and each[1].held_by <= size.gb][:EXAMPLES]
        cells = [
            Cell(f"{subject.model.name}, {each.total_text}", urls.model_path(subject.model.slug))
            for subject, each in held
        ]
        cells += [Cell("–")] * (EXAMPLES - len(cells))
        rows.append(Row((name, *cells)))
    caption = f"The largest of the models below that surely fit, at {at}"
    columns = ("Memory", "Largest", "Next")
    return Table(caption, columns, tuple(rows), frozenset(range(1, EXAMPLES + 1)))


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
        crumbs=(HOME,),
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
                Link("Home", HOME.path),
            ),
        ),
        indexable=False,
    )
