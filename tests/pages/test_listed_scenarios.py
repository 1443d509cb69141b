"""Which scenarios search engines are asked to list: those whose answer is of another kind, each with its reason."""

from __future__ import annotations

from itertools import pairwise

import pytest
from msgspec.structs import replace

from generator.pages.facts import facts
from generator.pages.scenario.listed import reason
from generator.scenarios.apart import APART, Answer, Reason, windows
from tests.sample_site import SAMPLES, atlas, html, pages


def listed(slug: str, quantization: str) -> dict[int, Reason]:
    """Listed contexts of a model at a quantization, ascending."""
    subject = atlas().subject(slug)
    chosen = atlas().catalog.quantizations[quantization]
    found = {context: reason(atlas(), subject, chosen, context) for context in subject.contexts}
    return {context: why for context, why in found.items() if why}


def test_ten_million_tokens_of_scout_are_listed_and_where_its_cache_first_outweighs_its_weights() -> None:
    assert listed("llama-4-scout", "q4_k_m") == {2 << 20: Reason.CACHE, 10 << 20: Reason.LONGEST}


def test_a_model_whose_total_hardly_grows_is_listed_at_its_longest_context_alone() -> None:
    assert listed("deepseek-r1", "q4_k_m") == {163840: Reason.LONGEST}


def test_models_of_one_shape_have_no_scenarios_listed_beside_those_of_the_one_that_stands_for_them() -> None:
    assert listed("deepseek-v3", "q4_k_m") == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # 32 layers, 8 KV heads of 128 and a 32K context; v0.3 adds 768 tokens to a vocabulary of 32,000.
        ("mistral-7b-v0.2", "mistral-7b-v0.3"),
        # 40 layers and 8 KV heads of 128 at 128K; another vocabulary.
        ("granite-3.3-8b", "granite-4.1-8b"),
    ],
)
def test_of_a_family_s_models_that_lead_to_the_same_hardware_one_is_listed(one: str, other: str) -> None:
    assert bool(listed(one, "q4_k_m")) + bool(listed(other, "q4_k_m")) <= 1


@pytest.mark.parametrize("family", ["gemma", "mistral"])
def test_scenarios_of_a_family_are_listed_once_for_each_answer(family: str) -> None:
    """An answer here is the memory size that holds it, and whether cache or weights are the larger part."""
    shown: set[tuple[object, ...]] = set()
    every: set[tuple[object, ...]] = set()
    for model in atlas().catalog.models_of(family):
        subject = atlas().subject(model.slug)
        for quantization in (subject.usual,):
            for context in {subject.contexts[-1], *listed(model.slug, quantization.slug)}:
                found = facts(subject, quantization, context)
                outweighs = found.estimate.kv_cache_bytes > found.estimate.weights_device_bytes
                answer = (found.engine, subject.kind, found.memory_class, outweighs)
                every.add(answer)
                if context in listed(model.slug, quantization.slug):
                    assert answer not in shown or found.memory_class is None
                    shown.add(answer)
    assert len(shown) > len(every) / 2


def test_totals_a_tenth_apart_are_alike_although_a_memory_size_lies_between() -> None:
    one, other = (Answer("mlx", "full attention, dense", 1, gb, True, steps) for gb, steps in ((32, 492), (36, 494)))
    assert one.alike(other)
    assert not one.alike(replace(other, steps=495))
    assert not one.alike(replace(one, outweighed=False))
    assert one.alike(replace(one, steps=480))


@pytest.mark.parametrize("quantization", ["q5_k_m", "q4_k_s", "awq-int4"])
def test_a_quantization_beside_the_one_that_people_ask_for_is_not_listed(quantization: str) -> None:
    assert listed("llama-4-scout", quantization) == {}


def test_a_variant_with_a_longer_context_of_its_own_is_listed() -> None:
    assert listed("qwen2.5-7b-1m", "q4_k_m")


def test_a_model_that_the_smallest_size_holds_at_every_context_is_listed_once() -> None:
    found = [listed(model.slug, "q4_k_m") for model in atlas().catalog.models_of("lfm") if "moe" not in model.slug]
    assert {why for each in found for why in each.values()} == {Reason.LONGEST}


@pytest.mark.parametrize("quantization", ["fp8", "mlx-4bit"])
def test_scenarios_of_other_engines_are_left_to_their_quantization_s_page(quantization: str) -> None:
    assert listed("llama-4-scout", "q4_k_m")
    assert listed("llama-4-scout", quantization) == {}


@pytest.mark.parametrize("slug", ["llama-2-13b", "olmo-2-32b", "mistral-7b-v0.3"])
def test_a_longest_context_that_the_quantization_s_own_page_takes_is_not_listed_again(slug: str) -> None:
    # 4,096 and 32,768 tokens at most; pages of quantizations take 32K.
    assert listed(slug, "q4_k_m") == {}


@pytest.mark.parametrize("slug", SAMPLES)
def test_a_listed_page_differs_in_kind_from_its_neighbour_and_from_the_next_listed_one(slug: str) -> None:
    subject = atlas().subject(slug)
    for quantization in (subject.usual,):
        found = listed(slug, quantization.slug)
        for before, here in pairwise(facts(subject, quantization, context) for context in subject.contexts):
            same_class = before.memory_class == here.memory_class
            beyond = any(before.context <= window < here.context for window in windows(subject.architecture))
            outweighed = [f.estimate.kv_cache_bytes > f.estimate.weights_device_bytes for f in (before, here)]
            if same_class and not beyond and outweighed[0] == outweighed[1]:
                assert found.get(here.context) in (None, Reason.LONGEST)
        totals = [facts(subject, quantization, context).estimate.total_bytes for context in found]
        assert all(APART * smaller <= larger for smaller, larger in pairwise(totals))


@pytest.mark.parametrize("slug", SAMPLES)
def test_rule_and_robots_meta_agree_on_every_scenario(slug: str) -> None:
    subject = atlas().subject(slug)
    expected = {
        path
        for quantization in subject.quantizations
        for context in subject.contexts
        for path in [f"/{slug}/{quantization.slug}/{_segment(context)}/"]
        if reason(atlas(), subject, quantization, context)
    }
    scenarios = [page for page in pages(slug).values() if page.kind == "scenario"]
    assert {page.path for page in scenarios if page.indexable} == expected
    for page in scenarios[:: len(scenarios) // 5]:
        assert ('<meta name="robots" content="noindex">' in html(slug, page.path)) == (page.path not in expected)
    for path in expected:
        assert "noindex" not in html(slug, path)


def _segment(tokens: int) -> str:
    return f"{tokens >> 20}m" if tokens % (1 << 20) == 0 else f"{tokens >> 10}k"
