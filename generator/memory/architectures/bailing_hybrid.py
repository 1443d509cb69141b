"""Ling 3.0: delta attention with full gate matrices, latent attention with a gate a head in every sixth layer."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, latent_attention, layer_count, moe
from generator.memory.architectures.drafts import draft_block
from generator.memory.architectures.sparse_mla import leading_dense
from generator.memory.config import Config
from generator.memory.layers import KimiDeltaAttention, Mixer

LAYER_KINDS = ("linear_attention", "full_attention")


@reads("bailing_hybrid")
def read_bailing_hybrid(config: Config) -> Architecture:
    count = layer_count(config)
    delta = KimiDeltaAttention(
        num_heads=config.integer("linear_num_heads", "num_attention_heads"),
        head_dim=config.integer("linear_head_dim", "head_dim"),
        conv_kernel=config.integer("short_conv_kernel_size", "linear_conv_kernel_dim", minimum=2),
        low_rank_decay=False,
        low_rank_gate=False,
        gate_name="ssm_g_a",
        bounded_decay=config.flag("kda_safe_gate", True),
    )
    latent = latent_attention(config, output_gate_width=config.integer("num_attention_heads"))
    sparse = moe(
        config,
        "num_experts",
        shared_experts=config.integer("num_shared_experts", minimum=0),
        gating=config.text("score_function", "sigmoid"),
        score_correction=True,
        normalized=config.flag("moe_renormalize", config.flag("norm_topk_prob", True)),
        scaled=config.number("routed_scaling_factor", 1.0) != 1.0,
    )
    mixers: dict[str, Mixer] = {"linear_attention": delta, "full_attention": latent}
    pairs = zip(_kinds(config, count), leading_dense(config, count, sparse), strict=True)
    draft = draft_block(config, Layer((latent,), sparse), head_norm="layer_output_norm")
    return architecture(
        config,
        "bailingmoe3",
        tuple(Layer((mixers[kind],), mlp) for kind, mlp in pairs),
        mtp_layers=(draft,) * config.integer("num_nextn_predict_layers", default=0, minimum=0),
    )


def _kinds(config: Config, count: int) -> tuple[str, ...]:
    """``layer_types``, or latent attention at the end of each group and in what is left over."""
    kinds = config.layer_types(count, LAYER_KINDS)
    if kinds:
        return kinds
    size = config.integer("layer_group_size")
    grouped = count // size * size
    return tuple(LAYER_KINDS[(index + 1) % size == 0 or index >= grouped] for index in range(count))
