"""What it is like to run a model on a device: sentences over the figures of that pair and of hardware beside it."""

from __future__ import annotations

from generator.pages.on_device.pair import Pair
from generator.pages.on_device.words import in_use, smallest_with_pages
from generator.pages.parts.holders import Section
from generator.placement.holding import best, candidates, holders
from tests.sample_site import atlas


def said(model: str, device: str) -> str:
    subject, holder = atlas().subject(model), holders(atlas().catalog)[device]
    found: list[Section] = list(in_use(Pair(atlas(), subject, holder)))
    return " ".join(sentence for section in found for sentence in section.sentences).replace("\N{NO-BREAK SPACE}", " ")


def test_the_pace_is_said_with_what_a_token_reads_and_how_fast() -> None:
    text = said("qwen3-32b", "rtx-3090")
    assert "At Q5_K_M Qwen3 32B answers faster than reading on an RTX 3090: each token reads " in text
    assert " at 936 GB/s." in text


def test_cards_of_one_size_are_compared_at_the_same_bits() -> None:
    assert "an RTX 4090 gives " in said("qwen3-32b", "rtx-3090")
    assert "an RTX 3090 gives " in said("qwen3-32b", "rtx-4090")


def test_smaller_hardware_that_would_do_is_named_and_holds_it() -> None:
    subject, holder = atlas().subject("gemma-3-12b"), holders(atlas().catalog)["rtx-5090"]
    chosen = best(atlas().catalog, subject, holder)
    assert chosen is not None
    least = smallest_with_pages(atlas().catalog, chosen)
    assert least is not None
    assert least.total_bytes < holder.total_bytes
    there = next(
        each for each in candidates(atlas().catalog, subject, least) if each.quantization is chosen.quantization
    )
    assert there.runs(least)
    assert f"{chosen.quantization.name} would fit " in said("gemma-3-12b", "rtx-5090")


def test_bits_below_the_usual_are_told_with_what_they_were_measured_to_cost() -> None:
    # llama.cpp's scoreboard of Llama 3 8B: 0.812022 against 0.028152.
    text = said("llama-3.3-70b", "rtx-4090")
    assert "IQ2_XXS was measured 29 × as far from 16 bits as Q4_K_M (KL divergence 0.8120 against 0.0282)." in text
    assert "cost quality" not in said("qwen3-32b", "rtx-4090")


def test_nothing_is_said_of_what_does_not_run() -> None:
    assert said("deepseek-r1", "rtx-4060") == ""


def test_bits_that_are_no_faster_than_any_measured_run_are_not_called_faster() -> None:
    text = said("smollm2-135m", "rtx-4090")
    assert "far faster than reading" in text
    assert "the next smaller" not in text
