"""Granite 4: Mamba-2 in most layers, attention in a few, an MLP or experts with a shared one after each."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, layer_count
from generator.memory.architectures.mamba import refuse_unknown
from generator.memory.config import Config
from generator.memory.layers import MLP, DenseMLP, Mamba2, MoE

LAYER_KINDS = ("mamba", "attention")
MULTIPLIERS = {
    "scaled_embeddings": "embedding_multiplier",
    "scaled_residual": "residual_multiplier",
    "scaled_logits": "logits_scaling",
}


@reads("granitemoehybrid")
def read_granite_hybrid(config: Config) -> Architecture:
    """A model without Mamba layers is a Granite or Granite MoE to llama.cpp, and rotates queries and keys."""
    count = layer_count(config)
    kinds = config.layer_types(count, LAYER_KINDS)
    if kinds is None:
        raise config.refuse("layer_types", f"required: a list of {count} of {', '.join(LAYER_KINDS)}")
    config.require("num_key_value_heads")
    hybrid = "mamba" in kinds
    biases = config.flag("attention_bias", False)
    mlp = _mlp(config)
    layers = {"attention": Layer((attention(config, qkv_bias=biases, output_bias=biases, rope=not hybrid),), mlp)}
    if hybrid:
        layers["mamba"] = Layer((_mamba(config),), mlp)
    plain = "granitemoe" if isinstance(mlp, MoE) else "granite"
    return architecture(
        config,
        "granitehybrid" if hybrid else plain,
        tuple(layers[kind] for kind in kinds),
        traits=frozenset(trait for trait, name in MULTIPLIERS.items() if config.number(name, 1.0) != 1.0),
    )


def _mlp(config: Config) -> MLP:
    """Experts of ``intermediate_size`` and a shared one, or without any the shared one alone."""
    shared = config.integer("shared_intermediate_size")
    experts = config.integer("num_local_experts", minimum=0)
    if not experts:
        return DenseMLP(shared)
    chosen = config.integer("num_experts_per_tok")
    if chosen > experts:
        raise config.refuse("num_experts_per_tok", f"must be at most num_local_experts = {experts}")
    return MoE(experts, chosen, config.integer("intermediate_size"), shared_intermediate_size=shared)


def _mamba(config: Config) -> Mamba2:
    refuse_unknown(config, without=("mamba_proj_bias",))
    heads, groups = config.integer("mamba_n_heads"), config.integer("mamba_n_groups")
    inner = config.integer("mamba_expand") * config.integer("hidden_size")
    if config.raw("mamba_d_head", "auto") != "auto" and heads * config.integer("mamba_d_head") != inner:
        raise config.refuse("mamba_d_head", f"must be mamba_expand * hidden_size / mamba_n_heads = {inner} / {heads}")
    if inner % heads or heads % groups:
        raise config.refuse("mamba_n_heads", f"must divide {inner} and be a multiple of mamba_n_groups = {groups}")
    return Mamba2(
        inner_size=inner,
        state_size=config.integer("mamba_d_state"),
        conv_kernel=config.integer("mamba_d_conv", minimum=2),
        num_heads=heads,
        num_groups=groups,
        conv_bias=config.flag("mamba_conv_bias", True),
    )
