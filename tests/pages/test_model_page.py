"""The hub of a model."""

from __future__ import annotations

import pytest

from generator.pages.model import model_page
from tests.sample_site import SAMPLES, atlas, pages


@pytest.mark.parametrize(("slug", "engine"), [("llama-3.1-8b", "llama.cpp"), ("a.x-k1", "vllm")])
def test_the_calculator_starts_with_an_engine_that_has_the_model(slug: str, engine: str) -> None:
    body = model_page(atlas(), atlas().subject(slug)).body
    assert [option.value for option in body.form.engines if option.selected] == [engine]


@pytest.mark.parametrize("slug", SAMPLES)
def test_hardware_is_said_to_hold_what_its_own_page_says(slug: str) -> None:
    told = 0
    for hardware, fits, longest in (row.cells for row in pages(slug)[f"/{slug}/"].body.devices.rows):
        answer = pages(slug)[hardware.path].body.answer[0]
        assert answer.startswith(f"Yes: at {fits.text} ") == (fits.mark == "fits")
        assert fits.mark == "no" or longest.text in answer
        told += 1
    assert told == sum("/on/" in path for path in pages(slug))
