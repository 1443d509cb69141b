"""Step 3.5 and 3.7: more query heads in windowed layers, a gate for each head, experts after dense layers."""

from __future__ import annotations

from dataclasses import replace

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count
from generator.memory.architectures.drafts import draft_block
from generator.memory.config import Config
from generator.memory.layers import Attention, MoE, Window

LAYER_KINDS = ("full_attention", "sliding_attention")


@reads("step3p5", "step3p7")
def read_step3(config: Config) -> Architecture:
    """The per-layer lists may go on with entries of the MTP blocks."""
    count = layer_count(config)
    drafts = config.integer("num_nextn_predict_layers", default=0, minimum=0)
    listed = config.sequence("layer_types")
    if listed is None or len(listed) not in (count, count + drafts):
        raise config.refuse("layer_types", f"required: a list of {count} items, one a layer (and one an MTP block)")
    kinds = config.layer_types(len(listed), LAYER_KINDS) or ()
    # MTP blocks that the list doesn't name are windowed, as in every published checkpoint
    kinds += ("sliding_attention",) * (count + drafts - len(kinds))

    mixers = {"full_attention": _full(config), "sliding_attention": _sliding(config)}
    lead = _dense_layers(config, count)
    plain, experts = dense(config), _experts(config)
    layers = tuple(
        Layer((mixers[kind],), plain if index < lead else experts) for index, kind in enumerate(kinds[:count])
    )
    predictors = tuple(draft_block(config, Layer((mixers[kind],), plain), own_head=True) for kind in kinds[count:])
    return architecture(config, "step35", layers, mtp_layers=predictors)


def _full(config: Config) -> Attention:
    config.require("head_dim")
    heads, groups = config.integer("num_attention_heads"), config.integer("num_attention_groups", "num_key_value_heads")
    if heads % groups:
        raise config.refuse("num_attention_groups", f"must divide num_attention_heads = {heads}")
    return attention(
        config,
        num_key_value_heads=groups,
        qk_norm="head",
        head_gate=config.flag("use_head_wise_attn_gate", True),
    )


def _sliding(config: Config) -> Attention:
    """Windowed layers as ``attention_other_setting`` or ``num_sliding_attention_heads`` changes them."""
    full = _full(config)
    other = config.nested("attention_other_setting")
    heads, groups = full.num_attention_heads, full.num_key_value_heads
    if other:
        heads = other.integer("num_attention_heads", default=heads)
        groups = other.integer("num_attention_groups", default=groups)
        if other.integer("head_dim", default=full.head_dim) != full.head_dim:
            raise other.refuse("head_dim", f"must be {full.head_dim}, as in the full layers")
        if heads % groups:
            raise other.refuse("num_attention_groups", f"must divide num_attention_heads = {heads}")
    else:
        heads = config.integer("num_sliding_attention_heads", default=heads)
        if heads % groups:
            raise config.refuse("num_sliding_attention_heads", f"must be a multiple of the {groups} KV heads")
    window = Window(config.integer("sliding_window"))
    return replace(full, num_attention_heads=heads, num_key_value_heads=groups, window=window)


def _dense_layers(config: Config, count: int) -> int:
    """Dense layers at the start: those before ``moe_layers_enum``, or ``first_k_dense_replace``."""
    if not config.has("moe_layers_enum"):
        lead = config.integer("first_k_dense_replace", minimum=0)
        if lead > count:
            raise config.refuse("first_k_dense_replace", f"must be at most num_hidden_layers = {count}")
        return lead
    numbers = config.text("moe_layers_enum").split(",")
    if not all(number.strip().isdecimal() for number in numbers):
        raise config.refuse("moe_layers_enum", "must be layer numbers with commas between")
    listed = sorted(int(number) for number in numbers)
    if listed != list(range(listed[0], count)):
        raise config.refuse("moe_layers_enum", f"must name all layers from the first one on to {count - 1}")
    return listed[0]


def _experts(config: Config) -> MoE:
    experts = config.integer("moe_num_experts", "num_experts")
    chosen = config.integer("moe_top_k", "num_experts_per_tok")
    if chosen > experts:
        raise config.refuse("moe_top_k", f"must be at most moe_num_experts = {experts}")
    return MoE(
        experts,
        chosen,
        config.integer("moe_intermediate_size"),
        shared_intermediate_size=config.integer("share_expert_dim", minimum=0),
        score_correction=config.flag("use_moe_router_bias", True),
        gating=config.text("moe_router_activation", "sigmoid"),
        normalized=config.flag("norm_expert_weight", True),
        scaled=config.number("moe_router_scaling_factor", 1.0) != 1.0,
    )
