"""Models side by side: what each takes, what fits where, and why they differ."""

from __future__ import annotations

from generator import formats, urls
from generator.catalog import Quantization
from generator.catalog.memory_class import MemoryClass
from generator.pages import heads
from generator.pages.article import ArticleBody, Section
from generator.pages.compare.words import answer, cache_words, growth_bytes, quantizations_text, reasons, totals_text
from generator.pages.facts import Facts, common_by_size, facts, parameters_text
from generator.pages.page import Cell, Link, Page, Row, Table
from generator.pages.parts.speeds import speed_text
from generator.pages.shared import model_link
from generator.placement import one_device
from generator.placement.speed import decode_speed
from generator.scenarios import Atlas, Subject

COMPARISONS = Link("Comparisons", urls.COMPARISONS_PATH)
SIZES_GB = (8, 12, 16, 24, 32, 48, 80, 96, 128, 192)
NOTHING = "–"
SPEED_DEVICES = (
    "rtx-3060-12gb",
    "rtx-4090",
    "rtx-5090",
    "apple-m4-max-64gb",
    "rtx-pro-6000-blackwell",
    "h100-sxm-80gb",
)


def models_comparison_page(atlas: Atlas, slugs: tuple[str, ...]) -> Page:
    """The page of two to four models."""
    subjects = tuple(atlas.subject(slug) for slug in slugs)
    found = _common_facts(atlas, subjects)
    every = [subject.model.name for subject in subjects]
    names, brief = " vs ".join(every), heads.versus(every)
    path = urls.comparison_path(slugs)
    return Page(
        path=path,
        kind="article",
        title=heads.title(f"{names}: VRAM compared", f"{names}: VRAM", f"{brief}: VRAM", brief),
        description=heads.description(
            (f"GPU memory {totals_text(found)}", "What fits on 8 to 192 GB, with which context, and why.")
        ),
        heading=f"{names}: which needs how much VRAM?",
        above=(COMPARISONS,),
        name=names,
        body=ArticleBody(
            answer=answer(found),
            sections=(
                Section("side", "Side by side", tables=(_side_by_side(found),)),
                Section("why", "Why they differ", "\n\n".join(reasons(found))),
                Section(
                    "fits",
                    "What fits where",
                    "The best quantization that surely holds the context, and the largest context at "
                    f"{quantizations_text(found)}, by memory size.",
                    (_fits_table(found),),
                ),
                Section("quantizations", "At every quantization", tables=(_quantization_table(found),)),
                Section(
                    "speed",
                    "Tokens a second",
                    "One conversation, from bandwidth and measured runs: see [how](/methodology/#speed).",
                    (_speed_table(atlas, found),),
                ),
                Section("more", "Each by itself", links=tuple(map(model_link, subjects))),
            ),
        ),
    )


def _common_facts(atlas: Atlas, subjects: tuple[Subject, ...]) -> tuple[Facts, ...]:
    """Each at what to try first, all with the site's context or the nearest that they share."""
    context = max(
        set.intersection(*(set(subject.contexts) for subject in subjects)) & set(_ladder_up_to_default(atlas)),
        default=min(subject.contexts[0] for subject in subjects),
    )
    return tuple(facts(subject, subject.usual, context) for subject in subjects)


def _ladder_up_to_default(atlas: Atlas) -> tuple[int, ...]:
    ladder = atlas.catalog.site.context_ladder
    return tuple(tokens for tokens in ladder.values() if tokens <= ladder[atlas.catalog.site.default_context])


def _side_by_side(found: tuple[Facts, ...]) -> Table:
    longest = [facts(each.subject, each.quantization, each.subject.contexts[-1]) for each in found]
    context = found[0].context_text
    alike = len({each.quantization for each in found}) == 1
    at = f" at {found[0].quantization.name}" if alike else ""
    lines: tuple[tuple[str, list[str]], ...] = (
        ("Parameters", [parameters_text(each.subject) for each in found]),
        ("Layers", [formats.number(each.subject.architecture.num_layers) for each in found]),
        ("Kept for past tokens", [cache_words(each.subject) for each in found]),
        ("A further token costs", [formats.size(growth_bytes(each)) for each in found]),
        *(() if alike else (("Quantization", [each.quantization.name for each in found]),)),
        (f"Weights on the device{at}", [formats.size(each.estimate.weights_device_bytes) for each in found]),
        (f"Cache with {context}", [formats.size(each.cache_bytes) for each in found]),
        (f"Total{at} with {context}", [each.total_text for each in found]),
        ("Range", [each.range_text for each in found]),
        ("Smallest memory", [each.memory_text for each in found]),
        ("Longest context", [formats.context(each.context) for each in longest]),
        ("Total with it", [each.total_text for each in longest]),
        ("Released", [formats.month(each.subject.model.release) for each in found]),
        ("Licence", [each.subject.model.license or NOTHING for each in found]),
    )
    rows = tuple(Row((Cell(label), *(Cell(text) for text in texts))) for label, texts in lines)
    names = tuple(each.name for each in found)
    return Table(f"{', '.join(names)} in figures", ("Figure", *names), rows, frozenset(range(1, len(found) + 1)))


def _fits_table(found: tuple[Facts, ...]) -> Table:
    context = found[0].context_text
    columns = ["Memory"]
    for each in found:
        columns += [f"{each.name}, best with {context}", f"Context at {each.quantization.name}"]
    rows: list[Row] = []
    for gb in SIZES_GB:
        cells = [Cell(formats.memory_class(gb))]
        for each in found:
            size = next((one for one in each.memory_classes if one.gb == gb), None)
            cells += [Cell(_best(each, size)), Cell(_largest(each, size))]
        above = rows[-1].cells[1:] if rows else ()
        if any(cell.text != NOTHING for cell in cells[1:]) and above != tuple(cells[1:]):
            rows.append(Row(tuple(cells)))
    return Table(
        "What each memory size holds that a smaller one doesn't",
        tuple(columns),
        tuple(rows),
        frozenset(range(1, len(columns))),
    )


def _best(found: Facts, size: MemoryClass | None) -> str:
    """The largest common quantization of the engine that ``size`` surely holds at the scenario's context."""
    if size is None:
        return NOTHING
    same = common_by_size(found.subject, found.engine, found.context)
    fitting = (each.quantization.name for each in same if each.estimate.total_high_bytes <= size.capacity_bytes)
    return next(fitting, NOTHING)


def _largest(found: Facts, size: MemoryClass | None) -> str:
    if size is None:
        return NOTHING
    tokens = found.subject.largest_context(found.quantization, size.capacity_bytes)
    if not tokens:
        return NOTHING
    return f"all {formats.context(tokens)}" if tokens >= found.subject.model.context_max else formats.number(tokens)


def _quantization_table(found: tuple[Facts, ...]) -> Table:
    first = found[0]
    asked = {quantization for each in found for quantization in each.subject.common_quantizations}
    shared: list[Quantization] = [
        quantization
        for quantization in first.subject.quantizations
        if quantization in asked and all(each.subject.offers(quantization) for each in found)
    ]
    rows = []
    for quantization in shared:
        cells = [Cell(quantization.name, urls.format_path(quantization.slug))]
        for each in found:
            other = facts(each.subject, quantization, first.context)
            path = urls.scenario_path(each.subject.model.slug, quantization.slug, first.context)
            cells.append(Cell(formats.gib(other.estimate.total_bytes), path, note=other.memory_text))
        rows.append(Row(tuple(cells)))
    caption = f"Total with {first.context_text} of context, below it the smallest memory size that surely holds it"
    return Table(caption, ("Quantization", *(each.name for each in found)), tuple(rows))


def _speed_table(atlas: Atlas, found: tuple[Facts, ...]) -> Table:
    rows = []
    for slug in SPEED_DEVICES:
        device = atlas.catalog.devices[slug]
        cells = [Cell(device.name)]
        for each in found:
            fits = one_device(each.estimate, device, each.pytorch)
            if fits.headroom_bytes < 0:
                cells.append(Cell("doesn't fit"))
                continue
            speed = decode_speed(each.estimator, each.context, device, atlas.catalog.efficiency_groups)
            cells.append(Cell(speed_text(speed)))
        rows.append(Row(tuple(cells)))
    caption = f"At {quantizations_text(found)} with {found[0].context_text} in the cache"
    return Table(caption, ("Device", *(each.name for each in found)), tuple(rows))
