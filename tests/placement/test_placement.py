"""Where a scenario fits, told by the figures of the core and what drivers report."""

from __future__ import annotations

import pytest

from generator.catalog import Catalog, load_catalog
from generator.memory.estimate import ErrorBand, estimator
from generator.placement import Verdict, experts_in_ram, layers_in_ram, nearest, one_device, several, smallest_device
from generator.placement.offload import head_bytes
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
