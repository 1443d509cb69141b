"""A Hugging Face checkpoint's tensors, and the terms that they make on a device."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import lru_cache

from generator.memory.architecture import Architecture, Layer
from generator.memory.layers import GatedDeltaNet, LatentAttention
from generator.memory.profile import Component, Term
from generator.memory.tensors import Role, Tensor, linear

SCORE_CORRECTION = "exp_probs_b"
SHARED_GATE = "ffn_gate_inp_shexp.weight"
EXPERTS = "routed experts"
CORRECTION_ITEMSIZE = 2

Store = Callable[[Tensor], int]
"""How many bytes an engine stores a tensor in."""


@lru_cache(maxsize=64)
def checkpoint_tensors(architecture: Architecture, with_mtp: bool = False) -> tuple[tuple[Tensor, int], ...]:
    """Tensors as Hugging Face models hold them: the GGUF inventory with what its converter changes undone.

    Each comes once, without a block number, with how many blocks hold an alike one.

    - ``attn_k_b`` and ``attn_v_b`` of latent attention are one ``attn_kv_b``.
    - Qwen3-Next's input projections of linear attention are one ``ssm_qkvz``.
    - The gate of shared experts is a matrix of one row.
    - Of tables and buffers only the routers' score corrections exist.
    """
    counts: Counter[Tensor] = Counter()
    for tensor in architecture.outside_tensors():
        counts.update(_in_checkpoint(tensor, None, architecture.hidden_size))
    for layer, repeats in architecture.distinct_layers(with_mtp):
        for tensor in layer.tensors(architecture.hidden_size):
            for held in _in_checkpoint(tensor, layer, architecture.hidden_size):
                counts[held] += repeats
    return tuple(counts.items())


def _in_checkpoint(tensor: Tensor, layer: Layer | None, hidden_size: int) -> Iterator[Tensor]:
    if tensor.role is Role.BUFFER:
        if SCORE_CORRECTION in tensor.name:
            yield tensor
        return
    if tensor.name == SHARED_GATE:
        yield linear(SHARED_GATE.removesuffix(".weight"), hidden_size, 1)
        return
    for mixer in layer.mixers if layer else ():
        if isinstance(mixer, LatentAttention) and tensor.name in ("attn_k_b.weight", "attn_v_b.weight"):
            if tensor.name == "attn_k_b.weight":
                width = mixer.num_attention_heads * (mixer.qk_nope_head_dim + mixer.v_head_dim)
                yield linear("attn_kv_b", mixer.kv_lora_rank, width)
            return
        if isinstance(mixer, GatedDeltaNet) and mixer.fused_beta_alpha:
            if tensor.name == "attn_qkv.weight":
                yield linear("ssm_qkvz", hidden_size, mixer.conv_channels + mixer.value_width)
                return
            if tensor.name == "attn_gate.weight":
                return
    yield tensor


def stored_bytes(architecture: Architecture, store: Store, with_mtp: bool = False) -> int:
    """Bytes of all tensors, each stored as ``store`` says."""
    tensors = checkpoint_tensors(architecture, with_mtp)
    held = sum(store(tensor) * count for tensor, count in tensors)
    return held + CORRECTION_ITEMSIZE * architecture.parameters_correction


def weight_terms(architecture: Architecture, store: Store) -> tuple[Term, ...]:
    """Everything on the device, by part of the model."""
    sizes: dict[str, int] = defaultdict(int)
    for tensor, count in checkpoint_tensors(architecture):
        sizes[_part(tensor)] += store(tensor) * count
    sizes[OTHER] += CORRECTION_ITEMSIZE * architecture.parameters_correction
    return tuple(
        Term(Component.WEIGHTS, label, fixed_bytes=size, experts=label == EXPERTS)
        for label, size in sizes.items()
        if size
    )


OTHER = "attention layers, norms and other tensors"


def _part(tensor: Tensor) -> str:
    if tensor.role is Role.EMBEDDING:
        return "token embedding"
    if tensor.role is Role.OUTPUT:
        return "output head"
    if tensor.role is Role.EXPERT:
        return EXPERTS
    return "feed-forward layers" if tensor.name.startswith("ffn") else OTHER
