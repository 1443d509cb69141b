"""Gemma 3n: parallel residual streams (AltUp), a low-rank path (LAuReL), embeddings for each layer, shared K and V."""

from __future__ import annotations

from dataclasses import replace

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count, windows
from generator.memory.architectures.gemma import SANDWICH_NORMS
from generator.memory.config import Config
from generator.memory.layers import Attention, DenseMLP
from generator.memory.tensors import Role, Tensor, embedding, exact, linear, norm


@reads("gemma3n_text")
def read_gemma3n(config: Config) -> Architecture:
    """The last ``num_kv_shared_layers`` read K and V of the last windowed and full layer that has its own.

    Their own K and V projections are in checkpoints and GGUF files, unused.
    """
    count, hidden_size = layer_count(config), config.integer("hidden_size")
    shared = config.integer("num_kv_shared_layers", default=0, minimum=0)
    if shared >= count:
        raise config.refuse("num_kv_shared_layers", f"must be less than num_hidden_layers = {count}")
    mixers = [attention(config, window=span, qk_norm="head") for span in windows(config, count, pattern=5)]
    streams, per_layer = config.integer("altup_num_inputs"), config.integer("hidden_size_per_layer_input")
    extra = _layer_extra(hidden_size, streams, per_layer, config.integer("laurel_rank"))
    layers = tuple(
        Layer((mixer,), mlp, SANDWICH_NORMS, extra)
        if index < count - shared
        else Layer((replace(mixer, own_cache=False),), mlp, SANDWICH_NORMS, extra + _unused(mixer, hidden_size))
        for index, (mixer, mlp) in enumerate(zip(mixers, _mlps(config, count), strict=True))
    )
    rows, named_rows = config.integer("vocab_size"), config.integer("vocab_size_per_layer_input")
    if named_rows > rows:
        raise config.refuse("vocab_size_per_layer_input", f"must be at most vocab_size = {rows}")
    # The converter pads the table of per-layer embeddings to the whole vocabulary.
    padding = (rows - named_rows) * per_layer * count
    unused = sum(tensor.elements for mixer in mixers[count - shared :] for tensor in _unused(mixer, hidden_size))
    traits = {"scaled_embeddings", "normed_values"}
    if config.has("final_logit_softcapping"):
        traits.add("final_logit_softcap")
    return architecture(
        config,
        "gemma3n",
        layers,
        tied_embeddings=config.flag("tie_word_embeddings", True),
        extra=(
            *(
                Tensor(f"{name}.weight", (hidden_size, hidden_size, streams - 1), Role.LINEAR)
                for name in ("altup_proj", "altup_unembd_proj")
            ),
            embedding("per_layer_token_embd", per_layer * count, rows),
            linear("per_layer_model_proj", hidden_size, per_layer * count),
            norm("per_layer_proj_norm", per_layer),
        ),
        traits=frozenset(traits),
        parameters_correction=-(padding + unused),
    )


def _mlps(config: Config, count: int) -> tuple[DenseMLP, ...]:
    """``intermediate_size`` is one width or one a layer."""
    if not isinstance(config.raw("intermediate_size"), list):
        return (dense(config, activation="gelu"),) * count
    widths = config.integers("intermediate_size", count, minimum=1) or ()
    return tuple(DenseMLP(width, activation="gelu") for width in widths)


def _layer_extra(hidden_size: int, streams: int, per_layer: int, rank: int) -> tuple[Tensor, ...]:
    return (
        linear("inp_gate", hidden_size, per_layer),
        linear("proj", per_layer, hidden_size),
        norm("post_norm", hidden_size),
        exact(linear("altup_correct_coef", streams, streams)),
        norm("altup_correct_scale", hidden_size),
        exact(linear("altup_predict_coef", streams, streams * streams)),
        linear("altup_router", hidden_size, streams),
        norm("altup_router_norm", hidden_size),
        linear("laurel_l", hidden_size, rank),
        linear("laurel_r", rank, hidden_size),
        norm("laurel_post_norm", hidden_size),
    )


def _unused(mixer: Attention, hidden_size: int) -> tuple[Tensor, ...]:
    """K and V projections of a layer that reads an earlier layer's cache."""
    return (
        linear("attn_k", hidden_size, mixer.key_width),
        linear("attn_v", hidden_size, mixer.value_width),
        norm("attn_k_norm", mixer.head_dim),
    )
