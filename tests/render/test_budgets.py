"""What a page may weigh: HTML with its stylesheet as it travels, and elements."""

from __future__ import annotations

import re

import brotli
import pytest

from tests.sample_site import SAMPLES, html, pages, shared, shared_html

SCENARIO_BYTES, INDEX_BYTES = 14_000, 30_000
SCENARIO_ELEMENTS, INDEX_ELEMENTS = 1_000, 4_000
STEP = 37
"""Every so many scenarios of a model are weighed; prime, so that all contexts and quantizations have their turn."""


def weight(text: str) -> int:
    """Bytes of a page as brotli makes them."""
    return len(brotli.compress(text.encode()))


def elements(text: str) -> int:
    """Opening tags of a page."""
    return len(re.findall(r"<[a-z]", text))


def scenarios(slug: str) -> list[str]:
    return [page.path for page in pages(slug).values() if page.kind == "scenario"][::STEP]


@pytest.mark.parametrize("slug", SAMPLES)
def test_a_scenario_fits_the_first_flight_of_a_connection(slug: str) -> None:
    assert {path: size for path in scenarios(slug) if (size := weight(html(slug, path))) > SCENARIO_BYTES} == {}


@pytest.mark.parametrize("slug", SAMPLES)
def test_a_scenario_has_few_elements(slug: str) -> None:
    counts = {path: elements(html(slug, path)) for path in scenarios(slug)}
    assert {path: count for path, count in counts.items() if count > SCENARIO_ELEMENTS} == {}


@pytest.mark.parametrize("slug", SAMPLES)
def test_a_model_s_other_pages_keep_the_budget_of_indexes(slug: str) -> None:
    others = [page.path for page in pages(slug).values() if page.kind != "scenario"][:: STEP // 4]
    assert {path: size for path in others if (size := weight(html(slug, path))) > INDEX_BYTES} == {}


def test_shared_pages_keep_the_budget_of_indexes() -> None:
    for path in shared():
        assert weight(shared_html(path)) <= INDEX_BYTES, path
        assert elements(shared_html(path)) <= INDEX_ELEMENTS, path
