"""Jamba: Mamba in most layers, attention in every eighth, experts in every second."""

from __future__ import annotations

from collections.abc import Callable

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count
from generator.memory.architectures.mamba import refuse_unknown
from generator.memory.config import Config
from generator.memory.layers import Mamba1, MoE


@reads("jamba")
def read_jamba(config: Config) -> Architecture:
    refuse_unknown(config, without=("mamba_proj_bias",), with_=("mamba_conv_bias",))
    config.require("num_key_value_heads")
    count = layer_count(config)
    full, mamba = attention(config, rope=False), _mamba(config)
    experts = config.integer("num_experts")
    plain = dense(config)
    sparse = _experts(config, experts) if experts > 1 else plain
    attends, has_experts = _every(config, "attn_layer"), _every(config, "expert_layer")
    layers = tuple(
        Layer((full if attends(index) else mamba,), sparse if has_experts(index) else plain) for index in range(count)
    )
    return architecture(config, "jamba", layers)


def _every(config: Config, name: str) -> Callable[[int], bool]:
    """Which layers ``<name>_period`` and ``<name>_offset`` pick, as a test of the layer number."""
    period, offset = config.integer(f"{name}_period"), config.integer(f"{name}_offset", minimum=0)
    if offset >= period:
        raise config.refuse(f"{name}_offset", f"must be less than {name}_period = {period}")
    return lambda index: index % period == offset


def _experts(config: Config, experts: int) -> MoE:
    chosen = config.integer("num_experts_per_tok")
    if chosen > experts:
        raise config.refuse("num_experts_per_tok", f"must be at most num_experts = {experts}")
    return MoE(experts, chosen, config.integer("intermediate_size"), normalized=False)


def _mamba(config: Config) -> Mamba1:
    hidden_size = config.integer("hidden_size")
    rank = -(-hidden_size // 16) if config.raw("mamba_dt_rank") == "auto" else config.integer("mamba_dt_rank")
    return Mamba1(
        inner_size=config.integer("mamba_expand") * hidden_size,
        state_size=config.integer("mamba_d_state"),
        conv_kernel=config.integer("mamba_d_conv", minimum=2),
        time_step_rank=rank,
        inner_norms=True,
    )
