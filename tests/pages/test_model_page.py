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
    tables = [table for table in (body.devices, body.too_small) if table]
    for hardware, _, fits, *longest in (row.cells for table in tables for row in table.rows):
        page = pages(slug)[hardware.path].body
        answer = page.answer[0]
        opening = f"Yes: at {fits.text} " if page.verdict == "fits" else f"Only at {fits.text}, "
        assert answer.startswith(opening) == (fits.mark == "fits") == bool(longest)
        assert all(cell.text in answer for cell in longest)
        told += 1
    assert told == sum("/on/" in path for path in pages(slug))


def test_a_model_whose_full_context_is_the_usual_one_is_told_of_once() -> None:
    short = model_page(atlas(), atlas().subject("olmo-2-1b"))
    assert short.body.answer[0].endswith("at Q4_K_M with its full 4K of context.")
    assert short.description.count("4K") == 1
    assert " with its full 128K." in model_page(atlas(), atlas().subject("llama-3.1-8b")).body.answer[0]
