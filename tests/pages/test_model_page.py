"""The hub of a model."""

from __future__ import annotations

import pytest

from generator.pages.model import model_page
from tests.sample_site import atlas


@pytest.mark.parametrize(("slug", "engine"), [("llama-3.1-8b", "llama.cpp"), ("a.x-k1", "vllm")])
def test_the_calculator_starts_with_an_engine_that_has_the_model(slug: str, engine: str) -> None:
    body = model_page(atlas(), atlas().subject(slug)).body
    assert [option.value for option in body.form.engines if option.selected] == [engine]
