"""DeepSeek-V3.2 and GLM-5: latent attention over tokens that a lightning indexer picks; Mistral 4 without it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import (
    architecture,
    latent_attention,
    layer_count,
    mlps,
    moe,
)
from generator.memory.architectures.drafts import draft_block
from generator.memory.config import Config
from generator.memory.layers import MLP, Indexer, MoE
from generator.memory.tensors import Tensor, bias, exact, linear, norm

INDEXER_KINDS = ("full", "shared")


def indexer_tensors(config: Config) -> tuple[Tensor, ...]:
    """The tensors of a lightning indexer, whose queries come from the compressed ones."""
    heads, head_dim = config.integer("index_n_heads"), config.integer("index_head_dim")
    hidden_size = config.integer("hidden_size")
    return (
        linear("indexer.attn_k", hidden_size, head_dim),
        linear("indexer.attn_q_b", config.integer("q_lora_rank"), heads * head_dim),
        norm("indexer.k_norm", head_dim),
        bias("indexer.k_norm", head_dim),
        exact(linear("indexer.proj", hidden_size, heads)),
    )


def deepseek_experts(config: Config, **options: Any) -> MoE:
    """Routed and shared experts as the DeepSeek-V3 fields tell them."""
    if "shared_experts" not in options:
        options["shared_experts"] = config.integer("n_shared_experts", minimum=0)
    values: dict[str, Any] = {
        "gating": config.text("scoring_func", "sigmoid"),
        "score_correction": True,
        "normalized": config.flag("norm_topk_prob", True),
        "scaled": config.number("routed_scaling_factor", 1.0) != 1.0,
    }
    return moe(config, "n_routed_experts", **(values | options))


def leading_dense(config: Config, count: int, sparse: MoE) -> tuple[MLP, ...]:
    """Dense MLPs first, as ``mlp_layer_types`` or ``first_k_dense_replace`` tells, which must be there."""
    if not config.has("mlp_layer_types"):
        config.require("first_k_dense_replace")
    return mlps(config, count, sparse, "first_k_dense_replace")


def _indexer(config: Config) -> Indexer:
    head_dim = config.integer("index_head_dim")
    return Indexer(
        num_heads=config.integer("index_n_heads"),
        head_dim=head_dim,
        top_k=config.integer("index_topk"),
        key_dim=head_dim,
        tensors=indexer_tensors(config),
    )


@reads("deepseek_v32")
def read_deepseek_v32(config: Config) -> Architecture:
    """An indexer in every layer; the MTP block has an embedding and a head of its own."""
    count = layer_count(config)
    mixer = latent_attention(config, indexer=_indexer(config))
    sparse = deepseek_experts(config)
    layers = tuple(Layer((mixer,), mlp) for mlp in leading_dense(config, count, sparse))
    draft = draft_block(config, Layer((mixer,), sparse), own_embedding=True, own_head=True)
    predictors = (draft,) * config.integer("num_nextn_predict_layers", default=0, minimum=0)
    return architecture(config, "deepseek32", layers, mtp_layers=predictors)


@reads("glm_moe_dsa")
def read_glm_moe_dsa(config: Config) -> Architecture:
    """GLM-5: from 5.2 on most layers share an earlier layer's indexer; the MTP block shares the vocabulary."""
    count = layer_count(config)
    owner = latent_attention(config, indexer=_indexer(config))
    sharer = replace(owner, indexer=None, indexer_shared=True)
    kinds = config.choices("indexer_types", count, INDEXER_KINDS) or ("full",) * count
    if kinds[0] != "full":
        raise config.refuse("indexer_types", "must start with full: there is no earlier indexer to share")
    sparse = deepseek_experts(config)
    pairs = zip(kinds, leading_dense(config, count, sparse), strict=True)
    layers = tuple(Layer((owner if kind == "full" else sharer,), mlp) for kind, mlp in pairs)
    draft = draft_block(config, Layer((owner,), sparse))
    predictors = (draft,) * config.integer("num_nextn_predict_layers", default=0, minimum=0)
    return architecture(config, "glm-dsa", layers, mtp_layers=predictors)


@reads("mistral4")
def read_mistral4(config: Config) -> Architecture:
    """Latent attention with short heads, softmax routing, gate and up of the experts fused."""
    config.require("q_lora_rank")
    count = layer_count(config)
    mixer = latent_attention(config)
    gating = config.text("scoring_func", "softmax")
    sparse = deepseek_experts(config, gating=gating, score_correction=False, fused_gate=True)
    layers = tuple(Layer((mixer,), mlp) for mlp in leading_dense(config, count, sparse))
    # The GGUF converter drops ``llama_4_scaling_beta``, so that queries aren't scaled by position.
    return architecture(config, "mistral4", layers)
