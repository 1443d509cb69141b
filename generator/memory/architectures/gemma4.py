"""Gemma 4: two head sizes, layers that share caches, K = V, embeddings for each layer, experts beside a dense MLP."""

from __future__ import annotations

from dataclasses import replace

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, layer_count
from generator.memory.config import Config
from generator.memory.layers import MLP, Attention, DenseMLP, MoE, Window
from generator.memory.tensors import Role, Tensor, buffer, linear, norm, state

LAYER_KINDS = ("sliding_attention", "full_attention")


@reads("gemma4", "gemma4_text", "gemma4_unified", "gemma4_unified_text")
def read_gemma4(config: Config) -> Architecture:
    if config.has("per_layer_config"):
        raise config.refuse("per_layer_config", "not known; global_head_dim and layer_types are")
    config.require("head_dim", "num_key_value_heads")
    if not config.text("model_type").startswith("gemma4_unified"):
        config.require("hidden_size_per_layer_input")
    count = layer_count(config)
    hidden_size = config.integer("hidden_size")
    shared = config.integer("num_kv_shared_layers", default=0, minimum=0)
    if shared >= count:
        raise config.refuse("num_kv_shared_layers", f"must be less than num_hidden_layers = {count}")
    kinds = config.layer_types(count, LAYER_KINDS)
    if kinds is None:
        raise config.refuse("layer_types", f"required: a list of {count} of {', '.join(LAYER_KINDS)}")

    attentions = {"sliding_attention": _sliding(config), "full_attention": _full(config)}
    input_width = config.integer("hidden_size_per_layer_input", default=0, minimum=0)
    experts = config.flag("enable_moe_block", False)
    layers = []
    for index, kind in enumerate(kinds):
        reuses = index >= count - shared
        width = config.integer("intermediate_size")
        if reuses and config.flag("use_double_wide_mlp", False):
            width *= 2
        mlp = DenseMLP(width, activation="gelu")
        layers.append(
            Layer(
                (replace(attentions[kind], own_cache=not reuses),),
                _with_experts(config, mlp) if experts else mlp,
                _norms(experts, input_width > 0),
                _layer_extra(hidden_size, input_width),
            )
        )
    traits = {"scaled_embeddings", "normed_values"}
    if config.number("final_logit_softcapping", 0.0):
        traits.add("final_logit_softcap")
    return architecture(
        config,
        "gemma4",
        tuple(layers),
        tied_embeddings=config.flag("tie_word_embeddings", True),
        extra=(
            buffer("rope_freqs.weight", attentions["full_attention"].head_dim // 2),
            *_input_tables(config, hidden_size, input_width, count),
        ),
        traits=frozenset(traits),
    )


def _sliding(config: Config) -> Attention:
    return attention(config, qk_norm="head", window=Window(config.integer("sliding_window")))


def _full(config: Config) -> Attention:
    """Wider heads; where keys serve as values, ``num_global_key_value_heads`` of them."""
    heads = config.integer("num_attention_heads")
    keys_are_values = config.flag("attention_k_eq_v", False)
    key_value_heads = config.integer("num_key_value_heads")
    if keys_are_values:
        key_value_heads = config.integer("num_global_key_value_heads")
    if heads % key_value_heads:
        raise config.refuse("num_global_key_value_heads", f"must divide num_attention_heads = {heads}")
    head_dim = config.integer("global_head_dim")
    return attention(
        config,
        num_key_value_heads=key_value_heads,
        head_dim=head_dim,
        v_head_dim=head_dim,
        qk_norm="head",
        value_tensor=not keys_are_values,
    )


def _with_experts(config: Config, mlp: DenseMLP) -> MLP:
    experts, chosen = config.integer("num_experts"), config.integer("top_k_experts")
    if chosen > experts:
        raise config.refuse("top_k_experts", f"must be at most num_experts = {experts}")
    return MoE(
        experts,
        chosen,
        config.integer("expert_intermediate_size", "moe_intermediate_size"),
        fused_gate=True,
        activation="gelu",
        beside=mlp,
        extra=(
            state("ffn_gate_inp.scale", config.integer("hidden_size")),
            state("ffn_down_exps.scale", experts),
        ),
    )


def _norms(experts: bool, inputs: bool) -> tuple[str, ...]:
    names = ["attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"]
    if experts:
        names += ["pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2"]
    if inputs:
        names.append("post_norm")
    return tuple(names)


def _layer_extra(hidden_size: int, input_width: int) -> tuple[Tensor, ...]:
    """The layer's output scale, and what brings its own embedding of the token in."""
    found = [buffer("layer_output_scale.weight", 1)]
    if input_width:
        found += [linear("inp_gate", hidden_size, input_width), linear("proj", input_width, hidden_size)]
    return tuple(found)


def _input_tables(config: Config, hidden_size: int, input_width: int, count: int) -> tuple[Tensor, ...]:
    """Embeddings of every token for every layer; llama.cpp keeps the table on the host."""
    if not input_width:
        return ()
    width = input_width * count
    rows = config.integer("vocab_size_per_layer_input", "vocab_size")
    return (
        Tensor("per_layer_token_embd.weight", (width, rows), Role.EMBEDDING),
        linear("per_layer_model_proj", hidden_size, width),
        norm("per_layer_proj_norm", input_width),
    )
