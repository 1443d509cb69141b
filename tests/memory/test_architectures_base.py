"""Configs become layers whose tensors add up to what is published, and impossible ones are refused by name.

``data/published_parameters.jsonl`` holds, for at least one model of each type, the fields of its config
that decide memory and its parameter count: the one of the published safetensors files, or of the
transformers class where a file counts more than the text model (vision towers, FP8 scales).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.memory.architecture import Architecture, from_config
from generator.memory.errors import ConfigError, MemoryModelError
from generator.memory.layers import Attention, LatentAttention, Window

PUBLISHED = Path(__file__).parent / "data" / "published_parameters.jsonl"
ROWS: dict[str, dict[str, Any]] = {
    row["hf_repo"]: row for row in map(json.loads, PUBLISHED.read_text(encoding="utf-8").splitlines())
}


def config(repo: str, **changes: Any) -> dict[str, Any]:
    """The config of ``repo`` with fields of its text part changed; None takes a field away."""
    found = json.loads(json.dumps(ROWS[repo]["config"]))
    text = found.get("text_config", found)
    text.update(changes)
    for name in [name for name, value in changes.items() if value is None]:
        del text[name]
    return found


def read(repo: str, **changes: Any) -> Architecture:
    return from_config(config(repo, **changes))


def attentions(architecture: Architecture) -> list[Attention]:
    mixers = [mixer for layer in architecture.layers for mixer in layer.mixers]
    return [mixer for mixer in mixers if isinstance(mixer, Attention)]


@pytest.mark.parametrize("repo", ROWS)
def test_parameters_equal_the_published_count(repo: str) -> None:
    assert read(repo).parameters() == ROWS[repo]["parameters"]


@pytest.mark.parametrize("repo", [repo for repo, row in ROWS.items() if "parameters_with_mtp" in row])
def test_a_file_with_its_mtp_block_holds_as_many_elements_as_published(repo: str) -> None:
    tensors = read(repo).tensors(with_mtp=True)
    assert sum(tensor.elements for tensor in tensors) == ROWS[repo]["parameters_with_mtp"]


def test_an_mtp_block_comes_last_and_only_on_request() -> None:
    architecture = read("zai-org/GLM-4.5-Air")
    added = {t.full_name for t in architecture.tensors(with_mtp=True)} - {t.full_name for t in architecture.tensors()}
    assert {name.split(".")[1] for name in added} == {"46"}
    assert {name for name in added if "nextn" in name} == {
        f"blk.46.nextn.{part}.weight"
        for part in ("eh_proj", "embed_tokens", "enorm", "hnorm", "shared_head_head", "shared_head_norm")
    }


@pytest.mark.parametrize(
    ("repo", "windowed", "full", "window"),
    [
        ("google/gemma-2-27b-it", 23, 23, Window(4096)),
        ("google/gemma-3-27b-it", 52, 10, Window(1024)),
        ("google/gemma-3-270m-it", 15, 3, Window(512)),
        ("google/gemma-3n-E4B-it", 28, 7, Window(512)),
        ("openai/gpt-oss-20b", 12, 12, Window(128)),
        ("CohereLabs/c4ai-command-r7b-12-2024", 24, 8, Window(4096)),
        ("meta-llama/Llama-4-Maverick-17B-128E-Instruct", 36, 12, Window(8192, "chunked")),
        ("arcee-ai/Trinity-Mini", 24, 8, Window(2048)),
        ("poolside/Laguna-XS.2", 30, 10, Window(512)),
        ("Qwen/Qwen2.5-7B-Instruct", 0, 28, None),
        ("mistralai/Mistral-7B-Instruct-v0.3", 0, 32, None),
    ],
)
def test_layers_see_the_window_that_the_model_gives_them(repo: str, windowed: int, full: int, window: Window) -> None:
    windows = [mixer.window for mixer in attentions(read(repo))]
    assert (len(windows) - windows.count(None), windows.count(None)) == (windowed, full)
    assert set(windows) - {None} == ({window} if window else set())


@pytest.mark.parametrize(
    "repo",
    [
        "google/gemma-2-27b-it",
        "google/gemma-3-27b-it",
        "google/gemma-3n-E4B-it",
        "openai/gpt-oss-20b",
        "CohereLabs/c4ai-command-r7b-12-2024",
        "meta-llama/Llama-4-Maverick-17B-128E-Instruct",
        "arcee-ai/Trinity-Mini",
        "Qwen/Qwen3-Next-80B-A3B-Instruct",
    ],
)
def test_without_layer_types_the_pattern_of_the_family_holds(repo: str) -> None:
    assert read(repo, layer_types=None).layers == read(repo).layers


@pytest.mark.parametrize("repo", ["mistralai/Mistral-7B-Instruct-v0.1", "microsoft/Phi-3.5-mini-instruct"])
def test_a_window_that_llama_cpp_does_not_look_at_is_marked(repo: str) -> None:
    assert "windows_ignored" in read(repo).traits
    assert "windows_ignored" not in read(repo, sliding_window=None).traits


def test_layers_without_rotation_are_the_ones_that_see_everything() -> None:
    for repo in ("CohereLabs/c4ai-command-r7b-12-2024", "meta-llama/Llama-4-Maverick-17B-128E-Instruct"):
        assert all(mixer.rope == (mixer.window is not None) for mixer in attentions(read(repo)))


def test_layers_that_share_an_earlier_cache_keep_none_of_their_own() -> None:
    assert [mixer.own_cache for mixer in attentions(read("google/gemma-3n-E4B-it"))] == [True] * 20 + [False] * 15


def test_latent_attention_caches_the_compressed_width_only() -> None:
    mixers = {layer.mixers[0] for layer in read("deepseek-ai/DeepSeek-R1").layers}
    assert [mixer.cache_width for mixer in mixers if isinstance(mixer, LatentAttention)] == [576]


def test_blocks_may_lack_attention() -> None:
    layers = read("nvidia/Llama-3_3-Nemotron-Super-49B-v1").layers
    assert len(layers) == 80
    assert sum(bool(layer.mixers) for layer in layers) == 49
    assert {name for layer in layers if not layer.mixers for name in layer.norms} == {"ffn_norm"}


@pytest.mark.parametrize(
    ("repo", "traits"),
    [
        ("CohereLabs/c4ai-command-r-v01", {"parallel_mlp", "layer_norm", "scaled_logits"}),
        (
            "google/gemma-2-27b-it",
            {"scaled_embeddings", "scaled_queries", "attn_logit_softcap", "final_logit_softcap"},
        ),
        ("google/gemma-3-27b-it", {"scaled_embeddings", "scaled_queries"}),
        ("microsoft/phi-4", {"scaled_queries"}),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", {"query_temperature", "kq_l2_norm"}),
        ("meta-llama/Llama-4-Maverick-17B-128E-Instruct", {"query_temperature"}),
        ("meta-llama/Llama-3.1-8B-Instruct", set()),
    ],
)
def test_switches_of_the_graph_are_known(repo: str, traits: set[str]) -> None:
    assert read(repo).traits == traits


def test_the_outer_config_decides_whether_embeddings_are_tied() -> None:
    outer = config("Qwen/Qwen3-VL-30B-A3B-Instruct")
    assert outer["text_config"]["tie_word_embeddings"] is True
    assert not from_config(outer).tied_embeddings
    assert from_config(outer | {"tie_word_embeddings": True}).tied_embeddings


def test_a_text_part_of_an_unknown_type_is_read_as_its_outer_type_says() -> None:
    flat = config("Qwen/Qwen2.5-VL-7B-Instruct")
    nested = {"model_type": "qwen2_5_vl", "text_config": flat | {"model_type": "qwen2_5_vl_text"}}
    assert from_config(nested).layers == from_config(flat).layers
    assert from_config(nested).model_type == "qwen2_5_vl"


def test_of_routed_experts_only_the_chosen_ones_are_active() -> None:
    architecture = read("mistralai/Mixtral-8x7B-Instruct-v0.1")
    expert = 3 * 4096 * 14336
    assert architecture.parameters() - architecture.parameters_active() == 32 * 6 * expert


LLAMA, GEMMA, QWEN_MOE = "meta-llama/Llama-3.1-8B-Instruct", "google/gemma-3-27b-it", "Qwen/Qwen3-235B-A22B"
DEEPSEEK, GPT_OSS, LAGUNA = "deepseek-ai/DeepSeek-R1", "openai/gpt-oss-20b", "poolside/Laguna-XS.2"
NEMOTRON = "nvidia/Llama-3_3-Nemotron-Super-49B-v1"


@pytest.mark.parametrize(
    ("repo", "changes", "message"),
    [
        (LLAMA, {"hidden_size": -1}, "hidden_size = -1: must be an integer from 1 to"),
        (LLAMA, {"hidden_size": "4096"}, "hidden_size = '4096': must be an integer"),
        (LLAMA, {"hidden_size": None}, "hidden_size = None: required: an integer of at least 1"),
        (LLAMA, {"num_hidden_layers": 2000}, "num_hidden_layers = 2000: must be at most 1000"),
        (LLAMA, {"num_key_value_heads": 5}, "num_key_value_heads = 5: must divide num_attention_heads = 32"),
        (
            LLAMA,
            {"num_attention_heads": 31, "num_key_value_heads": 31, "head_dim": None},
            "must divide hidden_size = 4096",
        ),
        (LLAMA, {"attention_bias": "no"}, "attention_bias = 'no': must be true or false"),
        (LLAMA, {"sliding_window": 4096}, "sliding_window = 4096: not known for model_type llama"),
        (LLAMA, {"rope_scaling": "llama3"}, "rope_scaling = 'llama3': must be an object"),
        (GEMMA, {"layer_types": ["full_attention"] * 3}, "layer_types = '3 items': must have 62 items"),
        (
            GEMMA,
            {"layer_types": ["full_attention"] * 61 + ["linear_attention"]},
            "layer_types[61] = 'linear_attention': not known; known here: full_attention, sliding_attention",
        ),
        (GEMMA, {"sliding_window": 0}, "sliding_window = 0: must be an integer from 1"),
        (GEMMA, {"sliding_window": None}, "sliding_window = None: required"),
        (QWEN_MOE, {"num_experts_per_tok": 129}, "num_experts_per_tok = 129: must be at most num_experts = 128"),
        (QWEN_MOE, {"decoder_sparse_step": 2}, "decoder_sparse_step = 2: must be 1"),
        (QWEN_MOE, {"mlp_only_layers": [0, 1]}, "mlp_only_layers = [0, 1]: must be empty"),
        (DEEPSEEK, {"q_lora_rank": None}, "q_lora_rank = None: required: an integer, or null"),
        (DEEPSEEK, {"index_topk": 2048}, "index_topk = 2048: no indexer is known for model_type deepseek_v3"),
        (DEEPSEEK, {"n_group": 7}, "n_group = 7: must divide n_routed_experts = 256"),
        (DEEPSEEK, {"first_k_dense_replace": 62}, "first_k_dense_replace = 62: must be at most num_hidden_layers = 61"),
        (GPT_OSS, {"num_local_experts": 0}, "num_local_experts = 0: must be an integer from 1"),
        (LAGUNA, {"num_attention_heads_per_layer": [48] * 39 + [7]}, "must be multiples of num_key_value_heads = 8"),
        (LAGUNA, {"gating": "per-token"}, "gating = 'per-token': known: true, 'per-head', 'per-element'"),
        (LAGUNA, {"mlp_layer_types": ["sparse"] * 39 + ["dense"]}, "dense layers are known at the start only"),
        (LAGUNA, {"layer_types": None}, "layer_types = None: required where sliding_window is set"),
        (NEMOTRON, {"block_configs": [{}] * 80}, "attention = None: required, as ffn: an object"),
        (NEMOTRON, {"block_configs": ["x"] + [{}] * 79}, "block_configs[0] = 'x': must be an object"),
        ("inclusionAI/Ling-1T", {"n_group": None}, "n_group = None: required"),
        ("google/gemma-3n-E4B-it", {"num_kv_shared_layers": 35}, "must be less than num_hidden_layers = 35"),
        ("google/gemma-3n-E4B-it", {"intermediate_size": [16384] * 34 + [0]}, "intermediate_size[34] = 0"),
    ],
)
def test_an_impossible_config_is_refused_by_field_value_and_what_is_allowed(
    repo: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(repo, **changes)
    assert message in str(caught.value)


def test_a_field_of_the_text_part_is_named_with_its_place() -> None:
    with pytest.raises(ConfigError) as caught:
        read("google/gemma-3-27b-it", vocab_size=-5)
    assert caught.value.field == "text_config.vocab_size"
    assert caught.value.value == -5


def test_a_null_query_rank_means_that_queries_are_not_compressed() -> None:
    architecture = from_config(config(DEEPSEEK) | {"q_lora_rank": None})
    names = {tensor.name for tensor in architecture.tensors()}
    assert "attn_q.weight" in names
    assert "attn_q_a.weight" not in names


def test_an_unknown_model_type_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(MemoryModelError) as caught:
        from_config(config(LLAMA) | {"model_type": "qwen3_mow"})
    assert "model_type = 'qwen3_mow': not known (did you mean 'qwen3_moe'?)" in str(caught.value)


def test_a_config_without_model_type_is_refused() -> None:
    with pytest.raises(ConfigError, match="model_type = None: required, a string"):
        from_config({"hidden_size": 4096})


def test_a_model_that_llama_cpp_does_not_read_has_no_gguf_name() -> None:
    assert read("XiaomiMiMo/MiMo-7B-Base").gguf == ""
    assert read("zai-org/GLM-4.7-Flash").gguf == "deepseek2"
