"""vLLM's weights and caches against what vLLM's own functions return for one GPU."""

from __future__ import annotations

import pytest

from generator.memory.engines.vllm.weights import growth_bytes, loaded_bytes
from generator.memory.errors import MemoryModelError
from generator.memory.estimate import estimator
from generator.memory.profile import Component
from generator.memory.settings import RunSettings
from tests.memory.engine_rows import errors, measured, ours, raw_rows
from tests.reference import architecture

COUNTS = {
    "bf16": 14,
    "fp8": 15,
    "fp8-per-tensor": 6,
    "awq-int4": 11,
    "gptq-int4": 13,
    "nvfp4": 14,
    "mxfp4": 1,
}
VISION_TOWER = "Qwen3.5-35B-A3B"
"""Measured with its vision tower (0.89 GB in 16 bits), which we leave out."""

ADA_STATE_PAGES = "Qwen3-Next-80B-A3B"
"""Measured on an RTX 4090 too: with Ada's kernels a request keeps two pages of state, not the three that we count."""

MISSED = {
    "bf16": {VISION_TOWER: 0.013},
    "fp8": {VISION_TOWER: 0.013, "Nemotron-3-Nano-30B-A3B": 0.001},
    "nvfp4": {VISION_TOWER: 0.013},
}
"""Bounds of the relative error where rows aren't met: Nemotron's experts get finer FP8 tiles."""


@pytest.mark.parametrize("quant", COUNTS)
def test_weights_are_met_to_the_byte_but_for_known_models(quant: str) -> None:
    rows = measured("vllm", "weights_bytes", quant)
    missed = errors(rows)
    assert len(rows) == COUNTS[quant]
    assert {model for model, _, _ in missed} == set(MISSED.get(quant, {}))
    for (model, _, _), error in missed.items():
        assert -MISSED[quant][model] < error < 0


@pytest.mark.parametrize(
    ("model", "quant", "measured_quant"),
    [
        ("Llama-3.1-8B", "bf16", "bf16"),
        ("Llama-3.1-8B", "awq-int4", "awq-int4-g128"),
        ("Llama-3.1-8B", "gptq-int4", "gptq-int4-g128"),
        ("DeepSeek-V3", "bf16", "bf16"),
        ("Qwen3-30B-A3B", "bf16", "bf16"),
    ],
)
def test_weights_grow_after_loading(model: str, quant: str, measured_quant: str) -> None:
    row = next(
        row
        for row in raw_rows("vllm")
        if (row["model"], row.get("quant"), row["metric"], row.get("tp"))
        == (model, measured_quant, "weights_bytes_after_processing", 1)
    )
    loaded = loaded_bytes(architecture(model), quant)
    assert loaded + growth_bytes(architecture(model), quant) == row["value"]


@pytest.mark.parametrize(
    ("model", "table_bytes"),
    [
        ("Llama-3.1-8B", 33554432),
        ("Qwen3-Next-80B-A3B", 33554432),
        ("gpt-oss-20b", 33554432),
        ("DeepSeek-V3", 20971520),
        ("Llama-4-Scout", 2684354560),
        ("GLM-4.5-Air", 16777216),
        ("Command-R7B", 33816576),
    ],
)
def test_the_rotary_table_spans_all_positions(model: str, table_bytes: int) -> None:
    measured_tables = {
        bytes_
        for row in raw_rows("vllm")
        if row["model"] == model and row["metric"] == "weights_bytes_per_rank"
        for bytes_, *_ in row["large_buffers"].values()
    }
    assert measured_tables == {table_bytes}
    terms = estimator(architecture(model), "bf16", "vllm").memory.profile.terms
    assert [term.fixed_bytes for term in terms if "rotary table" in term.label] == [table_bytes]


def test_caches_are_met_to_the_byte() -> None:
    rows = measured("vllm", "kv_cache_bytes+recurrent_state_bytes")
    assert len(rows) == 149
    assert {row.model for row in rows} >= {"Gemma-3-27B", "Llama-4-Scout", "DeepSeek-V3", "Nemotron-H-56B"}
    missed = {row.model for row in rows if ours(row) != row.value}
    assert missed == {ADA_STATE_PAGES}
    assert all(0 < error < 0.1 for error in errors(rows).values())


def test_windows_hold_more_where_more_is_computed_at_once() -> None:
    """What vLLM returns for a request of 32,768 tokens on an RTX 4090 and on an H100."""
    sizes = {
        row.settings["max_num_batched_tokens"]: ours(row)
        for row in measured("vllm", "kv_cache_bytes+recurrent_state_bytes")
        if (row.model, row.context, row.settings["kv_type"]) == ("gpt-oss-20b", 32768, "bf16")
    }
    assert sizes == {2048: 909508608, 8192: 1211498496}


def test_a_batch_is_that_many_requests() -> None:
    def cache(batch: int) -> int:
        profile = estimator(architecture("Gemma-3-27B"), "bf16", "vllm", RunSettings(batch=batch)).memory.profile
        return profile.size(32768, Component.KV_CACHE)

    assert cache(4) == 4 * 11248599040


@pytest.mark.parametrize(
    ("model", "activation_gib"),
    [("Llama-3.1-8B", 4.76), ("Qwen3-0.6B", 5.56), ("gpt-oss-20b", 7.38), ("gpt-oss-120b", 7.38)],
)
def test_the_dummy_run_peaks_as_h100_logs_tell(model: str, activation_gib: float) -> None:
    """Peaks that vLLM 0.11 logged, published in llm-d-benchmark's empirical-vllm-memory-results.md."""
    terms = estimator(architecture(model), "bf16", "vllm").memory.profile.terms
    peak = max(term.fixed_bytes for term in terms if term.phase)
    assert peak / (1 << 30) == pytest.approx(activation_gib, rel=0.03)


@pytest.mark.parametrize(
    ("model", "quant", "kv_type", "message"),
    [
        ("Llama-3.1-8B", "bnb-nf4", None, "bitsandbytes is no longer built in; known: bf16, f16, fp8, fp8-per-tensor"),
        ("Llama-3.1-8B", "Q4_K_M", None, "not known; known: awq-int4"),
        ("Llama-3.1-8B", "mxfp4", None, "MXFP4 experts of gpt-oss only"),
        ("DeepSeek-V2-Lite", "awq-int4", None, "ffn_down.weight has rows of 10944, no multiple of 128"),
        ("GLM-4.5-Air", "awq-int4", None, "ffn_down.weight has rows of 10944, no multiple of 128"),
        ("Llama-3.1-8B", "fp8", "q8_0", "kv_type = 'q8_0': not known; known: bf16, f16, fp8"),
    ],
)
def test_refusals_say_what_and_why(model: str, quant: str, kv_type: str | None, message: str) -> None:
    with pytest.raises(MemoryModelError, match=message):
        estimator(architecture(model), quant, "vllm", RunSettings(kv_type=kv_type))
