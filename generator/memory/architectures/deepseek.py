"""DeepSeek and its kin: experts after dense layers, multi-head latent attention since V2."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import (
    architecture,
    attention,
    dense,
    latent_attention,
    layer_count,
    mlps,
    moe,
    next_token_layers,
)
from generator.memory.config import Config
from generator.memory.layers import LatentAttention, MoE


def _latent_attention(config: Config) -> LatentAttention:
    if not config.mentions("q_lora_rank"):
        raise config.refuse("q_lora_rank", "required: an integer, or null where queries aren't compressed")
    if config.has("index_topk"):
        raise config.refuse("index_topk", f"no indexer is known for model_type {config.text('model_type')}")
    if config.flag("attention_bias", False):
        raise config.refuse("attention_bias", "must be false: latent attention with biases isn't known")
    return latent_attention(config)


def _experts(config: Config, gating: str, corrected: bool, normalized: bool) -> MoE:
    return moe(
        config,
        "n_routed_experts",
        shared_experts=config.integer("n_shared_experts", default=0, minimum=0),
        gating=config.text("scoring_func", gating),
        score_correction=corrected,
        normalized=config.flag("norm_topk_prob", normalized),
        scaled=config.number("routed_scaling_factor", 1.0) != 1.0,
    )


@reads("deepseek")
def read_deepseek(config: Config) -> Architecture:
    """The first DeepSeekMoE: ordinary attention."""
    count = layer_count(config)
    mixer = attention(config)
    sparse = _experts(config, "softmax", corrected=False, normalized=False)
    layers = tuple(Layer((mixer,), mlp) for mlp in mlps(config, count, sparse, "first_k_dense_replace"))
    return architecture(config, "deepseek", layers)


@reads("deepseek_v2")
def read_deepseek_v2(config: Config) -> Architecture:
    count = layer_count(config)
    mixer = _latent_attention(config)
    sparse = _experts(config, "softmax", corrected=False, normalized=False)
    layers = tuple(Layer((mixer,), mlp) for mlp in mlps(config, count, sparse, "first_k_dense_replace"))
    return architecture(config, "deepseek2", layers)


DEEPSEEK_V3 = {
    "deepseek_v3": "deepseek2",
    "kimi_k2": "deepseek2",
    "glm4_moe_lite": "deepseek2",
}


@reads(*DEEPSEEK_V3)
def read_deepseek_v3(config: Config) -> Architecture:
    """DeepSeek-V3, R1, Kimi-K2, GLM-4.7-Flash: sigmoid routing with a score correction."""
    count = layer_count(config)
    mixer = _latent_attention(config)
    sparse = _experts(config, "sigmoid", corrected=True, normalized=True)
    layers = tuple(Layer((mixer,), mlp) for mlp in mlps(config, count, sparse, "first_k_dense_replace"))
    predictors = next_token_layers(config, Layer((mixer,), sparse))
    return architecture(config, DEEPSEEK_V3[config.text("model_type")], layers, mtp_layers=predictors)


@reads("axk1")
def read_axk1(config: Config) -> Architecture:
    """A.X-K1: DeepSeek-V3 with a norm after the experts."""
    count = layer_count(config)
    mixer = _latent_attention(config)
    sparse = _experts(config, "sigmoid", corrected=True, normalized=True)
    layers = tuple(
        Layer((mixer,), mlp, ("attn_norm", "ffn_norm", *(("post_ffw_norm",) if mlp is sparse else ())))
        for mlp in mlps(config, count, sparse, "first_k_dense_replace")
    )
    return architecture(config, "", layers)


@reads("youtu")
def read_youtu(config: Config) -> Architecture:
    """Latent attention before a dense MLP."""
    layer = Layer((_latent_attention(config),), dense(config, bias=config.flag("mlp_bias", False)))
    return architecture(config, "deepseek2", (layer,) * layer_count(config))
