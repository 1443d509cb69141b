"""The tables of a page about one model on one device: what fits, at which context, and what else would do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from generator import formats, urls
from generator.catalog import Quantization
from generator.pages.on_device.pair import Pair, Way
from generator.pages.page import Card, Cell, Row, Table
from generator.pages.parts import holders as words
from generator.pages.parts.hardware import HOME_SEGMENTS, SPEED, WORDS
from generator.pages.parts.holders import Section
from generator.pages.parts.speeds import speed_of, speed_text
from generator.placement import Verdict
from generator.placement.holding import Candidate, best
from generator.scenarios import Subject

OFFLOAD_COLUMNS = ("Quantization", "What system memory keeps", SPEED, "Device holds", "System memory holds")
OTHER_COLUMNS = ("Hardware", "Best quantization", "Largest context", SPEED, "Driver reports")
LEAST_CONTEXT = 2048
"""The shortest context, tokens, with which a quantization counts as fitting at all."""

MOST_OTHERS = 6
LARGER = 1.05
"""How many times the weights of another quantization count as larger."""

SAME = {
    Verdict.FITS: "Sure to fit {} at every context",
    Verdict.TIGHT: "Tight on {} at every context",
    Verdict.NO: "Too large for {} at any context",
}
"""What to say of quantizations that have one answer at all contexts."""
HARDWARE_CARDS = 4


def cards(pair: Pair) -> tuple[Card, ...]:
    """The answer in figures: what fits best, else what system memory must keep, else the hardware's own."""
    own = words.cards(pair.holder, HARDWARE_CARDS)
    if pair.chosen:
        return (*_fitting_cards(pair, pair.chosen), own[0])
    return _split_cards(pair, pair.ways[0]) if pair.ways else own


def _fitting_cards(pair: Pair, chosen: Candidate) -> tuple[Card, ...]:
    fit, speed = chosen.fit(pair.holder, chosen.short_context), pair.speed(chosen)
    longest = chosen.largest_context(pair.holder)
    whole = longest == pair.subject.model.context_max
    return (
        Card(
            "Best that fits" if pair.holds_usual else "Largest that fits",
            chosen.quantization.name,
            f"{len(pair.fitting)} of {len(pair.found)} quantizations fit with {formats.context(chosen.short_context)}",
            "total",
        ),
        Card(words.takes(pair.holder), formats.gib(fit.used_bytes), f"{formats.gib(fit.headroom_bytes)} stay free"),
        Card("Largest context", formats.number(longest), "tokens, all it has" if whole else "tokens"),
        *([Card(SPEED, speed_text(speed), "expected")] if speed else ()),
    )


def _split_cards(pair: Pair, way: Way) -> tuple[Card, ...]:
    speed = pair.split_speed(way)
    return (
        Card("Quantization", way.candidate.quantization.name, f"with {way.keeps} in system memory", "total"),
        Card("Device holds", formats.gib(way.offload.device_bytes), f"of {words.capacity(pair.holder)}"),
        Card("System memory holds", formats.gib(way.offload.host_bytes), "beside the device"),
        *([Card(SPEED, speed_text(speed), "expected")] if speed else ()),
    )


def quantizations(pair: Pair) -> Iterator[Section]:
    """The quantizations that people ask about and that fit at all, largest first, with their largest context."""
    model = pair.subject.model
    rows = []
    for each in pair.worth_a_look:
        longest = each.largest_context(pair.holder)
        if longest < min(LEAST_CONTEXT, model.context_max):
            continue
        fit = each.fit(pair.holder, each.short_context)
        rows.append(
            Row(
                (
                    Cell(_called(each), urls.quantization_path(model.slug, each.quantization.slug)),
                    Cell(formats.number(longest)),
                    Cell(speed_text(pair.speed(each))),
                    Cell(formats.gib(fit.used_bytes)),
                    Cell(formats.gib(each.weights_device_bytes)),
                )
            )
        )
    if rows:
        verb = "fits" if len(rows) == 1 else "fit"
        caption = (
            f"{_of(len(rows), len(pair.worth_a_look))} quantizations most asked for of {model.name} {verb} "
            f"{pair.hardware} with {formats.context(LEAST_CONTEXT)} or more"
        )
        columns = ("Quantization", "Largest context", SPEED, words.takes(pair.holder), "Weights on the device")
        table = Table(caption, columns, tuple(rows))
        yield Section("quantizations", "Quantizations that fit", tuple(_published(pair)), (table,))


def _of(fitting: int, shown: int) -> str:
    """``7 of the 13``, ``All 13``."""
    return f"All {shown}" if fitting == shown > 1 else f"{fitting} of the {shown}"


def _published(pair: Pair) -> Iterator[str]:
    """Why larger forms than the published one are left out."""
    if any(each.asked and each not in pair.worth_a_look for each in pair.found):
        native = [each.quantization.name for each in pair.found if each.native]
        verb = "holds" if len(native) == 1 else "hold"
        yield (
            f"{formats.listed(native)} {verb} the weights of {pair.model} as they are published; what takes more "
            "memory is left out, as it can hold nothing more."
        )


def _called(each: Candidate) -> str:
    """The quantization, with the engine where it isn't llama.cpp."""
    engine, name = each.figures.engine_name(each.engine), each.quantization.name
    return name if each.engine == "llama.cpp" or name.startswith(engine) else f"{name} in {engine}"


def grid(pair: Pair) -> Iterator[Section]:
    """Fits, tight or no at every context; quantizations with one answer at all contexts are told in a sentence.

    Nothing where all have the same answer, which the table above has given.
    """
    subject = pair.subject
    rows, same = [], defaultdict[Verdict, list[str]](list)
    for each in pair.worth_a_look:
        verdicts = each.verdicts(pair.holder)
        if len(set(verdicts)) == 1:
            same[verdicts[0]].append(each.quantization.name)
            continue
        cells = [Cell(each.quantization.name, urls.quantization_path(subject.model.slug, each.quantization.slug))]
        for context, verdict in zip(subject.contexts, verdicts, strict=True):
            cells.append(_verdict(subject, each.quantization, context, verdict))
        rows.append(Row(tuple(cells)))
    if not rows and len(same) == 1:
        return
    sentences = [
        f"{SAME[verdict].format(pair.hardware)}: {formats.listed(same[verdict])}."
        for verdict in Verdict
        if same[verdict]
    ]
    if rows:
        sentences.append("“Fits” means that the high end of the range does, “tight” that only the middle does.")
    columns = ("Quantization", *(formats.context(context) for context in subject.contexts))
    caption = f"{pair.model} on {pair.hardware}, quantization by context"
    tables = (Table(caption, columns, tuple(rows)),) if rows else ()
    yield Section("grid", "What fits at which context", tuple(sentences), tables)


@lru_cache(maxsize=1024)
def _verdict(subject: Subject, quantization: Quantization, context: int, verdict: Verdict) -> Cell:
    """Whether a scenario fits, with its page, the same on every device of that verdict."""
    return Cell(WORDS[verdict], urls.scenario_path(subject.model.slug, quantization.slug, context), verdict.value)


def beside(pair: Pair) -> Iterator[Section]:
    """What runs with a part in system memory."""
    if not pair.ways:
        return
    rows = tuple(
        Row(
            (
                Cell(way.candidate.quantization.name),
                Cell(way.keeps),
                Cell(speed_text(pair.split_speed(way))),
                Cell(formats.gib(way.offload.device_bytes)),
                Cell(formats.gib(way.offload.host_bytes)),
            )
        )
        for way in pair.ways
    )
    table = Table("Parts in system memory, with a short context", OFFLOAD_COLUMNS, rows, frozenset({1}))
    yield Section("system-memory", "With system memory beside it", tables=(table,))


def others(pair: Pair) -> Iterator[Section]:
    """Hardware with more memory that runs it with larger weights, the usual quantization at least; smallest first.

    What people have at home and what stands in data centres are each asked for a step of their own.
    """
    subject = pair.subject
    larger = sorted(
        (each for each in words.with_model_pages(pair.catalog) if each.total_bytes > pair.holder.total_bytes),
        key=lambda each: each.total_bytes,
    )
    least = LARGER * max((each.estimator.memory.weights_bytes for each in pair.fitting), default=0)
    if pair.fitting_usual is None and pair.usual in subject.quantizations:
        least = max(least, subject.estimator(pair.usual).memory.weights_bytes)
    wanted = dict.fromkeys((True, False), least)
    rows = []
    for each in larger:
        chosen, at_home = best(pair.catalog, subject, each), each.device.segment in HOME_SEGMENTS
        if chosen is None or chosen.estimator.memory.weights_bytes < wanted[at_home]:
            continue
        wanted[at_home] = chosen.estimator.memory.weights_bytes * LARGER
        rows.append(
            Row(
                (
                    Cell(words.name(each), urls.on_device_path(subject.model.slug, each.slug)),
                    Cell(
                        chosen.quantization.name, urls.quantization_path(subject.model.slug, chosen.quantization.slug)
                    ),
                    Cell(formats.number(chosen.largest_context(each))),
                    Cell(speed_text(speed_of(pair.catalog, chosen, each))),
                    Cell(words.capacity(each)),
                )
            )
        )
    if rows:
        table = Table(
            f"Hardware that runs {pair.model} with larger weights",
            OTHER_COLUMNS,
            tuple(rows[:MOST_OTHERS]),
            frozenset({1}),
        )
        yield Section("others", "What would do more", tables=(table,))
