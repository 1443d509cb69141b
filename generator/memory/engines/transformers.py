"""Transformers: a PyTorch module on one device, a dynamic cache, the whole prompt computed at once.

Read in Transformers 5.23.0 (cache_utils.py, the quantizers) and bitsandbytes 0.50.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.memory.activations import activation_width
from generator.memory.architecture import Architecture
from generator.memory.engines.common import cache_label, token_elements, window_of
from generator.memory.errors import UnsupportedError, unknown
from generator.memory.hf_checkpoint import Store, checkpoint_tensors, stored_bytes, weight_terms
from generator.memory.hf_formats import (
    FP8_BLOCK,
    INT8_ROW,
    MXFP4,
    NF4,
    NF4_DOUBLE,
    PLAIN_ITEMSIZE,
    Layout,
    layout_for,
)
from generator.memory.kv_cache import RecurrentState, caches
from generator.memory.layers import RECURRENT
from generator.memory.profile import Component, EngineMemory, Term
from generator.memory.settings import RunSettings
from generator.memory.tensors import Role, Tensor

ENGINE = "Transformers"
LAYOUTS: dict[str, Layout] = {
    "fp8": FP8_BLOCK,
    "mxfp4": MXFP4,
    "bnb-nf4": NF4,
    "bnb-nf4-dq": NF4_DOUBLE,
    "bnb-int8": INT8_ROW,
}
WHY_NOT = {"awq-int4": "not measured", "gptq-int4": "not measured", "fp8-per-tensor": "not measured"}

QUANTIZED_ROLES: dict[Layout, set[Role]] = {
    FP8_BLOCK: {Role.LINEAR, Role.EXPERT},
    MXFP4: {Role.EXPERT},
    NF4: {Role.LINEAR},
    NF4_DOUBLE: {Role.LINEAR},
    INT8_ROW: {Role.LINEAR},
}
"""bitsandbytes replaces ``nn.Linear`` modules only: fused experts are plain parameters and stay in 16 bits."""

FLOAT32_BIASES: dict[Layout | None, tuple[str, ...]] = {
    FP8_BLOCK: ("attn_", "ffn_"),
    MXFP4: ("ffn_gate_exps", "ffn_up_exps", "ffn_down_exps"),
}
"""Starts of the names of biases that a quantized module keeps in F32."""

FLOAT32_ITEMSIZE = 4

CACHE_ITEMSIZES = {"bf16": 2, "f16": 2, "fp8": 1}
FP8_LAYER_BYTES = 8
"""Two F32 scales a layer of an FP8 cache, for K and for V."""

LOGIT_BYTES = PLAIN_ITEMSIZE + FLOAT32_ITEMSIZE
"""The last token's logits in 16 bits and as F32."""


def memory(architecture: Architecture, quant: str, settings: RunSettings) -> EngineMemory:
    """What Transformers takes for ``quant``: prompt of the whole context at once, generating at its end.

    Raises
    ------
    UnsupportedError : Transformers refuses the combination.
    MemoryModelError : quantization or cache type unknown.
    """
    store = _store(architecture, quant)
    return EngineMemory(
        held=(*weight_terms(architecture, store), *_cache_terms(architecture, settings)),
        compute=partial(_compute_terms, architecture, settings),
        weights_bytes=stored_bytes(architecture, store),
        weights_file_bytes=stored_bytes(architecture, store, settings.mtp_in_file),
        pytorch=True,
    )


def _store(architecture: Architecture, quant: str) -> Store:
    layout = layout_for(ENGINE, quant, LAYOUTS, WHY_NOT)
    tensors = (tensor for tensor, _ in checkpoint_tensors(architecture))
    biased_experts = any(tensor.role is Role.BIAS and "_exps" in tensor.name for tensor in tensors)
    if layout is FP8_BLOCK and biased_experts:
        raise UnsupportedError("quant", quant, f"{ENGINE} has no FP8 experts with biases")
    if layout is MXFP4 and not biased_experts:
        raise UnsupportedError("quant", quant, f"{ENGINE} reads MXFP4 experts of gpt-oss only")
    roles = QUANTIZED_ROLES[layout] if layout else set()

    def store(tensor: Tensor) -> int:
        if tensor.role is Role.BUFFER:
            return 0
        if layout and tensor.role in roles:
            return layout.size(tensor)
        if tensor.role is Role.BIAS and tensor.name.startswith(FLOAT32_BIASES.get(layout, ())):
            return tensor.elements * FLOAT32_ITEMSIZE
        return tensor.elements * PLAIN_ITEMSIZE

    return store


def _cache_terms(architecture: Architecture, settings: RunSettings) -> Iterator[Term]:
    """DynamicCache: every token, or the last ones in a window, and the state of recurrent layers.

    While a prompt is computed window layers hold all of it: their caches keep a view of its end,
    which frees nothing before the next token.
    """
    name = (settings.kv_type or "bf16").lower()
    if name not in CACHE_ITEMSIZES:
        raise unknown("kv_type", name, CACHE_ITEMSIZES)
    itemsize, sequences = CACHE_ITEMSIZES[name], settings.sequences
    found = caches(architecture)
    if name == "fp8" and any(isinstance(cache, RecurrentState) or window_of(cache) for cache in found):
        raise UnsupportedError("kv_type", name, f"{ENGINE} quantizes the cache of full-attention models only")
    for cache in found:
        window = window_of(cache)
        label = cache_label(cache, cache.layers, window)
        if isinstance(cache, RecurrentState):
            state = cache.layers * cache.state_elements * FLOAT32_ITEMSIZE
            yield Term(Component.RECURRENT_STATE, label, fixed_bytes=state * sequences)
            continue
        token = cache.layers * token_elements(cache, ENGINE) * itemsize * sequences
        scales = cache.layers * FP8_LAYER_BYTES if name == "fp8" else 0
        yield Term(Component.KV_CACHE, label, scales, token, max_cells=window.tokens if window else None)
        if window:
            left = f"prompt beyond the {window.kind} window of {window.tokens} tokens"
            beyond = -token * window.tokens
            yield Term(Component.COMPUTE, left, beyond, token, min_cells=window.tokens)
    columns = _convolution_elements(architecture)
    if columns:
        size = columns * PLAIN_ITEMSIZE * sequences
        yield Term(Component.RECURRENT_STATE, "columns of the convolutions", fixed_bytes=size)


def _convolution_elements(architecture: Architecture) -> int:
    """Elements of the convolution states of one sequence: as many columns as the kernel has."""
    return sum(
        tensor.elements
        for layer in architecture.layers
        for mixer in layer.mixers
        if isinstance(mixer, RECURRENT)
        for tensor in mixer.tensors(architecture.hidden_size)
        if tensor.role is Role.CONVOLUTION
    )


def _compute_terms(architecture: Architecture, settings: RunSettings) -> Iterator[Term]:
    """Activations of the whole prompt, which is computed at once, and the logits of its last token."""
    yield Term(
        Component.COMPUTE,
        "activations of the whole prompt",
        bytes_per_cell=activation_width(architecture) * PLAIN_ITEMSIZE * settings.sequences,
    )
    yield Term(
        Component.COMPUTE,
        "logits of the last token",
        fixed_bytes=architecture.vocab_size * LOGIT_BYTES * settings.sequences,
    )
