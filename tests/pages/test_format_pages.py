"""Pages of quantizations: bits a weight as llama.cpp's documentation lists them, blocks and recipes as they are."""

from __future__ import annotations

import pytest

from generator.formats import index_ranges
from generator.memory.recipe import indivisible_share, stored_parts
from generator.pages.formats.facts import all_formats, format_facts
from generator.pages.formats.index import formats_page
from generator.pages.formats.page import format_page
from tests.reference import architecture
from tests.sample_site import atlas

LLAMA_8B_BITS = {
    "q2_k": 3.1593,
    "q3_k_s": 3.6429,
    "q3_k_m": 3.9960,
    "q3_k_l": 4.2979,
    "q4_k_s": 4.6672,
    "q4_k_m": 4.8944,
    "q5_k_s": 5.5704,
    "q5_k_m": 5.7036,
    "q6_k": 6.5633,
    "q8_0": 8.5008,
    "iq3_xs": 3.4977,
    "iq4_xs": 4.4597,
    "iq4_nl": 4.6818,
}
"""Bits a weight of Llama 3.1 8B (ggml-org/llama.cpp tools/quantize/README.md, in PyPI llama-cpp-python 0.3.36)."""


@pytest.mark.parametrize(("slug", "bits"), LLAMA_8B_BITS.items())
def test_bits_a_weight_are_those_that_llama_cpp_lists(slug: str, bits: float) -> None:
    found = format_facts(atlas(), slug).of("llama-3.1-8b")
    assert found.bits == pytest.approx(bits, abs=0.002)


def test_models_stand_from_the_fewest_bits_to_the_most_and_the_median_between() -> None:
    for found in all_formats(atlas()):
        bits = [each.bits for each in found.models]
        assert bits == sorted(bits)
        assert bits[0] <= found.median_bits <= bits[-1]


def test_a_recipe_accounts_for_every_byte_of_the_file() -> None:
    for name in ("Llama-3.1-8B", "Qwen3-30B-A3B"):
        parts = stored_parts(architecture(name), "Q4_K_M")
        values = {part.type: part.layers for part in parts if part.kind and part.kind.value == "attention v"}
        layers = architecture(name).num_layers
        assert sorted((*values["q4_k"], *values["q6_k"])) == list(range(layers))
        assert values["q6_k"][: layers // 8] == tuple(range(layers // 8))


def test_rows_that_no_block_divides_are_named_with_their_model() -> None:
    assert indivisible_share(architecture("Llama-3.1-8B"), "Q4_K_M") == 0
    assert indivisible_share(architecture("Qwen2.5-0.5B"), "Q4_K_M") > 0.5
    assert indivisible_share(architecture("Qwen2.5-0.5B"), "Q8_0") == 0


def test_titles_are_unique_and_short_and_every_format_is_reached_from_the_index() -> None:
    pages = [format_page(atlas(), found) for found in all_formats(atlas())]
    titles = {page.title for page in pages}
    assert len(titles) == len(pages)
    assert max(map(len, titles)) <= 60
    cells = [row.cells[0] for section in formats_page(atlas()).body.sections for row in section.tables[0].rows]
    assert {cell.path for cell in cells} == {page.path for page in pages}


def test_quality_is_shown_only_where_it_was_measured() -> None:
    measured = {row.quantization for one in atlas().catalog.quality for row in one.rows}
    for found in all_formats(atlas()):
        sections = {section.id for section in format_page(atlas(), found).body.sections}
        assert ("quality" in sections) == (found.quantization.slug in measured)


def test_runs_of_layers_are_joined() -> None:
    assert index_ranges((0, 1, 2, 3, 6, 9, 10)) == "0–3, 6, 9–10"
    assert index_ranges(()) == ""


def test_a_variant_is_set_beside_the_format_that_it_varies_in_place_of_the_whole_list() -> None:
    page = format_page(atlas(), format_facts(atlas(), "bnb-nf4-dq"))
    section = next(each for each in page.body.sections if each.id == "models")
    assert section.heading == "What it changes against bitsandbytes NF4"
    assert [link.path for link in section.links] == ["/quantization/bnb-nf4/#models"]
    row = next(row for row in section.tables[0].rows if row.texts[0] == "Llama 3.3 70B")
    # Scales of 32 bits for 64 weights become 8 bits and 32 for 256 scales: 0.373 bits of 68.5B weights in 80 layers.
    linear = 80 * (2 * 8192 * 8192 + 2 * 8192 * 1024 + 3 * 8192 * 28672)
    saved = linear / 64 * (4 - 1 - 4 / 256)
    assert float(row.texts[3].split("\N{NO-BREAK SPACE}")[0]) == pytest.approx(saved / 1e9, abs=0.01)


def test_no_mix_is_taken_for_a_variant_because_of_its_name() -> None:
    page = format_page(atlas(), format_facts(atlas(), "q2_k_s"))
    assert next(each for each in page.body.sections if each.id == "models").heading == "Bits a weight on every model"
