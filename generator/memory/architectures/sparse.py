"""MoE models of smaller families: OLMoE, dots.llm1, Ling 2, Trinity, Laguna."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, layer_count, mlps, moe, windows
from generator.memory.config import Config
from generator.memory.layers import MoE


def _corrected(config: Config, count_name: str, **options: Any) -> MoE:
    """Sigmoid routing with a score correction."""
    return moe(config, count_name, gating="sigmoid", score_correction=True, **options)


@reads("olmoe")
def read_olmoe(config: Config) -> Architecture:
    if config.has("clip_qkv"):
        raise config.refuse("clip_qkv", "must be null: clipping isn't known for olmoe")
    experts = moe(
        config,
        "num_experts",
        width_name="intermediate_size",
        normalized=config.flag("norm_topk_prob", False),
    )
    biases = config.flag("attention_bias", False)
    mixer = attention(config, qk_norm="width", qkv_bias=biases, output_bias=biases)
    return architecture(config, "olmoe", (Layer((mixer,), experts),) * layer_count(config))


@reads("dots1")
def read_dots1(config: Config) -> Architecture:
    count = layer_count(config)
    experts = _corrected(
        config,
        "n_routed_experts",
        shared_experts=config.integer("n_shared_experts", default=0, minimum=0),
        normalized=config.flag("norm_topk_prob", False),
        scaled=config.number("routed_scaling_factor", 1.0) != 1.0,
    )
    biases = config.flag("attention_bias", False)
    spans = windows(config, count)
    layers = tuple(
        Layer((attention(config, window=span, qk_norm="head", qkv_bias=biases, output_bias=biases),), mlp)
        for span, mlp in zip(spans, mlps(config, count, experts, "first_k_dense_replace"), strict=True)
    )
    return architecture(config, "dots1", layers, traits=frozenset({"windows_ignored"} if any(spans) else ()))


@reads("bailing_moe")
def read_bailing_moe(config: Config) -> Architecture:
    """Ling and Ring 2.0 (grouped routing, norms on queries and keys); the first Ling isn't known."""
    for name in ("n_group", "first_k_dense_replace"):
        if not config.has(name):
            raise config.refuse(name, "required: models of this type before version 2 aren't known")
    if config.flag("use_qkv_bias", False) or config.flag("use_bias", False):
        raise config.refuse("use_qkv_bias", "must be false, as use_bias: no biases are known for bailing_moe")
    count = layer_count(config)
    experts = _corrected(
        config,
        "num_experts",
        shared_experts=config.integer("num_shared_experts", default=0, minimum=0),
        normalized=config.flag("norm_topk_prob", True),
        scaled=config.number("routed_scaling_factor", 2.5) != 1.0,
    )
    mixer = attention(config, fused_qkv=True, qk_norm="head" if config.flag("use_qk_norm", True) else None)
    layers = tuple(Layer((mixer,), mlp) for mlp in mlps(config, count, experts, "first_k_dense_replace"))
    return architecture(config, "bailingmoe2", layers, parameters_correction=_score_corrections(layers))


@reads("afmoe")
def read_afmoe(config: Config) -> Architecture:
    """Trinity: gated attention, three windowed layers to a full one, which has no rotation."""
    count = layer_count(config)
    experts = _corrected(
        config,
        "num_experts",
        shared_experts=config.integer("num_shared_experts", default=0, minimum=0),
        normalized=config.flag("route_norm", True),
        scaled=config.number("route_scale", 1.0) != 1.0,
    )
    spans = windows(config, count, config.integer("global_attn_every_n_layers", default=4))
    norms = ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm")
    layers = tuple(
        Layer(
            (attention(config, window=span, rope=span is not None, qk_norm="head", output_gate=True),),
            mlp,
            norms,
        )
        for span, mlp in zip(spans, mlps(config, count, experts, "num_dense_layers"), strict=True)
    )
    return architecture(
        config,
        "afmoe",
        layers,
        traits=frozenset({"scaled_embeddings"}),
        parameters_correction=_score_corrections(layers),
    )


@reads("laguna")
def read_laguna(config: Config) -> Architecture:
    """Query heads by layer, a gate on each head (or each value), one full layer to three windowed ones."""
    count = layer_count(config)
    if config.has("gating_types"):
        raise config.refuse("gating_types", "not known: the gate is the same in all layers (gating)")
    gates = {"True": "head_gate", "per-head": "head_gate", "per-element": "output_gate"}
    gate = str(config.raw("gating", True))
    if gate not in gates:
        raise config.refuse("gating", "known: true, 'per-head', 'per-element'")
    if config.flag("attention_bias", False):
        raise config.refuse("attention_bias", "must be false: no biases are known for laguna")
    key_value_heads = config.integer("num_key_value_heads")
    query_heads = config.integers("num_attention_heads_per_layer", count, minimum=1)
    for heads in query_heads or ():
        if heads % key_value_heads:
            allowed = f"must be multiples of num_key_value_heads = {key_value_heads}"
            raise config.refuse("num_attention_heads_per_layer", allowed)
    experts = _corrected(
        config,
        "num_experts",
        shared_intermediate_size=config.integer("shared_expert_intermediate_size"),
        scaled=config.number("moe_routed_scaling_factor", 1.0) != 1.0,
    )
    options = {"qk_norm": "head", gates[gate]: True}
    mixers = [attention(config, window=span, **options) for span in windows(config, count)]
    if query_heads:
        pairs = zip(mixers, query_heads, strict=True)
        mixers = [replace(mixer, num_attention_heads=heads) for mixer, heads in pairs]
    blocks = zip(mixers, mlps(config, count, experts), strict=True)
    layers = tuple(Layer((mixer,), mlp) for mixer, mlp in blocks)
    return architecture(config, "laguna", layers, parameters_correction=_score_corrections(layers))


def _score_corrections(layers: tuple[Layer, ...]) -> int:
    """Elements of the routers' score corrections, which these models publish among the parameters."""
    return sum(layer.mlp.num_experts for layer in layers if isinstance(layer.mlp, MoE))
