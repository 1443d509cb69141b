"""Tips and verdict follow from the figures: what dominates, what fits, what to do instead."""

from __future__ import annotations

import pytest

from generator.pages.page import Page
from generator.pages.parts.holders import short_name
from tests.sample_site import atlas, pages


def page(path: str) -> Page:
    return pages(path.split("/")[1])[path]


def captions(path: str) -> list[str]:
    return [table.caption for table in page(path).body.hardware]


def test_a_model_beyond_one_consumer_card_names_several() -> None:
    assert "Several devices, layers split among them" in captions("/llama-4-scout/q4_k_m/32k/")
    assert "Several devices, layers split among them" not in captions("/llama-3.2-1b/q4_k_m/32k/")


def test_each_memory_size_is_named_once_among_several_devices() -> None:
    devices = {short_name(device): device for device in atlas().catalog.devices.values()}
    for table in page("/llama-4-scout/q4_k_m/32k/").body.hardware[1:2]:
        names = [row.texts[0].split(" × ")[1] for row in table.rows]
        sizes = [devices[name].memory_gb_marketed for name in names]
        assert len(sizes) == len(set(sizes))
        assert not any(devices[name].unified_memory for name in names)


def test_experts_in_system_memory_bring_scout_to_small_cards() -> None:
    table = page("/llama-4-scout/q4_k_m/32k/").body.hardware[-1]
    assert table.caption == "One device and system memory"
    assert all(row.texts[1].startswith("the routed experts of ") for row in table.rows)
    assert "system memory" in page("/llama-4-scout/q4_k_m/32k/").body.verdict


@pytest.mark.parametrize("slug", ["llama-4-scout", "gemma-3-27b", "llama-3.2-1b"])
def test_the_verdict_says_that_the_context_decides_where_the_cache_is_the_larger(slug: str) -> None:
    for found in pages(slug).values():
        if found.kind != "scenario":
            continue
        sizes = {segment.part: segment.size_bytes for segment in found.body.bar.segments}
        larger = sizes.get("cache", 0) + sizes.get("state", 0) > sizes["weights"]
        assert found.body.verdict.startswith("The context decides") == larger


def test_ten_million_tokens_are_eased_by_less_context_and_not_by_fewer_bits() -> None:
    verdict = page("/llama-4-scout/q4_k_m/10m/").body.verdict
    assert "a shorter context" in verdict
    assert "a smaller quantization" not in verdict
