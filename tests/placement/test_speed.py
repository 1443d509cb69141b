"""Speeds: bounds that no measured run exceeds, and ranges that move the right way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.accuracy.bands import Bands
from generator.accuracy.speeds import SpeedComparison, compare_speeds, dumps, efficiencies, measured_speeds
from generator.catalog import Efficiency, load_catalog
from generator.memory.estimate import EXACT, estimator
from generator.memory.work import active_share, prompt_operations, token_reads
from generator.placement import experts_in_ram, fewest_experts_in_ram, layers_in_ram
from generator.placement.speed import decode_speed, efficiency, prefill_speed, split_decode_speed
from generator.scenarios import Atlas
from tests.reference import DATA, REFERENCE, architecture

CATALOG = load_catalog(DATA)
ATLAS = Atlas(CATALOG, Bands.load(DATA / "accuracy.json"))
KNOWN = CATALOG.efficiency_groups
CARD = CATALOG.device("rtx-4090")
BY_SIZE = ("Q2_K", "Q3_K_M", "Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0", "F16")
MODELS = ("Llama-3.1-8B", "Qwen3-30B-A3B", "Gemma-3-27B", "DeepSeek-V2-Lite")
contexts = st.integers(1, 131072)


@pytest.fixture(scope="module")
def compared() -> tuple[SpeedComparison, ...]:
    return tuple(compare_speeds(measured_speeds(REFERENCE), CATALOG))


def test_no_measured_run_is_faster_than_its_bound(compared: tuple[SpeedComparison, ...]) -> None:
    assert len(compared) > 600
    above = [(row.measured, row.efficiency) for row in compared if row.efficiency > 1]
    assert above == []


def test_the_stored_efficiencies_are_what_the_measured_rows_give_today(compared: tuple[SpeedComparison, ...]) -> None:
    assert (DATA / "speed.json").read_text(encoding="utf-8") == dumps(efficiencies(compared))


def test_every_measured_row_names_its_source_and_a_device_and_model_of_the_catalogue() -> None:
    for row in measured_speeds(REFERENCE):
        assert row.source, row
        assert row.device in CATALOG.devices, row
        assert row.model in CATALOG.models, row


@pytest.mark.parametrize("name", MODELS)
@given(shorter=contexts, longer=contexts)
def test_more_context_is_never_faster(name: str, shorter: int, longer: int) -> None:
    found = estimator(architecture(name), "Q4_K_M")
    shorter, longer = sorted((shorter, longer))
    before, after = (decode_speed(found, context, CARD, KNOWN) for context in (shorter, longer))
    assert after.bound <= before.bound
    assert after.typical <= before.typical


@pytest.mark.parametrize("name", MODELS)
def test_fewer_bits_are_never_slower_and_the_range_stays_below_the_bound(name: str) -> None:
    speeds = [decode_speed(estimator(architecture(name), quant), 8192, CARD, KNOWN) for quant in BY_SIZE]
    assert [speed.bound for speed in speeds] == sorted((speed.bound for speed in speeds), reverse=True)
    assert all(0 < speed.low <= speed.typical <= speed.high < speed.bound for speed in speeds)


def test_a_dense_model_reads_its_matrices_and_cache_once_a_token() -> None:
    found = estimator(architecture("Llama-3.1-8B"), "Q8_0")
    matrices = found.architecture.parameters() - 128256 * 4096
    norms = (2 * 32 + 1) * 4096
    reads = token_reads(found, 8192)
    assert reads.weights_bytes == (matrices - norms) * 34 // 32 + norms * 4 + 64 * 4
    assert reads.cache_bytes == 2 * 32 * 8 * 128 * 2 * 8192
    assert reads.experts_bytes == 0


def test_a_mixture_of_experts_reads_the_chosen_ones_only() -> None:
    shape = architecture("Qwen3-30B-A3B")
    assert active_share(shape) == 8 / 128
    reads = token_reads(estimator(shape, "Q8_0"), 1)
    assert reads.experts_bytes == 48 * 8 * 3 * 2048 * 768 * 34 // 32


@pytest.mark.parametrize(("slug", "engine"), [("llama-3.1-8b", "vllm"), ("gemma-3-4b", "vllm"), ("qwen3-8b", "mlx")])
def test_engines_that_keep_the_embedding_on_the_device_read_no_more_of_it(slug: str, engine: str) -> None:
    subject = ATLAS.subject(slug)
    quant = CATALOG.quantizations["bf16"]
    other, ours = (token_reads(subject.estimator(quant, name), 1).weights_bytes for name in (engine, "llama.cpp"))
    assert other == pytest.approx(ours, rel=0.002)


def test_a_prompt_costs_two_operations_a_parameter_and_more_the_longer_it_is() -> None:
    shape = architecture("Llama-3.1-8B")
    matrices = shape.parameters() - 2 * 128256 * 4096
    assert prompt_operations(shape, 512) == pytest.approx(2 * matrices, rel=0.02)
    attention = prompt_operations(shape, 512, 65536) - prompt_operations(shape, 512)
    assert attention == pytest.approx(4 * 32 * 32 * 128 * 65536)
    found = estimator(shape, "Q4_K_M")
    assert prefill_speed(found, 512, CARD, KNOWN).typical > prefill_speed(found, 32768, CARD, KNOWN).typical


def test_experts_in_system_memory_are_read_at_its_bandwidth() -> None:
    found = estimator(architecture("Qwen3-30B-A3B"), "Q4_K_M")
    memory, offload = CATALOG.site.system_memory, experts_in_ram(found, 8192, CARD, EXACT)
    split = split_decode_speed(found, 8192, offload, memory, KNOWN)
    reads = token_reads(found, 8192)
    apart = (reads.total_bytes - reads.experts_bytes) / 1008e9 + reads.experts_bytes / 100e9
    assert split.bound == pytest.approx(1 / apart)
    assert split.high < decode_speed(found, 8192, CARD, KNOWN).bound


def test_experts_that_the_device_has_room_for_are_read_at_its_own_bandwidth() -> None:
    found = estimator(architecture("Qwen3-30B-A3B"), "Q4_K_M")
    memory, card = CATALOG.site.system_memory, CATALOG.device("rtx-4060-ti-16gb")
    some, every = fewest_experts_in_ram(found, 8192, card, EXACT), experts_in_ram(found, 8192, card, EXACT)
    assert some.host_experts_bytes < every.host_experts_bytes
    faster, slower = (split_decode_speed(found, 8192, each, memory, KNOWN) for each in (some, every))
    reads = token_reads(found, 8192)
    host = reads.experts_bytes * some.host_experts_bytes / every.host_experts_bytes
    assert faster.bound == pytest.approx(1 / ((reads.total_bytes - host) / 288e9 + host / 100e9))
    assert faster.bound > slower.bound


def test_fewer_layers_on_the_device_are_slower() -> None:
    found = estimator(architecture("Llama-3.3-70B"), "Q4_K_M")
    memory = CATALOG.site.system_memory
    some, few = (layers_in_ram(found, 8192, CATALOG.device(name), EXACT) for name in ("rtx-4090", "rtx-4080-super"))
    assert few.layers_on_device < some.layers_on_device
    slow, fast = (split_decode_speed(found, 8192, offload, memory, KNOWN) for offload in (few, some))
    assert slow.typical < fast.typical


def test_a_measured_run_with_experts_in_system_memory_lies_in_its_range() -> None:
    """36.7 tokens a second: RTX 2080, 36 of 48 layers' experts in DDR4 that moves 102 GB a second (llmfit pull 755)."""
    found = estimator(architecture("Qwen3-30B-A3B"), "Q4_K_M")
    reads = token_reads(found, 256)
    host = reads.experts_bytes * 36 / 48
    basis = efficiency(KNOWN, "decode", "nvidia", "MoE")
    at_best = 1 / ((reads.total_bytes - host) / 448e9 + host / 102e9)
    assert at_best > 36.7
    assert at_best * basis.low * 60 / 102 < 36.7


def test_a_device_without_bandwidth_has_no_speed() -> None:
    found = estimator(architecture("Llama-3.1-8B"), "Q4_K_M")
    unknown = CARD.model_copy(update={"bandwidth_gb_s": None, "fp16_tflops": None, "int8_tops": None})
    assert decode_speed(found, 8192, unknown, KNOWN) is None
    assert prefill_speed(found, 512, unknown, KNOWN) is None


def test_a_group_too_small_to_tell_leaves_the_word_to_the_wider_one() -> None:
    assert efficiency(KNOWN, "decode", "nvidia", "MoE").vendor == "nvidia"
    unmeasured = efficiency(KNOWN, "decode", "huawei", "dense")
    assert (unmeasured.vendor, unmeasured.kind) == ("any", "dense")
    assert efficiency({}, "decode", "nvidia", "dense") is None


def test_quantiles_are_those_of_the_rows(compared: tuple[SpeedComparison, ...]) -> None:
    shares = sorted(c.efficiency for c in compared if c.measured.phase == "decode" and c.vendor == "apple")
    whole = KNOWN["decode", "apple", "any"]
    assert isinstance(whole, Efficiency)
    assert whole.rows == len(shares)
    below = sum(share <= whole.median for share in shares)
    assert below == pytest.approx(len(shares) / 2, abs=2)
