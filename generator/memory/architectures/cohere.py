"""Command-R, Aya and Command-A: attention and MLP side by side, LayerNorm without bias, scaled logits."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count, windows
from generator.memory.config import Config

TRAITS = frozenset({"parallel_mlp", "layer_norm", "scaled_logits"})


@reads("cohere")
def read_cohere(config: Config) -> Architecture:
    """``model_max_length`` is the context where present: ``max_position_embeddings`` understates it there."""
    biases = config.flag("attention_bias", False)
    mixer = attention(
        config,
        qk_norm="each" if config.flag("use_qk_norm", False) else None,
        qkv_bias=biases,
        output_bias=biases,
    )
    layer = Layer((mixer,), dense(config), norms=("attn_norm",))
    return architecture(
        config,
        "command-r",
        (layer,) * layer_count(config),
        context_max=config.integer("model_max_length", "max_position_embeddings"),
        tied_embeddings=config.flag("tie_word_embeddings", True),
        traits=TRAITS,
    )


@reads("cohere2")
def read_cohere2(config: Config) -> Architecture:
    """Three windowed layers to a full one, which has no rotation."""
    pattern = config.integer("sliding_window_pattern", default=4)
    layers = tuple(
        Layer((attention(config, window=span, rope=span is not None),), dense(config), norms=("attn_norm",))
        for span in windows(config, layer_count(config), pattern)
    )
    tied = config.flag("tie_word_embeddings", True)
    return architecture(config, "cohere2", layers, tied_embeddings=tied, traits=TRAITS)
