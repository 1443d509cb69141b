"""One model on one device or group: yes or no, at which quantizations, with how much context, what else would do."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats, urls
from generator.pages.devices.page import above
from generator.pages.indexable import pair_listed
from generator.pages.on_device import tables
from generator.pages.on_device.answer import answer, description, question, title
from generator.pages.on_device.pair import Pair
from generator.pages.on_device.settings import settings
from generator.pages.on_device.words import in_use
from generator.pages.page import Link, Page
from generator.pages.parts import holders as words
from generator.pages.parts.commands import source, split_of
from generator.pages.parts.holders import HardwareBody, Section
from generator.pages.shared import model_link
from generator.placement.holding import Holder
from generator.placement.launch import llama_server
from generator.scenarios import Atlas, Subject

MOST_OTHERS = 5


def on_device_pages(atlas: Atlas, subject: Subject) -> Iterator[Page]:
    """The model's page on each device and group that has them."""
    for holder in words.with_model_pages(atlas.catalog):
        yield on_device_page(atlas, subject, holder)


def on_device_page(atlas: Atlas, subject: Subject, holder: Holder) -> Page:
    """Whether and how one device or group runs one model."""
    pair = Pair(atlas, subject, holder)
    path = urls.on_device_path(subject.model.slug, holder.slug)
    return Page(
        path=path,
        kind="hardware",
        title=title(pair),
        description=description(pair),
        heading=question(pair),
        above=above(holder),
        name=pair.model,
        body=HardwareBody(
            answer=answer(pair),
            cards=tables.cards(pair),
            sections=(
                *tables.quantizations(pair),
                *tables.beside(pair),
                *settings(pair),
                *_command(pair),
                *in_use(pair),
                *tables.grid(pair),
                *tables.others(pair),
                _more(pair),
            ),
            doubts=words.doubts(holder),
            verdict="fits" if pair.holds_usual else "tight" if pair.fitting or pair.ways else "no",
        ),
        indexable=_indexable(pair),
    )


def _indexable(pair: Pair) -> bool:
    """Pairs that people ask about where the answer isn't foregone: something fits, but not all with all context."""
    if not pair.fitting or not pair_listed(pair.atlas, pair.subject, pair.holder.slug):
        return False
    longest = pair.subject.model.context_max
    return any(each.asked and each.largest_context(pair.holder) < longest for each in pair.found)


def _command(pair: Pair) -> Iterator[Section]:
    """A line to paste, with the settings that the figures stand for."""
    model = pair.subject.model
    common = sorted(pair.fitting, key=lambda each: (not each.native, not each.asked))
    chosen = next((each for each in common if each.engine == "llama.cpp"), None)
    if chosen is not None:
        context = chosen.largest_context(pair.holder)
        sentence = (
            f"{pair.model} at {chosen.quantization.name} on {pair.hardware}, with the largest context that fits, "
            f"{formats.tokens(context)}."
        )
        yield Section(
            "command",
            "Start it",
            (sentence,),
            code=llama_server(chosen.estimator, source(model, chosen.quantization), context),
        )
    if pair.ways and (chosen is None or not pair.holds_usual):
        way = pair.ways[0]
        split, short = split_of(way.offload, pair.subject.architecture.num_layers), way.candidate.short_context
        sentence = (
            f"{pair.model} at {way.candidate.quantization.name}, {way.keeps} in system memory, "
            f"{formats.context(short)} of context."
        )
        weights = source(model, way.candidate.quantization)
        code = llama_server(way.candidate.estimator, weights, short, split)
        yield Section("command-split", "Start it with system memory", (sentence,), code=code)


def _more(pair: Pair) -> Section:
    related = pair.catalog.kin(pair.subject.model, MOST_OTHERS)
    return Section(
        "more",
        "More",
        links=(
            Link(f"Everything that {pair.hardware} runs", urls.device_path(pair.holder.slug)),
            model_link(pair.subject),
            *(
                Link(f"{other.name} on {pair.hardware}", urls.on_device_path(other.slug, pair.holder.slug))
                for other in related
            ),
        ),
    )
