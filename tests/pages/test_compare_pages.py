"""Pages that set models or quantizations side by side say what their figures say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from generator import formats
from generator.catalog import CatalogError, load_catalog
from generator.pages.article import ArticleBody
from generator.pages.compare.formats import formats_comparison_page
from generator.pages.compare.index import comparisons_of, comparisons_page
from generator.pages.compare.models import models_comparison_page
from generator.pages.compare.words import answer, cache_words, growth_bytes, reasons
from generator.pages.facts import Facts, facts
from tests.reference import DATA
from tests.sample_site import atlas


def at(slug: str, quant: str = "q4_k_m", context: int = 32768) -> Facts:
    return facts(atlas().subject(slug), atlas().catalog.quantizations[quant], context)


def section(body: object, name: str):
    assert isinstance(body, ArticleBody)
    return next(each for each in body.sections if each.id == name)


def test_the_answer_names_the_lightest_first_and_every_total() -> None:
    found = (at("qwen3-32b"), at("gemma-3-27b"))
    first, second = answer(found)
    assert first.startswith("Gemma 3 27B takes less memory")
    assert all(each.total_text in first for each in found)
    gap = abs(found[0].estimate.total_bytes - found[1].estimate.total_bytes)
    assert formats.size(gap) in second


def test_a_further_token_costs_what_the_layers_without_a_full_window_keep() -> None:
    assert growth_bytes(at("qwen3-32b")) == 2 * 64 * 8 * 128 * 2
    assert growth_bytes(at("gemma-3-27b")) == 2 * 10 * 16 * 128 * 2
    assert growth_bytes(at("falcon-mamba-7b")) == 0


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("qwen3-32b", "64 layers × 8 KV heads × 128"),
        ("gemma-3-27b", "52 layers × 16 KV heads × 128, 1,024 tokens at most"),
        ("deepseek-v3.2", "61 layers × 576 latent values"),
        ("falcon-mamba-7b", "64 layers with a fixed state"),
    ],
)
def test_what_a_model_keeps_is_told_from_its_layers(slug: str, words: str) -> None:
    assert words in cache_words(atlas().subject(slug))


def test_a_turning_point_is_named_only_where_the_order_of_totals_turns() -> None:
    turns = [text for text in reasons((at("qwen3-8b"), at("ministral-3-8b"))) if "the lighter" in text]
    assert len(turns) == 1
    before, after = (
        min(("qwen3-8b", "ministral-3-8b"), key=lambda slug: at(slug, context=context).estimate.total_bytes)
        for context in (16384, 32768)
    )
    assert (before, after) == ("qwen3-8b", "ministral-3-8b")
    assert turns[0].startswith("Up to 16K of context Qwen3 8B is the lighter, from 32K on")
    assert not [text for text in reasons((at("qwen3-32b"), at("gemma-3-27b"))) if "the lighter" in text]


def test_the_largest_context_of_a_memory_size_fits_and_one_step_more_does_not() -> None:
    page = models_comparison_page(atlas(), ("qwen3-32b", "gemma-3-27b"))
    row = next(row for row in section(page.body, "fits").tables[0].rows if row.texts[0].startswith("24"))
    tokens = int(row.texts[4].replace(",", ""))
    found = at("gemma-3-27b")
    held = next(each for each in found.memory_classes if each.gb == 24).capacity_bytes
    assert at("gemma-3-27b", context=tokens).estimate.total_high_bytes <= held
    assert at("gemma-3-27b", context=tokens + 256).estimate.total_high_bytes > held


def test_two_quantizations_say_what_the_smaller_saves() -> None:
    page = formats_comparison_page(atlas(), ("q4_k_m", "q8_0"))
    assert "Q4_K_M saves 4" in page.description
    rows = section(page.body, "models").tables[0].rows
    assert len(rows) > 20
    same = formats_comparison_page(atlas(), ("bf16", "f16"))
    assert "Both take nearly the same memory." in same.description


def test_every_comparison_is_reached_from_the_index_and_from_its_models() -> None:
    sections = comparisons_page(atlas()).body.sections
    paths = [link.path for each in sections for link in each.links]
    wanted = len(atlas().catalog.comparisons.models) + len(atlas().catalog.comparisons.quantizations)
    assert len(set(paths)) == len(paths) == wanted
    assert "/compare/qwen3-30b-a3b-vs-qwen3-32b/" in {link.path for link in comparisons_of(atlas(), "qwen3-32b")}


def test_titles_and_descriptions_are_unique() -> None:
    catalog = atlas().catalog.comparisons
    pages = [models_comparison_page(atlas(), sides) for sides in catalog.models[:12]]
    pages += [formats_comparison_page(atlas(), sides) for sides in catalog.quantizations]
    for part in ("title", "description", "heading"):
        assert len({getattr(page, part) for page in pages}) == len(pages)


def test_a_comparison_of_what_isn_t_there_is_refused_by_file_field_and_value(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("reference"))
    path = tmp_path / "data" / "compare.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[q4_k_m, q5_k_m]", "[q4_k_m, q5_k_n]"), encoding="utf-8")
    with pytest.raises(CatalogError, match=r"compare\.yaml.*quantizations.*q5_k_n.*is no quantization"):
        load_catalog(tmp_path / "data")


def test_models_are_compared_each_at_what_to_try_first_and_told_apart_where_that_differs() -> None:
    # openai/gpt-oss-20b is published with its experts in MXFP4; Qwen3 14B in 16 bits.
    page = models_comparison_page(atlas(), ("gpt-oss-20b", "qwen3-14b"))
    rows = {row.texts[0]: list(row.texts[1:]) for row in section(page.body, "side").tables[0].rows}
    assert rows["Quantization"] == ["MXFP4_MOE", "Q4_K_M"]
    assert "gpt-oss-20b at MXFP4_MOE " in page.body.answer[0]
    assert "Qwen3 14B at Q4_K_M " in page.body.answer[0]
    alike = models_comparison_page(atlas(), ("gpt-oss-20b", "gpt-oss-120b"))
    assert " at MXFP4_MOE with 32K of context: " in alike.body.answer[0]
