"""Where a scenario fits, told by the figures of the core and what drivers report."""

from __future__ import annotations

import pytest

from generator.catalog import Catalog, load_catalog
from generator.memory.estimate import ErrorBand, estimator
from generator.placement import (
    Verdict,
    experts_in_ram,
    fewest_experts_in_ram,
    layers_in_ram,
    nearest,
    one_device,
    several,
    smallest_device,
)
from generator.placement.offload import expert_blocks, experts_bytes, head_bytes
from tests.reference import DATA, architecture

BAND = ErrorBand(0.95, 1.05)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(DATA)


def test_a_device_fits_only_if_the_high_total_does(catalog: Catalog) -> None:
    card = catalog.device("rtx-4090")
    found = estimator(architecture("Llama-3.1-8B"), "Q4_K_M")
    for context in (8192, 65536, 131072):
        estimate = found.at(context, band=BAND)
        fit = one_device(estimate, card)
        assert (fit.verdict is Verdict.FITS) == (estimate.total_high_bytes <= card.memory_bytes)
        assert fit.headroom_bytes == card.memory_bytes - estimate.total_bytes


def test_the_smallest_device_has_none_below_it_that_fits(catalog: Catalog) -> None:
    estimate = estimator(architecture("Qwen3-30B-A3B"), "Q4_K_M").at(32768, band=BAND)
    devices = catalog.devices.values()
    smallest = smallest_device(estimate, devices)
    below = [device for device in devices if device.memory_bytes < smallest.memory_bytes]
    assert all(one_device(estimate, device).verdict is not Verdict.FITS for device in below)


def test_nothing_holds_ten_million_tokens_of_scout_and_the_nearest_is_the_largest(catalog: Catalog) -> None:
    estimate = estimator(architecture("Llama-4-Scout"), "Q4_K_M").at(10485760, band=BAND)
    devices = [device for device in catalog.devices.values() if device.vendor == "nvidia"]
    assert smallest_device(estimate, devices) is None
    closest = nearest(estimate, devices)
    assert closest.device.memory_bytes == max(device.memory_bytes for device in devices)
    assert closest.headroom_bytes < 0


def test_several_devices_are_as_few_as_do_and_each_holds_its_share(catalog: Catalog) -> None:
    card = catalog.device("rtx-3090")
    found = estimator(architecture("Llama-3.3-70B"), "Q4_K_M")
    fit = several(found, 8192, card, BAND)
    assert fit.verdict is Verdict.FITS
    assert fit.count * card.memory_bytes > found.at(8192, band=BAND).total_bytes
    assert (fit.count - 1) * card.memory_bytes < found.at(8192, band=BAND).total_high_bytes + (fit.count - 1) * 10**9


def test_experts_in_system_memory_leave_the_device_and_arrive_on_the_host(catalog: Catalog) -> None:
    card = catalog.device("rtx-4090")
    found = estimator(architecture("Qwen3-30B-A3B"), "Q8_0")
    whole = found.at(32768, band=BAND)
    offload = experts_in_ram(found, 32768, card, BAND)
    moved = whole.total_bytes - offload.device_bytes
    experts = sum(t.elements for t in found.architecture.tensors() if "_exps" in t.name)
    assert moved == offload.host_bytes - whole.host_bytes == experts * 34 // 32
    assert experts_in_ram(estimator(architecture("Llama-3.1-8B"), "Q8_0"), 32768, card, BAND) is None


def test_experts_leave_the_device_block_by_block_and_no_further_than_must_be(catalog: Catalog) -> None:
    card = catalog.device("rtx-4090")
    found = estimator(architecture("Qwen3-30B-A3B"), "Q8_0")
    offload = fewest_experts_in_ram(found, 32768, card, BAND)
    assert offload is not None
    # 128 experts of three matrices of 2048 by 768 in each of 48 blocks; 34 bytes for 32 weights.
    block = 128 * 3 * 2048 * 768 * 34 // 32
    assert offload.host_experts_bytes == offload.expert_blocks * block
    assert offload.verdict is Verdict.FITS
    assert offload.device_high_bytes + block > offload.capacity_bytes
    assert offload.host_bytes - found.at(32768, band=BAND).host_bytes == offload.host_experts_bytes
    assert fewest_experts_in_ram(estimator(architecture("Llama-3.1-8B"), "Q8_0"), 32768, card, BAND) is None


@pytest.mark.parametrize("quant", ["Q4_K_M", "IQ2_XXS"])
@pytest.mark.parametrize("name", ["Qwen3-30B-A3B", "DeepSeek-V3"])
def test_the_experts_of_all_blocks_are_the_experts_that_the_engine_counts(name: str, quant: str) -> None:
    found = estimator(architecture(name), quant)
    assert sum(size for _, size in expert_blocks(found)) == experts_bytes(found)


def test_layers_in_system_memory_leave_as_many_on_the_device_as_surely_fit(catalog: Catalog) -> None:
    card = catalog.device("rtx-4090")
    found = estimator(architecture("Llama-3.3-70B"), "Q4_K_M")
    offload = layers_in_ram(found, 8192, card, BAND)
    assert 0 < offload.layers_on_device < 80
    assert offload.verdict is Verdict.FITS
    per_layer = found.at(8192).weights_device_bytes // 80
    assert offload.capacity_bytes - offload.device_high_bytes < per_layer + 10**8


@pytest.mark.parametrize("name", ["Llama-3.1-8B", "Gemma-3-4B"])
def test_the_output_head_is_no_part_of_the_layers_that_can_move(name: str) -> None:
    found = estimator(architecture(name), "Q8_0")
    shape = found.architecture
    assert head_bytes(found) == shape.vocab_size * shape.hidden_size * 34 // 32
