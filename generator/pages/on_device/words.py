"""What it is like to run one model on one device, in sentences chosen by rules over the figures."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats
from generator.catalog import Catalog
from generator.memory.work import token_reads
from generator.pages.parts import holders as words
from generator.pages.parts.holders import Section
from generator.pages.parts.pace import Pace, pace
from generator.pages.parts.quality import strayed
from generator.pages.parts.speeds import UNKNOWN, prompt_text, speed_of, speed_text
from generator.placement.holding import Candidate, Holder, best, candidates, holds, usual
from generator.scenarios import Subject

AS_LARGE = 0.07
"""Relative difference in capacity up to which hardware counts as holding the same."""

MOST_COMPARED = 3


def in_use(catalog: Catalog, subject: Subject, holder: Holder, fitting: tuple[Candidate, ...]) -> Iterator[Section]:
    """How it answers, what hardware of the same size does, the least that holds it, and what other bits would change."""
    chosen = best(catalog, subject, holder)
    if chosen is None:
        return
    sentences = (
        *_answers(catalog, subject, chosen, holder),
        *_quality(catalog, subject, chosen, holder),
        *_beside(catalog, chosen, holder),
        *_least(catalog, subject, chosen, holder),
        *_room(chosen, holder),
        *_fewer_bits(catalog, chosen, fitting, holder),
    )
    if sentences:
        yield Section("use", "What to expect", sentences)


def _answers(catalog: Catalog, subject: Subject, chosen: Candidate, holder: Holder) -> Iterator[str]:
    """The pace, why it is that, and the wait for a prompt."""
    speed = speed_of(catalog, chosen, holder)
    name, bandwidth = subject.model.name, holder.device.bandwidth_gb_s
    how = pace(speed)
    if how is Pace.UNKNOWN or bandwidth is None:
        return
    reads = token_reads(chosen.estimator, chosen.short_context)
    yield (
        f"At {chosen.quantization.name} {name} answers {how.value} on {words.with_article(holder)}: each token reads "
        f"{formats.size(int(reads.total_bytes))} at {formats.bandwidth(bandwidth)}."
    )
    prompt = prompt_text(catalog, chosen, holder)
    if prompt != UNKNOWN:
        verb = "reads" if holder.count == 1 else "read"
        yield f"The {words.name(holder)} {verb} a prompt of {formats.context(chosen.short_context)} in {prompt}."


def _beside(catalog: Catalog, chosen: Candidate, holder: Holder) -> Iterator[str]:
    """The same quantization on other hardware of the same size."""
    parts = []
    for other in words.with_model_pages(catalog):
        alike = abs(other.total_bytes - holder.total_bytes) <= AS_LARGE * holder.total_bytes
        if other.slug == holder.slug or not alike:
            continue
        same = _same(catalog, chosen, other)
        speed = same and same.runs(other) and speed_of(catalog, same, other)
        if speed:
            verb = "gives" if other.count == 1 else "give"
            parts.append(f"{words.with_article(other)} {verb} {speed_text(speed)}")
    if parts:
        yield f"Of hardware that holds as much, {formats.listed(parts[:MOST_COMPARED])} tokens a second at the same bits."


def _same(catalog: Catalog, chosen: Candidate, holder: Holder) -> Candidate | None:
    """The same quantization there."""
    found = candidates(catalog, chosen.figures, holder)
    return next((each for each in found if each.quantization is chosen.quantization), None)


def _least(catalog: Catalog, subject: Subject, chosen: Candidate, holder: Holder) -> Iterator[str]:
    """The smallest hardware with pages that holds the same quantization, where that is another."""
    least = smallest_with_pages(catalog, chosen)
    if least is None:
        return
    if least.slug == holder.slug:
        yield (
            f"No smaller hardware of those with a page for every model holds {subject.model.name} at "
            f"{chosen.quantization.name}."
        )
    elif least.total_bytes < (1 - AS_LARGE) * holder.total_bytes:
        there = _same(catalog, chosen, least)
        context = formats.tokens(there.largest_context(least)) if there else ""
        yield (
            f"{chosen.quantization.name} would fit {words.with_article(least)} too, with {context} of context at most."
        )


def smallest_with_pages(catalog: Catalog, chosen: Candidate) -> Holder | None:
    """The smallest hardware with a page for every model that surely holds a quantization with the short context."""
    ordered = sorted(words.with_model_pages(catalog), key=lambda each: (each.total_bytes, each.slug))
    for holder in ordered:
        there = _same(catalog, chosen, holder)
        if there is not None and there.runs(holder):
            return holder
    return None


def _quality(catalog: Catalog, subject: Subject, chosen: Candidate, holder: Holder) -> Iterator[str]:
    """What bits below the usual cost, as far as both were measured on one model."""
    if holds(catalog, subject, holder):
        return
    own, default = strayed(catalog, chosen.quantization), usual(catalog, subject)
    its = strayed(catalog, default)
    if own and its and own.model == its.model and own.kl_divergence > its.kl_divergence:
        yield (
            f"So few bits cost quality: on {own.model} {chosen.quantization.name} was measured "
            f"{formats.times(own.kl_divergence / its.kl_divergence)} as far from 16 bits as {default.name} (KL divergence "
            f"{own.text} against {its.text})."
        )


def _room(chosen: Candidate, holder: Holder) -> Iterator[str]:
    """What the largest context takes beside the weights."""
    context = chosen.largest_context(holder)
    estimate = chosen.at(context)
    kept = estimate.kv_cache_bytes + estimate.recurrent_state_bytes
    if estimate.kv_cache_bytes and holder.count == 1:
        larger = "more than" if kept > estimate.weights_device_bytes else "beside"
        yield (
            f"With all {formats.tokens(context)} that fit, {formats.gib(kept)} go to past tokens, {larger} the "
            f"{formats.gib(estimate.weights_device_bytes)} of weights."
        )


def _fewer_bits(catalog: Catalog, chosen: Candidate, fitting: tuple[Candidate, ...], holder: Holder) -> Iterator[str]:
    """What the next smaller quantization that people ask about changes."""
    own = chosen.estimator.memory.weights_bytes
    smaller = [each for each in fitting if each.asked and each.estimator.memory.weights_bytes < own]
    default = usual(catalog, chosen.figures)
    if not smaller or chosen.quantization is default:
        return
    other = smaller[0]
    here, there = (each.largest_context(holder) for each in (chosen, other))
    context = f"room for {formats.tokens(there - here)} more" if there > here else "no more context"
    speed = speed_of(catalog, other, holder)
    joint = "and" if there > here else "but"
    rate = f" {joint} {speed_text(speed)} tokens a second" if speed else ""
    yield f"{other.quantization.name}, the next smaller, gives {context}{rate}."
