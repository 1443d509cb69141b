"""Every figure that llama.cpp printed for weights, caches and outputs is ours to the byte."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

import pytest

from generator.memory.architecture import from_config
from generator.memory.engines.llama_cpp.caches import CELL_PADDING, cache_terms
from generator.memory.errors import UnsupportedError
from generator.memory.estimate import estimator
from generator.memory.gguf import stored_tensors
from generator.memory.profile import MemoryProfile
from generator.memory.settings import RunSettings
from tests.reference import architecture, json_lines, measured_names, models, rows_by_model

CACHES = "kv_cache_bytes+recurrent_state_bytes"
WEIGHTS = ("weights_file_bytes", "weights_device_bytes", "weights_host_bytes")


@pytest.mark.parametrize(
    ("metric", "name"), [(metric, name) for metric in WEIGHTS for name in measured_names("llama.cpp", metric)]
)
def test_every_measured_size_of_weights_is_met_to_the_byte(metric: str, name: str) -> None:
    missed = []
    for row in rows_by_model()["llama.cpp", name, metric]:
        settings = RunSettings(**({"mtp_in_file": models()[name].mtp_in_file} | dict(row.settings)))
        ours = getattr(estimator(architecture(name), row.quant, "llama.cpp", settings).at(row.context), metric)
        if ours != row.value:
            missed.append((row.quant, dict(row.settings), ours, row.value))
    assert missed == []


@pytest.mark.parametrize("name", measured_names("llama.cpp", CACHES))
def test_every_measured_size_of_caches_is_met_to_the_byte(name: str) -> None:
    missed = []
    for row in rows_by_model()["llama.cpp", name, CACHES]:
        settings = RunSettings(**row.settings)
        profile = MemoryProfile(cache_terms(architecture(name), settings), CELL_PADDING)
        ours = profile.size(settings.context_per_stream(profile.padded(row.context)))
        if ours != row.value:
            missed.append((row.context, dict(row.settings), ours, row.value))
    assert missed == []


def test_every_measured_model_and_row_is_among_the_checked_ones() -> None:
    counts = {
        metric: sum(len(rows_by_model()["llama.cpp", name, metric]) for name in measured_names("llama.cpp", metric))
        for metric in ("weights_file_bytes", CACHES)
    }
    assert counts["weights_file_bytes"] == sum(
        row["metric"] == "weights_bytes" and row.get("source") == "F16 gguf" for row in json_lines("llamacpp.jsonl")
    )
    assert counts[CACHES] == sum(
        row["metric"] == "kv_bytes" and "real" not in row["model"] for row in json_lines("llamacpp.jsonl")
    )


@lru_cache(maxsize=1)
def _tensor_types() -> dict[str, list[dict]]:
    found = defaultdict(list)
    for row in json_lines("llamacpp_tensor_types.jsonl"):
        if row["source"] == "F16 gguf":
            found[row["model"]].append(row)
    return found


def _layers(text: str | None) -> list[int | None]:
    if text is None:
        return [None]
    spans = (part.split("-") for part in str(text).split(","))
    return [layer for span in spans for layer in range(int(span[0]), int(span[-1]) + 1)]


@pytest.mark.parametrize("name", sorted(_tensor_types()))
def test_every_tensor_gets_the_type_that_the_quantizer_chose(name: str) -> None:
    base = name.removesuffix(" +MTP")
    with_mtp = name != base or models()[base].mtp_in_file
    for row in _tensor_types()[name]:
        expected = {
            (tensor["name"], layer): tensor["type"].lower()
            for tensor in row["tensors"]
            for layer in _layers(tensor["layers"])
        }
        stored = stored_tensors(architecture(base), row["quant"], with_mtp, bool(row["imatrix"]))
        ours = {(item.tensor.name, item.tensor.layer): item.format.name for item in stored}
        assert ours == expected, row["quant"]


def test_a_real_file_of_gemma_3_270m_holds_as_many_tensor_bytes() -> None:
    (row,) = [
        r for r in json_lines("llamacpp.jsonl") if r["metric"] == "weights_bytes" and r.get("source") == "real file"
    ]
    stored = stored_tensors(architecture("Gemma-3-270M"), row["quant"])
    assert sum(item.size for item in stored) == row["value"] == 246_587_904


def test_the_converter_s_file_keeps_the_experts_of_a_mixture_in_sixteen_bits() -> None:
    mixtral = stored_tensors(architecture("Mixtral-8x7B"), "AS_CONVERTED")
    assert {item.format.name for item in mixtral if "_exps" in item.tensor.name} == {"f16"}


def _refused_rows() -> list[dict]:
    return [row for row in json_lines("llamacpp.jsonl") if row["metric"] == "context_error"]


def test_settings_that_the_engine_refuses_are_refused() -> None:
    assert len(_refused_rows()) == 116
    for row in _refused_rows():
        settings = RunSettings(kv_type=row["kv_type"], flash_attention=row["flash_attn"], ubatch=row["n_ubatch"])
        with pytest.raises(UnsupportedError, match="quantized V cache needs flash attention"):
            estimator(architecture(row["model"]), "F16", "llama.cpp", settings)


def test_a_declared_window_that_llama_cpp_ignores_saves_nothing() -> None:
    windowed = dict(models()["Mistral-7B-v0.3"].config) | {"sliding_window": 4096}
    whole = estimator(architecture("Mistral-7B-v0.3"), "F16").at(32768)
    assert estimator(from_config(windowed), "F16").at(32768).kv_cache_bytes == whole.kv_cache_bytes == 4_294_967_296
