"""Qwen3.5 and its successors: Gated DeltaNet in most layers, gated softmax attention in the others."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count, moe
from generator.memory.architectures.drafts import draft_block
from generator.memory.config import Config
from generator.memory.layers import MLP, GatedDeltaNet

LAYER_KINDS = ("linear_attention", "full_attention")
NORMS = ("attn_norm", "post_attention_norm")


def delta_net(config: Config) -> GatedDeltaNet:
    """Gated DeltaNet as the ``linear_*`` fields tell it."""
    key_heads = config.integer("linear_num_key_heads")
    value_heads = config.integer("linear_num_value_heads")
    if value_heads % key_heads:
        raise config.refuse("linear_num_value_heads", f"must be a multiple of linear_num_key_heads = {key_heads}")
    return GatedDeltaNet(
        num_key_heads=key_heads,
        num_value_heads=value_heads,
        key_head_dim=config.integer("linear_key_head_dim"),
        value_head_dim=config.integer("linear_value_head_dim"),
        conv_kernel=config.integer("linear_conv_kernel_dim", minimum=2),
    )


def layer_kinds(config: Config, count: int) -> tuple[str, ...]:
    """``layer_types``, or full attention in every ``full_attention_interval``-th layer."""
    kinds = config.layer_types(count, LAYER_KINDS)
    if kinds:
        return kinds
    interval = config.integer("full_attention_interval", default=4)
    return tuple(LAYER_KINDS[(index + 1) % interval == 0] for index in range(count))


def _read(config: Config, gguf: str, mlp: MLP) -> Architecture:
    config.require("head_dim", "num_key_value_heads")
    biases = config.flag("attention_bias", False)
    gated = config.flag("attn_output_gate", True)
    softmax = attention(config, qkv_bias=biases, output_bias=biases, qk_norm="head", query_gate=gated)
    full = Layer((softmax,), mlp, NORMS)
    linear = Layer((delta_net(config),), mlp, NORMS)
    kinds = layer_kinds(config, layer_count(config))
    own = config.flag("mtp_use_dedicated_embeddings", False)
    draft = draft_block(config, full, own_embedding=own, own_head=own)
    return architecture(
        config,
        gguf,
        tuple(full if kind == "full_attention" else linear for kind in kinds),
        mtp_layers=(draft,) * config.integer("mtp_num_hidden_layers", default=0, minimum=0),
    )


@reads("qwen3_5", "qwen3_5_text")
def read_qwen3_5(config: Config) -> Architecture:
    return _read(config, "qwen35", dense(config))


@reads("qwen3_5_moe", "qwen3_5_moe_text")
def read_qwen3_5_moe(config: Config) -> Architecture:
    """Experts in every layer, and a shared one behind a gate of its own."""
    if config.sequence("mlp_only_layers"):
        raise config.refuse("mlp_only_layers", "must be empty: experts in all layers")
    shared = config.integer("shared_expert_intermediate_size")
    return _read(config, "qwen35moe", moe(config, "num_experts", shared_intermediate_size=shared, shared_gate=True))
