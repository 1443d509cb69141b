"""Every device and group with what matters of it, and what runs in a memory size."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats, urls
from generator.catalog import Device
from generator.pages import heads
from generator.pages.devices.by_size import asked_about, model_sections
from generator.pages.devices.outlines import steps_up
from generator.pages.devices.page import GPUS
from generator.pages.devices.runs import Runs, counts, largest, running, runs_on
from generator.pages.lists import listed_note, sizes
from generator.pages.page import Cell, Link, Page, Row, Table
from generator.pages.parts import holders as words
from generator.pages.parts.holders import HardwareBody, Section
from generator.placement.holding import Holder, holders
from generator.scenarios import Atlas

KINDS = (
    ("nvidia", "consumer", "GeForce cards"),
    ("nvidia", "workstation", "NVIDIA workstation cards"),
    ("nvidia", "datacenter", "NVIDIA data-centre cards"),
    ("nvidia", "laptop", "NVIDIA GPUs of laptops"),
    ("nvidia", "unified", "NVIDIA machines with unified memory"),
    ("nvidia", "edge", "NVIDIA Jetson"),
    ("amd", "consumer", "Radeon cards"),
    ("amd", "workstation", "AMD workstation cards"),
    ("amd", "datacenter", "AMD Instinct"),
    ("amd", "unified", "AMD Ryzen AI"),
    ("intel", "consumer", "Intel Arc cards"),
    ("intel", "workstation", "Intel workstation cards"),
    ("intel", "datacenter", "Intel data-centre accelerators"),
    ("apple", "unified", "Apple silicon"),
)
"""Vendors and segments with pages, in the order of the index."""

DEVICE_COLUMNS = ("Device", "Driver reports", "Sold as", "Bandwidth", "Price", "Released")
GROUP_COLUMNS = ("Group", "Together", "Joined by", "Each way")
DEVICE_TEXTS = frozenset({5})


def gpus_page(atlas: Atlas) -> Page:
    """The index of devices and groups."""
    catalog = atlas.catalog
    sections = []
    for vendor, segment, heading in KINDS:
        found = [each for each in catalog.devices.values() if (each.vendor, each.segment) == (vendor, segment)]
        if found:
            sections.append(Section(urls.device_kind(vendor, segment), heading, tables=(_device_table(found),)))
    groups = [each for each in holders(catalog).values() if each.count > 1]
    return Page(
        path=urls.GPUS_PATH,
        kind="hardware",
        title=f"{len(catalog.devices)} GPUs and the language models they run",
        description=(
            f"{len(catalog.devices)} GPUs and machines with what their drivers report, bandwidth and price, and "
            f"{len(groups)} groups that people build; each with the models it runs."
        ),
        heading="Which models run on which GPU?",
        body=HardwareBody(
            answer=(
                "A model fits where what the driver reports is enough, often less than what is printed on the box. "
                "Each device has a page with every model that it runs.",
            ),
            sections=(_sizes(atlas), *sections, _group_section(groups)),
        ),
    )


def _sizes(atlas: Atlas) -> Section:
    links = tuple(
        Link(formats.memory_class(gigabytes), urls.memory_path(gigabytes))
        for gigabytes in sorted(atlas.catalog.site.memory_classes_gb)
    )
    return Section("sizes", "What runs in your memory?", links=(*links, Link("Cloud instances", urls.CLOUD_PATH)))


def _device_table(devices: list[Device]) -> Table:
    rows = []
    for device in sorted(devices, key=lambda each: (-each.memory_bytes, each.name)):
        bandwidth = "–" if device.bandwidth_gb_s is None else formats.bandwidth(device.bandwidth_gb_s)
        rows.append(
            Row(
                (
                    Cell(device.name, urls.device_path(device.slug)),
                    Cell(formats.gib(device.memory_bytes)),
                    Cell(formats.memory_class(device.memory_gb_marketed)),
                    Cell(bandwidth),
                    Cell(words.price(device)),
                    Cell(formats.month(device.release)),
                )
            )
        )
    caption = f"{len(rows)} {'device' if len(rows) == 1 else 'devices'}, most memory first"
    return Table(caption, DEVICE_COLUMNS, tuple(rows), DEVICE_TEXTS)


def _group_section(groups: list[Holder]) -> Section:
    rows = []
    for each, group in sorted(((one, one.group) for one in groups if one.group), key=lambda pair: -pair[0].total_bytes):
        card = words.joined(each, group)
        rows.append(
            Row(
                (
                    Cell(words.name(each), urls.device_path(each.slug)),
                    Cell(formats.gib(each.total_bytes)),
                    Cell(f"{card.value}, {card.label.removeprefix('Joined ')}"),
                    Cell(card.note.removesuffix(" each way")),
                )
            )
        )
    table = Table("Groups that people build", GROUP_COLUMNS, tuple(rows), frozenset({2}))
    return Section("groups", "Several together", tables=(table,))


def memory_pages(atlas: Atlas) -> Iterator[Page]:
    """What runs in each memory size."""
    below: tuple[int, Runs] | None = None
    least = dict(sizes(atlas))
    for gigabytes in sorted(atlas.catalog.site.memory_classes_gb):
        of_size = [each for each in atlas.catalog.devices.values() if each.memory_gb_marketed == gigabytes]
        judge = Holder(next(each for each in of_size if each.memory_bytes == least[gigabytes]))
        found = runs_on(atlas, judge, steps_up(atlas, judge))
        yield _memory_page(atlas, gigabytes, of_size, judge, found, below)
        below = gigabytes, found


def _memory_page(
    atlas: Atlas, gigabytes: int, of_size: list[Device], judge: Holder, found: Runs, below: tuple[int, Runs] | None
) -> Page:
    """What runs in one memory size that doesn't run, or runs at fewer bits, in the next smaller one.

    of_size : its devices. judge : that of them whose driver reports least, of those that people ask about.
    found : how that runs each model. below : the next smaller size, GB, and how that does; None for the smallest.
    """
    catalog = atlas.catalog
    size = formats.memory_class(gigabytes)
    basis = (
        f"That is what the {words.name(judge)} holds, the tightest of the common devices of that size: "
        f"its driver reports {formats.gib(judge.device.memory_bytes)}."
    )
    answer = (counts(atlas, judge, found, f"{size} of memory"), *largest(found), basis)
    return Page(
        path=urls.memory_path(gigabytes),
        kind="hardware",
        title=f"Which LLMs run in {size} of VRAM? {running(found)} models",
        description=heads.description(answer[:2]),
        heading=f"Which models run in {size}?",
        above=(GPUS,),
        name=size,
        body=HardwareBody(
            answer=(*answer, *listed_note(atlas)),
            sections=(
                *asked_about(catalog, judge, found),
                _gained(judge, found, below),
                *model_sections(catalog, judge, found, _alike(found, below)),
                Section("devices", f"Devices sold with {size}", tables=(_device_table(of_size),)),
                _neighbours(atlas, gigabytes),
            ),
        ),
    )


def _alike(found: Runs, below: tuple[int, Runs] | None) -> frozenset[str]:
    """Models that run at the same quantization in the next smaller size."""
    there = {slug: run.whole.quantization for slug, _, run in below[1] if run.whole} if below else {}
    here = ((slug, run.whole.quantization) for slug, _, run in found if run.whole)
    return frozenset(slug for slug, quantization in here if there.get(slug) == quantization)


def _gained(judge: Holder, found: Runs, below: tuple[int, Runs] | None) -> Section:
    """How many models the size adds or improves, and where the others are."""
    count = running(found)
    everything = Link(f"All {count} models, by size", urls.device_models_path(judge.slug))
    if below is None:
        sentence = f"No smaller size is listed here, so that all {count} stand below."
        return Section("gained", "What the size brings", (sentence,), links=(everything,))
    smaller, alike = formats.memory_class(below[0]), len(_alike(found, below))
    new = sum(
        run.whole is not None and before.whole is None
        for (_, _, run), (_, _, before) in zip(found, below[1], strict=True)
    )
    sentences = [
        f"Of these models {new} don't run in {smaller} at all, {count - alike - new} do at fewer bits; both stand "
        f"below. The other {alike} run at the same quantization in {smaller} and gain context alone."
    ]
    links = (everything, Link(f"What runs in {smaller}", urls.memory_path(below[0])))
    return Section("gained", f"What it brings over {smaller}", tuple(sentences), links=links)


def _neighbours(atlas: Atlas, gigabytes: int) -> Section:
    known = sorted(atlas.catalog.site.memory_classes_gb)
    place = known.index(gigabytes)
    near = [*known[max(place - 2, 0) : place], *known[place + 1 : place + 3]]
    links = (Link(f"What runs in {formats.memory_class(each)}", urls.memory_path(each)) for each in near)
    return Section("more", "Other sizes", links=(*links, Link("All GPUs", urls.GPUS_PATH)))
