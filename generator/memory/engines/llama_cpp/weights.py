"""Where llama.cpp puts a GGUF file's tensors when every layer is offloaded to one device."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from generator.memory.architecture import Architecture
from generator.memory.errors import UnsupportedError
from generator.memory.gguf import StoredTensor, stored_tensors
from generator.memory.profile import Component, Place, Term
from generator.memory.settings import RunSettings
from generator.memory.tensors import Role, Tensor

INPUT_TENSORS = ("token_embd.weight", "per_layer_token_embd.weight")
"""Tables that are only looked up, so they stay in system memory."""

EXPERTS = "routed experts"

TENSOR_ALIGNMENT = 32
"""Bytes that a backend buffer's tensors start at a multiple of (ggml's CPU and RPC backends)."""


def weight_terms(architecture: Architecture, mix_name: str, settings: RunSettings) -> tuple[Term, ...]:
    """Weights on the device and on the host; blocks for multi-token prediction are not loaded.

    A tied embedding serves as output head too: the device gets it, the host keeps a copy.
    """
    sizes = defaultdict(int)
    for stored in _loaded(architecture, mix_name, settings):
        name = stored.tensor.name
        if name not in INPUT_TENSORS:
            sizes[Place.DEVICE, _part(stored.tensor)] += -(-stored.size // TENSOR_ALIGNMENT) * TENSOR_ALIGNMENT
            continue
        sizes[Place.HOST, "token embedding"] += stored.size
        if name == INPUT_TENSORS[0] and architecture.tied_embeddings:
            sizes[Place.DEVICE, "output head, tied to the embedding"] += stored.size
    return tuple(
        Term(Component.WEIGHTS, label, fixed_bytes=size, place=place, experts=label == EXPERTS)
        for (place, label), size in sizes.items()
    )


def loaded_bytes(architecture: Architecture, mix_name: str, settings: RunSettings) -> int:
    """Bytes of tensor data that llama.cpp loads, each tensor once."""
    return sum(stored.size for stored in _loaded(architecture, mix_name, settings))


def file_bytes(architecture: Architecture, mix_name: str, settings: RunSettings) -> int:
    """Bytes of tensor data in the GGUF file, header and tokenizer left out."""
    return sum(stored.size for stored in _stored(architecture, mix_name, settings.mtp_in_file, settings.imatrix))


def _loaded(architecture: Architecture, mix_name: str, settings: RunSettings) -> Iterator[StoredTensor]:
    for stored in _stored(architecture, mix_name, settings.mtp_in_file, settings.imatrix):
        if stored.tensor.layer is None or stored.tensor.layer < architecture.num_layers:
            yield stored


@lru_cache(maxsize=64)
def _stored(architecture: Architecture, mix_name: str, with_mtp: bool, imatrix: bool) -> tuple[StoredTensor, ...]:
    if not architecture.gguf:
        allowed = f"llama.cpp has no form of model_type {architecture.model_type!r}"
        raise UnsupportedError("engine", "llama.cpp", allowed)
    return tuple(stored_tensors(architecture, mix_name, with_mtp, imatrix))


def _part(tensor: Tensor) -> str:
    if tensor.role is Role.OUTPUT:
        return "output head"
    if tensor.role is Role.EXPERT:
        return EXPERTS
    if tensor.name.startswith("ffn"):
        return "feed-forward layers"
    return "attention layers, norms and other tensors"
