"""Llama 3.2 Vision: Llama with layers that attend to an image's tokens instead of the text's."""

from __future__ import annotations

from dataclasses import replace

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count
from generator.memory.config import Config
from generator.memory.tensors import embedding, linear, norm, state

IMAGE_ROWS = 8
"""Embedding rows beyond the vocabulary, for image placeholders (transformers, MllamaTextModel)."""


@reads("mllama_text_model")
def read_mllama(config: Config) -> Architecture:
    """Cross-attention layers cache nothing for text tokens; llama.cpp doesn't read this model."""
    count, hidden_size = layer_count(config), config.integer("hidden_size")
    crossing = config.integers("cross_attention_layers") or ()
    if any(index >= count for index in crossing):
        raise config.refuse("cross_attention_layers", f"must hold layer numbers below num_hidden_layers = {count}")
    mixer, mlp = attention(config), dense(config)
    cross = Layer(
        (replace(mixer, own_cache=False, rope=False, qk_norm="head"),),
        mlp,
        extra=(
            linear("attn_k", hidden_size, mixer.key_width),
            linear("attn_v", hidden_size, mixer.value_width),
            norm("attn_k_norm", mixer.head_dim),
            state("cross_attn_attn_gate", 1),
            state("cross_attn_mlp_gate", 1),
        ),
    )
    layers = tuple(cross if index in crossing else Layer((mixer,), mlp) for index in range(count))
    return architecture(config, "", layers, extra=(embedding("image_token_embd", hidden_size, IMAGE_ROWS),))
