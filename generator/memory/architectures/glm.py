"""GLM-4: dense with fused gate and up, and the MoE of GLM-4.5 and Solar Open."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import (
    architecture,
    attention,
    dense,
    layer_count,
    mlps,
    moe,
    next_token_layers,
)
from generator.memory.config import Config

GLM4_NORMS = ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm")


@reads("glm")
def read_glm(config: Config) -> Architecture:
    layer = Layer((attention(config, qkv_bias=config.flag("attention_bias", True)),), dense(config, fused_gate=True))
    return architecture(config, "chatglm", (layer,) * layer_count(config))


@reads("glm4", "glm4v_text")
def read_glm4(config: Config) -> Architecture:
    """Norms after attention and MLP too; no biases unless ``attention_bias``, except in the vision model."""
    biases = config.flag("attention_bias", config.text("model_type") == "glm4v_text")
    layer = Layer((attention(config, qkv_bias=biases),), dense(config, fused_gate=True), GLM4_NORMS)
    return architecture(config, "glm4", (layer,) * layer_count(config))


@reads("glm4_moe", "solar_open")
def read_glm4_moe(config: Config) -> Architecture:
    count = layer_count(config)
    mixer = attention(
        config,
        qkv_bias=config.flag("attention_bias", False),
        qk_norm="head" if config.flag("use_qk_norm", False) else None,
    )
    sparse = moe(
        config,
        "n_routed_experts",
        shared_experts=config.integer("n_shared_experts", default=0, minimum=0),
        gating="sigmoid",
        score_correction=True,
        normalized=config.flag("norm_topk_prob", True),
        scaled=config.number("routed_scaling_factor", 1.0) != 1.0,
    )
    norms = ("attn_norm", "post_attention_norm")
    layers = tuple(Layer((mixer,), mlp, norms) for mlp in mlps(config, count, sparse, "first_k_dense_replace"))
    predictors = next_token_layers(config, Layer((mixer,), sparse, norms))
    return architecture(config, "glm4moe", layers, mtp_layers=predictors)
