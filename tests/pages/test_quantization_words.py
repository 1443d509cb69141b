"""What a quantization does to a model: sentences over figures that the core or llama.cpp's own rules give."""

from __future__ import annotations

import re

import pytest

from generator.memory.work import token_reads
from generator.pages.facts import Facts, facts
from generator.pages.quantization.words import best_on, effects, named_cards, steps
from tests.sample_site import atlas


def shown(slug: str, quantization: str, context: int = 32768) -> Facts:
    return facts(atlas().subject(slug), atlas().catalog.quantizations[quantization], context)


def plain(sentences: tuple[str, ...]) -> str:
    return " ".join(sentences).replace("\N{NO-BREAK SPACE}", " ")


def test_a_q4_k_m_file_of_32_layers_has_q6_k_on_the_sixteen_that_get_more_bits() -> None:
    text = plain(effects(shown("llama-3.1-8b", "q4_k_m")))
    assert (
        "the quantizer takes Q6_K for down projections in 16 of 32 layers, the output matrix and value projections in "
        "16 of 32 layers." in text
    )


def test_a_type_that_every_matrix_has_is_said_once() -> None:
    assert "Every matrix of Llama 3.1 8B is Q8_0 here" in plain(effects(shown("llama-3.1-8b", "q8_0")))


def test_matrices_of_a_kind_that_have_two_types_in_one_layer_are_called_some() -> None:
    text = plain(effects(shown("deepseek-r1", "q4_k_m")))
    assert "Q5_0 for some other matrices in all layers" in text


def test_rows_that_divide_are_not_mentioned_and_those_that_do_not_are() -> None:
    assert "no whole number" not in plain(effects(shown("llama-3.1-8b", "q4_k_m")))
    assert "no whole number of 256" in plain(effects(shown("gemma-3-270m", "q4_k_m")))


@pytest.mark.parametrize("slug", ["llama-3.1-8b", "gemma-3-27b", "qwen3.6-27b", "deepseek-r1", "gpt-oss-20b"])
def test_the_cache_is_larger_than_the_weights_just_from_the_context_that_is_told(slug: str) -> None:
    found = shown(slug, "q2_k")
    text = plain(effects(found))
    turn = re.search(r"From ([\d,]+) tokens on, what", text)

    def outweighs(context: int) -> bool:
        estimate = found.estimator.at(context)
        return estimate.kv_cache_bytes + estimate.recurrent_state_bytes > found.estimate.weights_device_bytes

    if turn is None:
        assert "Past tokens never outweigh the weights" in text
        assert not outweighs(found.subject.model.context_max)
    else:
        first = int(turn[1].replace(",", ""))
        assert outweighs(first)
        assert not outweighs(first - 1)


def test_what_a_token_reads_is_told_of_mixtures_alone() -> None:
    assert "picks a few experts" in plain(effects(shown("gpt-oss-20b", "q4_k_m")))
    assert "picks a few experts" not in plain(effects(shown("llama-3.1-8b", "q4_k_m")))


def test_steps_tell_the_largest_contexts_of_both_on_cards_by_name() -> None:
    found = shown("llama-3.1-8b", "q4_k_m")
    larger, smaller = steps(atlas().catalog, found)
    assert larger.startswith("The next larger, Q5_K_M, ")
    assert smaller.startswith("The next smaller, IQ4_XS, ")
    card = named_cards(atlas().catalog, found)[8]
    quantizations = atlas().catalog.quantizations
    here, there = (
        found.subject.largest_context(quantizations[slug], card.memory_bytes) for slug in ("q4_k_m", "q5_k_m")
    )
    assert f"from {here:,} to {there:,} tokens on the RTX 4060" in larger


def test_a_step_says_how_much_more_a_token_reads() -> None:
    found = shown("llama-3.1-8b", "q4_k_m", 8192)
    reads = {
        slug: token_reads(shown("llama-3.1-8b", slug, 8192).estimator, 8192).total_bytes
        for slug in ("q4_k_m", "q5_k_m")
    }
    slower = round(100 * (1 - reads["q4_k_m"] / reads["q5_k_m"]))
    assert f"answers {slower}% slower" in steps(atlas().catalog, found)[0]


def test_layers_without_attention_are_not_called_attention() -> None:
    assert "attention" not in plain(effects(shown("mamba-2.8b", "q4_k_m")))
    assert "attention, recurrent layers and small tensors" in plain(effects(shown("qwen3.6-27b", "q4_k_m")))


def test_the_largest_quantization_that_a_card_holds_says_so() -> None:
    found = shown("llama-3.1-8b", "q6_k")
    card = atlas().catalog.devices["rtx-3060-12gb"]
    assert "the RTX 3060 12 GB" in plain(tuple(best_on(atlas().catalog, found)))
    larger = [q for q in found.subject.quantizations if found.subject.engine(q) == found.engine]
    for each in larger[: larger.index(found.quantization)]:
        assert facts(found.subject, each, found.context).estimate.total_high_bytes > card.memory_bytes


def test_neighbouring_quantizations_of_a_model_are_told_apart() -> None:
    texts = [plain(effects(shown("qwen3-8b", slug))) for slug in ("q8_0", "q6_k", "q5_k_m", "q4_k_m")]
    assert len(set(texts)) == len(texts)
