"""The cheapest listed cloud instance for each model, and every instance that we know."""

from __future__ import annotations

from generator import formats, urls
from generator.catalog import Catalog, CloudInstance, DeviceGroup, Quantization
from generator.pages.page import Cell, Link, Page, Row, Table
from generator.pages.parts import holders as words
from generator.pages.parts.holders import HardwareBody, Section
from generator.placement import Verdict
from generator.placement.holding import Holder, candidate_at
from generator.scenarios import Atlas, Figures, Subject

CLOUD = Link("Cloud", urls.CLOUD_PATH)
SCHEMES = ("q4_k_m", "q8_0")
"""Quantizations for which an instance is named: what most people start with, and what hardly differs from 16 bits."""

INSTANCE_COLUMNS = ("Instance", "Price an hour", "Devices", "Each reports", "System memory")


def cloud_page(atlas: Atlas) -> Page:
    """What an hour of each model costs at least, and all instances by provider."""
    catalog = atlas.catalog
    context = catalog.site.context_ladder[catalog.site.default_context]
    priced = _priced(catalog)
    asked = [slug for slug in catalog.site.common_models if slug in catalog.models]
    schemes = [catalog.quantizations[slug] for slug in SCHEMES]
    rows = tuple(_row(atlas, subject, found) for subject, found in atlas.of_each("cloud", _cheapest, asked))
    dates = sorted({each.price_date for each in priced if each.price_date})
    columns = ("Model", *(text for scheme in schemes for text in (f"{scheme.name} or as published, an hour", "On")))
    texts = frozenset(range(2, len(columns), 2))
    table = Table(f"Cheapest instance with {formats.context(context)} of context", columns, rows, texts)
    providers = dict.fromkeys(each.provider for each in catalog.instances.values())
    all_of_them = tuple(_provider(atlas, name) for name in providers)
    return Page(
        path=urls.CLOUD_PATH,
        kind="hardware",
        title="Cheapest cloud GPUs for language models",
        description=(
            f"The cheapest of {len(priced)} priced cloud instances that holds each of {len(asked)} models "
            f"with {formats.context(context)} of context, and {len(catalog.instances)} with their GPUs' memory."
        ),
        heading="Which cloud instance holds which model?",
        body=HardwareBody(
            answer=(
                f"{len(priced)} of {len(catalog.instances)} listed instances have a price that we know: on-demand list "
                f"prices read in {' and '.join(formats.month(date) for date in dates)}. The cheapest that surely holds "
                "a model is named.",
                "Prices change often: take them as an order of magnitude and look at the provider's own list.",
            ),
            sections=(
                Section("cheapest", "The cheapest for each model", tables=(table,)),
                Section("instances", "Every instance", folded=all_of_them),
            ),
            sources=tuple(dict.fromkeys(source for each in catalog.instances.values() for source in each.sources)),
        ),
    )


def _holder(atlas: Atlas, instance: CloudInstance) -> Holder:
    """An instance as what can hold a model; how its devices are joined plays no part in that."""
    device = atlas.catalog.devices[instance.device]
    if instance.count == 1:
        return Holder(device)
    group = DeviceGroup(device=device.slug, count=instance.count, link="pcie", sources=instance.sources)
    return Holder(device, group)


def _priced(catalog: Catalog) -> list[CloudInstance]:
    """Whole instances with a price that we know, cheapest first."""
    priced = (each for each in catalog.instances.values() if each.price_usd_hour is not None and each.fraction is None)
    return sorted(priced, key=lambda each: (each.price_usd_hour, each.slug))


def _row(atlas: Atlas, subject: Subject, found: tuple[str | None, ...]) -> Row:
    """A model with the cheapest instance for each scheme, by slug."""
    cells = [Cell(subject.model.name, urls.model_path(subject.model.slug))]
    for slug in found:
        if slug is None:
            cells += [Cell("–"), Cell("none listed")]
            continue
        instance = atlas.catalog.instances[slug]
        holder = _holder(atlas, instance)
        words_of_it = f"{words.name(holder)} ({instance.provider} {instance.instance})"
        cells.append(Cell(formats.dollars_an_hour(instance.price_usd_hour or 0)))
        cells.append(Cell(words_of_it, urls.device_path(holder.device.slug)))
    return Row(tuple(cells))


def _cheapest(atlas: Atlas, figures: Figures) -> tuple[str | None, ...]:
    """For each scheme the cheapest instance, by slug, that surely holds a model at the site's context or its longest."""
    site = atlas.catalog.site
    context = min(site.context_ladder[site.default_context], figures.context_max)
    priced = [(each.slug, _holder(atlas, each)) for each in _priced(atlas.catalog)]
    published = figures.usual if figures.is_published(figures.usual) else None
    schemes = (published or atlas.catalog.quantizations[slug] for slug in SCHEMES)
    return tuple(
        next((slug for slug, holder in priced if _fits(atlas, figures, scheme, holder, context)), None)
        for scheme in schemes
    )


def _fits(atlas: Atlas, figures: Figures, scheme: Quantization, holder: Holder, context: int) -> bool:
    chosen = candidate_at(atlas.catalog, figures, holder, scheme)
    return chosen is not None and chosen.fit(holder, context).verdict is Verdict.FITS


def _provider(atlas: Atlas, provider: str) -> Table:
    rows = []
    for instance in atlas.catalog.instances.values():
        if instance.provider != provider:
            continue
        device = atlas.catalog.devices[instance.device]
        part = "" if instance.fraction is None else f"{formats.percent(instance.fraction)} of "
        count = "" if instance.count == 1 else f"{instance.count} × "
        cost = "–" if instance.price_usd_hour is None else formats.dollars_an_hour(instance.price_usd_hour)
        rows.append(
            Row(
                (
                    Cell(instance.instance),
                    Cell(cost),
                    Cell(f"{part}{count}{words.short_name(device)}", urls.device_path(device.slug)),
                    Cell(formats.gib(instance.memory_bytes(device))),
                    Cell("–" if instance.ram_gib is None else formats.gib(int(instance.ram_gib * formats.GIB))),
                )
            )
        )
    return Table(f"Instances of {provider}", INSTANCE_COLUMNS, tuple(rows), frozenset({2}))
