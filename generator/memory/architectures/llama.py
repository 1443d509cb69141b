"""Llama, Mistral and Mixtral: full attention, gated MLP or experts; Llama 4's chunked attention."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count, rotary_factors
from generator.memory.config import Config
from generator.memory.layers import DenseMLP, MoE, Window


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
    window = Window(config.integer("sliding_window")) if config.has("sliding_window") else None
    layer = Layer((attention(config, window=window),), dense(config))
    gguf, traits = "llama", {"windows_ignored"} if window else set()
    if config.text("model_type") == "ministral3":
        gguf = "mistral3"
        scaling = config.nested("rope_parameters")
        if scaling and scaling.number("llama_4_scaling_beta", 0):
            traits.add("query_temperature")
    return architecture(config, gguf, (layer,) * layer_count(config), traits=frozenset(traits))


@reads("mixtral")
def read_mixtral(config: Config) -> Architecture:
    if config.has("sliding_window"):
        raise config.refuse("sliding_window", "not known for model_type mixtral")
    experts = MoE(
        num_experts=config.integer("num_local_experts"),
        num_experts_per_tok=config.integer("num_experts_per_tok"),
        intermediate_size=config.integer("intermediate_size"),
    )
    layer = Layer((attention(config),), experts)
    return architecture(config, "llama", (layer,) * layer_count(config))


@reads("llama4_text")
def read_llama4(config: Config) -> Architecture:
    """Every fourth layer attends to everything without rotation, the others within a chunk (iRoPE)."""
    count = layer_count(config)
    rotated = config.integers("no_rope_layers", count)
    if rotated is None:
        step = config.integer("no_rope_layer_interval", default=4)
        rotated = tuple((index + 1) % step for index in range(count))
    chunk = Window(config.integer("attention_chunk_size"), "chunked")
    step = config.integer("interleave_moe_layer_step", default=1)
    width = config.integer("intermediate_size")
    experts = MoE(
        num_experts=config.integer("num_local_experts"),
        num_experts_per_tok=config.integer("num_experts_per_tok", default=1),
        intermediate_size=width,
        shared_intermediate_size=width,
        gating="sigmoid",
        normalized=False,
    )
    mlp = DenseMLP(config.integer("intermediate_size_mlp", default=width))
    layers = tuple(
        Layer(
            (attention(config, window=chunk if rotated[index] else None, rope=bool(rotated[index])),),
            experts if (index + 1) % step == 0 else mlp,
        )
        for index in range(count)
    )
    traits = {"query_temperature"} | ({"kq_l2_norm"} if config.flag("use_qk_norm", True) else set())
    factors = rotary_factors(config, attention(config).head_dim)
    return architecture(config, "llama4", layers, extra=factors, traits=frozenset(traits))
