"""EXAONE 4: norms after attention and MLP, windows in three of four layers, rotation in the windowed ones."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import (
    architecture,
    attention,
    dense,
    layer_count,
    rotary_factors,
    windows,
)
from generator.memory.architectures.drafts import draft_block
from generator.memory.config import Config
from generator.memory.layers import Window

POST_NORMS = ("post_attention_norm", "post_ffw_norm")


@reads("exaone4", "exaone4_5", "exaone4_5_text")
def read_exaone4(config: Config) -> Architecture:
    config.require("num_key_value_heads")
    spans = _windows(config, layer_count(config))
    hybrid = any(spans)
    mixers = {
        span: attention(config, qk_norm="head", window=span, rope=span is not None or not hybrid)
        for span in (*spans, None)
    }
    layers = {span: Layer((mixer,), dense(config), POST_NORMS) for span, mixer in mixers.items()}
    draft = draft_block(config, layers[None])
    return architecture(
        config,
        "exaone4",
        tuple(layers[span] for span in spans),
        mtp_layers=(draft,) * config.integer("num_nextn_predict_layers", default=0, minimum=0),
        extra=rotary_factors(config, mixers[None].head_dim),
    )


def _windows(config: Config, count: int) -> tuple[Window | None, ...]:
    """From ``layer_types``, or ``sliding_window_pattern``: a period, or letters of which L is windowed and G full."""
    pattern = config.raw("sliding_window_pattern")
    if config.has("layer_types"):
        return windows(config, count)
    if not config.has("sliding_window"):
        return (None,) * count
    if pattern is None:
        raise config.refuse("sliding_window_pattern", "required where sliding_window is given without layer_types")
    if isinstance(pattern, int):
        return windows(config, count, config.integer("sliding_window_pattern"))
    letters = config.text("sliding_window_pattern")
    if not letters or set(letters) - {"L", "G"}:
        raise config.refuse("sliding_window_pattern", "must be a number, or letters L (windowed) and G (full)")
    window = Window(config.integer("sliding_window"))
    return tuple(window if letters[index % len(letters)] == "L" else None for index in range(count))
