"""What it is like to run one model on one device, in sentences chosen by rules over the figures."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats
from generator.catalog import Catalog
from generator.memory.work import token_reads
from generator.pages.devices.peers import AS_LARGE
from generator.pages.on_device.pair import Pair
from generator.pages.parts import holders as words
from generator.pages.parts.holders import Section
from generator.pages.parts.pace import Pace, pace
from generator.pages.parts.quality import strayed
from generator.pages.parts.speeds import UNKNOWN, prompt_text, speed_of, speed_text
from generator.placement.holding import Candidate, Holder, candidate_at

MOST_COMPARED = 3


def in_use(pair: Pair) -> Iterator[Section]:
    """How it answers, what hardware of the same size does, the least that holds it, and what other bits would change."""
    if pair.best is None:
        return
    sentences = (
        *_answers(pair, pair.best),
        *_quality(pair, pair.best),
        *_beside(pair, pair.best),
        *_least(pair, pair.best),
        *_room(pair, pair.best),
        *_fewer_bits(pair, pair.best),
    )
    if sentences:
        yield Section("use", "What to expect", sentences)


def _answers(pair: Pair, chosen: Candidate) -> Iterator[str]:
    """The pace, why it is that, and the wait for a prompt."""
    bandwidth, how = pair.holder.device.bandwidth_gb_s, pace(pair.speed(chosen))
    if how is Pace.UNKNOWN or bandwidth is None:
        return
    reads = token_reads(chosen.estimator, chosen.short_context)
    yield (
        f"At {chosen.quantization.name} {pair.model} answers {how.value} on {pair.hardware}: each token reads "
        f"{formats.size(int(reads.total_bytes))} at {formats.bandwidth(bandwidth)}."
    )
    prompt = prompt_text(pair.catalog, chosen, pair.holder)
    if prompt != UNKNOWN:
        verb = "reads" if pair.holder.count == 1 else "read"
        yield f"The {words.name(pair.holder)} {verb} a prompt of {formats.context(chosen.short_context)} in {prompt}."


def _beside(pair: Pair, chosen: Candidate) -> Iterator[str]:
    """The same quantization on other hardware of the same size."""
    own, parts = pair.holder.total_bytes, []
    for other in words.with_model_pages(pair.catalog):
        if other.slug == pair.holder.slug or abs(other.total_bytes - own) > AS_LARGE * own:
            continue
        same = candidate_at(pair.catalog, chosen.figures, other, chosen.quantization)
        speed = same and same.runs(other) and speed_of(pair.catalog, same, other)
        if speed and speed.low < speed.fastest:
            verb = "gives" if other.count == 1 else "give"
            parts.append(f"{words.with_article(other)} {verb} {speed_text(speed)}")
    if parts:
        yield f"Of hardware that holds as much, {formats.listed(parts[:MOST_COMPARED])} tokens a second at the same bits."


def _least(pair: Pair, chosen: Candidate) -> Iterator[str]:
    """The smallest hardware with pages that holds the same quantization, where that is another."""
    least = smallest_with_pages(pair.catalog, chosen)
    if least is None:
        return
    if least.slug == pair.holder.slug:
        yield (
            f"No smaller hardware of those with a page for every model holds {pair.model} at "
            f"{chosen.quantization.name}."
        )
    elif least.total_bytes < (1 - AS_LARGE) * pair.holder.total_bytes:
        there = candidate_at(pair.catalog, chosen.figures, least, chosen.quantization)
        context = formats.tokens(there.largest_context(least)) if there else ""
        yield (
            f"{chosen.quantization.name} would fit {words.with_article(least)} too, with {context} of context at most."
        )


def smallest_with_pages(catalog: Catalog, chosen: Candidate) -> Holder | None:
    """The smallest hardware with a page for every model that surely holds a quantization with the short context."""
    ordered = sorted(words.with_model_pages(catalog), key=lambda each: (each.total_bytes, each.slug))
    for holder in ordered:
        there = candidate_at(catalog, chosen.figures, holder, chosen.quantization)
        if there is not None and there.runs(holder):
            return holder
    return None


def _quality(pair: Pair, chosen: Candidate) -> Iterator[str]:
    """What bits below the usual cost, as far as both were measured on one model."""
    if pair.holds_usual:
        return
    own, its = strayed(pair.catalog, chosen.quantization), strayed(pair.catalog, pair.usual)
    if own and its and own.model == its.model and own.kl_divergence > its.kl_divergence:
        yield (
            f"So few bits cost quality: on {own.model} {chosen.quantization.name} was measured "
            f"{formats.times(own.kl_divergence / its.kl_divergence)} as far from 16 bits as {pair.usual.name} (KL divergence "
            f"{own.text} against {its.text})."
        )


def _room(pair: Pair, chosen: Candidate) -> Iterator[str]:
    """What the largest context takes beside the weights."""
    context = chosen.largest_context(pair.holder)
    estimate = chosen.at(context)
    kept = estimate.kv_cache_bytes + estimate.recurrent_state_bytes
    if estimate.kv_cache_bytes and pair.holder.count == 1:
        larger = "more than" if kept > estimate.weights_device_bytes else "beside"
        yield (
            f"With all {formats.tokens(context)} that fit, {formats.gib(kept)} go to past tokens, {larger} the "
            f"{formats.gib(estimate.weights_device_bytes)} of weights."
        )


def _fewer_bits(pair: Pair, chosen: Candidate) -> Iterator[str]:
    """What the next smaller quantization that people ask about changes."""
    own = chosen.estimator.memory.weights_bytes
    smaller = [each for each in pair.fitting if each.asked and each.estimator.memory.weights_bytes < own]
    if not smaller or chosen.quantization is pair.usual:
        return
    other = smaller[0]
    here, there = (each.largest_context(pair.holder) for each in (chosen, other))
    context = f"room for {formats.tokens(there - here)} more" if there > here else "no more context"
    speed = pair.speed(other)
    joint = "and" if there > here else "but"
    told = speed is not None and speed_text(speed) != speed_text(pair.speed(chosen))
    rate = f" {joint} {speed_text(speed)} tokens a second" if told else ""
    if there <= here and not told:
        return
    yield f"{other.quantization.name}, the next smaller, gives {context}{rate}."
