"""The verdict: what the need consists of, and the least hardware for it."""

from __future__ import annotations

from generator.pages.scenario.page import ScenarioBody, scenario_page
from tests.sample_site import atlas, pages


def verdict(path: str) -> str:
    found = pages(path.split("/")[1])[path].body.verdict
    assert isinstance(found, str)
    return found.replace("\N{NO-BREAK SPACE}", " ")


def of_one(slug: str, quantization: str, context: int) -> str:
    """The verdict of a page of a model whose other pages no test asks for."""
    body = scenario_page(atlas(), atlas().subject(slug), atlas().catalog.quantizations[quantization], context).body
    assert isinstance(body, ScenarioBody)
    return body.verdict.replace("\N{NO-BREAK SPACE}", " ")


def test_a_cache_larger_than_the_weights_is_told_with_what_each_step_of_context_takes() -> None:
    # 516.7 GB of cache, as llama.cpp reports it, of 593 GB; 12 full layers x (8 + 8) x 128 x 2 bytes x 1,024 tokens,
    # as the 36 chunked ones have stopped growing.
    assert verdict("/llama-4-scout/q4_k_m/10m/").startswith(
        "The context decides: the cache is 87% of the total, 50 MB for each 1K of context."
    )


def test_at_a_short_context_the_verdict_tells_what_the_full_one_would_add() -> None:
    # 16 layers x (8 + 8) x 64 x 2 bytes x 126 x 1,024 tokens are 4.2 GB, and the compute buffer grows as well.
    assert verdict("/llama-3.2-1b/q4_k_m/2k/").startswith("At 2K the weights decide; the full 128K adds 4.")


def test_a_cache_that_hardly_grows_is_no_reason_to_save_context() -> None:
    # 61 layers x 576 values x 2 bytes x 163,840 tokens.
    assert verdict("/deepseek-v3/q4_k_m/160k/").startswith(
        "The weights decide even at the full 160K: what the model keeps of it is 11.5 GB, 2.8% of the total."
    )


def test_a_device_with_hardly_anything_to_spare_is_said_to_hold_it_only_just() -> None:
    assert "One GeForce RTX 5090 holds it only just: 351 MiB stay free" in verdict("/qwen3.6-27b/q4_k_m/256k/")
    assert "is enough and stays more than half empty" in verdict("/llama-3.2-1b/q4_k_m/2k/")


def test_two_cards_at_home_are_named_beside_the_machine_that_holds_it_alone() -> None:
    assert "At home it takes 2 × GeForce RTX 3090 or an Apple M4 Max 64 GB." in of_one("llama-3.3-70b", "q4_k_m", 8192)


def test_a_state_that_never_grows_is_no_share_of_anything() -> None:
    assert of_one("mamba-2.8b", "q4_k_m", 2048).startswith(
        "The weights decide, and it takes the same at 1M: its state never grows."
    )


def test_what_no_card_at_home_holds_is_said_so_with_the_machine_that_does() -> None:
    assert "or an NVIDIA DGX Spark (GB10)." in verdict("/qwen3.6-27b/fp8/256k/")
