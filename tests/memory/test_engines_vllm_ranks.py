"""What one rank of several holds, against what vLLM's own classes and functions return."""

from __future__ import annotations

from collections import defaultdict

import pytest

from generator.accuracy.engine_measurements import QUANTIZATIONS
from generator.memory.engines.vllm.ranks import cache_portion, rank_weight_bytes
from generator.memory.engines.vllm.weights import engine_weight_terms, growth_bytes, loaded_bytes
from generator.memory.errors import UnsupportedError
from generator.memory.estimate import estimator
from generator.memory.kv_cache import RecurrentState, caches
from generator.memory.profile import Component
from generator.memory.settings import RunSettings
from tests.memory.engine_rows import raw_rows
from tests.reference import architecture

VISION_TOWER = "Qwen3.5-35B-A3B"
"""Measured with its vision tower, which we leave out."""

NEMOTRON = {"Nemotron-3-Nano-30B-A3B", "Nemotron-H-56B"}
"""Their grouped norms are cut too, which we count whole; two of a thousand at most."""


def loading_bytes(model: str, quant: str, ranks: int) -> int:
    """A rank's parameters as they are created, before processing adds to them."""
    shape = architecture(model)
    grown = growth_bytes(shape, quant)
    tables = sum(t.fixed_bytes for t in engine_weight_terms(shape, quant)) - loaded_bytes(shape, quant) - grown
    return rank_weight_bytes(shape, quant, ranks) - grown // ranks - tables


def test_weights_of_a_rank_are_met_but_for_scales_that_every_rank_keeps():
    """Scales of whole matrices aren't cut; we cut them, which no rank feels: a ten-thousandth at most."""
    exact = compared = 0
    for row in raw_rows("vllm"):
        quant = QUANTIZATIONS["vllm"].get(row.get("quant"))
        if row["metric"] != "weights_bytes_per_rank" or row["tp"] == 1 or not quant or row["model"] == VISION_TOWER:
            continue
        try:
            ours = loading_bytes(row["model"], quant, row["tp"])
        except UnsupportedError:
            assert quant in ("mxfp4", "gptq-int4", "awq-int4"), row["model"]
            continue
        compared += 1
        exact += ours == row["value"]
        bound = 0.002 if row["model"] in NEMOTRON else 0.004 if row["model"] == "Qwen3-30B-A3B" else 1e-4
        assert abs(ours - row["value"]) / row["value"] < bound, (row["model"], quant, row["tp"])
    assert compared >= 90
    assert exact >= 55


def test_what_the_engine_refuses_is_refused_where_rows_are_cut():
    refused = defaultdict(set)
    for row in raw_rows("vllm"):
        quant = QUANTIZATIONS["vllm"].get(row.get("quant"))
        if row["metric"] == "weights_error" and row["tp"] > 1 and quant:
            refused[row["model"], quant].add(row["tp"])
    for model in ("GLM-4.5-Air", "DeepSeek-V2-Lite"):
        for ranks in refused[model, "fp8"]:
            with pytest.raises(UnsupportedError, match="no whole blocks of fp8"):
                rank_weight_bytes(architecture(model), "fp8", ranks)


def test_heads_that_can_not_be_divided_are_refused():
    with pytest.raises(UnsupportedError, match="attention heads can't be divided"):
        rank_weight_bytes(architecture("Llama-3.1-8B"), "bf16", 3)


def test_caches_of_a_rank_are_met_to_the_byte_and_state_is_never_below():
    exact = compared = 0
    for row in raw_rows("vllm"):
        plain = row["metric"] == "kv_bytes_one_request" and row["tp"] > 1 and not row.get("setting")
        if not plain or "H100" not in row["gpu"] or not row["prefix_caching"]:
            continue
        kv_type = {"auto": "bf16", "fp8": "fp8"}.get(row["kv_cache_dtype"])
        if kv_type is None:
            continue
        shape = architecture(row["model"])
        settings = RunSettings(kv_type=kv_type, max_num_batched_tokens=row["max_num_batched_tokens"])
        profile = estimator(shape, "bf16", "vllm", settings).memory.profile
        terms = [t for t in profile.terms if t.component in (Component.KV_CACHE, Component.RECURRENT_STATE)]
        ours = 0
        for term, cache in zip(terms, caches(shape), strict=True):
            part, whole = cache_portion(cache, row["tp"])
            ours += term.size(row["max_model_len"]) * part // whole
        compared += 1
        exact += ours == row["value"]
        if any(isinstance(cache, RecurrentState) for cache in caches(shape)):
            assert ours >= 0.99 * row["value"]
        else:
            assert ours == row["value"], (row["model"], row["tp"])
    assert compared >= 200
    assert exact >= 200
