"""Where llama.cpp puts a GGUF file's tensors when every layer is offloaded to one device."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from generator.memory.architecture import Architecture
from generator.memory.errors import UnsupportedError
from generator.memory.gguf import stored_groups
from generator.memory.profile import Component, Place, Term
from generator.memory.tensors import Role, Tensor

INPUT_TENSORS = ("token_embd.weight", "per_layer_token_embd.weight")
"""Tables that are only looked up, so they stay in system memory."""

EXPERTS = "routed experts"

TENSOR_ALIGNMENT = 32
"""Bytes that a backend buffer's tensors start at a multiple of (ggml's CPU and RPC backends)."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A GGUF file's tensors by place.

    blocks : what the device holds of each block, then of the output head and what comes with it.
    experts : routed experts of each block; none for a dense model.
    loaded_bytes : tensor data that is loaded, each tensor once.
    file_bytes : tensor data in the file, header and tokenizer left out.
    """

    terms: tuple[Term, ...]
    blocks: tuple[int, ...]
    experts: tuple[int, ...]
    loaded_bytes: int
    file_bytes: int


@lru_cache(maxsize=512)
def weights(architecture: Architecture, mix_name: str, with_mtp: bool, imatrix: bool) -> Weights:
    """Weights on the device and on the host; blocks for multi-token prediction are not loaded.

    A tied embedding serves as output head too: the device gets it, the host keeps a copy.
    """
    if not architecture.gguf:
        allowed = f"llama.cpp has no form of model_type {architecture.model_type!r}"
        raise UnsupportedError("engine", "llama.cpp", allowed)
    sizes: dict[tuple[Place, str], int] = defaultdict(int)
    blocks = [0] * (architecture.num_layers + 1)
    experts = [0] * architecture.num_layers
    loaded = total = 0
    for stored in stored_groups(architecture, mix_name, with_mtp, imatrix):
        tensor, size = stored.tensor, stored.size
        total += size * stored.count
        if tensor.layer is not None and tensor.layer >= architecture.num_layers:
            continue
        loaded += size * stored.count
        if tensor.name not in INPUT_TENSORS:
            aligned = -(-size // TENSOR_ALIGNMENT) * TENSOR_ALIGNMENT
            sizes[Place.DEVICE, _part(tensor)] += aligned * stored.count
            for layer in stored.layers:
                blocks[-1 if layer is None else layer] += aligned
                if layer is not None and tensor.role is Role.EXPERT:
                    experts[layer] += size
            continue
        sizes[Place.HOST, "token embedding"] += size
        if tensor.name == INPUT_TENSORS[0] and architecture.tied_embeddings:
            sizes[Place.DEVICE, "output head, tied to the embedding"] += size
            blocks[-1] += size
    terms = tuple(
        Term(Component.WEIGHTS, label, fixed_bytes=size, place=place, experts=label == EXPERTS)
        for (place, label), size in sizes.items()
    )
    return Weights(terms, tuple(blocks), tuple(experts) if any(experts) else (), loaded, total)


def _part(tensor: Tensor) -> str:
    if tensor.role is Role.OUTPUT:
        return "output head"
    if tensor.role is Role.EXPERT:
        return EXPERTS
    if tensor.name.startswith("ffn"):
        return "feed-forward layers"
    return "attention layers, norms and other tensors"
