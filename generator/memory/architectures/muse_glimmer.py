"""Muse Glimmer: normed embeddings, gated attention, windowed layers with rotation, full ones without."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count, windows
from generator.memory.config import Config


@reads("muse_glimmer_text")
def read_muse_glimmer(config: Config) -> Architecture:
    """The GGUF converter writes the constant scale of queries and keys as norms, which no one publishes."""
    count = layer_count(config)
    norms = ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm")
    biases = config.flag("attention_bias", False)
    layers = tuple(
        Layer(
            (
                attention(
                    config,
                    window=span,
                    rope=span is not None,
                    qk_norm="head",
                    output_gate=True,
                    qkv_bias=biases,
                    output_bias=biases,
                ),
            ),
            dense(config),
            norms,
        )
        for span in windows(config, count, pattern=4)
    )
    traits = {"normed_embeddings", "scaled_logits"}
    if config.has("final_logit_softcapping"):
        traits.add("final_logit_softcap")
    added = 2 * attention(config).head_dim * count
    return architecture(config, "muse-glimmer", layers, traits=frozenset(traits), parameters_correction=-added)
