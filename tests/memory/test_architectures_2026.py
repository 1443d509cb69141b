"""Architectures of late 2025 and 2026: counts, MTP blocks, what each layer caches, and what is refused.

``data/published_parameters_2026.jsonl`` holds configs (fields that decide memory) with the text model's
parameter count: the one of the published safetensors files, or of the transformers class where a file
counts more (vision towers, MTP blocks, FP8 scales). ``parameters_with_mtp`` is the published count with
MTP blocks, ``corrections_counted`` says whether it takes in the routers' score corrections.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from generator.memory.architecture import Architecture, from_config
from generator.memory.errors import ConfigError
from generator.memory.layers import (
    RECURRENT,
    Attention,
    CompressedAttention,
    GatedDeltaNet,
    KimiDeltaAttention,
    LatentAttention,
    Mamba1,
    Mamba2,
    Mixer,
    MoE,
    ShortConvolution,
)
from generator.memory.tensors import Role

PUBLISHED = Path(__file__).parent / "data" / "published_parameters_2026.jsonl"
MEASURED = Path(__file__).resolve().parents[2] / "data" / "reference" / "new2026" / "models.json"
ROWS: dict[str, dict[str, Any]] = {
    row["hf_repo"]: row for row in map(json.loads, PUBLISHED.read_text(encoding="utf-8").splitlines())
}
MODELS: dict[str, dict[str, Any]] = json.loads(MEASURED.read_text(encoding="utf-8"))
MIB = 1 << 20


def measured_config(name: str) -> dict[str, Any]:
    """The config of a measured model; a variant with MTP blocks refers to the plain one."""
    found = MODELS[name]["config"]
    return MODELS[found.removeprefix("see ")]["config"] if isinstance(found, str) else found


@cache
def measured(name: str) -> Architecture:
    return from_config(measured_config(name))


def changed(name: str, **changes: Any) -> dict[str, Any]:
    """The config of a measured model with fields of its text part changed; None takes a field away."""
    found = json.loads(json.dumps(measured_config(name)))
    text = found.get("text_config", found)
    text.update(changes)
    for field in [field for field, value in changes.items() if value is None]:
        del text[field]
    return found


def mixers(architecture: Architecture) -> list[Mixer]:
    return [mixer for layer in architecture.layers for mixer in layer.mixers]


@pytest.mark.parametrize("name", MODELS)
def test_elements_equal_those_of_the_measured_file(name: str) -> None:
    tensors = measured(name).tensors(with_mtp=name.endswith("+MTP"))
    assert sum(tensor.elements for tensor in tensors) == MODELS[name]["n_params"]


@pytest.mark.parametrize("name", MODELS)
def test_llama_cpp_knows_the_architecture_by_the_name_given(name: str) -> None:
    assert measured(name).gguf == MODELS[name]["arch"]


@pytest.mark.parametrize("repo", ROWS)
def test_parameters_equal_the_published_count(repo: str) -> None:
    assert from_config(ROWS[repo]["config"]).parameters() == ROWS[repo]["parameters"]


@pytest.mark.parametrize("repo", [repo for repo, row in ROWS.items() if "parameters_with_mtp" in row])
def test_mtp_blocks_add_what_the_published_file_has_more(repo: str) -> None:
    corrections = ROWS[repo]["corrections_counted"]
    held = [
        tensor.elements
        for tensor in from_config(ROWS[repo]["config"]).tensors(with_mtp=True)
        if tensor.role is not Role.BUFFER or (corrections and tensor.name.startswith("exp_probs_b"))
    ]
    assert sum(held) == ROWS[repo]["parameters_with_mtp"]


def test_exaone_4_5_and_hy3_mtp_blocks_have_the_published_size() -> None:
    exaone = from_config(ROWS["LGAI-EXAONE/EXAONE-4.5-33B"]["config"])
    plain, with_mtp = (sum(t.elements for t in exaone.tensors(with_mtp=asked)) for asked in (False, True))
    assert with_mtp - plain == 536_110_336
    hy3 = from_config(changed("Hy3-preview", num_nextn_predict_layers=1))
    assert sum(t.elements for t in hy3.tensors(with_mtp=True)) == hy3.parameters() + 3_752_627_456


def test_active_parameters_are_those_that_the_model_is_named_after() -> None:
    named = {
        "Qwen3.5-122B-A10B": 10,
        "Nemotron-3-Nano-30B-A3B": 3,
        "Nemotron-3-Ultra-550B-A55B": 55,
        "Gemma-4-26B-A4B": 4,
    }
    for name, billions in named.items():
        assert measured(name).parameters_active() / 1e9 == pytest.approx(billions, rel=0.2)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("Qwen3.6-27B", {GatedDeltaNet: 48, Attention: 16}),
        ("Nemotron-3-Nano-30B-A3B", {Mamba2: 23, Attention: 6}),
        ("Granite-4.0-H-Small", {Mamba2: 36, Attention: 4}),
        ("Falcon-H1-1.5B", {Mamba2: 24, Attention: 24}),
        ("Jamba-v0.1", {Mamba1: 28, Attention: 4}),
        ("LFM2-1.2B", {ShortConvolution: 10, Attention: 6}),
        ("Kimi-Linear-48B-A3B", {KimiDeltaAttention: 20, LatentAttention: 7}),
        ("Kimi-K3", {KimiDeltaAttention: 69, LatentAttention: 24}),
        ("GLM-5.3-Flash", {KimiDeltaAttention: 34, LatentAttention: 11}),
        ("Mamba-Codestral-7B", {Mamba2: 64}),
        ("DeepSeek-V4-Flash", {CompressedAttention: 43}),
    ],
)
def test_layers_are_of_the_kinds_that_the_engine_reports(name: str, kinds: dict[type, int]) -> None:
    assert Counter(map(type, mixers(measured(name)))) == kinds


@pytest.mark.parametrize(
    ("name", "mib"),
    [
        ("Qwen3.6-27B", 149.62),
        ("Nemotron-3-Nano-30B-A3B", 47.62),
        ("Granite-4.0-H-Small", 147.48),
        ("Falcon-H1-1.5B", 72.98),
        ("Jamba-v0.1", 16.62),
        ("LFM2-1.2B", 0.16),
        ("Mamba-Codestral-7B", 263.5),
        ("Kimi-Linear-48B-A3B", 42.81),
        ("Kimi-K3", 443.11),
        ("GLM-5.3-Flash", 145.56),
    ],
)
def test_recurrent_state_is_what_the_engine_prints(name: str, mib: float) -> None:
    elements = sum(sum(mixer.state_elements) for mixer in mixers(measured(name)) if isinstance(mixer, RECURRENT))
    assert elements * 4 / MIB == pytest.approx(mib, abs=0.006)


@pytest.mark.parametrize(
    ("repo", "owners", "layers"),
    [("deepseek-ai/DeepSeek-V3.2", 61, 61), ("zai-org/GLM-5", 78, 78), ("zai-org/GLM-5.2", 21, 78)],
)
def test_only_layers_that_own_an_indexer_cache_its_keys(repo: str, owners: int, layers: int) -> None:
    found = [mixer for mixer in mixers(from_config(ROWS[repo]["config"])) if isinstance(mixer, LatentAttention)]
    assert [mixer.cache_width for mixer in found] == [576] * layers
    assert [mixer.indexer.key_dim for mixer in found if mixer.indexer] == [128] * owners
    assert sum(mixer.indexer_shared for mixer in found) == layers - owners


def test_a_pooling_indexer_caches_three_rows_a_token() -> None:
    found = [mixer for mixer in mixers(measured("GLM-5.3-Flash")) if isinstance(mixer, LatentAttention)]
    assert {(mixer.cache_width, mixer.indexer.key_dim) for mixer in found} == {(512, 384)}


def test_minimax_m3_caches_keys_and_values_of_its_indexer_in_57_of_60_layers() -> None:
    found = [mixer for mixer in mixers(measured("MiniMax-M3")) if isinstance(mixer, Attention)]
    assert [(m.indexer.key_dim, m.indexer.value_dim) for m in found if m.indexer] == [(128, 128)] * 57
    assert len(found) == 60


def test_deepseek_v4_compresses_by_4_with_an_indexer_and_by_128_without() -> None:
    found = mixers(measured("DeepSeek-V4-Flash"))
    assert Counter((mixer.ratio, mixer.indexer is not None) for mixer in found) == {
        (0, False): 2,
        (4, True): 21,
        (128, False): 20,
    }
    assert {(mixer.head_dim, mixer.window.tokens) for mixer in found} == {(512, 128)}
    assert sum(mixer.state_elements for mixer in found) * 4 / MIB == pytest.approx(11.64, abs=0.006)


@pytest.mark.parametrize(
    ("repo", "owners", "layers"), [("google/gemma-4-E2B-it", 15, 35), ("google/gemma-4-E4B-it", 24, 42)]
)
def test_the_last_layers_of_small_gemma_4_models_read_earlier_caches(repo: str, owners: int, layers: int) -> None:
    assert [mixer.own_cache for mixer in mixers(from_config(ROWS[repo]["config"]))] == [True] * owners + [False] * (
        layers - owners
    )


def test_gemma_4_full_layers_have_no_value_tensor_yet_cache_wider_values() -> None:
    found = mixers(measured("Gemma-4-26B-A4B"))
    full = {(m.head_dim, m.num_key_value_heads, m.value_width, m.value_tensor) for m in found if m.window is None}
    windowed = {(m.head_dim, m.num_key_value_heads, m.value_width, m.value_tensor) for m in found if m.window}
    assert full == {(512, 2, 1024, False)}
    assert windowed == {(256, 8, 2048, True)}


def test_mimo_windows_have_more_kv_heads_and_sinks() -> None:
    found = mixers(measured("MiMo-V2-Flash"))
    shapes = Counter((m.window and m.window.tokens, m.key_width, m.value_width, m.sinks) for m in found)
    assert shapes == {(None, 768, 512, False): 9, (128, 1536, 1024, True): 39}


def test_experts_in_a_narrower_space_keep_the_router_at_full_width() -> None:
    experts = next(layer.mlp for layer in measured("Kimi-K3").layers if isinstance(layer.mlp, MoE))
    shapes = {tensor.name: tensor.shape for tensor in experts.tensors(7168)}
    assert shapes["ffn_gate_inp.weight"] == (7168, 896)
    assert shapes["ffn_up_exps.weight"] == (3584, 3072, 896)


def test_a_model_without_mamba_layers_is_a_plain_granite() -> None:
    assert from_config(ROWS["ibm-granite/granite-4.0-micro"]["config"]).gguf == "granite"


def test_llama_cpp_has_no_form_of_olmo_hybrid() -> None:
    assert from_config(ROWS["allenai/Olmo-Hybrid-7B"]["config"]).gguf == ""


KDA_SIZES = {"num_heads": 32, "head_dim": 128, "short_conv_kernel_size": 4}
REFUSED = [
    ("Qwen3.6-27B", {"head_dim": None}, "head_dim"),
    ("Gemma-4-26B-A4B", {"num_global_key_value_heads": None}, "num_global_key_value_heads"),
    ("GLM-5", {"first_k_dense_replace": None}, "first_k_dense_replace"),
    ("GLM-5", {"n_shared_experts": None}, "n_shared_experts"),
    ("Granite-4.0-H-Small", {"num_local_experts": None}, "num_local_experts"),
    ("Qwen3.6-27B", {"layer_types": ["linear_attention"] * 63}, "layer_types"),
    ("Qwen3.6-27B", {"layer_types": ["linear"] * 64}, "layer_types[0]"),
    ("Qwen3.6-27B", {"linear_num_value_heads": 40}, "linear_num_value_heads"),
    ("Qwen3.5-122B-A10B", {"num_experts_per_tok": 257}, "num_experts_per_tok"),
    ("Gemma-4-E2B", {"num_kv_shared_layers": 35}, "num_kv_shared_layers"),
    ("Gemma-4-26B-A4B", {"layer_types": None}, "layer_types"),
    ("Gemma-4-26B-A4B", {"top_k_experts": 129}, "top_k_experts"),
    ("Gemma-4-26B-A4B", {"num_global_key_value_heads": 3}, "num_global_key_value_heads"),
    ("GLM-5", {"indexer_types": ["shared"] * 78}, "indexer_types"),
    ("GLM-5", {"indexer_types": ["none"] * 78}, "indexer_types[0]"),
    ("GLM-5", {"kv_lora_rank": 0}, "kv_lora_rank"),
    ("MiniMax-M2.7", {"qk_norm_type": "per_token"}, "qk_norm_type"),
    ("MiniMax-M2.7", {"attn_type_list": [0] * 62}, "attn_type_list"),
    ("MiniMax-M3", {"moe_layer_freq": [1] * 60}, "sparse_attention_freq"),
    ("DeepSeek-V4-Flash", {"compress_ratios": [4] * 42}, "compress_ratios"),
    ("DeepSeek-V4-Flash", {"compress_ratios": [8] * 43}, "compress_ratios"),
    ("DeepSeek-V4-Flash", {"o_groups": 7}, "o_groups"),
    ("DeepSeek-V4-Flash", {"num_hash_layers": 44}, "num_hash_layers"),
    ("Nemotron-3-Nano-30B-A3B", {"hybrid_override_pattern": "MXM"}, "hybrid_override_pattern"),
    ("Nemotron-3-Nano-30B-A3B", {"num_hidden_layers": 53}, "num_hidden_layers"),
    ("Nemotron-3-Nano-30B-A3B", {"n_groups": 7}, "n_groups"),
    ("Nemotron-3-Nano-30B-A3B", {"use_bias": True}, "use_bias"),
    ("Nemotron-3-Ultra-550B-A55B", {"num_nextn_predict_layers": 2}, "num_nextn_predict_layers"),
    (
        "Kimi-Linear-48B-A3B",
        {"linear_attn_config": {"kda_layers": [1], "full_attn_layers": [2]} | KDA_SIZES},
        "full_attn_layers",
    ),
    ("Kimi-Linear-48B-A3B", {"linear_attn_config": None}, "linear_attn_config"),
    ("MiMo-V2-Flash", {"hybrid_layer_pattern": [2] * 48}, "hybrid_layer_pattern"),
    ("MiMo-V2-Flash", {"swa_head_dim": 128}, "swa_head_dim"),
    ("Step-3.7-Flash", {"layer_types": ["full_attention"] * 44}, "layer_types"),
    ("Step-3.7-Flash", {"moe_layers_enum": "3,5,7"}, "moe_layers_enum"),
    ("Granite-4.0-H-Small", {"mamba_d_head": 32}, "mamba_d_head"),
    ("Granite-4.0-H-Small", {"mamba_proj_bias": True}, "mamba_proj_bias"),
    ("Falcon-H1-1.5B", {"mamba_d_ssm": 3000}, "mamba_d_ssm"),
    ("Jamba-v0.1", {"attn_layer_offset": 8}, "attn_layer_offset"),
    ("LFM2-1.2B", {"full_attn_idxs": [16]}, "full_attn_idxs"),
    ("LFM2-1.2B", {"conv_bias": True}, "conv_bias"),
    ("EXAONE-4.0-32B", {"sliding_window_pattern": "LLLX"}, "sliding_window_pattern"),
    ("OLMo-3-7B", {"layer_types": ["chunked_attention"] * 32}, "layer_types[0]"),
    ("ERNIE-4.5-21B-A3B", {"moe_layer_end_index": 28}, "moe_layer_end_index"),
    ("Hunyuan-A13B", {"moe_topk": [8] * 31 + [4]}, "moe_topk"),
    ("Mamba-Codestral-7B", {"head_dim": 32}, "head_dim"),
    ("GLM-5.3-Flash", {"qk_rope_head_dim": 64}, "qk_rope_head_dim"),
]


@pytest.mark.parametrize(("name", "changes", "field"), REFUSED, ids=[f"{n}-{'-'.join(c)}" for n, c, _ in REFUSED])
def test_an_impossible_config_is_refused_by_field(name: str, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        from_config(changed(name, **changes))
    assert refusal.value.field.split(".")[-1] == field
    assert refusal.value.allowed
