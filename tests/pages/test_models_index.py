"""The models index: each filter keeps what it says, each order orders, and home names what fits."""

from __future__ import annotations

import pytest

from generator.pages.page import Row
from tests.sample_site import atlas, shared

ORDERS = ("/models/", "/models/smallest/", "/models/newest/")


def rows(path: str) -> list[Row]:
    return [row for group in shared()[path].body.groups for row in group.rows]


def kept(value: str) -> set[str]:
    tags = {tag.name for each in shared()["/models/"].body.filters for tag in each.tags if value in tag.stays}
    return {row.texts[0] for row in rows("/models/") if tags & set(row.tags.split())}


@pytest.mark.parametrize("path", ORDERS)
def test_every_order_names_every_model_once(path: str) -> None:
    names = [row.texts[0] for row in rows(path)]
    assert sorted(names) == sorted(model.name for model in atlas().catalog.models.values())


def test_models_at_another_quantization_than_the_caption_names_say_so() -> None:
    notes = {row.texts[0]: row.cells[0].note for row in rows("/models/")}
    assert notes["gpt-oss-20b"] == "at MXFP4_MOE"
    assert notes["Qwen3 8B"] is None
    assert " at Q4_K_M, or as noted, with 32K of context" in shared()["/models/"].body.sentences[0]


def test_every_choice_of_a_filter_but_of_memory_keeps_some_model() -> None:
    for each in shared()["/models/"].body.filters:
        for option in each.options:
            assert each.name == "memory" or kept(option.value), option.label


def test_a_row_has_one_tag_of_each_filter() -> None:
    filters = [{tag.name for tag in each.tags} for each in shared()["/models/"].body.filters]
    for row in rows("/models/"):
        assert [len(tags & set(row.tags.split())) for tags in filters] == [1] * len(filters), row.texts[0]


@pytest.mark.parametrize(
    ("value", "inside", "outside"),
    [
        ("family-gemma", "Gemma 3 27B", "Qwen3 8B"),
        ("memory-24", "Qwen3.6 27B", "Llama 3.3 70B"),
        ("memory-80", "Qwen3.6 27B", "DeepSeek R1"),
        ("memory-several", "DeepSeek R1", "Qwen3.6 27B"),
        ("size-10", "Llama 3.1 8B", "Phi-4"),
        ("size-large", "DeepSeek R1", "Llama 4 Scout"),
        ("licence-mit", "DeepSeek R1", "Llama 3.1 8B"),
        ("licence-other", "Llama 4 Scout", "DeepSeek R1"),
    ],
)
def test_a_filter_keeps_what_it_says(value: str, inside: str, outside: str) -> None:
    assert inside in kept(value)
    assert outside not in kept(value)


def test_the_smallest_come_first_and_the_newest_come_first() -> None:
    smallest, newest = rows("/models/smallest/"), rows("/models/newest/")
    assert smallest[0].texts[1].endswith("MB")
    releases = [atlas().catalog.model(row.texts[0]).release for row in newest]
    assert releases == sorted(releases, reverse=True)


def test_home_says_what_each_memory_size_holds_that_no_smaller_one_does() -> None:
    held_by = shared()["/"].body.sizes.rows
    sizes = [row.texts[0].replace("\N{NO-BREAK SPACE}", " ") for row in held_by]
    assert sizes[:4] == ["8 GB", "12 GB", "16 GB", "24 GB"]
    needs = {row.cells[0].path: row.texts[2] for row in rows("/models/smallest/")}
    for size, row in zip(sizes, held_by, strict=True):
        assert {needs[cell.path].replace("\N{NO-BREAK SPACE}", " ") for cell in row.cells[2:] if cell.path} <= {size}
    held = [int(row.texts[1]) for row in held_by]
    assert held == sorted(held)
    assert held[-1] == sum(not needed.startswith("several") for needed in needs.values())
