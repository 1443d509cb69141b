"""A Hugging Face checkpoint's tensors, and the terms that they make on a device."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
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
def checkpoint_tensors(architecture: Architecture, with_mtp: bool = False) -> tuple[Tensor, ...]:
    """Tensors as Hugging Face models hold them: the GGUF inventory with what its converter changes undone.

    - ``attn_k_b`` and ``attn_v_b`` of latent attention are one ``attn_kv_b``.
    - Qwen3-Next's input projections of linear attention are one ``ssm_qkvz``.
    - The gate of shared experts is a matrix of one row.
    - Of tables and buffers only the routers' score corrections exist.
    """
    blocks = architecture.layers + (architecture.mtp_layers if with_mtp else ())
    found: list[Tensor] = []
    for tensor in architecture.tensors(with_mtp):
        layer = blocks[tensor.layer] if tensor.layer is not None else None
        found += _in_checkpoint(tensor, layer, architecture.hidden_size)
    return tuple(found)


def _in_checkpoint(tensor: Tensor, layer: Layer | None, hidden_size: int) -> Iterator[Tensor]:
    if tensor.role is Role.BUFFER:
        if SCORE_CORRECTION in tensor.name:
            yield tensor
        return
    if tensor.name == SHARED_GATE:
        yield replace(linear(SHARED_GATE.removesuffix(".weight"), hidden_size, 1), layer=tensor.layer)
        return
    for mixer in layer.mixers if layer else ():
        if isinstance(mixer, LatentAttention) and tensor.name in ("attn_k_b.weight", "attn_v_b.weight"):
            if tensor.name == "attn_k_b.weight":
                width = mixer.num_attention_heads * (mixer.qk_nope_head_dim + mixer.v_head_dim)
                yield replace(linear("attn_kv_b", mixer.kv_lora_rank, width), layer=tensor.layer)
            return
        if isinstance(mixer, GatedDeltaNet) and mixer.fused_beta_alpha:
            if tensor.name == "attn_qkv.weight":
                yield replace(
                    linear("ssm_qkvz", hidden_size, mixer.conv_channels + mixer.value_width), layer=tensor.layer
                )
                return
            if tensor.name == "attn_gate.weight":
                return
    yield tensor


def stored_bytes(architecture: Architecture, store: Store, with_mtp: bool = False) -> int:
    """Bytes of all tensors, each stored as ``store`` says."""
    tensors = checkpoint_tensors(architecture, with_mtp)
    return sum(map(store, tensors)) + CORRECTION_ITEMSIZE * architecture.parameters_correction


def weight_terms(architecture: Architecture, store: Store) -> tuple[Term, ...]:
    """Everything on the device, by part of the model."""
    sizes: dict[str, int] = defaultdict(int)
    for tensor in checkpoint_tensors(architecture):
        sizes[_part(tensor)] += store(tensor)
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
