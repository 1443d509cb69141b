"""One model on one device or group: yes or no, at which quantizations, with how much context, what else would do."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats, urls
from generator.catalog import Catalog, Quantization
from generator.pages import heads
from generator.pages.devices.page import GPUS
from generator.pages.indexable import pair_listed
from generator.pages.on_device import tables
from generator.pages.on_device.settings import settings
from generator.pages.on_device.words import in_use
from generator.pages.page import Link, Page
from generator.pages.parts import holders as words
from generator.pages.parts.commands import source, split_of
from generator.pages.parts.holders import HardwareBody, Section
from generator.pages.parts.speeds import offloaded_speed, speed_of, speed_text
from generator.pages.parts.system_memory import system_memory_way
from generator.pages.shared import HOME, model_link
from generator.placement import Offload
from generator.placement.holding import SHORT_CONTEXT, Candidate, Holder, best, candidates, holds, usual
from generator.placement.launch import llama_server
from generator.scenarios import Atlas, Subject

MOST_OTHERS = 5


def on_device_pages(atlas: Atlas, subject: Subject) -> Iterator[Page]:
    """The model's page on each device and group that has them."""
    for holder in words.with_model_pages(atlas.catalog):
        yield on_device_page(atlas, subject, holder)


def on_device_page(atlas: Atlas, subject: Subject, holder: Holder) -> Page:
    """Whether and how one device or group runs one model."""
    found = candidates(atlas.catalog, subject, holder)
    fitting = tuple(each for each in found if each.runs(holder))
    default = usual(atlas.catalog, subject)
    ways = () if any(each.quantization is default for each in fitting) else tuple(_ways(found, holder, default))
    well = holds(atlas.catalog, subject, holder)
    question = f"Can {words.with_article(holder)} run {subject.model.name}?"
    answer = _answer(atlas.catalog, subject, holder, fitting, ways)
    path = urls.on_device_path(subject.model.slug, holder.slug)
    return Page(
        path=path,
        kind="hardware",
        title=_title(question, subject, holder, best(atlas.catalog, subject, holder), well),
        description=heads.description(_description(atlas.catalog, subject, holder, fitting, ways)),
        heading=question,
        crumbs=(HOME, GPUS, words.link(holder), Link(subject.model.name, path)),
        body=HardwareBody(
            answer=answer,
            cards=tables.cards(atlas.catalog, subject, holder, found, fitting, ways),
            sections=(
                *tables.quantizations(atlas.catalog, subject, holder, found),
                *tables.beside(atlas.catalog, ways),
                *settings(atlas.catalog, subject, holder, found),
                *_command(atlas.catalog, subject, holder, fitting, ways),
                *in_use(atlas.catalog, subject, holder, fitting),
                *tables.grid(subject, holder, found),
                *tables.others(atlas, subject, holder, fitting),
                _more(atlas.catalog, subject, holder),
            ),
            doubts=words.doubts(holder),
            verdict="fits" if well else "tight" if fitting or ways else "no",
        ),
        indexable=_indexable(atlas, subject, holder, found, fitting),
    )


def _indexable(
    atlas: Atlas, subject: Subject, holder: Holder, found: tuple[Candidate, ...], fitting: tuple[Candidate, ...]
) -> bool:
    """Pairs that people ask about where the answer isn't foregone: something fits, but not all with all context."""
    if not fitting or not pair_listed(atlas, subject, holder.slug):
        return False
    longest = subject.model.context_max
    return any(each.asked and each.largest_context(holder) < longest for each in found)


def _title(question: str, subject: Subject, holder: Holder, chosen: Candidate | None, well: bool) -> str:
    """The question, with the best quantization where there is room for it."""
    answer = "Yes, at" if well else "Only at"
    brief = f"Can {words.brief_with_article(holder)} run {subject.model.name}?"
    longer = (f"{each} {answer} {chosen.quantization.name}" for each in (question, brief)) if chosen else ()
    return heads.title(*longer, question, brief, f"{subject.model.name} on {words.brief(holder)}")


def _description(
    catalog: Catalog,
    subject: Subject,
    holder: Holder,
    fitting: tuple[Candidate, ...],
    ways: tuple[tuple[Candidate, str, Offload], ...],
) -> Iterator[str]:
    """The answer in few words, with the model and the hardware named."""
    pair = f"{subject.model.name} on {words.with_article(holder)}"
    if fitting:
        preferred = best(catalog, subject, holder)
        whole = "yes" if holds(catalog, subject, holder) else "at few bits only"
        chosen, verdict = (preferred, whole) if preferred else (fitting[0], "only just")
        used, device = chosen.fit(holder, chosen.short_context).used_bytes, holder.device.memory_bytes
        yield (
            f"{pair}: {verdict}, at {chosen.quantization.name}, {formats.gib(used)} of {formats.gib(device)} with "
            f"{formats.context(chosen.short_context)} of context, {_room(chosen, holder)}."
        )
        yield from _speed(catalog, chosen, holder)
    elif ways:
        chosen, how, offload = ways[0]
        yield (
            f"{pair}: only with {how} in system memory, {formats.gib(offload.host_bytes)} of it at "
            f"{chosen.quantization.name}."
        )
    else:
        yield f"{pair}: no."
        yield from _smallest(catalog, subject, holder)


def _answer(
    catalog: Catalog,
    subject: Subject,
    holder: Holder,
    fitting: tuple[Candidate, ...],
    ways: tuple[tuple[Candidate, str, Offload], ...],
) -> tuple[str, ...]:
    if fitting:
        return tuple(_yes(catalog, subject, holder, fitting, ways))
    smallest = _smallest(catalog, subject, holder)
    if ways:
        chosen, how, offload = ways[0]
        return (
            f"Only with a part in system memory: at {chosen.quantization.name} with {how} there, the device holds "
            f"{formats.gib(offload.device_bytes)} and system memory {formats.gib(offload.host_bytes)}.",
            *smallest,
        )
    return (f"No: no quantization of {subject.model.name} fits with {_short_text(subject)} of context.", *smallest)


def _yes(
    catalog: Catalog,
    subject: Subject,
    holder: Holder,
    fitting: tuple[Candidate, ...],
    ways: tuple[tuple[Candidate, str, Offload], ...],
) -> Iterator[str]:
    preferred = best(catalog, subject, holder)
    chosen = preferred or fitting[0]
    name = chosen.quantization.name
    if preferred is None:
        opening = f"Only just: at {name}"
    elif holds(catalog, subject, holder):
        opening = f"Yes: at {name}"
    else:
        bits = 8 * chosen.estimator.memory.weights_bytes / subject.architecture.parameters()
        opening = f"Only at {name}, {formats.bits(bits)} bits a weight:"
    fit = chosen.fit(holder, chosen.short_context)
    default = usual(catalog, subject)
    fullest = "" if holder.count == 1 else " of the fullest device"
    device = formats.gib(holder.device.memory_bytes)
    yield (
        f"{opening} it takes {formats.gib(fit.used_bytes)} of the {device} that the driver reports{fullest}, "
        f"with {formats.context(chosen.short_context)} of context, and has room for {_room(chosen, holder)}."
    )
    yield from _speed(catalog, chosen, holder)
    other = next((one for one in fitting if one.quantization is default), None)
    if other is not None and other.largest_context(holder) > chosen.largest_context(holder):
        yield f"At {default.name} it has room for {_room(other, holder)}."
    elif other is None and ways and ways[0][0].quantization is default:
        usual_way, how, offload = ways[0]
        speed = offloaded_speed(catalog, usual_way, offload)
        rate = f", at {speed_text(speed)} tokens a second" if speed else ""
        yield f"{default.name} runs with {how} in system memory{rate}."
    elif other is None and default in subject.quantizations:
        yield f"{default.name} doesn't fit."


def _speed(catalog: Catalog, chosen: Candidate, holder: Holder) -> Iterator[str]:
    """What to expect, where it is known."""
    speed = speed_of(catalog, chosen, holder)
    if speed is not None:
        yield f"Expect {speed_text(speed)} tokens a second."


def _room(chosen: Candidate, holder: Holder) -> str:
    """``up to 8,704 tokens``, or ``all 131,072 tokens`` of the model's context."""
    longest = chosen.largest_context(holder)
    whole = longest == chosen.figures.context_max
    return f"{'all' if whole else 'up to'} {formats.tokens(longest)}"


def _short_text(subject: Subject) -> str:
    return formats.context(min(SHORT_CONTEXT, subject.model.context_max))


def _smallest(catalog: Catalog, subject: Subject, holder: Holder) -> tuple[str, ...]:
    """What would hold it at the least of its quantizations, as a sentence."""
    found = candidates(catalog, subject, holder)
    if not found:
        return (f"None of its formats runs on {words.with_article(holder)}.",)
    least = found[-1]
    needed = formats.gib(least.short.total_high_bytes)
    return (f"Its smallest, {least.quantization.name}, needs {needed} to be sure to fit.",)


def _ways(
    found: tuple[Candidate, ...], holder: Holder, default: Quantization
) -> Iterator[tuple[Candidate, str, Offload]]:
    """Quantizations that run with a part in system memory, with what is kept there: the default one, then smaller ones."""
    if holder.count > 1 or holder.device.unified_memory:
        return
    most = max((each.estimator.memory.weights_bytes for each in found if each.quantization is default), default=0)
    for each in sorted(found, key=lambda one: one.quantization is not default):
        smaller = each.asked and each.estimator.memory.weights_bytes < most
        if not (smaller or each.quantization is default or (not most and each.asked)):
            continue
        if not each.figures.offloads(each.engine) or each.runs(holder):
            continue
        way = system_memory_way(each, holder.device)
        if way is not None:
            yield (each, *way)


def _command(
    catalog: Catalog,
    subject: Subject,
    holder: Holder,
    fitting: tuple[Candidate, ...],
    ways: tuple[tuple[Candidate, str, Offload], ...],
) -> Iterator[Section]:
    """A line to paste, with the settings that the figures stand for."""
    weights = source(subject.model)
    common = sorted(fitting, key=lambda each: (not each.native, not each.asked))
    chosen = next((each for each in common if each.engine == "llama.cpp"), None)
    if chosen is not None:
        context = chosen.largest_context(holder)
        sentence = (
            f"{subject.model.name} at {chosen.quantization.name} on {words.with_article(holder)}, with the largest context "
            f"that fits, {formats.tokens(context)}."
        )
        yield Section("command", "Start it", (sentence,), code=llama_server(chosen.estimator, weights, context))
    if ways and (chosen is None or not holds(catalog, subject, holder)):
        candidate, how, offload = ways[0]
        split = split_of(offload, subject.architecture.num_layers)
        short = formats.context(candidate.short_context)
        sentence = f"{subject.model.name} at {candidate.quantization.name}, {how} in system memory, {short} of context."
        code = llama_server(candidate.estimator, weights, candidate.short_context, split)
        yield Section("command-split", "Start it with system memory", (sentence,), code=code)


def _more(catalog: Catalog, subject: Subject, holder: Holder) -> Section:
    model = subject.model
    related = catalog.kin(model, MOST_OTHERS)
    return Section(
        "more",
        "More",
        links=(
            Link(f"Everything that {words.with_article(holder)} runs", urls.device_path(holder.slug)),
            model_link(subject),
            *(
                Link(f"{other.name} on {words.with_article(holder)}", urls.on_device_path(other.slug, holder.slug))
                for other in related
            ),
        ),
    )
