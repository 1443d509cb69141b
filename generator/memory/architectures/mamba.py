"""State space models without attention: Mamba, Falcon-Mamba, Mamba-2."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, layer_count
from generator.memory.config import Config
from generator.memory.layers import Mamba1, Mamba2

CONTEXT = 1 << 20
"""Tokens of context for a model whose config names no limit: what llama.cpp's converter writes."""


def refuse_unknown(config: Config, *, without: tuple[str, ...] = (), with_: tuple[str, ...] = ()) -> None:
    """Refuse biases that no converter or loader knows: flags that must be off, and flags that must be on."""
    for name in without:
        if config.flag(name, False):
            raise config.refuse(name, "must be false")
    for name in with_:
        if not config.flag(name, True):
            raise config.refuse(name, "must be true")


@reads("mamba", "falcon_mamba")
def read_mamba(config: Config) -> Architecture:
    """Falcon-Mamba norms the inner vectors without weights, so that it has the same tensors."""
    refuse_unknown(config, without=("use_bias",), with_=("use_conv_bias",))
    hidden_size = config.integer("hidden_size")
    inner = config.integer("intermediate_size", default=config.integer("expand", default=2) * hidden_size)
    rank = -(-hidden_size // 16) if config.raw("time_step_rank") == "auto" else config.integer("time_step_rank")
    mixer = Mamba1(
        inner_size=inner,
        state_size=config.integer("state_size"),
        conv_kernel=config.integer("conv_kernel", minimum=2),
        time_step_rank=rank,
    )
    # llama.cpp loads an expansion factor of two only
    return architecture(
        config,
        "mamba" if inner == 2 * hidden_size else "",
        (Layer((mixer,), None, ("attn_norm",)),) * layer_count(config),
        context_max=config.integer("max_position_embeddings", default=CONTEXT),
        tied_embeddings=config.flag("tie_word_embeddings", True),
    )


@reads("mamba2")
def read_mamba2(config: Config) -> Architecture:
    refuse_unknown(config, without=("use_bias",))
    heads, inner = config.integer("num_heads"), config.integer("expand") * config.integer("hidden_size")
    if heads * config.integer("head_dim") != inner:
        raise config.refuse("head_dim", f"must be expand * hidden_size / num_heads = {inner} / {heads}")
    groups = config.integer("n_groups")
    if heads % groups:
        raise config.refuse("n_groups", f"must divide num_heads = {heads}")
    mixer = Mamba2(
        inner_size=inner,
        state_size=config.integer("state_size"),
        conv_kernel=config.integer("conv_kernel", minimum=2),
        num_heads=heads,
        num_groups=groups,
        conv_bias=config.flag("use_conv_bias", True),
    )
    return architecture(
        config,
        "mamba2",
        (Layer((mixer,), None, ("attn_norm",)),) * layer_count(config),
        context_max=config.integer("max_position_embeddings", default=CONTEXT),
    )
