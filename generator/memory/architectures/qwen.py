"""Qwen2, Qwen3 and Qwen3-Next: dense and MoE, vision models' text part included."""

from __future__ import annotations

from typing import Any

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import LAYER_KINDS, architecture, attention, dense, layer_count, mlps, moe
from generator.memory.config import Config
from generator.memory.layers import Attention, GatedDeltaNet, Window


def _windows(config: Config, count: int) -> tuple[Window | None, ...]:
    """With ``use_sliding_window``, layers from ``max_window_layers`` on unless ``layer_types`` says otherwise."""
    if not config.flag("use_sliding_window", False):
        return (None,) * count
    window = Window(config.integer("sliding_window"))
    kinds = config.layer_types(count, LAYER_KINDS)
    first = config.integer("max_window_layers", default=count, minimum=0)
    sliding = [LAYER_KINDS[kind] for kind in kinds] if kinds else [index >= first for index in range(count)]
    return tuple(window if is_sliding else None for is_sliding in sliding)


def _read(config: Config, gguf: str, **options: Any) -> tuple[str, tuple[Attention, ...], frozenset[str]]:
    """GGUF name, attention of each layer and traits."""
    spans = _windows(config, layer_count(config))
    mixers = tuple(attention(config, window=span, **options) for span in spans)
    return gguf, mixers, frozenset({"windows_ignored"} if any(spans) else ())


QWEN2 = {"qwen2": "qwen2", "qwen2_5_vl": "qwen2vl"}


@reads(*QWEN2)
def read_qwen2(config: Config) -> Architecture:
    gguf, mixers, traits = _read(config, QWEN2[config.text("model_type")], qkv_bias=True)
    layers = tuple(Layer((mixer,), dense(config)) for mixer in mixers)
    return architecture(config, gguf, layers, traits=traits)


@reads("qwen2_moe")
def read_qwen2_moe(config: Config) -> Architecture:
    gguf, mixers, traits = _read(config, "qwen2moe", qkv_bias=True)
    experts = moe(
        config,
        "num_experts",
        shared_intermediate_size=config.integer("shared_expert_intermediate_size"),
        shared_gate=True,
        normalized=config.flag("norm_topk_prob", False),
    )
    layers = tuple(Layer((mixer,), mlp) for mixer, mlp in zip(mixers, mlps(config, len(mixers), experts), strict=True))
    return architecture(config, gguf, layers, traits=traits)


DEEPSTACK_LAYERS = 3
"""Qwen3-VL's image features go into this many layers where the config doesn't say."""


def _deepstack(config: Config, gguf: str) -> int:
    """Layers that an image encoder adds features to, 0 for a model without one."""
    if not gguf.startswith("qwen3vl"):
        return 0
    vision = config.nested("vision_config")
    indexes = vision.sequence("deepstack_visual_indexes") if vision else None
    return DEEPSTACK_LAYERS if indexes is None else len(indexes)


QWEN3 = {"qwen3": "qwen3", "qwen3_vl_text": "qwen3vl"}


@reads(*QWEN3)
def read_qwen3(config: Config) -> Architecture:
    biases = config.flag("attention_bias", False)
    gguf, mixers, traits = _read(
        config, QWEN3[config.text("model_type")], qk_norm="head", qkv_bias=biases, output_bias=biases
    )
    layers = tuple(Layer((mixer,), dense(config)) for mixer in mixers)
    return architecture(config, gguf, layers, traits=traits, deepstack_layers=_deepstack(config, gguf))


QWEN3_MOE = {"qwen3_moe": "qwen3moe", "qwen3_vl_moe_text": "qwen3vlmoe"}


@reads(*QWEN3_MOE)
def read_qwen3_moe(config: Config) -> Architecture:
    if config.integer("shared_expert_intermediate_size", default=0, minimum=0):
        raise config.refuse("shared_expert_intermediate_size", "must be 0: no shared expert is known here")
    biases = config.flag("attention_bias", False)
    gguf, mixers, traits = _read(
        config, QWEN3_MOE[config.text("model_type")], qk_norm="head", qkv_bias=biases, output_bias=biases
    )
    # Transformers' default is false, llama.cpp's graph always divides by the sum.
    blocks = mlps(config, len(mixers), moe(config, "num_experts", "num_local_experts"))
    layers = tuple(Layer((mixer,), mlp) for mixer, mlp in zip(mixers, blocks, strict=True))
    return architecture(config, gguf, layers, traits=traits, deepstack_layers=_deepstack(config, gguf))


@reads("qwen3_next")
def read_qwen3_next(config: Config) -> Architecture:
    """Three gated delta nets to one gated attention, experts with a gated shared one in every layer."""
    count = layer_count(config)
    kinds = config.layer_types(count, {"linear_attention": None, "full_attention": None})
    if not kinds:
        step = config.integer("full_attention_interval", default=4)
        kinds = tuple("linear_attention" if (index + 1) % step else "full_attention" for index in range(count))
    linear = GatedDeltaNet(
        num_key_heads=config.integer("linear_num_key_heads"),
        num_value_heads=config.integer("linear_num_value_heads"),
        key_head_dim=config.integer("linear_key_head_dim"),
        value_head_dim=config.integer("linear_value_head_dim"),
        conv_kernel=config.integer("linear_conv_kernel_dim"),
        fused_beta_alpha=True,
    )
    full = attention(config, qk_norm="head", query_gate=True)
    experts = moe(
        config,
        "num_experts",
        shared_intermediate_size=config.integer("shared_expert_intermediate_size"),
        shared_gate=True,
    )
    norms = ("attn_norm", "post_attention_norm")
    layers = tuple(
        Layer((full if kind == "full_attention" else linear,), mlp, norms)
        for kind, mlp in zip(kinds, mlps(config, count, experts), strict=True)
    )
    return architecture(config, "qwen3next", layers)
