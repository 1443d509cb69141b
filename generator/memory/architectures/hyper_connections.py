"""Hyper-connections: several residual streams, mixed before attention and before the MLP of each block."""

from __future__ import annotations

from generator.memory.config import Config
from generator.memory.tensors import Tensor, exact, linear, state


def streams(config: Config) -> int:
    """``hc_mult``, the number of residual streams."""
    return config.integer("hc_mult")


def block_tensors(config: Config) -> tuple[Tensor, ...]:
    """What mixes the streams in one block: how to read them, to write them and to mix them with each other."""
    count = streams(config)
    rows = (2 + count) * count
    found: list[Tensor] = []
    for part in ("attn", "ffn"):
        found += [
            exact(linear(f"hc_{part}_fn", count * config.integer("hidden_size"), rows)),
            state(f"hc_{part}_base.weight", rows),
            state(f"hc_{part}_scale.weight", 3),
        ]
    return tuple(found)


def head_tensors(config: Config) -> tuple[Tensor, ...]:
    """What joins the streams into one before the output head."""
    count = streams(config)
    return (
        exact(linear("output_hc_fn", count * config.integer("hidden_size"), count)),
        state("output_hc_base.weight", count),
        state("output_hc_scale.weight", 1),
    )
