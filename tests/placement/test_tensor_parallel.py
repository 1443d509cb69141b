"""Layers cut among several devices by vLLM."""

from __future__ import annotations

import pytest

from generator.catalog import load_catalog
from generator.memory.estimate import ErrorBand, estimator
from generator.placement import Verdict, several
from generator.placement.tensor_parallel import can_share, tensor_parallel
from tests.reference import DATA, architecture

EXACT = ErrorBand()


@pytest.mark.parametrize("model", ["Llama-3.3-70B", "Qwen3-30B-A3B", "Gemma-3-27B"])
def test_more_ranks_leave_less_on_each(model: str):
    found = estimator(architecture(model), "bf16", "vllm")
    whole = found.at(32768).total_bytes
    totals = [tensor_parallel(found, 32768, ranks, "nvidia", EXACT)[0] for ranks in (2, 4, 8)]
    assert whole > totals[0] > totals[1] > totals[2]
    assert 8 * totals[2] > whole


def test_latent_attention_keeps_its_whole_cache_on_every_rank():
    """DeepSeek-V3 at 32,768 tokens: 2,302,672,896 bytes on every rank, as vLLM returns for 1 to 8 of them."""
    found = estimator(architecture("DeepSeek-V3"), "fp8", "vllm")
    short, long = (tensor_parallel(found, context, 8, "nvidia", EXACT)[0] for context in (16, 32768))
    assert 0 < 2302672896 - (long - short) < 2302672896 / 1000


def test_heads_decide_how_many_devices_can_share():
    found = estimator(architecture("Llama-3.1-8B"), "bf16", "vllm")
    assert [ranks for ranks in range(2, 9) if can_share(found, ranks)] == [2, 4, 8]


def test_several_devices_skip_numbers_that_the_engine_refuses():
    card = load_catalog(DATA).devices["rtx-4090"]
    fit = several(estimator(architecture("Llama-3.3-70B"), "fp8", "vllm"), 8192, card, EXACT)
    assert fit.count in (4, 8)
    assert fit.verdict is Verdict.FITS
