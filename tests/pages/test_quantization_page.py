"""A model at one quantization: how far each memory size goes, on the page and by the core."""

from __future__ import annotations

import pytest

from generator import formats
from generator.catalog.memory_class import card_bytes
from tests.sample_site import SAMPLES, atlas, pages


@pytest.mark.parametrize("slug", SAMPLES)
def test_each_memory_size_is_shown_with_the_context_that_just_fits(slug: str) -> None:
    subject, quantization = atlas().subject(slug), atlas().catalog.quantization("Q4_K_M")
    for row in pages(slug)[f"/{slug}/q4_k_m/"].body.reach.rows:
        budget = card_bytes(atlas().catalog, int(row.cells[0].text.split("\N{NO-BREAK SPACE}")[0]), "llama.cpp")
        longest = 0 if row.cells[2].text == "none" else int(row.cells[2].text.replace(",", ""))
        more = longest + 256
        assert row.cells[1].text == formats.gib(budget)
        assert longest == 0 or subject.estimate(quantization, longest).total_high_bytes <= budget
        assert longest == subject.contexts[-1] or subject.estimate(quantization, more).total_high_bytes > budget


@pytest.mark.parametrize("slug", SAMPLES)
def test_a_lighter_cache_never_reaches_less_far(slug: str) -> None:
    for row in pages(slug)[f"/{slug}/q4_k_m/"].body.reach.rows:
        reached = [0 if cell.text == "none" else int(cell.text.replace(",", "")) for cell in row.cells[2:]]
        assert reached == sorted(reached)


def test_the_neighbours_are_common_and_hold_the_page_s_own_between_them() -> None:
    rows = pages("gemma-3-27b")["/gemma-3-27b/q4_k_m/"].body.neighbours.rows
    names = [row.cells[0].text for row in rows]
    assert [row.cells[0].text for row in rows if row.current] == ["Q4_K_M"]
    assert {"Q5_K_M", "IQ4_XS"} <= set(names)
    assert "Q4_1" not in names
