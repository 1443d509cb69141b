"""Tencent Hunyuan: dense, with experts in every layer, and Hy3 with experts after a dense layer."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count, moe
from generator.memory.architectures.drafts import draft_block
from generator.memory.architectures.sparse_mla import leading_dense
from generator.memory.config import Config
from generator.memory.layers import Attention, MoE


def _attention(config: Config) -> Attention:
    biases = config.flag("attention_bias", False)
    norm = "head" if config.flag("use_qk_norm", True) else None
    return attention(config, qkv_bias=biases, output_bias=biases, qk_norm=norm)


def _uniform(config: Config, name: str, count: int, minimum: int = 1) -> int:
    """A number that the config gives once or, always the same, for each layer."""
    if isinstance(config.raw(name), int):
        return config.integer(name, minimum=minimum)
    values = config.integers(name, count, minimum)
    if not values or len(set(values)) != 1:
        raise config.refuse(name, f"required: a number, or a list of {count} equal ones")
    return values[0]


@reads("hunyuan_v1_dense")
def read_hunyuan_dense(config: Config) -> Architecture:
    layer = Layer((_attention(config),), dense(config))
    return architecture(config, "hunyuan-dense", (layer,) * layer_count(config))


@reads("hunyuan_v1_moe")
def read_hunyuan_moe(config: Config) -> Architecture:
    count = layer_count(config)
    experts, chosen = _uniform(config, "num_experts", count), _uniform(config, "moe_topk", count)
    if chosen > experts:
        raise config.refuse("moe_topk", f"must be at most num_experts = {experts}")
    shared = _uniform(config, "num_shared_expert", count, minimum=0)
    width = _uniform(config, "moe_intermediate_size", count)
    mlp = MoE(experts, chosen, width, shared_intermediate_size=shared * config.integer("intermediate_size"))
    layer = Layer((_attention(config),), mlp)
    return architecture(config, "hunyuan-moe", (layer,) * count)


@reads("hy_v3")
def read_hy_v3(config: Config) -> Architecture:
    config.require("head_dim", "num_key_value_heads")
    count = layer_count(config)
    sparse = moe(
        config,
        "num_experts",
        shared_experts=config.integer("num_shared_experts", minimum=0),
        gating="sigmoid",
        score_correction=True,
        score_correction_name="exp_probs_b",
        normalized=config.flag("route_norm", True),
        scaled=config.number("router_scaling_factor", 1.0) != 1.0,
    )
    mixer = _attention(config)
    layers = tuple(Layer((mixer,), mlp) for mlp in leading_dense(config, count, sparse))
    draft = draft_block(config, Layer((mixer,), sparse))
    return architecture(
        config,
        "hy_v3",
        layers,
        mtp_layers=(draft,) * config.integer("num_nextn_predict_layers", default=0, minimum=0),
    )
