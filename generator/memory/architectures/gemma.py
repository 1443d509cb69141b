"""Gemma 1 to 3: scaled embeddings, norms before and after each part, sliding windows since Gemma 2."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count, windows
from generator.memory.config import Config

SANDWICH_NORMS = ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm")


def _tied(config: Config) -> bool:
    return config.flag("tie_word_embeddings", True)


@reads("gemma")
def read_gemma(config: Config) -> Architecture:
    layer = Layer((attention(config),), dense(config, activation="gelu"))
    traits = frozenset({"scaled_embeddings", "scaled_queries"})
    layers = (layer,) * layer_count(config)
    return architecture(config, "gemma", layers, tied_embeddings=_tied(config), traits=traits)


@reads("gemma2")
def read_gemma2(config: Config) -> Architecture:
    """Windowed and full layers take turns, a windowed one first."""
    spans = windows(config, layer_count(config), pattern=2)
    mlp = dense(config, activation="gelu")
    layers = tuple(Layer((attention(config, window=span),), mlp, SANDWICH_NORMS) for span in spans)
    traits = frozenset({"scaled_embeddings", "scaled_queries", "final_logit_softcap", "attn_logit_softcap"})
    return architecture(config, "gemma2", layers, tied_embeddings=_tied(config), traits=traits)


@reads("gemma3_text")
def read_gemma3(config: Config) -> Architecture:
    """Five windowed layers to a full one."""
    pattern = config.integer("sliding_window_pattern", default=6)
    spans = windows(config, layer_count(config), pattern)
    mlp = dense(config, activation="gelu")
    layers = tuple(Layer((attention(config, window=span, qk_norm="head"),), mlp, SANDWICH_NORMS) for span in spans)
    if config.has("attn_logit_softcapping"):
        raise config.refuse("attn_logit_softcapping", "must be null for gemma3_text")
    capped = {"final_logit_softcap"} if config.has("final_logit_softcapping") else set()
    traits = frozenset({"scaled_embeddings", "scaled_queries"} | capped)
    return architecture(config, "gemma3", layers, tied_embeddings=_tied(config), traits=traits)
