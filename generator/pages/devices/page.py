"""What one device or group runs: what sets it apart, the models people ask about, what more memory would add."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from generator import formats, urls
from generator.catalog import Catalog
from generator.pages import heads
from generator.pages.devices.apart import apart
from generator.pages.devices.by_size import model_sections
from generator.pages.devices.next_hardware import similar, steps
from generator.pages.devices.outlines import steps_up
from generator.pages.devices.popular import popular
from generator.pages.devices.runs import counts, largest, running, runs_on
from generator.pages.indexable import devices_apart
from generator.pages.lists import listed_note
from generator.pages.page import Link, Page
from generator.pages.parts import holders as words
from generator.pages.parts.holders import HardwareBody, Section
from generator.pages.parts.speeds import measured_notes
from generator.placement.holding import SHORT_CONTEXT, Holder
from generator.scenarios import Atlas

GPUS = Link("GPUs", urls.GPUS_PATH)


@lru_cache(maxsize=64)
def above(holder: Holder) -> tuple[Link, ...]:
    """The pages above those of what a device or group runs."""
    return GPUS, words.link(holder)


def device_pages(atlas: Atlas, holder: Holder) -> Iterator[Page]:
    """The page of a device or group, and beside it the list of every model that it runs.

    The list says much the same for all hardware of one size, so that search engines aren't asked to list it.
    """
    larger = steps_up(atlas, holder)
    found = runs_on(atlas, holder, larger)
    count = running(found)
    called, brief = words.with_article(holder), words.brief_with_article(holder)
    answer = (counts(atlas, holder, found, called), *largest(found))
    runs = "runs" if holder.count == 1 else "run"
    everything = Link(f"All {count} models that {called} {runs}, by size", urls.device_models_path(holder.slug))
    yield Page(
        path=urls.device_path(holder.slug),
        kind="hardware",
        title=heads.title(
            f"What can {called} run? {count} language models",
            f"What can {brief} run? {count} language models",
            f"What can {brief} run?",
        ),
        description=heads.description(answer),
        heading=f"What can I run on {called}?",
        above=(GPUS,),
        name=words.name(holder),
        body=HardwareBody(
            answer=answer,
            cards=words.cards(holder),
            sections=(
                *popular(atlas, holder, larger, found, everything),
                *steps(atlas.catalog, larger, found),
                *apart(atlas, holder),
                *_speeds(atlas.catalog, holder),
                *_notes(holder),
                *similar(atlas, holder),
            ),
            doubts=words.doubts(holder),
            sources=words.sources(holder),
        ),
        indexable=holder.group is not None or holder.slug in devices_apart(atlas),
    )
    yield Page(
        path=everything.path,
        kind="hardware",
        title=heads.title(
            f"All {count} language models that {called} {runs}", f"All {count} models that {brief} {runs}"
        ),
        description=heads.description(answer[:1]),
        heading=f"Every model that {called} {runs}",
        above=above(holder),
        name="Every model",
        body=HardwareBody(
            answer=(*answer, *listed_note(atlas)),
            sections=(
                *model_sections(atlas.catalog, holder, found),
                Section("more", "More", links=(words.link(holder), GPUS)),
            ),
        ),
        indexable=False,
    )


def _speeds(catalog: Catalog, holder: Holder) -> Iterator[Section]:
    """What the speeds of the tables mean and rest on."""
    notes = measured_notes(catalog, holder)
    if notes:
        first = f"Speeds are those of one conversation with {formats.context(SHORT_CONTEXT)} in its cache."
        links = (Link("How speed is estimated", f"{urls.METHODOLOGY_PATH}#speed"),)
        yield Section("speed", "How fast?", (f"{first} {notes}",), links=links)


def _notes(holder: Holder) -> Iterator[Section]:
    """What is particular to the hardware, in the words of its data."""
    device = holder.device
    sentences = []
    if holder.count > 1:
        sentences.append(
            "Each device holds whole layers with their cache, its own compute buffer and its own driver context, as "
            "llama.cpp splits a model by default; the fullest one decides. Equal free memory on all is assumed, "
            "and the copies of inputs that pipeline parallelism keeps are counted. In vLLM each device holds a part of "
            "every layer, and the whole of what can't be cut."
        )
    sentences += [f"Under {words.SYSTEMS[limit.system]}: {limit.how}." for limit in device.memory_limits]
    for notes in (holder.group.notes if holder.group else None, device.notes):
        if notes:
            sentences.append(f"{formats.capitalized(notes)}.")
    if sentences:
        yield Section("notes", "About this hardware", tuple(sentences))
