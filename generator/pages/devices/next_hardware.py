"""What more memory would add to a device, and hardware that is near to it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from generator import formats, urls
from generator.catalog import Catalog
from generator.pages.devices.runs import Runs, well_on
from generator.pages.page import Cell, Link, Row, Table
from generator.pages.parts import holders as words
from generator.pages.parts.holders import Section
from generator.placement.holding import SHORT_CONTEXT, Holder, holders
from generator.scenarios import Atlas

MOST_NAMES = 6
STEP_UP = 1.1
"""Relative difference in memory from which on a device counts as the next step."""

STEP_COLUMNS = ("Step up", "Driver reports", "More models", "Among them")


@lru_cache(maxsize=8)
def steps_up(catalog: Catalog, holder: Holder) -> tuple[Holder, ...]:
    """The next larger common device of the same vendor, and the next larger group of the same device."""
    known = holders(catalog)
    larger = [
        known[slug]
        for slug in catalog.site.common_devices
        if known[slug].device.vendor == holder.device.vendor
        and known[slug].device.unified_memory == holder.device.unified_memory
        and known[slug].total_bytes > STEP_UP * holder.total_bytes
    ]
    groups = [each for each in known.values() if each.device is holder.device and each.count > holder.count]
    return (
        *sorted(larger, key=lambda each: each.total_bytes)[:1],
        *sorted(groups, key=lambda each: each.count)[:1],
    )


def steps(atlas: Atlas, holder: Holder, runs: Runs) -> Iterator[Section]:
    """What the next larger hardware holds beyond what ``runs`` tells of this."""
    catalog = atlas.catalog
    default, asked = catalog.quantizations[catalog.site.default_quantization], catalog.site.common_models
    rows = []
    for step in steps_up(catalog, holder):
        well = well_on(atlas, step.slug)
        more = [slug for slug, run in runs if slug in well and not run.well]
        more.sort(key=lambda slug: slug not in asked)
        names = ", ".join(catalog.names(more[:MOST_NAMES]))
        rows.append(
            Row(
                (
                    Cell(words.name(step), urls.device_path(step.slug)),
                    Cell(words.capacity(step)),
                    Cell(formats.number(len(more))),
                    Cell(names or "none"),
                )
            )
        )
    if rows:
        short = formats.context(SHORT_CONTEXT)
        caption = f"Models that fit with {short} there and not here, at {default.name} or as published"
        yield Section(
            "next", "What the next step up unlocks", tables=(Table(caption, STEP_COLUMNS, tuple(rows), frozenset({3})),)
        )


def similar(catalog: Catalog, holder: Holder) -> Iterator[Section]:
    """Hardware that is near to this: groups of it, devices with as much memory, its memory size."""
    near = [
        each
        for each in holders(catalog).values()
        if each.slug != holder.slug
        and (each.device is holder.device or (each.count == holder.count == 1 and _alike(each, holder)))
    ]
    links = [words.link(each) for each in near]
    size = holder.device.memory_gb_marketed
    if holder.count == 1 and size in catalog.site.memory_classes_gb:
        gigabytes = int(size)
        links.insert(0, Link(f"What runs in {formats.memory_class(gigabytes)}", urls.memory_path(gigabytes)))
    links.append(Link("All GPUs", urls.GPUS_PATH))
    yield Section("more", "Similar hardware", links=tuple(links))


def _alike(one: Holder, other: Holder) -> bool:
    """Whether two devices have the same memory of the same kind."""
    return (
        one.device.memory_gb_marketed == other.device.memory_gb_marketed
        and one.device.segment == other.device.segment
        and one.device.vendor == other.device.vendor
    )
