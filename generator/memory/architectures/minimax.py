"""MiniMax-M2 (full attention, experts in every layer) and M3 (blocks of tokens picked by an indexer)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, layer_count
from generator.memory.config import Config
from generator.memory.layers import Attention, DenseMLP, Indexer, MoE
from generator.memory.tensors import exact, linear, norm

QK_NORMS = {"per_layer": "width", "per_head": "head"}


def _attention(config: Config, norm_default: str) -> Attention:
    kind = config.text("qk_norm_type", norm_default)
    if kind not in QK_NORMS:
        raise config.refuse("qk_norm_type", f"known: {', '.join(QK_NORMS)}")
    config.require("head_dim", "num_key_value_heads")
    normed = config.flag("use_qk_norm", True)
    return attention(config, qk_norm=QK_NORMS[kind] if normed else None)


def _experts(config: Config, **options: Any) -> MoE:
    experts, chosen = config.integer("num_local_experts"), config.integer("num_experts_per_tok")
    if chosen > experts:
        raise config.refuse("num_experts_per_tok", f"must be at most num_local_experts = {experts}")
    values: dict[str, Any] = {
        "gating": config.text("scoring_func", "sigmoid"),
        "score_correction": config.flag("use_routing_bias", True),
        "scaled": config.number("routed_scaling_factor", 1.0) != 1.0,
    }
    return MoE(experts, chosen, config.integer("intermediate_size"), **(values | options))


@reads("minimax_m2")
def read_minimax_m2(config: Config) -> Architecture:
    kinds = config.integers("attn_type_list", layer_count(config))
    if kinds and set(kinds) != {1}:
        raise config.refuse("attn_type_list", "must be 1 (softmax attention) in every layer")
    if config.integer("shared_intermediate_size", default=0, minimum=0):
        raise config.refuse("shared_intermediate_size", "must be 0: MiniMax-M2 has no shared experts")
    layer = Layer((_attention(config, "per_layer"),), _experts(config))
    return architecture(config, "minimax-m2", (layer,) * layer_count(config))


@reads("minimax_m3", "minimax_m3_vl")
def read_minimax_m3(config: Config) -> Architecture:
    """Dense layers first; the others hold experts, and an indexer whose cache has a value beside each key."""
    count = layer_count(config)
    sparse = config.integers("moe_layer_freq", count)
    picking = config.nested("sparse_attention_config")
    if sparse is None or picking is None:
        raise config.refuse("moe_layer_freq" if sparse is None else "sparse_attention_config", "required")
    indexed = picking.integers("sparse_attention_freq", count)
    if indexed is None or not picking.flag("use_sparse_attention", True):
        raise picking.refuse("sparse_attention_freq", f"required: a list of {count} flags")
    if indexed != sparse:
        raise picking.refuse("sparse_attention_freq", "must equal moe_layer_freq: indexers go with experts")
    plain = _attention(config, "per_head")
    indexer = _indexer(config, picking, plain)
    experts = _experts(
        config,
        shared_intermediate_size=config.integer("n_shared_experts", minimum=0)
        * config.integer("shared_intermediate_size", minimum=0),
        activation="swiglu_oai",
    )
    leading = Layer((plain,), DenseMLP(config.integer("dense_intermediate_size"), activation="swiglu_oai"))
    later = Layer((replace(plain, indexer=indexer),), experts)
    layers = tuple(later if flag else leading for flag in sparse)
    return architecture(config, "minimax-m3", layers, model_type="minimax_m3")


def _indexer(config: Config, picking: Config, main: Attention) -> Indexer:
    heads, head_dim = picking.integer("sparse_num_index_heads"), picking.integer("sparse_index_dim")
    hidden_size = config.integer("hidden_size")
    return Indexer(
        num_heads=heads,
        head_dim=head_dim,
        top_k=picking.integer("sparse_topk_blocks"),
        block_size=picking.integer("sparse_block_size"),
        key_dim=head_dim,
        value_dim=main.v_head_dim,
        tensors=(
            exact(linear("indexer.q_proj", hidden_size, heads * head_dim)),
            exact(linear("indexer.k_proj", hidden_size, head_dim)),
            norm("indexer.q_norm", head_dim),
            norm("indexer.k_norm", head_dim),
        ),
    )
