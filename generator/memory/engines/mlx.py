"""MLX with mlx-lm: unified memory, caches that grow by 256 tokens, prompts computed 2048 tokens at a time.

Read in mlx 0.32.4 and mlx-lm 0.32.2 (utils.py ``quantize_model``, models/cache.py, generate.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.memory.activations import activation_width
from generator.memory.architecture import Architecture
from generator.memory.engines.common import cache_label, token_elements, window_of
from generator.memory.errors import UnsupportedError, unknown
from generator.memory.hf_checkpoint import SHARED_GATE, Store, stored_bytes, weight_terms
from generator.memory.hf_formats import MLX_NVFP4, MXFP4, PLAIN_ITEMSIZE, layout_for, mlx_affine
from generator.memory.kv_cache import Cache, IndexerCache, RecurrentState, TokenCache, caches
from generator.memory.layers import LatentAttention, MoE, Window
from generator.memory.profile import Component, EngineMemory, Term
from generator.memory.quantization import BlockFormat
from generator.memory.settings import RunSettings
from generator.memory.tensors import Role, Tensor

ENGINE = "MLX"
LAYOUTS = {f"mlx-{bits}bit": mlx_affine(bits) for bits in (3, 4, 5, 6, 8)} | {"mxfp4": MXFP4, "nvfp4": MLX_NVFP4}
WHY_NOT = dict.fromkeys(("bnb-nf4", "bnb-nf4-dq", "bnb-int8"), "a CUDA library")

QUANTIZED_ROLES = {Role.EMBEDDING, Role.OUTPUT, Role.LINEAR, Role.EXPERT, Role.ROUTER}

EIGHT_BIT_ROUTERS = ("qwen3_moe", "qwen3_next", "qwen3_5_moe", "qwen3_5_moe_text", "gpt_oss")
"""Model types whose classes ask for 8-bit routers and shared-expert gates whatever the quantization."""

PLAIN_ROUTERS = ("deepseek_v2",)
"""Model types whose routers are plain parameters, besides all that correct the routers' scores."""

FLOAT32_DECAY = ("qwen3_5_text", "qwen3_5_moe", "qwen3_5_moe_text", "nemotron_h")
"""Model types whose classes keep the decay of linear attention and SSM layers in F32."""

FULL_CACHES = ("gemma2",)
"""Model types whose classes cache every layer in full, besides all whose windows llama.cpp ignores too."""

UNCOMPRESSED_LATENT = ("deepseek_v2",)
"""Model types whose classes cache the full heads of latent attention."""

FLOAT32_ITEMSIZE = 4
CACHE_STEP = 256
PREFILL_STEP = 2048
"""Tokens of a prompt that are computed at once."""

CACHE_FORMATS = {
    "bf16": BlockFormat("bf16", 1, 2),
    "f16": BlockFormat("f16", 1, 2),
    "q8_0": BlockFormat("8-bit g64", 64, 68),
    "q4_0": BlockFormat("4-bit g64", 64, 36),
}
"""``q8_0`` and ``q4_0`` stand for ``--kv-bits 8`` and ``4``, from the first token on."""


def memory(architecture: Architecture, quant: str, settings: RunSettings) -> EngineMemory:
    """What MLX takes for ``quant``.

    Raises
    ------
    UnsupportedError : MLX refuses the combination.
    MemoryModelError : quantization or cache type unknown.
    """
    store = _store(architecture, quant)
    return EngineMemory(
        held=(*weight_terms(architecture, store), *_cache_terms(architecture, settings)),
        compute=partial(_compute_terms, architecture, settings),
        weights_bytes=stored_bytes(architecture, store),
        weights_file_bytes=stored_bytes(architecture, store, settings.mtp_in_file),
        pytorch=False,
    )


def _store(architecture: Architecture, quant: str) -> Store:
    wanted = layout_for(ENGINE, quant, LAYOUTS, WHY_NOT)
    corrected = any(isinstance(layer.mlp, MoE) and layer.mlp.score_correction for layer in architecture.layers)
    plain_routers = corrected or architecture.model_type in PLAIN_ROUTERS
    eight_bit = architecture.model_type in EIGHT_BIT_ROUTERS

    def store(tensor: Tensor) -> int:
        if tensor.role is Role.BUFFER:
            return tensor.elements * FLOAT32_ITEMSIZE
        if tensor.name == "ssm_a" and architecture.model_type in FLOAT32_DECAY:
            return tensor.elements * FLOAT32_ITEMSIZE
        routes = tensor.role is Role.ROUTER or tensor.name == SHARED_GATE
        layout = mlx_affine(8) if wanted and eight_bit and routes else wanted
        plain = tensor.role not in QUANTIZED_ROLES or (tensor.role is Role.ROUTER and plain_routers)
        if layout is None or plain or not layout.divides(tensor):
            return tensor.elements * PLAIN_ITEMSIZE
        return layout.size(tensor)

    return store


def _cache_terms(architecture: Architecture, settings: RunSettings) -> Iterator[Term]:
    """K and V of every token in steps of 256, of a window where the class rotates one; state in F32.

    A window's cache grows by a step beyond the prompt until it is full, and holds a whole prompt
    chunk beside the window while the chunk is computed; a chunk's cache (Llama 4) grows a step further.
    """
    name = (settings.kv_type or "bf16").lower()
    if name not in CACHE_FORMATS:
        raise unknown("kv_type", name, CACHE_FORMATS)
    full = architecture.model_type in FULL_CACHES or "windows_ignored" in architecture.traits
    for cache in _caches(architecture):
        window = None if full else window_of(cache)
        label, sequences = cache_label(cache, cache.layers, window), settings.sequences
        if isinstance(cache, RecurrentState):
            size = cache.sequence_bytes(PLAIN_ITEMSIZE, FLOAT32_ITEMSIZE) * sequences
            yield Term(Component.RECURRENT_STATE, label, fixed_bytes=size)
            continue
        stored = CACHE_FORMATS[name]
        if stored.quantized:
            _check_quantized(architecture, cache, window, name)
            stored = stored if window is None else CACHE_FORMATS["bf16"]
        token = cache.layers * stored.size(token_elements(cache, ENGINE)) * sequences
        if window is None:
            yield Term(Component.KV_CACHE, label, bytes_per_cell=token, cell_padding=CACHE_STEP)
        else:
            yield from _window_terms(window, label, token)


def _window_terms(window: Window, label: str, token: int) -> Iterator[Term]:
    chunk = "prompt chunk beside the window"
    if window.kind == "chunked":
        most = -(-window.tokens // CACHE_STEP) * CACHE_STEP + CACHE_STEP
        yield Term(Component.KV_CACHE, label, bytes_per_cell=token, cell_padding=CACHE_STEP, max_cells=most)
    else:
        most = window.tokens
        step = min(CACHE_STEP - 1, most)
        yield Term(Component.KV_CACHE, label, step * token, token, max_cells=most - step)
    beside = window.tokens + PREFILL_STEP
    yield Term(Component.COMPUTE, chunk, -most * token, token, min_cells=most, max_cells=beside)


def _caches(architecture: Architecture) -> tuple[Cache, ...]:
    """The model's caches, latent attention's as full heads where the class keeps those."""
    if architecture.model_type not in UNCOMPRESSED_LATENT:
        return caches(architecture)
    mixers = [mixer for layer in architecture.layers for mixer in layer.mixers if isinstance(mixer, LatentAttention)]
    head = mixers[0].qk_nope_head_dim + mixers[0].qk_rope_head_dim
    heads, value = mixers[0].num_attention_heads, mixers[0].v_head_dim
    return (TokenCache(len(mixers), heads * head, heads * value, head, value),)


def _check_quantized(architecture: Architecture, cache: Cache, window: Window | None, name: str) -> None:
    if window is not None and window.kind == "sliding":
        raise UnsupportedError("kv_type", name, f"{ENGINE} can't quantize the cache of sliding-window layers")
    if not isinstance(cache, TokenCache | IndexerCache):
        raise UnsupportedError("kv_type", name, f"{ENGINE} can't quantize the cache of latent attention")
    if "attn_logit_softcap" in architecture.traits:
        raise UnsupportedError("kv_type", name, f"{ENGINE} can't quantize the cache of {architecture.model_type}")


def _compute_terms(architecture: Architecture, settings: RunSettings) -> Iterator[Term]:
    """Activations of one prompt chunk, and the logits of its last token."""
    yield Term(
        Component.COMPUTE,
        f"activations of {PREFILL_STEP} prompt tokens",
        bytes_per_cell=activation_width(architecture) * PLAIN_ITEMSIZE * settings.sequences,
        max_cells=PREFILL_STEP,
    )
    yield Term(
        Component.COMPUTE,
        "logits of the last token",
        fixed_bytes=architecture.vocab_size * (PLAIN_ITEMSIZE + FLOAT32_ITEMSIZE) * settings.sequences,
    )
