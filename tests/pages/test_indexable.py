"""Which pages search engines are asked to list: of those that say the same with other figures, one."""

from __future__ import annotations

from itertools import pairwise

import pytest

from generator.pages.facts import largest_contexts
from generator.pages.indexable import FARTHER, devices_apart, pair_listed, quantization_listed, stand_in, twins
from tests.sample_site import atlas, pages


def test_of_models_with_the_same_figures_the_one_that_people_ask_about_stands_for_all() -> None:
    r1, v3 = (atlas().subject(slug) for slug in ("deepseek-r1", "deepseek-v3"))
    assert stand_in(atlas(), v3) is r1
    assert stand_in(atlas(), r1) is None


def test_where_nobody_asks_for_one_of_them_the_one_whose_shape_they_share_stands_for_all() -> None:
    shape, variant = (atlas().subject(slug) for slug in ("granite-4.1-8b", "granite-4.2-8b"))
    assert stand_in(atlas(), variant) is shape
    assert stand_in(atlas(), shape) is None


@pytest.mark.parametrize("slug", ["deepseek-r1", "granite-4.2-8b", "llama-3.3-70b", "qwen3.8-27b", "minimax-m2.5"])
def test_twins_need_the_same_memory_to_the_byte_at_every_context(slug: str) -> None:
    subject, quantization = atlas().subject(slug), atlas().catalog.quantization("Q4_K_M")
    found = twins(atlas(), subject)
    assert found
    for other in found:
        assert other.contexts == subject.contexts
        for context in subject.contexts:
            assert other.estimate(quantization, context) == subject.estimate(quantization, context)


def test_of_twins_those_that_people_ask_about_are_listed_or_else_a_single_one() -> None:
    common = atlas().catalog.site.common_models
    for subject in atlas().subjects():
        group = (subject, *twins(atlas(), subject))
        listed_ones = {each.model.slug for each in group if stand_in(atlas(), each) is None}
        asked = {each.model.slug for each in group if each.model.slug in common}
        assert listed_ones == asked if asked else len(listed_ones) == 1


def test_every_model_that_people_ask_about_has_listed_pages_of_its_own() -> None:
    for slug in atlas().catalog.site.common_models:
        subject = atlas().subject(slug)
        assert all(quantization_listed(atlas(), subject, each) for each in subject.common_quantizations)


def test_quantizations_that_are_asked_for_have_a_listed_page() -> None:
    subject = atlas().subject("llama-3.1-8b")
    listed_ones = {q.slug for q in subject.quantizations if quantization_listed(atlas(), subject, q)}
    assert {"q4_k_m", "q2_k", "fp8", "awq-int4", "mlx-4bit"} <= listed_ones
    assert listed_ones.isdisjoint({"mlx-3bit", "mlx-8bit", "bnb-nf4", "gptq-int4", "q4_k_s", "f16"})
    paths = {page.path for page in pages("llama-3.2-1b").values() if page.kind == "quantization" and page.indexable}
    assert "/llama-3.2-1b/q4_k_m/" in paths
    assert "/llama-3.2-1b/mlx-3bit/" not in paths


@pytest.mark.parametrize("slug", ["llama-3.3-70b", "qwen3-30b-a3b"])
def test_a_listed_mix_that_nobody_asks_for_reaches_another_memory_size_or_farther_than_those_around_it(
    slug: str,
) -> None:
    subject = atlas().subject(slug)
    listed_ones = [
        q
        for q in subject.quantizations
        if subject.engine(q) == "llama.cpp" and quantization_listed(atlas(), subject, q)
    ]
    extra = [q for q in listed_ones if q not in subject.common_quantizations]
    assert extra
    for before, here in pairwise(listed_ones):
        if before in extra or here in extra:
            first, second = (dict(largest_contexts(subject, q)) for q in (before, here))
            assert any(
                (longest == 0) != (second[size] == 0)
                or max(longest, second[size]) >= FARTHER * min(longest, second[size])
                for size, longest in first.items()
                if longest or second[size]
            )


@pytest.mark.parametrize(
    ("twin", "listed_one"),
    [("l40", "l40s"), ("radeon-pro-w7800-48gb", "radeon-pro-w7900"), ("v100-pcie-32gb", "v100-sxm2-32gb")],
)
def test_of_devices_of_one_generation_that_hold_as_much_and_read_it_as_fast_one_is_listed(
    twin: str, listed_one: str
) -> None:
    found = devices_apart(atlas())
    assert (twin in found, listed_one in found) == (False, True)


def test_devices_that_people_ask_about_or_have_at_home_are_listed() -> None:
    found = devices_apart(atlas())
    site, devices = atlas().catalog.site, atlas().catalog.devices
    assert {slug for slug in (*site.common_devices, *site.more_devices) if slug in devices} <= found
    assert {"rtx-4070-super", "rtx-3090-ti", "apple-m2-16gb", "rtx-4090-laptop", "h100-pcie-80gb", "rtx-a6000"} <= found


def test_a_device_that_is_left_out_has_a_listed_one_of_its_generation() -> None:
    found, devices = devices_apart(atlas()), atlas().catalog.devices
    for device in devices.values():
        if device.slug not in found:
            assert any(devices[slug].generation == device.generation for slug in found)


def test_pages_of_popular_models_on_popular_devices_are_listed() -> None:
    subject = atlas().subject("qwen3-32b")
    assert all(pair_listed(atlas(), subject, slug) for slug in ("rtx-3090", "rtx-4090", "rx-7900-xtx"))
    assert not pair_listed(atlas(), subject, "l40")
    assert not pair_listed(atlas(), atlas().subject("qwen2-7b"), "rtx-3090")


def test_of_popular_models_with_the_same_figures_the_newest_has_the_listed_pages_on_devices() -> None:
    old, new = (atlas().subject(slug) for slug in ("qwen3.6-27b", "qwen3.8-27b"))
    assert old in twins(atlas(), new)
    assert [pair_listed(atlas(), each, "rtx-4090") for each in (old, new)] == [False, True]
