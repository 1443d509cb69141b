"""Llama, Mistral and Mixtral: full attention, gated MLP or experts; Llama 4's chunked attention."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import (
    architecture,
    attention,
    dense,
    ignored_window,
    layer_count,
    moe,
    rotary_factors,
    rotations,
)
from generator.memory.config import Config
from generator.memory.layers import DenseMLP, Window


@reads("llama", "iquestcoder")
def read_llama(config: Config) -> Architecture:
    if config.has("sliding_window"):
        raise config.refuse("sliding_window", f"not known for model_type {config.text('model_type')}")
    biases = config.flag("attention_bias", False)
    mixer = attention(config, qkv_bias=biases, output_bias=biases)
    layer = Layer((mixer,), dense(config, bias=config.flag("mlp_bias", False)))
    return architecture(config, "llama", (layer,) * layer_count(config), extra=rotary_factors(config, mixer.head_dim))


@reads("mistral", "ministral3")
def read_mistral(config: Config) -> Architecture:
    """Every layer sees ``sliding_window`` tokens where that is set; llama.cpp doesn't look at it."""
    window, traits = ignored_window(config)
    layer = Layer((attention(config, window=window),), dense(config))
    gguf = {"mistral": "llama", "ministral3": "mistral3"}[config.text("model_type")]
    scaling = config.nested("rope_parameters")
    if scaling and scaling.number("llama_4_scaling_beta", 0):
        traits |= {"query_temperature"}
    return architecture(config, gguf, (layer,) * layer_count(config), traits=traits)


@reads("mixtral")
def read_mixtral(config: Config) -> Architecture:
    window, traits = ignored_window(config)
    experts = moe(config, "num_local_experts", width_name="intermediate_size")
    layer = Layer((attention(config, window=window),), experts)
    return architecture(config, "llama", (layer,) * layer_count(config), traits=traits)


@reads("llama4_text")
def read_llama4(config: Config) -> Architecture:
    """Every fourth layer attends to everything without rotation, the others within a chunk (iRoPE)."""
    count = layer_count(config)
    rotated = rotations(config, count)
    chunk = Window(config.integer("attention_chunk_size"), "chunked")
    kinds = config.layer_types(count, ("chunked_attention", "full_attention"))
    chunked = [kind == "chunked_attention" for kind in kinds] if kinds else rotated
    step = config.integer("interleave_moe_layer_step", default=1)
    experts = moe(
        config,
        "num_local_experts",
        width_name="intermediate_size",
        shared_experts=1,
        gating="sigmoid",
        normalized=False,
    )
    mlp = DenseMLP(config.integer("intermediate_size_mlp", "intermediate_size"))
    layers = tuple(
        Layer(
            (attention(config, window=chunk if chunked[index] else None, rope=rotated[index]),),
            experts if (index + 1) % step == 0 else mlp,
        )
        for index in range(count)
    )
    traits = {"query_temperature"} | ({"kq_l2_norm"} if config.flag("use_qk_norm", True) else set())
    factors = rotary_factors(config, attention(config).head_dim)
    return architecture(config, "llama4", layers, extra=factors, traits=frozenset(traits))
