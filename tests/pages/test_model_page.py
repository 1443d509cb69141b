"""The hub of a model."""

from __future__ import annotations

import pytest

from generator.pages.models.hub import model_page
from tests.sample_site import SAMPLES, atlas, pages


@pytest.mark.parametrize(("slug", "engine"), [("llama-3.1-8b", "llama.cpp"), ("a.x-k1", "vllm")])
def test_the_calculator_starts_with_an_engine_that_has_the_model(slug: str, engine: str) -> None:
    body = model_page(atlas(), atlas().subject(slug)).body
    assert [option.value for option in body.form.engines if option.selected] == [engine]


@pytest.mark.parametrize("slug", SAMPLES)
def test_hardware_is_said_to_hold_what_its_own_page_says(slug: str) -> None:
    told = 0
    body = pages(slug)[f"/{slug}/"].body
    for hardware, fits, longest, _ in (row.cells for row in body.devices.rows) if body.devices else ():
        page = pages(slug)[hardware.path].body
        opening = f"Yes: at {fits.text} " if page.verdict == "fits" else f"Only at {fits.text}, "
        assert page.answer[0].startswith(opening)
        assert longest.text in page.answer[0]
        told += 1
    for hardware, _ in (row.cells for row in body.too_small.rows) if body.too_small else ():
        answer = pages(slug)[hardware.path].body.answer[0]
        assert not answer.startswith(("Yes: ", "Only at "))
        told += 1
    assert told == sum("/on/" in path for path in pages(slug))


def test_a_model_whose_full_context_is_the_usual_one_is_told_of_once() -> None:
    short = model_page(atlas(), atlas().subject("olmo-2-1b"))
    assert short.body.answer[0].endswith("at Q4_K_M with its full 4K of context.")
    assert short.description.count("4K") == 1
    assert " with its full 128K." in model_page(atlas(), atlas().subject("llama-3.1-8b")).body.answer[0]


def test_contexts_that_change_no_total_are_one_column() -> None:
    grid = model_page(atlas(), atlas().subject("falcon-mamba-7b")).body.grid
    assert grid.columns == ("Quantization", "2K to 1M")
    assert model_page(atlas(), atlas().subject("qwen3.6-27b")).body.grid.columns[1:3] == ("2K", "4K")


def test_a_model_published_in_four_bits_is_told_of_in_them_and_never_at_more() -> None:
    # OpenAI published gpt-oss in MXFP4; mixes that take more than that hold no more of it.
    subject = atlas().subject("gpt-oss-20b")
    body = model_page(atlas(), subject).body
    assert " at MXFP4_MOE with 32K of context" in body.answer[0]
    assert [row.texts[0] for row in body.grid.rows] == ["MXFP4", "MXFP4_MOE", "MLX 4-bit"]
    assert body.answer[1].startswith("16\N{NO-BREAK SPACE}GB is the smallest memory size that surely holds it")
    assert not [entry for entry in body.faq if "Q4_K_M" in entry.answer]


def test_a_mix_that_takes_more_than_the_published_form_says_so() -> None:
    body = pages("gpt-oss-20b")["/gpt-oss-20b/q4_k_m/32k/"].body
    assert body.tips[0].startswith("gpt-oss-20b is published in MXFP4_MOE, which takes ")
    assert not [tip for tip in pages("gpt-oss-20b")["/gpt-oss-20b/mxfp4_moe/32k/"].body.tips if "published" in tip]
