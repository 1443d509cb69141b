"""Transformers' weights and caches against what Transformers itself allocated."""

from __future__ import annotations

import pytest

from generator.memory.errors import MemoryModelError, UnsupportedError
from generator.memory.estimate import estimator
from generator.memory.profile import Component
from generator.memory.settings import RunSettings
from tests.memory.engine_rows import errors, measured, raw_rows
from tests.reference import architecture

COUNTS = {"bf16": 31, "bnb-nf4": 20, "bnb-nf4-dq": 20, "bnb-int8": 20, "mxfp4": 1}


@pytest.mark.parametrize("quant", COUNTS)
def test_weights_are_met_to_the_byte(quant: str) -> None:
    rows = measured("transformers", "weights_bytes", quant)
    assert len(rows) == COUNTS[quant]
    assert errors(rows) == {}


def test_fp8_weights_miss_only_gemmas_scale_of_two_bytes() -> None:
    rows = measured("transformers", "weights_bytes", "fp8")
    missed = errors(rows)
    assert len(rows) == 29
    assert {model for model, _, _ in missed} == {"Gemma-2-9B", "Gemma-2-27B", "Gemma-3-1B", "Gemma-3-4B", "Gemma-3-27B"}
    assert all(abs(error) < 2e-9 for error in missed.values())


def test_caches_are_met_to_the_byte() -> None:
    rows = measured("transformers", "kv_cache_bytes+recurrent_state_bytes")
    assert len(rows) == 125
    assert errors(rows) == {}


def test_fp8_caches_are_refused_where_transformers_refuses_them() -> None:
    names = {row["model"] for row in raw_rows("transformers") if row["metric"] == "kv_error"}
    assert len(names) == 13
    for name in names:
        with pytest.raises(UnsupportedError, match="full-attention models only"):
            estimator(architecture(name), "bf16", "transformers", RunSettings(kv_type="fp8"))


def test_a_windowed_prompt_is_held_whole_until_the_next_token() -> None:
    row = next(
        row
        for row in raw_rows("transformers")
        if (row["model"], row.get("n_ctx"), row.get("cache")) == ("Gemma-3-27B", 32768, "DynamicCache")
    )
    profile = estimator(architecture("Gemma-3-27B"), "bf16", "transformers").memory.profile
    left = sum(term.size(32768) for term in profile.terms if term.label.startswith("prompt beyond"))
    held = profile.size(32768, Component.KV_CACHE) + left
    token = 62 * 2 * 16 * 128 * 2
    assert held == row["after_prefill_storage_bytes"] + token


@pytest.mark.parametrize(
    ("model", "quant", "kv_type", "message"),
    [
        ("gpt-oss-20b", "fp8", None, "no FP8 experts with biases"),
        ("Llama-3.1-8B", "mxfp4", None, "MXFP4 experts of gpt-oss only"),
        ("Llama-3.1-8B", "mlx-4bit", None, "not for Transformers: a format of other engines; known: bf16, f16, fp8"),
        ("Llama-3.1-8B", "Q4_K_M", None, "not known; known: bf16"),
        ("Llama-3.1-8B", "bnb-nf3", None, r"did you mean 'bnb-nf4'\?"),
        ("Llama-3.1-8B", "bf16", "q4_0", "kv_type = 'q4_0': not known; known: bf16, f16, fp8"),
    ],
)
def test_refusals_say_what_and_why(model: str, quant: str, kv_type: str | None, message: str) -> None:
    with pytest.raises(MemoryModelError, match=message):
        estimator(architecture(model), quant, "transformers", RunSettings(kv_type=kv_type))


def test_names_are_taken_in_any_case() -> None:
    by_slug = estimator(architecture("Qwen3-8B"), "bnb-nf4-dq", "transformers").memory.weights_bytes
    by_name = estimator(architecture("Qwen3-8B"), "bitsandbytes nf4, Double Quantization", "transformers")
    assert by_name.memory.weights_bytes == by_slug
