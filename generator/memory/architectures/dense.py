"""Dense models that differ from Llama in a norm, a bias, an activation or the rotation of some layers."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import (
    LAYER_KINDS,
    architecture,
    attention,
    dense,
    ignored_window,
    layer_count,
    next_token_layers,
    norm_biases,
    rotary_factors,
    rotations,
)
from generator.memory.config import Config


@reads("internlm2", "internlm3")
def read_internlm(config: Config) -> Architecture:
    gguf = {"internlm2": "internlm2", "internlm3": "llama"}[config.text("model_type")]
    biases = config.flag("attention_bias", config.flag("bias", False))
    mixer = attention(config, qkv_bias=config.flag("qkv_bias", biases), output_bias=biases)
    mlp = dense(config, bias=config.flag("mlp_bias", config.flag("bias", False)))
    return architecture(config, gguf, (Layer((mixer,), mlp),) * layer_count(config))


@reads("arcee")
def read_arcee(config: Config) -> Architecture:
    """An MLP without gate, squared ReLU between its two matrices."""
    biases = config.flag("attention_bias", False)
    mixer = attention(config, qkv_bias=biases, output_bias=biases)
    mlp = dense(config, gated=False, activation="relu2", bias=config.flag("mlp_bias", False))
    layers = (Layer((mixer,), mlp),) * layer_count(config)
    return architecture(config, "arcee", layers, extra=rotary_factors(config, mixer.head_dim))


@reads("apertus")
def read_apertus(config: Config) -> Architecture:
    """An MLP without gate; the two slopes of each layer's xIELU are metadata in a GGUF file."""
    count = layer_count(config)
    biases = config.flag("attention_bias", False)
    mixer = attention(config, qk_norm="head", qkv_bias=biases, output_bias=biases)
    mlp = dense(config, gated=False, activation="xielu", bias=config.flag("mlp_bias", False))
    layers = (Layer((mixer,), mlp),) * count
    factors = rotary_factors(config, mixer.head_dim)
    return architecture(config, "apertus", layers, extra=factors, parameters_correction=2 * count)


@reads("smollm3")
def read_smollm3(config: Config) -> Architecture:
    """Every fourth layer has no rotation (``no_rope_layers``: 1 where there is one)."""
    count = layer_count(config)
    kinds = config.layer_types(count, LAYER_KINDS) or ()
    if config.flag("use_sliding_window", False) or "sliding_attention" in kinds:
        raise config.refuse("use_sliding_window", "must be false: no window is known for smollm3")
    biases = config.flag("attention_bias", False)
    mlp = dense(config, bias=config.flag("mlp_bias", False))
    layers = tuple(
        Layer((attention(config, rope=rotates, qkv_bias=biases, output_bias=biases),), mlp)
        for rotates in rotations(config, count)
    )
    return architecture(config, "smollm3", layers, tied_embeddings=config.flag("tie_word_embeddings", True))


@reads("starcoder2")
def read_starcoder2(config: Config) -> Architecture:
    """LayerNorms, biases everywhere, an MLP without gate; llama.cpp doesn't look at ``sliding_window``."""
    window, traits = ignored_window(config)
    biases = config.flag("use_bias", True)
    hidden_size = config.integer("hidden_size")
    layer = Layer(
        (attention(config, window=window, qkv_bias=biases, output_bias=biases),),
        dense(config, gated=False, activation="gelu", bias=biases),
        extra=norm_biases(hidden_size, "attn_norm", "ffn_norm"),
    )
    return architecture(
        config,
        "starcoder2",
        (layer,) * layer_count(config),
        tied_embeddings=config.flag("tie_word_embeddings", True),
        extra=norm_biases(hidden_size, "output_norm"),
        traits=traits | {"layer_norm"},
    )


@reads("stablelm")
def read_stablelm(config: Config) -> Architecture:
    """LayerNorms with biases; one norm a block where attention and MLP stand side by side."""
    hidden_size = config.integer("hidden_size")
    parallel = config.flag("use_parallel_residual", False)
    mixer = attention(
        config,
        qkv_bias=config.flag("use_qkv_bias", False),
        qk_norm="each" if config.flag("qk_layernorm", False) else None,
    )
    norms = ("attn_norm",) if parallel else ("attn_norm", "ffn_norm")
    layer = Layer((mixer,), dense(config), norms, extra=norm_biases(hidden_size, *norms))
    return architecture(
        config,
        "stablelm",
        (layer,) * layer_count(config),
        extra=norm_biases(hidden_size, "output_norm"),
        traits=frozenset({"layer_norm"} | ({"parallel_mlp"} if parallel else set())),
    )


@reads("mimo")
def read_mimo(config: Config) -> Architecture:
    """MiMo 7B: Qwen2's block and an MTP block that shares embedding and head; llama.cpp doesn't read it."""
    if config.flag("use_sliding_window", False):
        raise config.refuse("use_sliding_window", "must be false: no window is known for mimo")
    layer = Layer((attention(config, qkv_bias=config.flag("attention_bias", True)),), dense(config))
    predictors = next_token_layers(config, layer, own_vocabulary=False)
    return architecture(config, "", (layer,) * layer_count(config), mtp_layers=predictors)
