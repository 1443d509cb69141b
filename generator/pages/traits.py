"""What a model must be like for a general question to be asked of it."""

from __future__ import annotations

from functools import lru_cache

from generator.catalog import FaqEntry
from generator.memory.errors import MemoryModelError
from generator.memory.kv_cache import RecurrentState, caches
from generator.memory.layers import RECURRENT, Attention, CompressedAttention, LatentAttention, Mamba1, Mamba2
from generator.scenarios import Subject

_LLAMA_CPP = "llama.cpp"


def applies(entry: FaqEntry, subject: Subject) -> bool:
    """Whether a general question is one for this model."""
    return subject.model.context_max >= entry.min_context_tokens and traits(subject).issuperset(entry.when)


@lru_cache(maxsize=4)
def traits(subject: Subject) -> frozenset[str]:
    """The conditions of general questions that a model meets."""
    has_cache = not all(isinstance(cache, RecurrentState) for cache in caches(subject.architecture))
    facts = {
        "gguf": any(_LLAMA_CPP in subject.engines(quantization) for quantization in subject.quantizations),
        "kv_cache": has_cache,
        "quantizable_cache": has_cache and stores_cache_as(subject, "q8_0"),
        "moe": subject.is_moe,
        "mtp": bool(subject.architecture.mtp_layers),
        "tied_embeddings": subject.architecture.tied_embeddings,
        "vision": subject.model.modality == "vision",
    }
    return frozenset({name for name, met in facts.items() if met} | _attention_kinds(subject))


def stores_cache_as(subject: Subject, kv_type: str) -> bool:
    """Whether llama.cpp stores the model's cache so: whole blocks must make up every head."""
    plain = next((q for q in subject.quantizations if _LLAMA_CPP in subject.engines(q)), None)
    if plain is None:
        return False
    try:
        subject.estimator(plain, _LLAMA_CPP, kv_type=kv_type)
    except MemoryModelError:
        return False
    return True


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
