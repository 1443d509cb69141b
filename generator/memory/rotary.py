"""Rotary position tables: cosines and sines of every position, which some engines keep precomputed."""

from __future__ import annotations

from collections.abc import Iterable

from generator.memory.config import Config
from generator.memory.layers import Attention, LatentAttention, Mixer

STRETCHED = ("linear", "dynamic")
"""Kinds of rope scaling whose table spans ``factor`` times the positions of the config."""


def table_elements(config: Config, mixers: Iterable[Mixer], positions: int) -> int:
    """Elements of all distinct tables of ``positions`` positions: half cosines, half sines.

    Layers share a table where width, base and scaling agree; windowed layers may have a base of their own.
    """
    # Most layers ask for the same table, and reading the config takes longest.
    asked = {
        (mixer.window is not None, mixer.head_dim, 0)
        if isinstance(mixer, Attention)
        else (False, 0, mixer.qk_rope_head_dim)
        for mixer in mixers
        if isinstance(mixer, Attention | LatentAttention) and mixer.rope
    }
    tables: dict[tuple[int, str], int] = {}
    for windowed, head_dim, own_width in asked:
        scaling, base = _scaling(config, windowed), _base(config, windowed)
        width = own_width or _width(config, scaling, head_dim)
        stretch = _number(scaling, "factor", 1.0) if scaling and _kind(scaling) in STRETCHED else 1.0
        tables[width, f"{base} {stretch}"] = int(positions * stretch) * width
    return sum(tables.values())


def _scaling(config: Config, windowed: bool) -> Config | None:
    """Rope parameters of full or of windowed layers: given apart, or one for all."""
    shared = config.nested("rope_parameters") or config.nested("rope_scaling")
    if shared is None:
        return None
    for name in ("sliding_attention", "chunked_attention") if windowed else ("full_attention",):
        if shared.has(name):
            return shared.nested(name)
    return None if windowed and config.has("rope_local_base_freq") else shared


def _base(config: Config, windowed: bool) -> str:
    if windowed and config.has("rope_local_base_freq"):
        return str(config.raw("rope_local_base_freq"))
    scaling = _scaling(config, windowed)
    return str(scaling.raw("rope_theta") if scaling and scaling.has("rope_theta") else config.raw("rope_theta"))


def _kind(scaling: Config) -> object:
    return scaling.raw("rope_type", scaling.raw("type"))


def _width(config: Config, scaling: Config | None, head_dim: int) -> int:
    """Values of a head that are rotated."""
    if isinstance(config.raw("rotary_dim"), int):
        return min(config.integer("rotary_dim"), head_dim)
    share = _number(config, "partial_rotary_factor", 1.0)
    return int(head_dim * (_number(scaling, "partial_rotary_factor", share) if scaling else share))


def _number(config: Config, name: str, default: float) -> float:
    """A number where the field is one; lists by layer, as some configs have, count as absent."""
    value = config.raw(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default
