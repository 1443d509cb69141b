"""Nemotron-H and Nemotron 3: blocks of one part each, Mamba-2, attention, MLP or experts, in a written order."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention
from generator.memory.architectures.drafts import draft_block
from generator.memory.architectures.mamba import refuse_unknown
from generator.memory.config import Config
from generator.memory.layers import Attention, DenseMLP, Mamba2, MoE
from generator.memory.tensors import linear

LETTERS = {"M": "mamba", "*": "attention", "-": "mlp", "E": "moe"}


@reads("nemotron_h")
def read_nemotron_h(config: Config) -> Architecture:
    kinds = _kinds(config)
    refuse_unknown(config, without=("mamba_proj_bias", "use_bias"))
    blocks: dict[str, Layer] = {}
    for kind in dict.fromkeys(kinds):
        if kind == "mamba":
            blocks[kind] = Layer((_mamba(config),), None, ("attn_norm",))
        elif kind == "attention":
            blocks[kind] = Layer((_attention(config),), None, ("attn_norm",))
        elif kind == "mlp":
            blocks[kind] = Layer((), _mlp(config), ("attn_norm",))
        else:
            blocks[kind] = Layer((), _experts(config), ("attn_norm",))
    return architecture(
        config,
        _gguf(kinds),
        tuple(blocks[kind] for kind in kinds),
        mtp_layers=_drafts(config) if "moe" in kinds else (),
    )


def _kinds(config: Config) -> tuple[str, ...]:
    """The kind of each block, from ``hybrid_override_pattern`` or ``layers_block_type``."""
    if config.has("hybrid_override_pattern"):
        pattern = config.text("hybrid_override_pattern")
        unknown = sorted(set(pattern) - set(LETTERS))
        if unknown or not pattern:
            raise config.refuse("hybrid_override_pattern", f"must be made of {' '.join(LETTERS)}, not {unknown}")
        kinds = tuple(LETTERS[letter] for letter in pattern)
    else:
        listed = config.sequence("layers_block_type")
        if not listed:
            raise config.refuse("layers_block_type", "required where hybrid_override_pattern is absent")
        found = config.choices("layers_block_type", len(listed), LETTERS.values())
        kinds = found or ()
    if config.integer("num_hidden_layers", default=len(kinds)) != len(kinds):
        raise config.refuse("num_hidden_layers", f"must equal the {len(kinds)} blocks of the pattern")
    return kinds


def _gguf(kinds: tuple[str, ...]) -> str:
    """llama.cpp's name; it has no form of a model with both MLP and experts."""
    if "moe" not in kinds:
        return "nemotron_h"
    return "" if "mlp" in kinds else "nemotron_h_moe"


def _mamba(config: Config) -> Mamba2:
    heads, groups = config.integer("mamba_num_heads"), config.integer("n_groups")
    if heads % groups:
        raise config.refuse("n_groups", f"must divide mamba_num_heads = {heads}")
    return Mamba2(
        inner_size=heads * config.integer("mamba_head_dim"),
        state_size=config.integer("ssm_state_size"),
        conv_kernel=config.integer("conv_kernel", minimum=2),
        num_heads=heads,
        num_groups=groups,
        conv_bias=config.flag("use_conv_bias", True),
    )


def _attention(config: Config) -> Attention:
    config.require("num_key_value_heads")
    biases = config.flag("attention_bias", False)
    head_dim = config.integer("head_dim", "attention_head_dim")
    return attention(config, head_dim=head_dim, v_head_dim=head_dim, qkv_bias=biases, output_bias=biases, rope=False)


def _mlp(config: Config) -> DenseMLP:
    biases = config.flag("mlp_bias", False)
    return DenseMLP(config.integer("intermediate_size"), gated=False, bias=biases, activation="relu2")


def _experts(config: Config) -> MoE:
    """Ungated experts, in a narrower space where ``moe_latent_size`` names one."""
    experts, chosen = config.integer("n_routed_experts"), config.integer("num_experts_per_tok")
    if chosen > experts:
        raise config.refuse("num_experts_per_tok", f"must be at most n_routed_experts = {experts}")
    hidden_size = config.integer("hidden_size")
    latent = config.integer("moe_latent_size") if config.has("moe_latent_size") else None
    shared = config.integer("n_shared_experts", minimum=0)
    return MoE(
        experts,
        chosen,
        config.integer("moe_intermediate_size"),
        shared_intermediate_size=config.integer("moe_shared_expert_intermediate_size") if shared else 0,
        gated=False,
        score_correction=True,
        latent_size=latent,
        gating="sigmoid",
        groups=config.integer("n_group", default=1),
        normalized=config.flag("norm_topk_prob", True),
        scaled=config.number("routed_scaling_factor", 1.0) != 1.0,
        activation="relu2",
        extra=()
        if latent is None
        else (linear("ffn_latent_down", hidden_size, latent), linear("ffn_latent_up", latent, hidden_size)),
    )


def _drafts(config: Config) -> tuple[Layer, ...]:
    """The MTP head: an attention and an experts block, which the GGUF converter folds into one."""
    count = config.integer("num_nextn_predict_layers", default=0, minimum=0)
    if not count:
        return ()
    written = config.text("mtp_hybrid_override_pattern")
    parts: list[object] = [LETTERS.get(letter) for letter in written]
    parts = parts or list(config.sequence("mtp_layers_block_type") or ())
    if count > 1 or parts != ["attention", "moe"]:
        raise config.refuse("num_nextn_predict_layers", "known: one MTP head of an attention and an experts block")
    block = Layer((_attention(config),), _experts(config), ("attn_norm", "post_attention_norm"))
    return (draft_block(config, block),)
