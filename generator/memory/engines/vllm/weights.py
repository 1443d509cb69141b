"""vLLM's weights: the layouts of its layer classes, what grows after loading, and the rotary table.

Read in vLLM 0.33.0 (model_executor/layers/quantization, model_executor/models). One GPU of the Hopper
kind; other GPUs' kernels may pad. Vision towers are left out.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from generator.memory.architecture import Architecture
from generator.memory.errors import UnsupportedError
from generator.memory.hf_checkpoint import SHARED_GATE, Store, checkpoint_tensors, stored_bytes, weight_terms
from generator.memory.hf_formats import (
    AWQ_INT4,
    FP8_BLOCK,
    FP8_TENSOR,
    GPTQ_INT4,
    INT4_GROUP,
    MXFP4,
    NVFP4,
    PLAIN_ITEMSIZE,
    TiledLayout,
    layout_for,
)
from generator.memory.layers import Attention
from generator.memory.profile import Component, Term
from generator.memory.tensors import Role, Tensor

ENGINE = "vLLM"
LAYOUTS = {
    "fp8": FP8_BLOCK,
    "fp8-per-tensor": FP8_TENSOR,
    "nvfp4": NVFP4,
    "mxfp4": MXFP4,
    "awq-int4": AWQ_INT4,
    "gptq-int4": GPTQ_INT4,
}
WHY_NOT = dict.fromkeys(("bnb-nf4", "bnb-nf4-dq", "bnb-int8"), "bitsandbytes is no longer built in")

VOCABULARY_PADDING = 64
"""Embedding and output head are padded to this many rows (vocab_parallel_embedding.py)."""

FLOAT32_ITEMSIZE = 4

FLOAT32_ROUTERS = ("glm4_moe",)
"""Model types whose routers are F32."""

QUANTIZED_ROUTERS = ("qwen3_moe",)
"""Model types that quantize their routers too, in FP8 blocks and GPTQ."""

ATTENTION_SCALES_BYTES = {FP8_BLOCK: 4 * 2, FP8_TENSOR: 4 * 2, NVFP4: 3 * 4 + 3 * 2}
"""Scales and zero points that an attention layer keeps for queries, keys and values."""

SMALL_GROUPS = {
    AWQ_INT4: replace(AWQ_INT4, tile_inputs=64),
    GPTQ_INT4: replace(GPTQ_INT4, tile_inputs=64, tile_bits=16),
}
"""Groups of all experts where a row is no whole number of groups of 128; GPTQ's have no zero points then."""

ZERO_POINT_GROWTH_BITS = 16 - 4
"""What a zero point of AWQ's linear layers grows by after loading."""

FLOAT32_TABLES = ("gpt_oss",)
"""Model types whose rotary table is F32."""


SHARDS = {"ssm_in.weight": 5, "attn_qkv.weight": 3}
"""Matrices that count as several, each with scales of its own."""

FUSED = {"ffn_up.weight": "ffn_gate.weight", "ffn_up_shexp.weight": "ffn_gate_shexp.weight"}
"""Matrices that are stored below another one, so that tiles may reach from one into the other."""


@lru_cache(maxsize=64)
def engine_weight_terms(architecture: Architecture, quant: str) -> tuple[Term, ...]:
    """Weights on the device after loading, with the rotary table."""
    itemsize = FLOAT32_ITEMSIZE if architecture.model_type in FLOAT32_TABLES else PLAIN_ITEMSIZE
    others = {
        "scales of attention layers": _attention_scales_bytes(architecture, quant),
        "copies made after loading": growth_bytes(architecture, quant),
        "rotary table of all positions": architecture.rotary_table_elements * itemsize,
    }
    terms = (Term(Component.WEIGHTS, label, fixed_bytes=size) for label, size in others.items() if size)
    return (*weight_terms(architecture, tensor_store(architecture, quant)), *terms)


@lru_cache(maxsize=64)
def loaded_bytes(architecture: Architecture, quant: str, with_mtp: bool = False) -> int:
    """Parameters as they are created for loading, bytes."""
    stored = stored_bytes(architecture, tensor_store(architecture, quant), with_mtp)
    return stored + _attention_scales_bytes(architecture, quant)


def growth_bytes(architecture: Architecture, quant: str) -> int:
    """What processing adds: zero points widened, latent attention's matrices as decoding wants them."""
    awq = _layout(quant) is AWQ_INT4
    total = 0
    for tensor, count in checkpoint_tensors(architecture):
        if tensor.name == "attn_kv_b.weight":
            total += tensor.elements * PLAIN_ITEMSIZE * count
        if awq and tensor.role is Role.LINEAR and tensor.name != SHARED_GATE:
            total += tensor.elements // INT4_GROUP * ZERO_POINT_GROWTH_BITS // 8 * count
    return total


def _layout(quant: str) -> TiledLayout | None:
    return layout_for(ENGINE, quant, LAYOUTS, WHY_NOT)


def _attention_scales_bytes(architecture: Architecture, quant: str) -> int:
    attending = sum(isinstance(mixer, Attention) for layer in architecture.layers for mixer in layer.mixers)
    layout = _layout(quant)
    return attending * ATTENTION_SCALES_BYTES.get(layout, 0) if layout else 0


def tensor_store(architecture: Architecture, quant: str) -> Store:
    """Bytes of each tensor of a checkpoint at ``quant``, on one GPU."""
    layout = _layout(quant)
    tensors = [tensor for tensor, _ in checkpoint_tensors(architecture)]
    names = {tensor.name for tensor in tensors}
    small = any(tensor.role is Role.EXPERT and tensor.row_length % INT4_GROUP for tensor in tensors)
    quantized_router = architecture.model_type in QUANTIZED_ROUTERS and layout in (FP8_BLOCK, GPTQ_INT4)
    float32_router = architecture.model_type in FLOAT32_ROUTERS
    if layout is MXFP4 and "ffn_down_exps.bias" not in names:
        raise UnsupportedError("quant", quant, f"{ENGINE} reads MXFP4 experts of gpt-oss only")

    def quantized(tensor: Tensor) -> bool:
        if tensor.role is Role.ROUTER:
            return quantized_router
        if tensor.role is Role.EXPERT:
            return True
        return tensor.role is Role.LINEAR and tensor.name != SHARED_GATE and layout is not MXFP4

    def store(tensor: Tensor) -> int:
        if layout is None or not quantized(tensor):
            return _plain_bytes(tensor, float32_router)
        if tensor.role is Role.EXPERT:
            expert_layout = SMALL_GROUPS.get(layout, layout) if small else layout
            return _expert_bytes(expert_layout, tensor, "ffn_gate_exps.weight" in names, quant)
        if FUSED.get(tensor.name) in names:
            both = replace(tensor, shape=(tensor.row_length, 2 * tensor.shape[1]))
            first_bytes = _matrix_bytes(layout, tensor, quant)
            return _matrix_bytes(layout, both, quant) - first_bytes + layout.matrix_bytes
        return _matrix_bytes(layout, tensor, quant)

    return store


def _plain_bytes(tensor: Tensor, float32_router: bool) -> int:
    if tensor.role in (Role.EMBEDDING, Role.OUTPUT) and tensor.name.startswith(("token_embd", "output")):
        rows = -(-tensor.shape[1] // VOCABULARY_PADDING) * VOCABULARY_PADDING
        return tensor.row_length * rows * PLAIN_ITEMSIZE
    exact = tensor.role is Role.BUFFER or tensor.name == "ssm_a" or (float32_router and tensor.role is Role.ROUTER)
    return tensor.elements * (FLOAT32_ITEMSIZE if exact else PLAIN_ITEMSIZE)


def _expert_bytes(layout: TiledLayout, tensor: Tensor, gated: bool, quant: str) -> int:
    """Experts: GPTQ's class allocates biases, FP8's keeps one activation scale for gate and up."""
    experts = tensor.shape[2]
    size = _matrix_bytes(layout, tensor, quant)
    if layout is GPTQ_INT4:
        size += experts * tensor.shape[1] * PLAIN_ITEMSIZE
    if layout is FP8_TENSOR and gated and tensor.name == "ffn_up_exps.weight":
        size -= experts * FLOAT32_ITEMSIZE
    return size


def _matrix_bytes(layout: TiledLayout, tensor: Tensor, quant: str) -> int:
    if not layout.divides(tensor):
        allowed = f"{tensor.name} has rows of {tensor.row_length}, no multiple of {layout.tile_inputs}"
        raise UnsupportedError("quant", quant, f"{ENGINE}: {allowed}")
    return layout.size(tensor) + layout.matrix_bytes * (SHARDS.get(tensor.name, 1) - 1)
