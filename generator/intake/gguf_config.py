"""From a GGUF file's metadata back to the Hugging Face config behind it, as far as memory depends on it.

One table, ``READINGS``, says for each of llama.cpp's architectures which ``model_type`` it is and which config
field comes from which key; an architecture without a row is refused. Whether the config describes the file is
settled by the tensors: `config_from_gguf` refuses a file whose tensors aren't those of the config.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.intake.gguf_header import GgufError, GgufHeader
from generator.memory.architecture import Architecture, from_config
from generator.memory.errors import MemoryModelError

Rule = str | Callable[[GgufHeader], Any]
"""A metadata key without the architecture's prefix, or a function of the header; None stands for absent."""


def _constant(value: Any) -> Rule:
    return lambda header: value


def _blocks(header: GgufHeader) -> int:
    """Blocks without those for multi-token prediction."""
    return int(header.value("block_count", 0)) - int(header.value("nextn_predict_layers", 0))


def _vocabulary(header: GgufHeader) -> int | None:
    found = header.tensor("token_embd.weight")
    return found.shape[1] if found and len(found.shape) == 2 else None


def _tied(header: GgufHeader) -> bool:
    return header.tensor("output.weight") is None


def _has(name: str) -> Rule:
    return lambda header: header.tensor(name) is not None


def _width(name: str) -> Rule:
    """The row length of a tensor, None where the file lacks it."""

    def rule(header: GgufHeader) -> int | None:
        found = header.tensor(name)
        return found.shape[0] if found else None

    return rule


def _mla(key: str) -> Rule:
    """A head size of latent attention, which files from before April 2025 give without the suffix."""
    return lambda header: header.value(f"attention.{key}_mla", header.value(f"attention.{key}"))


def _unrotated_keys(header: GgufHeader) -> int | None:
    keys, rotated = _mla("key_length")(header), header.value("rope.dimension_count")  # type: ignore[operator]
    return keys - rotated if keys and rotated else None


def _llama3_scaling(header: GgufHeader) -> dict[str, str] | None:
    return {"rope_type": "llama3"} if header.tensor("rope_freqs.weight") else None


def _long_factors(header: GgufHeader) -> dict[str, Any] | None:
    """Phi-3's tables of factors: their lengths are what memory depends on."""
    found = {length: header.tensor(f"rope_factors_{length}.weight") for length in ("long", "short")}
    if not all(found.values()):
        return None
    return {"type": "longrope"} | {f"{key}_factor": [1.0] * tensor.shape[0] for key, tensor in found.items() if tensor}


def _by_heads(other: str) -> Rule:
    """``layer_types`` from the KV heads of each block: those without any are of the ``other`` kind."""

    def rule(header: GgufHeader) -> list[str] | None:
        heads = header.value("attention.head_count_kv")
        return ["full_attention" if count else other for count in heads] if isinstance(heads, list) else None

    return rule


def _key_value_heads(header: GgufHeader) -> Any:
    """The number of KV heads, of the blocks that have any where it is given for each."""
    heads = header.value("attention.head_count_kv")
    return max(heads, default=None) if isinstance(heads, list) else heads


def _by_window(header: GgufHeader) -> list[str] | None:
    """``layer_types`` from the flags that say which blocks have a window."""
    flags = header.value("attention.sliding_window_pattern")
    if not isinstance(flags, list):
        return None
    return ["sliding_attention" if flag else "full_attention" for flag in flags[: _blocks(header)]]


def _times(key: str, other: str) -> Rule:
    def rule(header: GgufHeader) -> int | None:
        one, two = header.value(key), header.value(other)
        return one * two if one is not None and two is not None else None

    return rule


def _quotient(key: str, other: str) -> Rule:
    def rule(header: GgufHeader) -> int | None:
        one, two = header.value(key), header.value(other)
        return one // two if one and two else None

    return rule


_COMMON: dict[str, Rule] = {
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
    "max_position_embeddings": "context_length",
    "num_attention_heads": "attention.head_count",
    "num_hidden_layers": _blocks,
    "tie_word_embeddings": _tied,
    "vocab_size": _vocabulary,
}
_HEADS: dict[str, Rule] = {"head_dim": "attention.key_length", "num_key_value_heads": _key_value_heads}
_BIASED: dict[str, Rule] = {"attention_bias": _has("blk.0.attn_q.bias")}
_WINDOWS: dict[str, Rule] = {"sliding_window": "attention.sliding_window", "layer_types": _by_window}
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
    "qk_nope_head_dim": _unrotated_keys,
    "qk_rope_head_dim": "rope.dimension_count",
    "v_head_dim": _mla("value_length"),
}
_DELTA_NET: dict[str, Rule] = {
    "full_attention_interval": "full_attention_interval",
    "linear_conv_kernel_dim": "ssm.conv_kernel",
    "linear_key_head_dim": "ssm.state_size",
    "linear_num_key_heads": "ssm.group_count",
    "linear_num_value_heads": "ssm.time_step_rank",
    "linear_value_head_dim": _quotient("ssm.inner_size", "ssm.time_step_rank"),
    "mtp_num_hidden_layers": "nextn_predict_layers",
}
_SHARED_EXPERT: dict[str, Rule] = {
    **_EXPERTS,
    "num_experts": "expert_count",
    "shared_expert_intermediate_size": _width("blk.0.ffn_down_shexp.weight"),
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
    "arcee": Reading("arcee", _HEADS | _BIASED | {"rope_scaling": _llama3_scaling}),
    "cohere2": Reading("cohere2", _HEADS | {"sliding_window": "attention.sliding_window"}),
    "command-r": Reading("cohere", _HEADS | {"use_qk_norm": _has("blk.0.attn_q_norm.weight")}),
    "deepseek2": Reading(
        lambda header: "deepseek_v3" if header.tensor("blk.3.exp_probs_b.bias") else "deepseek_v2",
        _LATENT | _DEEPSEEK_EXPERTS,
        nullable=("q_lora_rank",),
    ),
    "exaone4": Reading("exaone4", _HEADS | _WINDOWS | {"rope_scaling": _llama3_scaling}),
    "gemma": Reading("gemma", _HEADS),
    "gemma2": Reading("gemma2", _HEADS | {"sliding_window": "attention.sliding_window"}),
    "gemma3": Reading("gemma3_text", _HEADS | _WINDOWS),
    "glm4moe": Reading(
        "glm4_moe", _HEADS | _BIASED | _DEEPSEEK_EXPERTS | {"use_qk_norm": _has("blk.0.attn_q_norm.weight")}
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
    "hunyuan-dense": Reading("hunyuan_v1_dense", _HEADS),
    "lfm2": Reading(
        "lfm2",
        _HEADS
        | {
            "block_auto_adjust_ff_dim": _constant(False),
            "conv_L_cache": "shortconv.l_cache",
            "layer_types": _by_heads("conv"),
        },
    ),
    "lfm2moe": Reading(
        "lfm2_moe",
        _HEADS
        | _EXPERTS
        | {
            "conv_L_cache": "shortconv.l_cache",
            "layer_types": _by_heads("conv"),
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
            "rope_scaling": _llama3_scaling,
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
    "olmo2": Reading(_olmo, _HEADS | _WINDOWS),
    "phi3": Reading("phi3", _HEADS | {"rope_scaling": _long_factors}),
    "qwen2": Reading("qwen2", _HEADS),
    "qwen2moe": Reading("qwen2_moe", _HEADS | _SHARED_EXPERT),
    "qwen3": Reading("qwen3", _HEADS | _BIASED),
    "qwen35": Reading("qwen3_5_text", _HEADS | _DELTA_NET),
    "qwen35moe": Reading("qwen3_5_moe_text", _HEADS | _DELTA_NET | _SHARED_EXPERT),
    "qwen3moe": Reading("qwen3_moe", _HEADS | _BIASED | _EXPERTS | {"num_experts": "expert_count"}),
    "qwen3next": Reading("qwen3_next", _HEADS | _DELTA_NET | _SHARED_EXPERT),
    "seed_oss": Reading("seed_oss", _HEADS | _BIASED | {"attention_out_bias": _has("blk.0.attn_output.bias")}),
    "smollm3": Reading("smollm3", _HEADS),
}
"""By llama.cpp's name of the architecture. Key names: gguf-py's ``constants.py`` and llama.cpp's converter."""


def config_from_gguf(header: GgufHeader) -> dict[str, Any]:
    """The config fields of a file's model, in alphabetic order.

    Raises GgufError where the architecture has no row in ``READINGS``, the file lacks what its row needs, or its
    tensors aren't those that the config describes.
    """
    reading = READINGS.get(header.architecture)
    if reading is None:
        known = ", ".join(READINGS)
        raise GgufError(
            f"{header.path}: general.architecture = {header.architecture!r}: its metadata can't be read as a config; "
            f"known are {known}. Give the model's config.json instead"
        )
    model_type = reading.model_type if isinstance(reading.model_type, str) else reading.model_type(header)
    found: dict[str, Any] = {"model_type": model_type}
    for name, rule in (_COMMON | dict(reading.fields)).items():
        value = header.value(rule) if isinstance(rule, str) else rule(header)
        if value is not None or name in reading.nullable:
            found[name] = value
    config = dict(sorted(found.items()))
    try:
        architecture = from_config(config)
    except MemoryModelError as error:
        raise GgufError(f"{header.path}: the metadata gives no whole config: {error}") from error
    _refuse_other_tensors(header, architecture)
    return config


def tensor_differences(header: GgufHeader, architecture: Architecture) -> tuple[str, ...]:
    """Tensors by which the file and the model differ in name or shape, in words; the MTP blocks may be left out."""
    ours = {t.full_name: _plain(t.shape) for t in architecture.tensors(carries_mtp(header, architecture))}
    theirs = {t.name: _plain(t.shape) for t in header.tensors}
    return tuple(
        f"{name}: {_words(theirs.get(name))} in the file, {_words(ours.get(name))} by the config"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    )


def _plain(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape without the ones at its end, which say nothing."""
    while len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def _words(shape: tuple[int, ...] | None) -> str:
    return "not there" if shape is None else " x ".join(str(size) for size in shape)


def carries_mtp(header: GgufHeader, architecture: Architecture) -> bool:
    """Whether the file holds the model's multi-token-prediction blocks."""
    first = f"blk.{architecture.num_layers}."
    return bool(architecture.mtp_layers) and any(tensor.name.startswith(first) for tensor in header.tensors)


def _refuse_other_tensors(header: GgufHeader, architecture: Architecture) -> None:
    differing = tensor_differences(header, architecture)
    if differing:
        raise GgufError(
            f"{header.path}: the config read from the metadata describes other tensors than the file holds "
            f"({len(differing)} differ, first {differing[0]}). Give the model's config.json instead"
        )
