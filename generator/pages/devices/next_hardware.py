"""What more memory would add to a device, and hardware that is near to it."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats, urls
from generator.catalog import Catalog
from generator.pages.devices.outlines import as_large, of_device, outlines
from generator.pages.devices.runs import Runs
from generator.pages.page import Cell, Link, Row, Table
from generator.pages.parts import holders as words
from generator.pages.parts.holders import Section
from generator.placement.holding import SHORT_CONTEXT, Holder, holder_of
from generator.scenarios import Atlas

MOST_NAMES = 6
STEP_COLUMNS = ("Step up", "Driver reports", "More models", "Among them")


def steps(catalog: Catalog, larger: tuple[Holder, ...], runs: Runs) -> Iterator[Section]:
    """What each next ``larger`` hardware holds beyond what ``runs`` tells of this."""
    default, asked = catalog.quantizations[catalog.site.default_quantization], catalog.site.common_models
    rows = []
    for place, step in enumerate(larger):
        more = [(slug not in asked, name) for slug, name, run in runs if run.unlocked and run.unlocked[place]]
        more.sort(key=lambda each: each[0])
        names = ", ".join(name for _, name in more[:MOST_NAMES])
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


def similar(atlas: Atlas, holder: Holder) -> Iterator[Section]:
    """Hardware that is near to this: groups of it, devices with as much memory, its memory size."""
    catalog, own = atlas.catalog, outlines(atlas)[holder.slug]
    near = (*(as_large(atlas, own) if own.count == 1 else ()), *of_device(atlas, own.device))
    links = [words.link(holder_of(catalog, each.slug)) for each in near if each.slug != own.slug]
    size = own.memory_gb_marketed
    if holder.count == 1 and size in catalog.site.memory_classes_gb:
        gigabytes = int(size)
        links.insert(0, Link(f"What runs in {formats.memory_class(gigabytes)}", urls.memory_path(gigabytes)))
    links.append(Link("All GPUs", urls.GPUS_PATH))
    yield Section("more", "Similar hardware", links=tuple(links))
