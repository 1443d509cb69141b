"""Falcon-H1: attention and Mamba-2 side by side in every layer."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count
from generator.memory.architectures.mamba import refuse_unknown
from generator.memory.config import Config
from generator.memory.layers import Mamba2
from generator.memory.tensors import Role, Tensor


@reads("falcon_h1")
def read_falcon_h1(config: Config) -> Architecture:
    config.require("num_key_value_heads")
    refuse_unknown(config, without=("mamba_proj_bias", "projectors_bias"))
    if config.sequence("attn_layer_indices"):
        raise config.refuse("attn_layer_indices", "must be null: attention in all layers")
    biases = config.flag("attention_bias", False)
    softmax = attention(config, qkv_bias=biases, output_bias=biases)
    # the one norm that GGUF files name without a suffix
    norm = Tensor("ffn_norm", (config.integer("hidden_size"),), Role.NORM, source_type="f32")
    mlp = dense(config, bias=config.flag("mlp_bias", False))
    layer = Layer((softmax, _mamba(config)), mlp, ("attn_norm",), (norm,))
    return architecture(config, "falcon-h1", (layer,) * layer_count(config))


def _mamba(config: Config) -> Mamba2:
    heads, head_dim = config.integer("mamba_n_heads"), config.integer("mamba_d_head")
    groups = config.integer("mamba_n_groups")
    inner = config.integer("mamba_d_ssm", default=heads * head_dim)
    if inner != heads * head_dim:
        raise config.refuse("mamba_d_ssm", f"must be mamba_n_heads * mamba_d_head = {heads} * {head_dim}")
    if heads % groups:
        raise config.refuse("mamba_n_groups", f"must divide mamba_n_heads = {heads}")
    return Mamba2(
        inner_size=inner,
        state_size=config.integer("mamba_d_state"),
        conv_kernel=config.integer("mamba_d_conv", minimum=2),
        num_heads=heads,
        num_groups=groups,
        conv_bias=config.flag("mamba_conv_bias", True),
        gated_norm=config.flag("mamba_rms_norm", False),
    )
