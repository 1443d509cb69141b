"""LFM2: gated short convolutions in most layers, attention in the others."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count, moe
from generator.memory.architectures.mamba import refuse_unknown
from generator.memory.config import Config
from generator.memory.layers import MLP, DenseMLP, Mixer, ShortConvolution

LAYER_KINDS = ("conv", "full_attention")


@reads("lfm2")
def read_lfm2(config: Config) -> Architecture:
    return _read(config, "lfm2", (DenseMLP(_adjusted_width(config)),) * layer_count(config))


@reads("lfm2_moe")
def read_lfm2_moe(config: Config) -> Architecture:
    """Experts after ``num_dense_layers``."""
    count = layer_count(config)
    lead = config.integer("num_dense_layers", minimum=0)
    if lead > count:
        raise config.refuse("num_dense_layers", f"must be at most num_hidden_layers = {count}")
    sparse = moe(
        config,
        "num_experts",
        gating="sigmoid",
        score_correction=config.flag("use_expert_bias", True),
        normalized=config.flag("norm_topk_prob", True),
        scaled=config.number("routed_scaling_factor", 1.0) != 1.0,
    )
    return _read(config, "lfm2moe", ((dense(config),) * lead + (sparse,) * (count - lead)))


def _read(config: Config, gguf: str, mlps: tuple[MLP, ...]) -> Architecture:
    config.require("num_key_value_heads")
    refuse_unknown(config, without=("conv_bias",))
    hidden_size = config.integer("hidden_size")
    mixers: dict[str, Mixer] = {
        "conv": ShortConvolution(hidden_size, config.integer("conv_L_cache", minimum=2)),
        "full_attention": attention(config, qk_norm="head"),
    }
    pairs = zip(_kinds(config, len(mlps)), mlps, strict=True)
    return architecture(
        config,
        gguf,
        tuple(Layer((mixers[kind],), mlp) for kind, mlp in pairs),
        tied_embeddings=config.flag("tie_word_embeddings", True),
        output_norm="token_embd_norm",
    )


def _kinds(config: Config, count: int) -> tuple[str, ...]:
    """``layer_types``, in older configs ``full_attn_idxs``."""
    kinds = config.layer_types(count, LAYER_KINDS)
    if kinds:
        return kinds
    full = config.integers("full_attn_idxs")
    if full is None or any(index >= count for index in full):
        raise config.refuse("full_attn_idxs", f"required where layer_types is absent: layer numbers below {count}")
    return tuple("full_attention" if index in full else "conv" for index in range(count))


def _adjusted_width(config: Config) -> int:
    """The MLP's width: two thirds of the field's, rounded up to a multiple, where it is to be adjusted."""
    width = config.integer("block_ff_dim", "intermediate_size")
    if not config.flag("block_auto_adjust_ff_dim", True):
        return width
    width = int(config.number("block_ffn_dim_multiplier", 1.0) * int(2 * width / 3))
    multiple = config.integer("block_multiple_of", default=256)
    return -(-width // multiple) * multiple
