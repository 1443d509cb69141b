"""What a model must be like for a general question to be asked of it."""

from __future__ import annotations

from functools import lru_cache

from generator.catalog import FaqEntry, Quantization
from generator.catalog.prose import FigureCall, figure_calls
from generator.memory.errors import MemoryModelError
from generator.memory.kv_cache import RecurrentState, caches
from generator.memory.layers import RECURRENT, Attention, CompressedAttention, LatentAttention, Mamba1, Mamba2
from generator.pages.facts import facts
from generator.scenarios import GGUF_ENGINE, Subject

_LARGEST_CARD_GB = 48
_SOME_CONTEXT = 8192
_USUAL_CONTEXT = 32768


def applies(entry: FaqEntry, subject: Subject) -> bool:
    """Whether a general question is one for this model, which has every quantization that the answer speaks of."""
    return (
        subject.model.context_max >= entry.min_context_tokens
        and traits(subject).issuperset(entry.when)
        and _named_quantizations(entry.answer).issubset(q.name for q in subject.quantizations)
    )


@lru_cache(maxsize=256)
def _named_quantizations(answer: str) -> frozenset[str]:
    """Quantizations of the model asked about; what is said of another doesn't depend on this one."""
    calls = (call.arguments for call in figure_calls("", answer, 1) if isinstance(call, FigureCall))
    return frozenset(given["quant"] for given in calls if "quant" in given and "model" not in given)


@lru_cache(maxsize=4)
def traits(subject: Subject) -> frozenset[str]:
    """The conditions of general questions that a model meets."""
    has_cache = not all(isinstance(cache, RecurrentState) for cache in caches(subject.architecture))
    sees = subject.model.modality == "vision"
    errs = _usual_errs(subject)
    met = {
        "gguf": _largest_gguf(subject) is not None,
        "kv_cache": has_cache,
        "quantizable_cache": has_cache and stores_cache_as(subject, "q8_0"),
        "moe": subject.is_moe,
        "mtp": bool(subject.architecture.mtp_layers) and _files_predict(subject),
        "tied_embeddings": subject.architecture.tied_embeddings,
        "one_card": _fits_one_card(subject),
        "usual_errs": has_cache and errs,
        "usual_holds": has_cache and not errs,
        "vision_counted": sees and subject.model.parameters_vision > 0,
        "vision_uncounted": sees and subject.model.parameters_vision == 0,
    }
    return frozenset({name for name, holds in met.items() if holds} | _attention_kinds(subject))


def stores_cache_as(subject: Subject, kv_type: str) -> bool:
    """Whether llama.cpp stores the model's cache so: whole blocks must make up every head."""
    plain = _largest_gguf(subject)
    if plain is None:
        return False
    try:
        subject.estimator(plain, GGUF_ENGINE, kv_type=kv_type)
    except MemoryModelError:
        return False
    return True


def _largest_gguf(subject: Subject) -> Quantization | None:
    return next((q for q in subject.quantizations if GGUF_ENGINE in subject.engines(q)), None)


def _files_predict(subject: Subject) -> bool:
    plain = _largest_gguf(subject)
    if plain is None:
        return False
    with_block, without = (
        subject.estimator(plain, GGUF_ENGINE, mtp_in_file=carried).memory for carried in (True, False)
    )
    return with_block.weights_file_bytes > without.weights_file_bytes


def _fits_one_card(subject: Subject) -> bool:
    smallest = next((q for q in reversed(subject.common_quantizations) if GGUF_ENGINE in subject.engines(q)), None)
    if smallest is None:
        return False
    context = min(_SOME_CONTEXT, subject.model.context_max)
    needed = subject.estimate(smallest, context, GGUF_ENGINE).total_high_bytes
    cards = (size for size in subject.memory_classes(GGUF_ENGINE) if size.gb <= _LARGEST_CARD_GB)
    return any(needed <= size.capacity_bytes for size in cards)


def _usual_errs(subject: Subject) -> bool:
    context = min(_USUAL_CONTEXT, subject.model.context_max)
    return facts(subject, subject.quantizations[0], context).usual_differs


def _attention_kinds(subject: Subject) -> set[str]:
    found = set()
    for layer in subject.architecture.layers:
        for mixer in layer.mixers:
            if isinstance(mixer, LatentAttention):
                found.add("mla")
            elif isinstance(mixer, (Mamba1, Mamba2)):
                found.add("ssm")
            elif isinstance(mixer, RECURRENT):
                found.add("linear_attention")
            elif isinstance(mixer, (Attention, CompressedAttention)) and mixer.window:
                found.add("chunked" if mixer.window.kind == "chunked" else "sliding_window")
    if "windows_ignored" in subject.architecture.traits:
        found.discard("sliding_window")
    return found
