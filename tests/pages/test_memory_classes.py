"""A memory size means what cards of that size report, so classes and devices never contradict each other."""

from __future__ import annotations

import pytest

from generator.catalog.memory_class import card_bytes, memory_classes
from generator.pages.facts import facts
from generator.placement import Verdict, one_device
from tests.sample_site import SAMPLES, atlas

MIB = 1 << 20


@pytest.mark.parametrize(
    ("gb", "mib"),
    [
        (8, 8188),  # GeForce RTX 4060
        (12, 12288),  # GeForce RTX 3060
        (24, 24560),  # Radeon RX 7900 XTX, a few MiB below the GeForce RTX 4090
        (80, 81559),  # H100, below the A100's 81,920
        (128, 110100),  # no common card has it: Apple M5 Max
        (6, 6131),  # nothing common: GeForce RTX 4050 Laptop GPU
    ],
)
def test_a_size_is_what_the_driver_reports_of_the_tightest_common_card(gb: int, mib: int) -> None:
    assert card_bytes(atlas().catalog, gb, "llama.cpp") == mib * MIB


def test_a_size_that_no_device_has_is_decimal() -> None:
    assert card_bytes(atlas().catalog, 7, "llama.cpp") == 7_000_000_000


@pytest.mark.parametrize("engine", ["llama.cpp", "vllm", "transformers", "mlx"])
def test_classes_grow(engine: str) -> None:
    classes = memory_classes(atlas().catalog, engine)
    assert [each.gb for each in classes] == sorted({each.gb for each in classes})
    sizes = [each.capacity_bytes for each in classes]
    assert sizes == sorted(set(sizes))


def test_classes_are_those_of_the_site_where_an_engine_runs_on_cards() -> None:
    classes = memory_classes(atlas().catalog, "llama.cpp")
    assert [each.gb for each in classes] == sorted(atlas().catalog.site.memory_classes_gb)


@pytest.mark.parametrize("slug", SAMPLES)
def test_a_class_that_holds_a_scenario_means_that_its_common_cards_do(slug: str) -> None:
    catalog, subject = atlas().catalog, atlas().subject(slug)
    cards = [catalog.devices[name] for name in catalog.site.common_devices]
    for quantization in subject.quantizations:
        for context in subject.contexts:
            found = facts(subject, quantization, context)
            if found.memory_class is None:
                continue
            generations = catalog.engines[found.engine].generations
            of_size = [
                c for c in cards if c.memory_gb_marketed == found.memory_class.gb and c.generation in generations
            ]
            of_size = [c for c in of_size if not c.unified_memory] or of_size
            for card in of_size:
                assert one_device(found.estimate, card, found.pytorch).verdict is Verdict.FITS
