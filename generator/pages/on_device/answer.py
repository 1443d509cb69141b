"""Whether a device runs a model: the answer at the top of the page, in its title and in its description."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats
from generator.pages import heads
from generator.pages.on_device.pair import Pair, Way
from generator.pages.parts import holders as words
from generator.pages.parts.speeds import speed_text
from generator.placement.holding import SHORT_CONTEXT, Candidate


def question(pair: Pair) -> str:
    """``Can an RTX 4090 run Qwen3 32B?``"""
    return f"Can {pair.hardware} run {pair.model}?"


def title(pair: Pair) -> str:
    """The question, with the best quantization where there is room for it."""
    answer = "Yes, at" if pair.holds_usual else "Only at"
    asked, brief = question(pair), f"Can {words.brief_with_article(pair.holder)} run {pair.model}?"
    longer = (f"{each} {answer} {pair.best.quantization.name}" for each in (asked, brief)) if pair.best else ()
    return heads.title(*longer, asked, brief, f"{pair.model} on {words.brief(pair.holder)}")


def description(pair: Pair) -> str:
    """The answer in few words, with the model and the hardware named."""
    return heads.description(_description(pair))


def _description(pair: Pair) -> Iterator[str]:
    named, chosen = f"{pair.model} on {pair.hardware}", pair.chosen
    if chosen:
        verdict = "yes" if pair.holds_usual else "at few bits only"
        used, device = _used(pair, chosen), formats.gib(pair.holder.device.memory_bytes)
        yield (
            f"{named}: {verdict if pair.best else 'only just'}, at {chosen.quantization.name}, {used} of {device} with "
            f"{formats.context(chosen.short_context)} of context, {pair.room(chosen)}."
        )
        yield from _speed(pair, chosen)
    elif pair.ways:
        way = pair.ways[0]
        yield (
            f"{named}: only with {way.keeps} in system memory, {formats.gib(way.offload.host_bytes)} of it at "
            f"{way.candidate.quantization.name}."
        )
    else:
        yield f"{named}: no."
        yield _smallest(pair)


def answer(pair: Pair) -> tuple[str, ...]:
    """Yes, only just, only with a part in system memory, or no, each with its figures."""
    if pair.chosen:
        return tuple(_yes(pair, pair.chosen))
    if pair.ways:
        return (_only_split(pair.ways[0]), _smallest(pair))
    short = formats.context(min(SHORT_CONTEXT, pair.subject.model.context_max))
    return (f"No: no quantization of {pair.model} fits with {short} of context.", _smallest(pair))


def _yes(pair: Pair, chosen: Candidate) -> Iterator[str]:
    name = chosen.quantization.name
    if pair.best is None:
        opening = f"Only just: at {name}"
    elif pair.holds_usual:
        opening = f"Yes: at {name}"
    else:
        bits = 8 * chosen.estimator.memory.weights_bytes / pair.subject.architecture.parameters()
        opening = f"Only at {name}, {formats.bits(bits)} bits a weight:"
    fullest = "" if pair.holder.count == 1 else " of the fullest device"
    device = formats.gib(pair.holder.device.memory_bytes)
    yield (
        f"{opening} it takes {_used(pair, chosen)} of the {device} that the driver reports{fullest}, "
        f"with {formats.context(chosen.short_context)} of context, and has room for {pair.room(chosen)}."
    )
    yield from _speed(pair, chosen)
    yield from _usual(pair, chosen)


def _usual(pair: Pair, chosen: Candidate) -> Iterator[str]:
    """What becomes of the usual quantization, where another was chosen."""
    name, other = pair.usual.name, pair.fitting_usual
    if other is not None:
        if other.largest_context(pair.holder) > chosen.largest_context(pair.holder):
            yield f"At {name} it has room for {pair.room(other)}."
    elif pair.ways and pair.ways[0].candidate.quantization is pair.usual:
        speed = pair.split_speed(pair.ways[0])
        rate = f", at {speed_text(speed)} tokens a second" if speed else ""
        yield f"{name} runs with {pair.ways[0].keeps} in system memory{rate}."
    elif pair.usual in pair.subject.quantizations:
        yield f"{name} doesn't fit."


def _only_split(way: Way) -> str:
    return (
        f"Only with a part in system memory: at {way.candidate.quantization.name} with {way.keeps} there, the device "
        f"holds {formats.gib(way.offload.device_bytes)} and system memory {formats.gib(way.offload.host_bytes)}."
    )


def _used(pair: Pair, chosen: Candidate) -> str:
    """What the fullest device holds with the short context."""
    return formats.gib(chosen.fit(pair.holder, chosen.short_context).used_bytes)


def _speed(pair: Pair, chosen: Candidate) -> Iterator[str]:
    """What to expect, where it is known."""
    speed = pair.speed(chosen)
    if speed is not None:
        yield f"Expect {speed_text(speed)} tokens a second."


def _smallest(pair: Pair) -> str:
    """What would hold it at the least of its quantizations, as a sentence."""
    if not pair.found:
        return f"None of its formats runs on {pair.hardware}."
    least = pair.found[-1]
    needed = formats.gib(least.short.total_high_bytes)
    return f"Its smallest, {least.quantization.name}, needs {needed} to be sure to fit."
