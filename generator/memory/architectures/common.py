"""What most configs say in the same way."""

from __future__ import annotations

from typing import Any

from generator.memory.architecture import Architecture, Layer
from generator.memory.config import Config
from generator.memory.layers import Attention, DenseMLP
from generator.memory.tensors import Tensor, buffer


def attention(config: Config, **options: Any) -> Attention:
    """Grouped-query attention as ``num_attention_heads``, ``num_key_value_heads`` and ``head_dim`` tell it.

    ``head_dim`` defaults to hidden_size / num_attention_heads, as in transformers.
    """
    heads = config.integer("num_attention_heads")
    key_value_heads = config.integer("num_key_value_heads", default=heads)
    if heads % key_value_heads:
        raise config.refuse("num_key_value_heads", f"must divide num_attention_heads = {heads}")
    hidden_size = config.integer("hidden_size")
    if not config.has("head_dim") and hidden_size % heads:
        raise config.refuse("num_attention_heads", f"must divide hidden_size = {hidden_size} where head_dim is absent")
    head_dim = config.integer("head_dim", default=hidden_size // heads)
    values = {
        "num_attention_heads": heads,
        "num_key_value_heads": key_value_heads,
        "head_dim": head_dim,
        "v_head_dim": head_dim,
    }
    return Attention(**(values | options))


def dense(config: Config, **options: Any) -> DenseMLP:
    """A gated feed-forward network of ``intermediate_size``."""
    return DenseMLP(config.integer("intermediate_size"), **options)


def rotary_factors(config: Config, head_dim: int) -> tuple[Tensor, ...]:
    """The ``rope_freqs`` tensor that the GGUF converter writes for Llama 3's rotary scaling."""
    scaling = config.nested("rope_scaling") or config.nested("rope_parameters")
    kind = scaling and scaling.text("rope_type", scaling.text("type"))
    return (buffer("rope_freqs.weight", head_dim // 2),) if kind == "llama3" else ()


def architecture(config: Config, gguf: str, layers: tuple[Layer, ...], **options: Any) -> Architecture:
    """An Architecture with the sizes that every config carries."""
    values: dict[str, Any] = {
        "model_type": config.text("model_type"),
        "gguf": gguf,
        "hidden_size": config.integer("hidden_size"),
        "vocab_size": config.integer("vocab_size"),
        "context_max": config.integer("max_position_embeddings", "model_max_length"),
        "tied_embeddings": config.flag("tie_word_embeddings", False),
        "layers": layers,
    }
    return Architecture(**(values | options))


def layer_count(config: Config) -> int:
    """``num_hidden_layers``; beyond a thousand is taken for a mistake."""
    count = config.integer("num_hidden_layers")
    if count > 1000:
        raise config.refuse("num_hidden_layers", "must be at most 1000")
    return count
