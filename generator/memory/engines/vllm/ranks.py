"""vLLM with tensor parallelism: what one rank of several holds of the weights, and of each kind of cache.

Read in vLLM 0.33.0 (model_executor/layers/linear.py and layers/quantization) and checked against what its model
classes create for 2, 4 and 8 ranks.
"""

from __future__ import annotations

from functools import lru_cache

from generator.memory.architecture import Architecture
from generator.memory.engines.vllm.weights import (
    LAYOUTS,
    engine_weight_terms,
    growth_bytes,
    tensor_store,
)
from generator.memory.errors import UnsupportedError
from generator.memory.hf_checkpoint import checkpoint_tensors, stored_bytes
from generator.memory.hf_formats import AWQ_INT4, FP8_BLOCK, GPTQ_INT4, INT4_GROUP, MXFP4
from generator.memory.kv_cache import Cache, TokenCache
from generator.memory.layers import Attention, LatentAttention
from generator.memory.tensors import Role, Tensor

REPLICATED_ROLES = frozenset({Role.NORM, Role.ROUTER, Role.BUFFER})
REPLICATED = frozenset(
    {
        "attn_q_a.weight",
        "attn_kv_a_mqa.weight",
        "attn_output.bias",
        "ffn_down.bias",
        "ffn_gate_inp_shexp.weight",
    }
)
"""Tensors that every rank holds whole: low-rank projections, biases added after the sum, the shared experts' gate."""

KEYS_AND_VALUES = ("attn_k.", "attn_v.")
SPLIT_BY_INPUT = frozenset({"attn_output.weight", "ffn_down.weight", "ffn_down_shexp.weight", "ssm_out.weight"})
"""Matrices that are cut along their rows, so that ranks add up what they compute."""


KEPT_WEIGHTS = 8192
"""All models at all quantizations that vLLM has for some numbers of ranks: pages of hardware ask for them in turn."""


@lru_cache(maxsize=KEPT_WEIGHTS)
def rank_weight_bytes(architecture: Architecture, quant: str, ranks: int) -> int:
    """Weights of one rank after loading, with the rotary table, bytes.

    Raises
    ------
    UnsupportedError : vLLM refuses so many ranks, or how its kernels pad a part isn't known.
    """
    _check(architecture, quant, ranks)
    tensors, whole, cut = _held(architecture, quant)
    heads = _kv_heads(architecture)
    held = 0
    for tensor, size in tensors:
        numerator, denominator = _portion(tensor, heads, ranks)
        held += size * numerator // denominator
    return held + whole + cut // ranks


@lru_cache(maxsize=KEPT_WEIGHTS)
def _held(architecture: Architecture, quant: str) -> tuple[tuple[tuple[Tensor, int], ...], int, int]:
    """Bytes of each kind of tensor; of all else, what every rank holds whole and what is cut."""
    store = tensor_store(architecture, quant)
    tensors = tuple((tensor, store(tensor) * count) for tensor, count in checkpoint_tensors(architecture))
    everything = sum(term.fixed_bytes for term in engine_weight_terms(architecture, quant))
    grown = growth_bytes(architecture, quant)
    return tensors, everything - stored_bytes(architecture, store) - grown, grown


def cache_portion(cache: Cache, ranks: int) -> tuple[int, int]:
    """The part of a cache that one rank holds, as numerator and denominator.

    A rank keeps one KV head at least; latent attention and state are counted whole, latent attention because every
    rank has it, state because its pages realign with every number of ranks.
    """
    if not isinstance(cache, TokenCache):
        return 1, 1
    heads = cache.key_width // cache.key_head_dim
    return max(1, heads // ranks), heads


def _portion(tensor: Tensor, kv_heads: int | None, ranks: int) -> tuple[int, int]:
    """The part of a tensor that one rank holds, as numerator and denominator."""
    if tensor.role in REPLICATED_ROLES or tensor.name in REPLICATED:
        return 1, 1
    if kv_heads and tensor.name.startswith(KEYS_AND_VALUES):
        return max(1, kv_heads // ranks), kv_heads
    return 1, ranks


def _kv_heads(architecture: Architecture) -> int | None:
    """KV heads of softmax attention; None without any."""
    found = (mixer for layer in architecture.layers for mixer in layer.mixers if isinstance(mixer, Attention))
    return next((mixer.num_key_value_heads for mixer in found), None)


def _check(architecture: Architecture, quant: str, ranks: int) -> None:
    for layer in architecture.layers:
        for mixer in layer.mixers:
            if isinstance(mixer, Attention | LatentAttention) and mixer.num_attention_heads % ranks:
                allowed = f"vLLM: {mixer.num_attention_heads} attention heads can't be divided among them"
                raise UnsupportedError("ranks", ranks, allowed)
    layout = LAYOUTS.get(quant)
    if layout is MXFP4:
        raise UnsupportedError("ranks", ranks, "how vLLM's kernels pad a part of MXFP4 experts isn't known")
    for tensor, _ in checkpoint_tensors(architecture):
        if layout in (AWQ_INT4, GPTQ_INT4, FP8_BLOCK) and not _divides(architecture, tensor, ranks):
            raise UnsupportedError("ranks", ranks, f"vLLM: parts of {tensor.name} are no whole blocks of {quant}")
        if layout is GPTQ_INT4 and tensor.role is Role.EXPERT:
            raise UnsupportedError("ranks", ranks, "how vLLM divides GPTQ's experts isn't known")
        if layout is AWQ_INT4 and tensor.role is Role.EXPERT and _expert_width(tensor) // ranks % INT4_GROUP:
            raise UnsupportedError("ranks", ranks, "how vLLM's kernels pad narrow parts of experts isn't known")


def _divides(architecture: Architecture, tensor: Tensor, ranks: int) -> bool:
    """Whether a rank's part of a quantized matrix is a whole number of blocks of 128."""
    if tensor.role is not Role.LINEAR or tensor.name in REPLICATED or tensor.name.startswith(KEYS_AND_VALUES):
        return True
    if tensor.name in SPLIT_BY_INPUT:
        return tensor.row_length // ranks % INT4_GROUP == 0
    return True


def _expert_width(tensor: Tensor) -> int:
    """The inner width of experts, along which they are cut."""
    return tensor.row_length if "down" in tensor.name else tensor.shape[1]
