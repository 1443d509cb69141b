"""The tables of a page about one model on one device: what fits, at which context, and what else would do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from generator import formats, urls
from generator.catalog import Catalog, Quantization
from generator.pages.page import Card, Cell, Row, Table
from generator.pages.parts import holders as words
from generator.pages.parts.hardware import HOME_SEGMENTS, SPEED, WORDS
from generator.pages.parts.holders import Section
from generator.pages.parts.speeds import offloaded_speed, speed_of, speed_text
from generator.placement import Offload, Verdict
from generator.placement.holding import Candidate, Holder, best, usual
from generator.scenarios import Atlas, Subject

OFFLOAD_COLUMNS = ("Quantization", "What system memory keeps", "Device holds", "System memory holds", SPEED)
OTHER_COLUMNS = ("Hardware", "Driver reports", "Best quantization", "Largest context", SPEED)
LEAST_CONTEXT = 2048
"""The shortest context, tokens, with which a quantization counts as fitting at all."""

MOST_OTHERS = 6
LARGER = 1.05
"""How many times the weights of another quantization count as larger."""
MOST_WAYS = 4
"""Quantizations shown with a part in system memory, the usual one first, then smaller ones."""

SAME = {
    Verdict.FITS: "Sure to fit {} at every context",
    Verdict.TIGHT: "Tight on {} at every context",
    Verdict.NO: "Too large for {} at any context",
}
"""What to say of quantizations that have one answer at all contexts."""
HARDWARE_CARDS = 4


def cards(
    catalog: Catalog,
    subject: Subject,
    holder: Holder,
    found: tuple[Candidate, ...],
    fitting: tuple[Candidate, ...],
    ways: tuple[tuple[Candidate, str, Offload], ...],
) -> tuple[Card, ...]:
    """The answer in figures: what fits best, else what system memory must keep, else the hardware's own."""
    own = words.cards(holder, HARDWARE_CARDS)
    if fitting:
        chosen = best(catalog, subject, holder) or fitting[0]
        fit, speed = chosen.fit(holder, chosen.short_context), speed_of(catalog, chosen, holder)
        longest = chosen.largest_context(holder)
        whole = longest == subject.model.context_max
        return (
            Card(
                "Best that fits",
                chosen.quantization.name,
                f"{len(fitting)} of {len(found)} quantizations fit with {formats.context(chosen.short_context)}",
                "total",
            ),
            Card(words.takes(holder), formats.gib(fit.used_bytes), f"{formats.gib(fit.headroom_bytes)} stay free"),
            Card("Largest context", formats.number(longest), "tokens, all it has" if whole else "tokens"),
            *([Card(SPEED, speed_text(speed), "expected")] if speed else ()),
            own[0],
        )
    if ways:
        chosen, how, offload = ways[0]
        speed = offloaded_speed(catalog, chosen, offload)
        return (
            Card("Quantization", chosen.quantization.name, f"with {how} in system memory", "total"),
            Card("Device holds", formats.gib(offload.device_bytes), f"of {words.capacity(holder)}"),
            Card("System memory holds", formats.gib(offload.host_bytes), "beside the device"),
            *([Card(SPEED, speed_text(speed), "expected")] if speed else ()),
        )
    return own


def quantizations(
    catalog: Catalog, subject: Subject, holder: Holder, found: tuple[Candidate, ...]
) -> Iterator[Section]:
    """The quantizations that people ask about and that fit at all, largest first, with their largest context."""
    rows = []
    shown = tuple(worth_a_look(found))
    for each in shown:
        longest = each.largest_context(holder)
        if longest < min(LEAST_CONTEXT, subject.model.context_max):
            continue
        fit = each.fit(holder, each.short_context)
        rows.append(
            Row(
                (
                    Cell(_called(each), urls.quantization_path(subject.model.slug, each.quantization.slug)),
                    Cell(formats.number(longest)),
                    Cell(formats.gib(fit.used_bytes)),
                    Cell(formats.gib(each.weights_device_bytes)),
                    Cell(speed_text(speed_of(catalog, each, holder))),
                )
            )
        )
    if rows:
        verb = "fits" if len(rows) == 1 else "fit"
        caption = (
            f"{_of(len(rows), len(shown))} most asked for of {subject.model.name} {verb} "
            f"{words.with_article(holder)} with {formats.context(LEAST_CONTEXT)} or more"
        )
        columns = ("Quantization", "Largest context", words.takes(holder), "Weights", SPEED)
        table = Table(caption, columns, tuple(rows))
        yield Section("quantizations", "Quantizations that fit", tuple(_published(subject, found)), (table,))


def _of(fitting: int, shown: int) -> str:
    """``7 of the 13``, ``All 13``."""
    return f"All {shown}" if fitting == shown > 1 else f"{fitting} of the {shown}"


def worth_a_look(found: tuple[Candidate, ...]) -> Iterator[Candidate]:
    """What people ask about, without what takes more than the form in which the model is published."""
    most = min((each.weights_device_bytes for each in found if each.native), default=None)
    for each in found:
        if each.native or (each.asked and (most is None or each.weights_device_bytes <= most)):
            yield each


def _published(subject: Subject, found: tuple[Candidate, ...]) -> Iterator[str]:
    """Why larger forms than the published one are left out."""
    native = [each.quantization.name for each in found if each.native]
    larger = len([each for each in found if each.asked]) - len([each for each in worth_a_look(found) if each.asked])
    if larger:
        verb = "holds" if len(native) == 1 else "hold"
        yield (
            f"{formats.listed(native)} {verb} the weights of {subject.model.name} as they are published; what takes more "
            "memory is left out, as it can hold nothing more."
        )


def _called(each: Candidate) -> str:
    """The quantization, with the engine where it isn't llama.cpp."""
    engine, name = each.figures.engine_name(each.engine), each.quantization.name
    return name if each.engine == "llama.cpp" or name.startswith(engine) else f"{name} in {engine}"


def grid(subject: Subject, holder: Holder, found: tuple[Candidate, ...]) -> Iterator[Section]:
    """Fits, tight or no at every context; quantizations with one answer at all contexts are told in a sentence."""
    shown = tuple(worth_a_look(found))
    rows, same = [], defaultdict[Verdict, list[str]](list)
    for each in shown:
        verdicts = [each.fit(holder, context).verdict for context in subject.contexts]
        if len(set(verdicts)) == 1:
            same[verdicts[0]].append(each.quantization.name)
            continue
        cells = [Cell(each.quantization.name, urls.quantization_path(subject.model.slug, each.quantization.slug))]
        for context, verdict in zip(subject.contexts, verdicts, strict=True):
            cells.append(_verdict(subject, each.quantization, context, verdict))
        rows.append(Row(tuple(cells)))
    if not rows and set(same) <= {Verdict.NO}:
        return
    called = words.with_article(holder)
    sentences = [
        f"{SAME[verdict].format(called)}: {formats.listed(same[verdict])}." for verdict in Verdict if same[verdict]
    ]
    if rows:
        sentences.append("“Fits” means that the high end of the range does, “tight” that only the middle does.")
    columns = ("Quantization", *(formats.context(context) for context in subject.contexts))
    caption = f"{subject.model.name} on {called}, quantization by context"
    tables = (Table(caption, columns, tuple(rows)),) if rows else ()
    yield Section("grid", "What fits at which context", tuple(sentences), tables)


@lru_cache(maxsize=1024)
def _verdict(subject: Subject, quantization: Quantization, context: int, verdict: Verdict) -> Cell:
    """Whether a scenario fits, with its page, the same on every device of that verdict."""
    return Cell(WORDS[verdict], urls.scenario_path(subject.model.slug, quantization.slug, context), verdict.value)


def beside(catalog: Catalog, ways: tuple[tuple[Candidate, str, Offload], ...]) -> Iterator[Section]:
    if not ways:
        return
    ways = ways[:MOST_WAYS]
    rows = tuple(
        Row(
            (
                Cell(chosen.quantization.name),
                Cell(how),
                Cell(formats.gib(offload.device_bytes)),
                Cell(formats.gib(offload.host_bytes)),
                Cell(speed_text(offloaded_speed(catalog, chosen, offload))),
            )
        )
        for chosen, how, offload in ways
    )
    table = Table("Parts in system memory, with a short context", OFFLOAD_COLUMNS, rows, frozenset({1}))
    yield Section("system-memory", "With system memory beside it", tables=(table,))


def others(atlas: Atlas, subject: Subject, holder: Holder, fitting: tuple[Candidate, ...]) -> Iterator[Section]:
    """Hardware with more memory that runs it with larger weights, the usual quantization at least; smallest first.

    What people have at home and what stands in data centres are each asked for a step of their own.
    """
    catalog = atlas.catalog
    default = usual(catalog, subject)
    larger = sorted(
        (each for each in words.with_model_pages(catalog) if each.total_bytes > holder.total_bytes),
        key=lambda each: each.total_bytes,
    )
    own = max((each.estimator.memory.weights_bytes for each in fitting), default=0)
    least = own * LARGER
    if default in subject.quantizations and not any(each.quantization is default for each in fitting):
        least = max(least, subject.estimator(default).memory.weights_bytes)
    wanted = dict.fromkeys((True, False), least)
    rows = []
    for each in larger:
        chosen, at_home = best(catalog, subject, each), each.device.segment in HOME_SEGMENTS
        if chosen is None or chosen.estimator.memory.weights_bytes < wanted[at_home]:
            continue
        wanted[at_home] = chosen.estimator.memory.weights_bytes * LARGER
        rows.append(
            Row(
                (
                    Cell(words.name(each), urls.on_device_path(subject.model.slug, each.slug)),
                    Cell(words.capacity(each)),
                    Cell(
                        chosen.quantization.name, urls.quantization_path(subject.model.slug, chosen.quantization.slug)
                    ),
                    Cell(formats.number(chosen.largest_context(each))),
                    Cell(speed_text(speed_of(catalog, chosen, each))),
                )
            )
        )
    if rows:
        table = Table(
            f"Hardware that runs {subject.model.name} with larger weights",
            OTHER_COLUMNS,
            tuple(rows[:MOST_OTHERS]),
            frozenset({2}),
        )
        yield Section("others", "What would do more", tables=(table,))
