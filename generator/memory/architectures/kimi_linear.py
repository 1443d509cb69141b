"""Kimi Linear and Kimi K3: delta attention with a decay per channel in most layers, latent attention in the others."""

from __future__ import annotations

from dataclasses import replace

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, latent_attention, layer_count, moe
from generator.memory.architectures.sparse_mla import leading_dense
from generator.memory.config import Config
from generator.memory.layers import Activation, KimiDeltaAttention, LatentAttention, MoE
from generator.memory.tensors import Tensor, linear, norm, state


@reads("kimi_linear", "kimi_k3")
def read_kimi_linear(config: Config) -> Architecture:
    """K3 adds a full gate, a narrower space for the experts, and attention over earlier layers' residual streams."""
    count = layer_count(config)
    hidden_size = config.integer("hidden_size")
    block = config.integer("attn_res_block_size", default=0, minimum=0)
    delta, latent = _delta_attention(config), _latent_attention(config)
    scores: tuple[Tensor, ...] = ()
    outside: tuple[Tensor, ...] = ()
    if block:
        scores = (state("attn_res_score.weight", hidden_size), state("ffn_res_score.weight", hidden_size))
        outside = (state("output_res_score.weight", hidden_size),)
    layers = tuple(
        Layer((latent if is_full else delta,), replace(mlp, activation=_activation(config)), extra=scores)
        for is_full, mlp in zip(
            _full_layers(config, count),
            leading_dense(config, count, _experts(config)),
            strict=True,
        )
    )
    if config.integer("num_nextn_predict_layers", default=0, minimum=0):
        raise config.refuse("num_nextn_predict_layers", "must be 0: MTP blocks of this architecture aren't known")
    return architecture(
        config,
        "kimi-k3" if block else "kimi-linear",
        layers,
        model_type="kimi_k3" if block else "kimi_linear",
        residual_block=block,
        extra=outside,
    )


def _full_layers(config: Config, count: int) -> tuple[bool, ...]:
    """Which layers have latent attention; the config counts them from 1."""
    linear_config = config.nested("linear_attn_config")
    if linear_config is None:
        raise config.refuse("linear_attn_config", "required: an object with kda_layers and full_attn_layers")
    full, delta = linear_config.integers("full_attn_layers"), linear_config.integers("kda_layers")
    if full is None or delta is None or sorted((*full, *delta)) != list(range(1, count + 1)):
        raise linear_config.refuse(
            "full_attn_layers" if delta else "kda_layers",
            f"full_attn_layers and kda_layers together must name each layer from 1 to {count} once",
        )
    return tuple(index + 1 in full for index in range(count))


def _delta_attention(config: Config) -> KimiDeltaAttention:
    linear_config = config.nested("linear_attn_config")
    if linear_config is None:
        raise config.refuse("linear_attn_config", "required")
    return KimiDeltaAttention(
        num_heads=linear_config.integer("num_heads"),
        head_dim=linear_config.integer("head_dim"),
        conv_kernel=linear_config.integer("short_conv_kernel_size", minimum=2),
        low_rank_gate=not linear_config.flag("use_full_rank_gate", False),
        bounded_decay=linear_config.has("gate_lower_bound"),
    )


def _latent_attention(config: Config) -> LatentAttention:
    heads, value_dim = config.integer("num_attention_heads"), config.integer("v_head_dim")
    gated = config.flag("mla_use_output_gate", False)
    return latent_attention(
        config,
        rope=not config.flag("mla_use_nope", False),
        output_gate_width=heads * value_dim if gated else 0,
    )


def _activation(config: Config) -> Activation:
    return "situ" if config.text("hidden_act", "silu") == "situ" else "silu"


def _experts(config: Config) -> MoE:
    hidden_size = config.integer("hidden_size")
    latent = config.integer("routed_expert_hidden_size") if config.has("routed_expert_hidden_size") else None
    extra: tuple[Tensor, ...] = ()
    if latent:
        extra = (linear("ffn_routed_down", hidden_size, latent), linear("ffn_routed_up", latent, hidden_size))
        if config.flag("latent_moe_use_norm", False):
            extra += (norm("ffn_routed_norm", latent),)
    return moe(
        config,
        "num_experts",
        shared_experts=config.integer("num_shared_experts", minimum=0),
        latent_size=latent,
        gating=config.text("moe_router_activation_func", "sigmoid"),
        score_correction=True,
        normalized=config.flag("moe_renormalize", True),
        scaled=config.number("routed_scaling_factor", 1.0) != 1.0,
        activation=_activation(config),
        extra=extra,
    )
