"""Whether a model of the same shape is in the catalogue, and how a new model stands in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from generator import formats
from generator.catalog import Catalog, Model
from generator.memory.architecture import Architecture, from_config
from generator.memory.errors import MemoryModelError
from generator.memory.layers import RECURRENT, Attention, LatentAttention, Mixer, MoE

NO_PART_OF_THE_SHAPE = ("model_type", "context_max", "rotary_table_elements")
MAY_DIFFER = ("max_position_embeddings", "rope_parameters", "rope_scaling", "rope_theta", "tie_word_embeddings")
"""Config fields that a model of the same shape may give otherwise."""

MAY_LACK = ("quantization_config", "rope_scaling")
"""Config fields that a model of the same shape may do without, which its file says by null."""


def same_shape(architecture: Architecture, catalog: Catalog) -> Model | None:
    """The first model of the catalogue with the same layers and tensors that gives a config of its own."""
    wanted = _shape(architecture)
    for model in catalog.models.values():
        if model.shape_of is None:
            try:
                if _shape(from_config(model.config)) == wanted:
                    return model
            except MemoryModelError:
                continue
    return None


def _shape(architecture: Architecture) -> tuple[Any, ...]:
    names = (field.name for field in fields(architecture) if field.name not in NO_PART_OF_THE_SHAPE)
    return tuple(getattr(architecture, name) for name in names)


def overrides(config: Mapping[str, Any], shape: Mapping[str, Any]) -> dict[str, Any]:
    """What a variant's config says otherwise than its shape's, of the fields that may differ."""
    found: dict[str, Any] = {name: None for name in MAY_LACK if name in shape and name not in config}
    for name, value in config.items():
        if name not in shape or value == shape[name]:
            continue
        if name == "text_config" and isinstance(value, Mapping) and isinstance(shape[name], Mapping):
            if nested := overrides(value, shape[name]):
                found[name] = nested
        elif name in MAY_DIFFER or name in MAY_LACK:
            found[name] = value
    return found


def layout(architecture: Architecture) -> str:
    """What the layers keep of the context, in one sentence, and their experts in another."""
    mixers = [mixer for layer in architecture.layers for mixer in layer.mixers]
    kinds: dict[str, int] = {}
    for mixer in mixers:
        words = _kept(mixer)
        kinds[words] = kinds.get(words, 0) + 1
    total = formats.number(architecture.num_layers)
    parts = [f"{formats.number(count)} {words}" for words, count in kinds.items()]
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    uniform = len(kinds) == 1 and len(mixers) == architecture.num_layers
    first = f"All {total} layers {next(iter(kinds))}." if uniform else f"Of its {total} layers, {listed}."
    return " ".join([first, *_experts(architecture)])


def _kept(mixer: Mixer) -> str:
    if isinstance(mixer, RECURRENT):
        return "keep a state of fixed size"
    if isinstance(mixer, LatentAttention):
        width = formats.number(mixer.kv_lora_rank + mixer.qk_rope_head_dim)
        return f"keep one compressed vector of {width} values a token"
    if isinstance(mixer, Attention):
        several = mixer.num_key_value_heads > 1
        heads = f"{formats.number(mixer.num_key_value_heads)} key-value heads" if several else "one key-value head"
        span = "the whole context"
        if mixer.window:
            kind = "a chunk" if mixer.window.kind == "chunked" else "a window"
            span = f"{kind} of {formats.tokens(mixer.window.tokens).replace(formats.NO_BREAK, ' ')}"
        if not mixer.own_cache:
            return "read the cache of an earlier layer"
        return f"keep {span} in {heads} of {formats.number(mixer.head_dim)} values"
    return "keep compressed tokens"


def _experts(architecture: Architecture) -> Iterator[str]:
    sparse = [layer.mlp for layer in architecture.layers if isinstance(layer.mlp, MoE)]
    if sparse:
        experts, chosen = formats.number(sparse[0].num_experts), formats.number(sparse[0].num_experts_per_tok)
        layers = formats.number(len(sparse))
        yield f"{layers} layers hold {experts} routed experts each, of which a token meets {chosen}."
