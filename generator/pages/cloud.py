"""The cheapest listed cloud instance for each model, and every instance that we know."""

from __future__ import annotations

from generator import formats, urls
from generator.catalog import CloudInstance, DeviceGroup, Quantization
from generator.pages import holders as words
from generator.pages.holders import HardwareBody, Section
from generator.pages.page import Cell, Link, Page, Row, Table
from generator.pages.shared import HOME
from generator.placement import Verdict
from generator.placement.holding import Candidate, Holder, candidates
from generator.scenarios import Atlas, Subject

CLOUD = Link("Cloud", urls.CLOUD_PATH)
SCHEMES = ("q4_k_m", "q8_0")
"""Quantizations for which an instance is named: what most people start with, and what hardly differs from 16 bits."""

INSTANCE_COLUMNS = ("Instance", "Devices", "Each reports", "System memory", "Price an hour")


def cloud_page(atlas: Atlas) -> Page:
    """What an hour of each model costs at least, and all instances by provider."""
    catalog = atlas.catalog
    context = catalog.site.context_ladder[catalog.site.default_context]
    priced = sorted(
        (each for each in catalog.instances.values() if each.price_usd_hour is not None and each.fraction is None),
        key=lambda each: (each.price_usd_hour, each.slug),
    )
    holders = [(each, _holder(atlas, each)) for each in priced]
    asked = [slug for slug in catalog.site.common_models if slug in catalog.models]
    schemes = [catalog.quantizations[slug] for slug in SCHEMES]
    rows = tuple(_row(atlas, atlas.subject(slug), schemes, holders, context) for slug in asked)
    dates = sorted({each.price_date for each in priced if each.price_date})
    columns = ("Model", *(text for scheme in schemes for text in (f"{scheme.name}, an hour", "On")))
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
        crumbs=(HOME, CLOUD),
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


def _row(
    atlas: Atlas,
    subject: Subject,
    schemes: list[Quantization],
    priced: list[tuple[CloudInstance, Holder]],
    wanted: int,
) -> Row:
    cells = [Cell(subject.model.name, urls.model_path(subject.model.slug))]
    for scheme in schemes:
        found = _cheapest(atlas, subject, scheme, priced, min(wanted, subject.model.context_max))
        if found is None:
            cells += [Cell("–"), Cell("none listed")]
            continue
        instance, holder = found
        words_of_it = f"{words.name(holder)} ({instance.provider} {instance.instance})"
        cells.append(Cell(formats.dollars_an_hour(instance.price_usd_hour or 0)))
        cells.append(Cell(words_of_it, urls.device_path(holder.device.slug)))
    return Row(tuple(cells))


def _cheapest(
    atlas: Atlas,
    subject: Subject,
    quantization: Quantization,
    priced: list[tuple[CloudInstance, Holder]],
    context: int,
) -> tuple[CloudInstance, Holder] | None:
    """The first of the instances, cheapest first, that surely holds a scenario."""
    for instance, holder in priced:
        chosen = _candidate(atlas, subject, holder, quantization)
        if chosen is not None and chosen.fit(holder, context).verdict is Verdict.FITS:
            return instance, holder
    return None


def _candidate(atlas: Atlas, subject: Subject, holder: Holder, quantization: Quantization) -> Candidate | None:
    found = candidates(atlas.catalog, subject, holder)
    return next((each for each in found if each.quantization is quantization), None)


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
                    Cell(f"{part}{count}{words.short_name(device)}", urls.device_path(device.slug)),
                    Cell(formats.gib(instance.memory_bytes(device))),
                    Cell("–" if instance.ram_gib is None else formats.gib(int(instance.ram_gib * formats.GIB))),
                    Cell(cost),
                )
            )
        )
    return Table(f"Instances of {provider}", INSTANCE_COLUMNS, tuple(rows), frozenset({1}))
