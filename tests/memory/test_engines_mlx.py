"""MLX's weights and caches against what mlx-lm itself allocated."""

from __future__ import annotations

import pytest

from generator.memory.errors import MemoryModelError, UnsupportedError
from generator.memory.estimate import estimator
from generator.memory.profile import Component
from generator.memory.settings import RunSettings
from tests.memory.engine_rows import errors, measured, raw_rows
from tests.reference import architecture

QUANTIZATIONS = ("bf16", "mlx-3bit", "mlx-4bit", "mlx-5bit", "mlx-6bit", "mlx-8bit", "mxfp4", "nvfp4")


@pytest.mark.parametrize("quant", QUANTIZATIONS)
def test_weights_are_met_to_the_byte(quant: str) -> None:
    rows = measured("mlx", "weights_bytes", quant)
    assert len(rows) == 31
    assert errors(rows) == {}


def test_caches_are_met_to_the_byte() -> None:
    rows = measured("mlx", "kv_cache_bytes+recurrent_state_bytes")
    assert len(rows) == 270
    assert errors(rows) == {}


def test_quantized_caches_are_refused_where_mlx_fails() -> None:
    names = {row["model"] for row in raw_rows("mlx") if row["metric"] == "kv_error"}
    assert len(names) == 8
    for name in names:
        with pytest.raises(UnsupportedError, match="can't quantize the cache of"):
            estimator(architecture(name), "bf16", "mlx", RunSettings(kv_type="q8_0"))


def test_a_prompt_chunk_beside_a_window_is_counted() -> None:
    windowed = [
        row
        for row in raw_rows("mlx")
        if row["metric"] == "kv_bytes"
        and row["prefill_step_size"] == 2048
        and row["kv_bits"] == 16
        and {"RotatingKVCache", "ChunkedKVCache"} & set(row["cache_kinds"])
    ]
    assert len(windowed) == 35
    for row in windowed:
        profile = estimator(architecture(row["model"]), "bf16", "mlx").memory.profile
        chunk = sum(term.size(row["n_ctx"]) for term in profile.terms if term.label.startswith("prompt chunk"))
        peak = profile.size(row["n_ctx"], Component.KV_CACHE) + chunk
        assert peak == pytest.approx(row["peak_prefill_bytes"], rel=1e-3)
        assert peak >= row["peak_prefill_bytes"]


@pytest.mark.parametrize(
    ("quant", "kv_type", "message"),
    [
        ("bnb-nf4", None, "not for MLX: a CUDA library; known: bf16, f16, mlx-3bit"),
        ("Q4_K_M", None, "not known; known: bf16"),
        ("mlx-4bit", "fp8", "kv_type = 'fp8': not known; known: bf16, f16, q4_0, q8_0"),
    ],
)
def test_refusals_say_what_and_why(quant: str, kv_type: str | None, message: str) -> None:
    with pytest.raises(MemoryModelError, match=message):
        estimator(architecture("Llama-3.1-8B"), quant, "mlx", RunSettings(kv_type=kv_type))
