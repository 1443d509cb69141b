"""GLM-5.3-Flash: delta attention, latent attention with a pooling indexer in every fourth layer, hyper-connections."""

from __future__ import annotations

from dataclasses import replace

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, latent_attention, layer_count
from generator.memory.architectures.drafts import draft_block
from generator.memory.architectures.hyper_connections import block_tensors, streams
from generator.memory.architectures.sparse_mla import (
    INDEXER_KINDS,
    deepseek_experts,
    indexer_tensors,
    leading_dense,
)
from generator.memory.config import Config
from generator.memory.layers import Activation, Indexer, KimiDeltaAttention
from generator.memory.tensors import exact, linear

LAYER_KINDS = ("linear_attention", "indexed_attention")
CACHED_ROWS = 3
"""The indexer's cache keeps the key, the gate and the pooled key of each token."""


@reads("glm5_next", "glm5_next_text")
def read_glm5_next(config: Config) -> Architecture:
    count = layer_count(config)
    kinds = config.layer_types(count, LAYER_KINDS)
    if kinds is None:
        raise config.refuse("layer_types", f"required: a list of {count} of {', '.join(LAYER_KINDS)}")
    owners = config.choices("indexer_types", count, INDEXER_KINDS) or ("full",) * count
    if config.integer("qk_rope_head_dim", default=0, minimum=0):
        raise config.refuse("qk_rope_head_dim", "must be 0: latent attention without rotation")
    limited = config.number("swiglu_limit", 0.0) > 0
    activation: Activation = "swiglu_clamped" if limited else "silu"
    sparse = deepseek_experts(config, activation=activation)
    latent = latent_attention(config, rope=False, qk_rope_head_dim=0, indexer=_indexer(config))
    sharer = replace(latent, indexer=None, indexer_shared=True)
    delta = _delta_attention(config)
    mixing = block_tensors(config)
    layers = []
    for kind, owner, mlp in zip(kinds, owners, leading_dense(config, count, sparse), strict=True):
        mixer = delta if kind == "linear_attention" else latent if owner == "full" else sharer
        layers.append(Layer((mixer,), replace(mlp, activation=activation), extra=mixing))
    draft = draft_block(config, Layer((latent,), sparse))
    return architecture(
        config,
        "glm5-next",
        tuple(layers),
        mtp_layers=(draft,) * config.integer("num_nextn_predict_layers", default=0, minimum=0),
        residual_streams=streams(config),
    )


def _delta_attention(config: Config) -> KimiDeltaAttention:
    """From ``linear_attn_config`` in released configs, from ``linear_*`` fields in transformers' own."""
    nested = config.nested("linear_attn_config")
    if nested:
        names = (nested, "num_heads", "head_dim", "short_conv_kernel_size")
    else:
        names = (config, "linear_num_heads", "linear_head_dim", "linear_conv_kernel_dim")
    fields, heads, head_dim, kernel = names
    return KimiDeltaAttention(
        num_heads=fields.integer(heads),
        head_dim=fields.integer(head_dim),
        conv_kernel=fields.integer(kernel, minimum=2),
        bounded_decay=fields.has("gate_lower_bound") or fields.has("linear_lower_bound"),
    )


def _indexer(config: Config) -> Indexer:
    head_dim, hidden_size = config.integer("index_head_dim"), config.integer("hidden_size")
    pooled = config.integer("index_kpool", minimum=2)
    return Indexer(
        num_heads=config.integer("index_n_heads"),
        head_dim=head_dim,
        top_k=config.integer("index_topk"),
        key_dim=CACHED_ROWS * head_dim,
        pooled=pooled,
        tensors=(
            *indexer_tensors(config),
            exact(linear("indexer_compressor_gate", hidden_size, head_dim)),
            exact(linear("indexer_compressor_ape", head_dim, pooled)),
        ),
    )
