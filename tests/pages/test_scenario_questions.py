"""Questions about fitting: every answer holds against the core, and differs where the figures do."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from generator.catalog import Quantization
from generator.catalog.memory_class import card_bytes
from generator.pages.scenario.page import ScenarioBody, scenario_page
from generator.scenarios import Subject
from generator.urls import scenario_path
from tests.sample_site import SAMPLES, atlas, pages

ASKED = (8, 12, 16, 24, 32, 48)
ENGINE = "llama.cpp"


def answer(path: str, start: str) -> str:
    body = pages(path.split("/")[1])[path].body
    found = next(entry.answer for entry in body.faq if entry.question.startswith(start))
    return found.replace("\N{NO-BREAK SPACE}", " ")


def capacity(gb: int) -> int:
    return card_bytes(atlas().catalog, gb, ENGINE)


def scenarios(slug: str) -> Iterator[tuple[Subject, Quantization, int, str]]:
    """Every seventh scenario in llama.cpp, with its path."""
    subject = atlas().subject(slug)
    found = [(q, c) for q in subject.quantizations if subject.engine(q) == ENGINE for c in subject.contexts]
    for quantization, context in found[::7]:
        yield subject, quantization, context, scenario_path(slug, quantization.slug, context)


def sizes(text: str) -> set[int]:
    """``24, 32 and 48 GB`` -> {24, 32, 48}."""
    return {int(number) for number in re.findall(r"\d+", text)}


@pytest.mark.parametrize("slug", SAMPLES)
def test_exactly_the_sizes_above_the_high_end_are_said_to_hold_it(slug: str) -> None:
    for subject, quantization, context, path in scenarios(slug):
        high = subject.estimate(quantization, context).total_high_bytes
        text = answer(path, "Does ")
        said = set(ASKED) if text.startswith("Yes, in each") else sizes(text.partition(", yes")[0])
        said = set() if text.startswith("In none") else said
        assert said == {gb for gb in ASKED if high <= capacity(gb)}, path


@pytest.mark.parametrize(
    ("path", "start"),
    [
        ("/gemma-3-27b/q4_k_m/32k/", "Yes: 2 × "),
        ("/llama-4-scout/q4_k_m/10m/", "Not two: it takes 3 × "),
    ],
)
def test_two_smaller_cards_are_answered_with_yes_or_the_number_that_does(path: str, start: str) -> None:
    assert answer(path, "Would two smaller cards").startswith(start)


def test_what_fits_every_card_asks_for_no_second() -> None:
    body = pages("llama-3.2-1b")["/llama-3.2-1b/q4_k_m/2k/"].body
    assert not [entry for entry in body.faq if entry.question.startswith("Would two")]


def test_a_quantized_cache_saves_what_the_core_says_and_the_size_it_reaches_is_named() -> None:
    # 32 values take 64 bytes in f16, 34 in q8_0 and 18 in q4_0: 30 / 64 and 46 / 64 of 516.7 GB.
    text = answer("/llama-4-scout/q4_k_m/10m/", "What does quantizing")
    assert text.startswith("242.2 GB with q8_0 and 371.4 GB with q4_0, of 516.7 GB in 16 bits.")
    assert text.endswith("which fits a 288 GB device.")


@pytest.mark.parametrize("slug", SAMPLES)
def test_pages_of_one_quantization_answer_in_their_own_figures(slug: str) -> None:
    subject = atlas().subject(slug)
    paths = [scenario_path(slug, "q4_k_m", context) for context in subject.contexts]
    assert len({answer(path, "Does ") for path in paths}) > len(paths) // 2


@pytest.mark.parametrize("slug", SAMPLES)
def test_what_is_advised_for_sizes_that_are_too_small_fits_them_and_their_device_is_named_once(slug: str) -> None:
    names = {quantization.name: quantization for quantization in atlas().subject(slug).quantizations}
    for subject, quantization, context, path in scenarios(slug):
        text = answer(path, "Does ")
        for gb, ways in re.findall(r"[Ww]ith (\d+) GB, take ([^;]*?)(?:;|\.$)", text):
            for way in ways.split(" or "):
                kind = re.sub(r" \([^)]*\)", "", way)
                quantized = re.fullmatch(r"a (q\w+) cache", kind)
                estimate = (
                    subject.estimate(quantization, context, kv_type=quantized[1])
                    if quantized
                    else subject.estimate(names[kind], context)
                )
                assert estimate.total_high_bytes <= capacity(int(gb)), (path, way)
        for gb, tokens in re.findall(r"[Ww]ith (\d+) GB, stay below ([\d,]+) tokens", text):
            longest = int(tokens.replace(",", ""))
            assert subject.estimate(quantization, longest).total_high_bytes <= capacity(int(gb))
            assert longest < context


def of_one(slug: str, quantization: str, context: int) -> ScenarioBody:
    """A page of a model whose other pages no test asks for."""
    body = scenario_page(atlas(), atlas().subject(slug), atlas().catalog.quantizations[quantization], context).body
    assert isinstance(body, ScenarioBody)
    return body


def test_a_cache_that_is_hardly_any_of_the_total_saves_little() -> None:
    # 61 layers x (576 + 128 values) x 2 bytes x 2,048 tokens of 405 GB.
    found = of_one("deepseek-v3.2", "q4_k_m", 2048)
    text = next(each.answer for each in found.faq if each.question.startswith("What does quantizing"))
    assert text.startswith("Little: ")
    assert "fits" not in text


def test_a_device_that_holds_it_although_others_sold_with_as_much_do_not_is_no_contradiction() -> None:
    # A DGX Spark reports 119.6 GiB and holds it, other devices sold with 128 GB report less and don't.
    found = of_one("llama-4-scout", "q4_k_m", 1 << 20)
    assert any("the NVIDIA DGX Spark (GB10) is the smallest to hold it" in each for each in found.answer)
    does = next(each.answer for each in found.faq if each.question.startswith("Does ")).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert "The NVIDIA DGX Spark (GB10) holds it." in does
    assert not [
        tip for tip in found.tips if "128\N{NO-BREAK SPACE}GB" in tip or "141\N{NO-BREAK SPACE}GB device." in tip
    ]


def test_in_another_engine_the_published_form_is_advised_where_this_one_needs_too_much() -> None:
    found = of_one("gpt-oss-20b", "mxfp4", 8192)
    does = next(each.answer for each in found.faq if each.question.startswith("Does "))
    assert "take MXFP4_MOE in llama.cpp" in does


def test_one_bit_weights_are_advised_to_nobody_who_asks_for_four() -> None:
    found = of_one("qwen3-32b", "q4_k_m", 32768)
    assert not [each for each in found.faq if "IQ1" in each.answer]


def test_what_is_beyond_every_card_names_the_machine_that_holds_it_and_contradicts_nothing() -> None:
    text = answer("/deepseek-v3/q4_k_m/160k/", "Does ")
    assert text.endswith("No card does; the Apple M3 Ultra 512 GB holds it.")


def test_a_smaller_context_is_named_where_it_brings_a_smaller_device_and_the_next_one_would_not() -> None:
    tips = [
        tip.replace("\N{NO-BREAK SPACE}", " ") for tip in pages("qwen3.6-27b")["/qwen3.6-27b/q4_k_m/256k/"].body.tips
    ]
    subject, chosen = atlas().subject("qwen3.6-27b"), atlas().catalog.quantizations["q4_k_m"]
    cut = next(tip for tip in tips if tip.startswith("Cut to "))
    shorter = int(re.findall(r"Cut to (\d+)K", cut)[0]) << 10
    size = int(re.findall(r"fits an? (\d+) GB", cut)[0])
    assert subject.estimate(chosen, shorter).total_high_bytes <= capacity(size)
    assert subject.estimate(chosen, 2 * shorter).total_high_bytes > capacity(size)


def test_room_for_more_bits_is_a_common_quantization_that_fits_the_same_device() -> None:
    tips = pages("gemma-3-27b")["/gemma-3-27b/q4_k_m/32k/"].body.tips
    assert any(tip.startswith("A 24\N{NO-BREAK SPACE}GB device has room for Q5_K_M too") for tip in tips)


def test_vllm_s_fp8_cache_halves_what_16_bits_take() -> None:
    # 36 layers x 2 x 8 heads x 128 values x 40,960 tokens: 2 bytes each, or 1.
    found = of_one("qwen3-8b", "fp8", 40960)
    text = next(each.answer for each in found.faq if each.question.startswith("What does quantizing"))
    assert text.replace("\N{NO-BREAK SPACE}", " ").startswith("3.02 GB with fp8, of 6.04 GB in 16 bits.")
    assert any(" --kv-cache-dtype fp8" in tip.replace("(", " ") for tip in found.tips) == ("which fits" in text)


def test_how_vllm_keeps_an_indexer_beside_an_fp8_cache_is_not_told() -> None:
    found = of_one("deepseek-v3.2", "fp8", 8192)
    assert not [each for each in found.faq if each.question.startswith("What does quantizing")]
