"""A model at one quantization: how far each memory size goes, on the page and by the core."""

from __future__ import annotations

import pytest

from generator import formats
from generator.catalog.memory_class import card_bytes
from generator.pages.page import Row
from generator.pages.quantization.page import quantization_page
from tests.sample_site import SAMPLES, atlas, pages


def reach_by_size(slug: str) -> tuple[Row, ...]:
    """Rows of the table of memory sizes; none where only several devices hold the model."""
    table = pages(slug)[f"/{slug}/q4_k_m/"].body.reach
    return table.rows if table.columns[0] == "Memory" else ()


def test_what_no_single_device_holds_is_told_by_groups_of_devices() -> None:
    table = pages("deepseek-v3")["/deepseek-v3/q4_k_m/"].body.reach
    assert table.columns[0] == "Devices"
    assert all(" × " in row.texts[0] for row in table.rows)


@pytest.mark.parametrize("slug", SAMPLES)
def test_each_memory_size_is_shown_with_the_context_that_just_fits(slug: str) -> None:
    subject, quantization = atlas().subject(slug), atlas().catalog.quantization("Q4_K_M")
    for row in reach_by_size(slug):
        budget = card_bytes(atlas().catalog, int(row.texts[0].split("\N{NO-BREAK SPACE}")[0]), "llama.cpp")
        longest = 0 if row.texts[2] == "none" else int(row.texts[2].replace(",", ""))
        more = longest + 256
        assert row.texts[1] == formats.gib(budget)
        assert longest == 0 or subject.estimate(quantization, longest).total_high_bytes <= budget
        assert longest == subject.contexts[-1] or subject.estimate(quantization, more).total_high_bytes > budget


@pytest.mark.parametrize("slug", SAMPLES)
def test_a_lighter_cache_never_reaches_less_far(slug: str) -> None:
    for row in reach_by_size(slug):
        reached = [0 if cell.text == "none" else int(cell.text.replace(",", "")) for cell in row.cells[2:-3]]
        assert reached == sorted(reached)


@pytest.mark.parametrize("slug", SAMPLES)
def test_the_command_asks_for_the_longest_context_of_the_first_size_that_holds_any(slug: str) -> None:
    body = pages(slug)[f"/{slug}/q4_k_m/"].body
    longest = [row.texts[2] for row in reach_by_size(slug) if row.texts[2] != "none"]
    whole = [command for command in body.commands if command.heading == "llama.cpp"]
    assert len(whole) == bool(longest)
    for command in whole:
        assert f"-c {longest[0].replace(',', '')} " in command.text.replace("\n", " ")


def test_what_a_smaller_card_keeps_in_system_memory_is_shown_and_the_line_for_it_asks_for_that() -> None:
    body = pages("llama-4-scout")["/llama-4-scout/q4_k_m/"].body
    row = next(each for each in body.smaller.rows if each.texts[0] == "RTX 5090")
    kept = row.texts[1].removeprefix("the routed experts of ").split()[0]
    command = next(each for each in body.commands if "RTX 5090" in each.heading)
    # Every layer of Scout has routed experts.
    assert f"--n-cpu-moe {kept}" in command.text


def test_a_state_that_never_grows_is_told_with_one_total() -> None:
    subject = atlas().subject("mamba-2.8b")
    found = quantization_page(atlas(), subject, atlas().catalog.quantization("BF16"))
    assert " at any context in llama.cpp." in found.body.answer[0]
    assert not [segment for segment in found.body.bar.segments if segment.label == "KV cache"]


def test_the_neighbours_are_common_and_hold_the_page_s_own_between_them() -> None:
    rows = pages("gemma-3-27b")["/gemma-3-27b/q4_k_m/"].body.neighbours.rows
    names = [row.texts[0] for row in rows]
    assert [row.texts[0] for row in rows if row.current] == ["Q4_K_M"]
    assert {"Q5_K_M", "IQ4_XS"} <= set(names)
    assert "Q4_1" not in names


def test_what_reads_images_says_what_its_encoder_takes_on_top() -> None:
    # Qwen3-VL 8B has 576M parameters of encoder and projector, 2 bytes each.
    subject = atlas().subject("qwen3-vl-8b")
    answers = {
        name: quantization_page(atlas(), subject, atlas().catalog.quantizations[name]).body.answer[-1]
        for name in ("q4_k_m", "fp8")
    }
    assert answers["q4_k_m"] == (
        "The vision part of Qwen3-VL 8B, 1.15\N{NO-BREAK SPACE}GB in 16 bits, comes on top if images are to be read "
        "(its mmproj file)."
    )
    assert answers["fp8"].endswith("comes on top as it loads with the rest.")
    uncounted = pages("llama-4-scout")["/llama-4-scout/q4_k_m/"].body.answer[-1]
    assert uncounted.startswith("The vision part of Llama 4 Scout comes on top ")


def test_neighbours_are_told_with_how_far_from_16_bits_they_were_measured() -> None:
    table = pages("gemma-3-27b")["/gemma-3-27b/q4_k_m/"].body.neighbours
    assert table.columns[-1] == "KL divergence, Llama 3 8B"
    # llama.cpp's scoreboard of Llama 3 8B, the rows with an importance matrix where there is one.
    off = {row.texts[0]: row.texts[-1] for row in table.rows}
    assert (off["Q5_K_M"], off["Q4_K_M"], off["IQ4_XS"]) == ("0.0108", "0.0282", "0.0363")
    assert off["AWQ INT4"] == "–"
