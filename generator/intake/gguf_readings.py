"""Which config field comes from which metadata key, for each of llama.cpp's architectures: one table, ``READINGS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from generator.intake.gguf_header import GgufHeader
from generator.intake.gguf_rules import (
    Rule,
    blocks,
    by_heads,
    by_window,
    constant,
    either,
    has,
    heads_of,
    indexers,
    key_value_heads,
    keys_are_values,
    layer_parts,
    llama3_scaling,
    long_factors,
    mla,
    narrowest,
    positive,
    quotient,
    tied,
    unrotated_keys,
    varies,
    vocabulary,
    widest,
    width,
)

COMMON: dict[str, Rule] = {
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
    "max_position_embeddings": "context_length",
    "num_attention_heads": "attention.head_count",
    "num_hidden_layers": blocks,
    "tie_word_embeddings": tied,
    "vocab_size": vocabulary,
}
_HEADS: dict[str, Rule] = {"head_dim": "attention.key_length", "num_key_value_heads": key_value_heads}
_BIASED: dict[str, Rule] = {"attention_bias": has("blk.0.attn_q.bias")}
_WINDOWS: dict[str, Rule] = {"sliding_window": "attention.sliding_window", "layer_types": by_window}
_EXPERTS: dict[str, Rule] = {
    "moe_intermediate_size": "expert_feed_forward_length",
    "num_experts_per_tok": "expert_used_count",
}
_DEEPSEEK_EXPERTS: dict[str, Rule] = {
    **_EXPERTS,
    "first_k_dense_replace": "leading_dense_block_count",
    "n_group": "expert_group_count",
    "n_routed_experts": "expert_count",
    "n_shared_experts": "expert_shared_count",
    "norm_topk_prob": "expert_weights_norm",
    "num_nextn_predict_layers": "nextn_predict_layers",
    "routed_scaling_factor": "expert_weights_scale",
    "topk_group": "expert_group_used_count",
}
_LATENT: dict[str, Rule] = {
    "kv_lora_rank": "attention.kv_lora_rank",
    "q_lora_rank": "attention.q_lora_rank",
    "qk_nope_head_dim": unrotated_keys,
    "qk_rope_head_dim": "rope.dimension_count",
    "v_head_dim": mla("value_length"),
}
_INDEXER: dict[str, Rule] = {
    "index_head_dim": "attention.indexer.key_length",
    "index_n_heads": "attention.indexer.head_count",
    "index_topk": "attention.indexer.top_k",
}
_DELTA_NET: dict[str, Rule] = {
    "full_attention_interval": "full_attention_interval",
    "linear_conv_kernel_dim": "ssm.conv_kernel",
    "linear_key_head_dim": "ssm.state_size",
    "linear_num_key_heads": "ssm.group_count",
    "linear_num_value_heads": "ssm.time_step_rank",
    "linear_value_head_dim": quotient("ssm.inner_size", "ssm.time_step_rank"),
    "mtp_num_hidden_layers": "nextn_predict_layers",
}
_NEMOTRON_H: dict[str, Rule] = {
    "conv_kernel": "ssm.conv_kernel",
    "intermediate_size": widest("feed_forward_length"),
    "layers_block_type": layer_parts,
    "mamba_head_dim": quotient("ssm.inner_size", "ssm.time_step_rank"),
    "mamba_num_heads": "ssm.time_step_rank",
    "n_groups": "ssm.group_count",
    "ssm_state_size": "ssm.state_size",
}
_SHARED_EXPERT: dict[str, Rule] = {
    **_EXPERTS,
    "num_experts": "expert_count",
    "shared_expert_intermediate_size": width("blk.0.ffn_down_shexp.weight"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How files of one architecture are read.

    model_type : Hugging Face's name, or a function of the header where several models share the architecture.
    fields : config fields and where their values come from; one that the file lacks is left out.
    nullable : fields that stand as null where the file lacks them.
    """

    model_type: str | Callable[[GgufHeader], str]
    fields: Mapping[str, Rule]
    nullable: tuple[str, ...] = ()


def _llama_or_mixtral(header: GgufHeader) -> str:
    return "mixtral" if header.value("expert_count", 0) else "llama"


def _olmo(header: GgufHeader) -> str:
    return "olmo3" if header.value("attention.sliding_window") else "olmo2"


READINGS: dict[str, Reading] = {
    "arcee": Reading("arcee", _HEADS | _BIASED | {"rope_scaling": llama3_scaling}),
    "cohere2": Reading("cohere2", _HEADS | {"sliding_window": "attention.sliding_window"}),
    "command-r": Reading("cohere", _HEADS | {"use_qk_norm": has("blk.0.attn_q_norm.weight")}),
    "deepseek2": Reading(
        lambda header: "deepseek_v3" if header.tensor("blk.3.exp_probs_b.bias") else "deepseek_v2",
        _LATENT | _DEEPSEEK_EXPERTS,
        nullable=("q_lora_rank",),
    ),
    "deepseek32": Reading("deepseek_v32", _LATENT | _DEEPSEEK_EXPERTS | _INDEXER),
    "ernie4_5-moe": Reading(
        "ernie4_5_moe",
        _HEADS
        | {
            "moe_intermediate_size": "expert_feed_forward_length",
            "moe_k": "expert_used_count",
            "moe_layer_interval": "interleave_moe_layer_step",
            "moe_layer_start_index": "leading_dense_block_count",
            "moe_num_experts": "expert_count",
            "moe_num_shared_experts": "expert_shared_count",
        },
    ),
    "exaone4": Reading("exaone4", _HEADS | _WINDOWS | {"rope_scaling": llama3_scaling}),
    "gemma": Reading("gemma", _HEADS),
    "gemma2": Reading("gemma2", _HEADS | {"sliding_window": "attention.sliding_window"}),
    "gemma3": Reading("gemma3_text", _HEADS | _WINDOWS),
    "gemma4": Reading(
        "gemma4_text",
        _EXPERTS
        | _WINDOWS
        | {
            "attention_k_eq_v": keys_are_values,
            "enable_moe_block": positive("expert_count"),
            "final_logit_softcapping": "final_logit_softcapping",
            "global_head_dim": "attention.key_length",
            "head_dim": "attention.key_length_swa",
            "hidden_size_per_layer_input": "embedding_length_per_layer_input",
            "intermediate_size": narrowest("feed_forward_length"),
            "num_experts": "expert_count",
            "num_global_key_value_heads": heads_of(window=False),
            "num_key_value_heads": heads_of(window=True),
            "num_kv_shared_layers": "attention.shared_kv_layers",
            "top_k_experts": "expert_used_count",
            "use_double_wide_mlp": varies("feed_forward_length"),
        },
    ),
    "glm-dsa": Reading("glm_moe_dsa", _LATENT | _DEEPSEEK_EXPERTS | _INDEXER | {"indexer_types": indexers}),
    "glm4moe": Reading(
        "glm4_moe", _HEADS | _BIASED | _DEEPSEEK_EXPERTS | {"use_qk_norm": has("blk.0.attn_q_norm.weight")}
    ),
    "gpt-oss": Reading(
        "gpt_oss",
        _HEADS
        | {
            "intermediate_size": "expert_feed_forward_length",
            "num_experts_per_tok": "expert_used_count",
            "num_local_experts": "expert_count",
            "sliding_window": "attention.sliding_window",
        },
    ),
    "granite": Reading("granite", _HEADS | _BIASED),
    "granitehybrid": Reading(
        "granitemoehybrid",
        _HEADS
        | {
            "embedding_multiplier": "embedding_scale",
            "layer_types": by_heads("mamba", "attention"),
            "logits_scaling": "logit_scale",
            "mamba_d_conv": "ssm.conv_kernel",
            "mamba_d_state": "ssm.state_size",
            "mamba_expand": quotient("ssm.inner_size", "embedding_length"),
            "mamba_n_groups": "ssm.group_count",
            "mamba_n_heads": "ssm.time_step_rank",
            "num_experts_per_tok": "expert_used_count",
            "num_local_experts": lambda header: header.value("expert_count", 0),
            "residual_multiplier": "residual_scale",
            "shared_intermediate_size": either("expert_shared_feed_forward_length", "feed_forward_length"),
        },
    ),
    "hunyuan-dense": Reading("hunyuan_v1_dense", _HEADS),
    "hunyuan-moe": Reading(
        "hunyuan_v1_moe",
        _HEADS
        | {
            "moe_intermediate_size": "expert_feed_forward_length",
            "moe_topk": "expert_used_count",
            "num_experts": "expert_count",
            "num_shared_expert": "expert_shared_count",
        },
    ),
    "lfm2": Reading(
        "lfm2",
        _HEADS
        | {
            "block_auto_adjust_ff_dim": constant(False),
            "conv_L_cache": "shortconv.l_cache",
            "layer_types": by_heads("conv"),
        },
    ),
    "lfm2moe": Reading(
        "lfm2_moe",
        _HEADS
        | _EXPERTS
        | {
            "conv_L_cache": "shortconv.l_cache",
            "layer_types": by_heads("conv"),
            "num_dense_layers": "leading_dense_block_count",
            "num_experts": "expert_count",
        },
    ),
    "llama": Reading(
        _llama_or_mixtral,
        _HEADS
        | _BIASED
        | {
            "num_experts_per_tok": "expert_used_count",
            "num_local_experts": "expert_count",
            "rope_scaling": llama3_scaling,
        },
    ),
    "minimax-m2": Reading(
        "minimax_m2",
        _HEADS
        | {
            "intermediate_size": "expert_feed_forward_length",
            "num_experts_per_tok": "expert_used_count",
            "num_local_experts": "expert_count",
        },
    ),
    "mistral3": Reading("ministral3", _HEADS),
    "mistral4": Reading("mistral4", _LATENT | _DEEPSEEK_EXPERTS),
    "nemotron_h": Reading("nemotron_h", _HEADS | _NEMOTRON_H),
    "nemotron_h_moe": Reading(
        "nemotron_h",
        _HEADS
        | _NEMOTRON_H
        | _DEEPSEEK_EXPERTS
        | {
            "moe_latent_size": "moe_latent_size",
            "moe_shared_expert_intermediate_size": "expert_shared_feed_forward_length",
        },
    ),
    "olmo2": Reading(_olmo, _HEADS | _WINDOWS),
    "phi3": Reading("phi3", _HEADS | {"rope_scaling": long_factors}),
    "qwen2": Reading("qwen2", _HEADS),
    "qwen2moe": Reading("qwen2_moe", _HEADS | _SHARED_EXPERT),
    "qwen3": Reading("qwen3", _HEADS | _BIASED),
    "qwen35": Reading("qwen3_5_text", _HEADS | _DELTA_NET),
    "qwen35moe": Reading("qwen3_5_moe_text", _HEADS | _DELTA_NET | _SHARED_EXPERT),
    "qwen3moe": Reading("qwen3_moe", _HEADS | _BIASED | _EXPERTS | {"num_experts": "expert_count"}),
    "qwen3next": Reading("qwen3_next", _HEADS | _DELTA_NET | _SHARED_EXPERT),
    "seed_oss": Reading("seed_oss", _HEADS | _BIASED | {"attention_out_bias": has("blk.0.attn_output.bias")}),
    "smollm3": Reading("smollm3", _HEADS),
}
"""By llama.cpp's name of the architecture. Key names: gguf-py's ``constants.py`` and llama.cpp's converter."""
