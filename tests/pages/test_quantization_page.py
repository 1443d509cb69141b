"""A model at one quantization: how far each memory size goes, on the page and by the core."""

from __future__ import annotations

import pytest

from generator import formats
from generator.catalog.memory_class import card_bytes
from generator.pages.page import Row
from tests.sample_site import SAMPLES, atlas, pages


def reach_by_size(slug: str) -> tuple[Row, ...]:
    """Rows of the table of memory sizes; none where only several devices hold the model."""
    table = pages(slug)[f"/{slug}/q4_k_m/"].body.reach
    return table.rows if table.columns[0] == "Memory" else ()


def test_what_no_single_device_holds_is_told_by_groups_of_devices() -> None:
    table = pages("deepseek-v3")["/deepseek-v3/q4_k_m/"].body.reach
    assert table.columns[0] == "Devices"
    assert all(" × " in row.cells[0].text for row in table.rows)


@pytest.mark.parametrize("slug", SAMPLES)
def test_each_memory_size_is_shown_with_the_context_that_just_fits(slug: str) -> None:
    subject, quantization = atlas().subject(slug), atlas().catalog.quantization("Q4_K_M")
    for row in reach_by_size(slug):
        budget = card_bytes(atlas().catalog, int(row.cells[0].text.split("\N{NO-BREAK SPACE}")[0]), "llama.cpp")
        longest = 0 if row.cells[2].text == "none" else int(row.cells[2].text.replace(",", ""))
        more = longest + 256
        assert row.cells[1].text == formats.gib(budget)
        assert longest == 0 or subject.estimate(quantization, longest).total_high_bytes <= budget
        assert longest == subject.contexts[-1] or subject.estimate(quantization, more).total_high_bytes > budget


@pytest.mark.parametrize("slug", SAMPLES)
def test_a_lighter_cache_never_reaches_less_far(slug: str) -> None:
    for row in reach_by_size(slug):
        reached = [0 if cell.text == "none" else int(cell.text.replace(",", "")) for cell in row.cells[2:-3]]
        assert reached == sorted(reached)


def test_the_neighbours_are_common_and_hold_the_page_s_own_between_them() -> None:
    rows = pages("gemma-3-27b")["/gemma-3-27b/q4_k_m/"].body.neighbours.rows
    names = [row.cells[0].text for row in rows]
    assert [row.cells[0].text for row in rows if row.current] == ["Q4_K_M"]
    assert {"Q5_K_M", "IQ4_XS"} <= set(names)
    assert "Q4_1" not in names
