"""How the figures come about, step by step with the model's own numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from generator import formats
from generator.catalog import Quantization
from generator.memory.estimate import Estimator
from generator.memory.gguf import stored_groups
from generator.memory.kv_cache import (
    Cache,
    CompressedCache,
    IndexerCache,
    LatentCache,
    RecurrentState,
    TokenCache,
    caches,
    layers_sharing,
)
from generator.memory.profile import Component, Place, Term
from generator.memory.runtime import overhead
from generator.memory.work import KEPT
from generator.pages.facts import Facts, facts
from generator.pages.page import Cell, Row, Table
from generator.pages.parts.weights import in_system_memory
from generator.scenarios import Subject

STATE_BYTES = 4
CACHE_VALUE_BYTES = 2


class Step(Struct, frozen=True):
    """One step: its name and sentences."""

    heading: str
    sentences: tuple[str, ...]


def steps(found: Facts) -> tuple[Step, ...]:
    """All steps of one scenario."""
    weights = _weights(found.subject, found.quantization, found.engine)
    return (weights, _cache(found), _compute(found), _sum(found))


@lru_cache(maxsize=64)
def _weights(subject: Subject, quantization: Quantization, engine: str) -> Step:
    """The same at all contexts."""
    architecture = subject.architecture
    estimate = facts(subject, quantization, subject.contexts[0]).estimate
    count = formats.number(architecture.parameters())
    bits = formats.bits(8 * estimate.weights_bytes / architecture.parameters())
    sentences = [
        f"The {_layers(len(architecture.layers))} of {subject.model.name}, {count} parameters in all, take "
        f"{formats.size(estimate.weights_bytes)} at {quantization.name}, {bits} bits each on average."
    ]
    if estimate.weights_host_bytes:
        device = formats.size(estimate.weights_device_bytes)
        sentences.append(f"{device} lie on the device; {in_system_memory(estimate)}.")
    if engine == "llama.cpp" and estimate.weights_file_bytes != estimate.weights_bytes:
        skipped = formats.size(estimate.weights_file_bytes - estimate.weights_bytes)
        sentences.append(f"The file holds {skipped} more for multi-token prediction, which is not loaded by default.")
    return Step("Weights", tuple(sentences))


@lru_cache(maxsize=64)
def type_table(subject: Subject, quantization: Quantization) -> Table:
    """Tensors, parameters and bytes of each stored type, most bytes first."""
    tensors: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for stored in stored_groups(subject.architecture, quantization.name, subject.model.mtp_in_gguf):
        if stored.tensor.layer is not None and stored.tensor.layer >= subject.architecture.num_layers:
            continue
        sums = tensors[stored.format.name]
        sums[0] += stored.count
        sums[1] += stored.tensor.elements * stored.count
        sums[2] += stored.size * stored.count
    rows = tuple(
        Row(
            (
                Cell(name.upper()),
                Cell(formats.number(number)),
                Cell(formats.parameters(elements)),
                Cell(formats.size(size)),
            )
        )
        for name, (number, elements, size) in sorted(tensors.items(), key=lambda item: -item[1][2])
    )
    return Table(f"Stored types at {quantization.name}", ("Type", "Tensors", "Parameters", "Size"), rows)


def _cache(found: Facts) -> Step:
    sentences = tuple(_cache_sentences(found))
    if found.estimate.recurrent_state_bytes:
        return Step("KV cache and recurrent state", sentences)
    return Step("KV cache", sentences)


def _cache_sentences(found: Facts) -> Iterator[str]:
    architecture = found.subject.architecture
    kinds = caches(architecture)
    terms = [term for term in found.estimator.memory.held if term.component in KEPT]
    context = found.estimator.memory.profile.padded(found.context)
    if found.engine != "llama.cpp":
        for term in terms:
            grows = term.bytes_per_cell and term.max_cells is None
            cells = f" for {formats.tokens(_tokens(term, context))}" if grows else ""
            yield f"{found.engine_name} keeps {term.label}: {formats.size(term.size(context))}{cells}."
        return
    for cache, term in zip(kinds, terms, strict=True):
        yield _cache_sentence(cache, term, context)
    sharing = layers_sharing(architecture)
    if sharing:
        yield f"{_layers(sharing)} keep nothing of their own and read the cache of an earlier layer."
    if context != found.context:
        yield f"The context is rounded up to {formats.tokens(context)}, a multiple of 256."


def _tokens(term: Term, context: int) -> int:
    """Tokens that the cells of a term hold."""
    return term.cells(context) * term.tokens_per_cell


def _cache_sentence(cache: Cache, term: Term, context: int) -> str:
    size = formats.size(term.size(context))
    cells = formats.number(term.cells(context))
    layers = _layers(cache.layers)
    if isinstance(cache, RecurrentState):
        values = formats.number(cache.conv_elements + cache.state_elements)
        return f"{layers} keep a state of {values} values in 32 bits for each sequence, whatever the context: {size}."
    if isinstance(cache, TokenCache):
        heads = cache.key_width // cache.key_head_dim
        if cache.value_width == cache.key_width:
            per_layer = (
                f"2 (K and V) × {heads} KV heads × {cache.key_head_dim} values × {CACHE_VALUE_BYTES} bytes = "
                f"{formats.number(2 * cache.key_width * CACHE_VALUE_BYTES)} bytes a token and layer"
            )
        else:
            width = cache.key_width + cache.value_width
            per_layer = (
                f"({formats.number(cache.key_width)} values of K + {formats.number(cache.value_width)} of V) × "
                f"{CACHE_VALUE_BYTES} bytes = {formats.number(width * CACHE_VALUE_BYTES)} bytes a token and layer"
            )
        span = f"all {cells} tokens"
        if term.max_cells is not None and cache.window:
            kind = "a sliding window" if cache.window.kind == "sliding" else "chunks"
            span = f"at most {cells} tokens ({kind} of {formats.number(cache.window.tokens)}, one micro-batch, padding)"
        return f"{layers}, {span}: {per_layer}; {size} in all."
    if isinstance(cache, LatentCache):
        per_layer = formats.number(cache.width * CACHE_VALUE_BYTES)
        return (
            f"{layers} keep one compressed vector a token, {formats.number(cache.width)} values × {CACHE_VALUE_BYTES} bytes "
            f"= {per_layer} bytes, and no V: {size} for {cells} tokens."
        )
    if isinstance(cache, CompressedCache):
        return (
            f"{layers} keep one vector of {formats.number(cache.width)} values for every "
            f"{cache.tokens_per_cell} tokens: {size} for {cells} cells."
        )
    if isinstance(cache, IndexerCache):
        values = formats.number(cache.key_width + cache.value_width)
        return f"{layers} keep {values} more values a token for the indexer that picks what is read: {size}."
    raise TypeError(type(cache).__name__)


def _compute(found: Facts) -> Step:
    estimate = found.estimate
    if found.engine != "llama.cpp":
        return Step("Compute buffer", tuple(_activations(found)))
    phases = {phase: _size(terms, found) for phase, terms in _phases(found.estimator).items() if phase}
    largest = f", most in its phase {max(phases, key=phases.__getitem__).split(' (')[0]}" if phases else ""
    sentence = (
        f"A micro-batch of {found.estimator.settings.ubatch} tokens takes {formats.size(estimate.compute_bytes)} on the "
        f"device{largest}, and {formats.size(estimate.compute_host_bytes)} in system memory."
    )
    return Step("Compute buffer", (sentence,))


def _activations(found: Facts) -> Iterator[str]:
    """What an engine of activations and logits sets aside, largest part first, and what takes its turn there."""
    phases = _phases(found.estimator)
    always = phases.get(None, [])
    turns = (terms for phase, terms in phases.items() if phase is not None)
    ordered = sorted(turns, key=lambda terms: -_size(terms, found))
    counted = [*always, *(ordered[0] if ordered else ())]
    yield f"{found.engine_name} computes in {formats.size(found.estimate.compute_bytes)}: {_parts(counted, found)}."
    for terms in ordered[1:]:
        yield f"At another time the same room holds {_parts(terms, found)}."


def _parts(terms: Sequence[Term], found: Facts) -> str:
    context = found.estimator.memory.profile.padded(found.context)
    sized = sorted(terms, key=lambda term: -term.size(context))
    return formats.listed([f"{term.label} ({formats.size(term.size(context))})" for term in sized])


@lru_cache(maxsize=64)
def _phases(estimator: Estimator) -> Mapping[str | None, list[Term]]:
    """The terms of the device's compute buffer by the phase in which they take their turn, None for always."""
    phases: dict[str | None, list[Term]] = defaultdict(list)
    for term in estimator.memory.profile.terms:
        if term.component is Component.COMPUTE and term.place is Place.DEVICE:
            phases[term.phase].append(term)
    return phases


def _size(terms: Sequence[Term], found: Facts) -> int:
    context = found.estimator.memory.profile.padded(found.context)
    return sum(term.size(context) for term in terms)


def _sum(found: Facts) -> Step:
    estimate = found.estimate
    parts = [
        ("weights", estimate.weights_device_bytes),
        ("KV cache", estimate.kv_cache_bytes),
        ("recurrent state", estimate.recurrent_state_bytes),
        ("compute buffer", estimate.compute_bytes),
        ("driver", estimate.runtime_bytes),
    ]
    listed = " + ".join(f"{formats.size(size)} {name}" for name, size in parts if size)
    beside = f", and {formats.size(estimate.host_bytes)} in system memory" if estimate.host_bytes else ""
    return Step(
        "Total",
        (
            f"{listed} = {found.total_text} on the device{beside}.",
            f"{found.range_text} with the error range: {_doubts(found.subject, found.engine, found.pytorch)}.",
        ),
    )


@lru_cache(maxsize=16)
def _doubts(subject: Subject, engine: str, pytorch: bool) -> str:
    """What the ends of the range rest on, the same for all scenarios of a model in an engine."""
    driver, band = overhead(subject.vendor(engine), pytorch), subject.band(engine)
    least, most = driver.low_bytes, driver.high_bytes
    spread = f"driver {formats.span(least, most) if least else f'up to {formats.size(most)}'} as measured"
    if band.row is None:
        return f"{spread}, compute buffer half to twice, as {subject.engine_name(engine)}'s wasn't measured"
    if not band.reported:
        return f"{spread}, compute buffer as on {formats.number(band.row.n)} measured runs"
    more = formats.percent(band.error.high - 1)
    return f"{spread}, compute buffer up to {more} larger, as GPUs were reported to need"


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"
