"""Titles and descriptions are shown whole in search results, and say which page it is."""

from __future__ import annotations

from collections import Counter

import pytest

from generator.pages.heads import LONGEST_DESCRIPTION, LONGEST_TITLE, description, title, versus
from generator.pages.page import Page
from tests.sample_site import SAMPLES, hardware_pages, pages, shared

HOME = "/"


def every_page() -> list[Page]:
    return [*shared().values(), *hardware_pages(), *(page for slug in SAMPLES for page in pages(slug).values())]


def test_listed_pages_have_titles_and_descriptions_that_are_shown_whole() -> None:
    listed = [page for page in every_page() if page.indexable and page.path != HOME]
    assert {page.title for page in listed if len(page.title) > LONGEST_TITLE} == set()
    assert {page.description for page in listed if len(page.description) > LONGEST_DESCRIPTION} == set()


def test_no_two_pages_have_one_title() -> None:
    counts = Counter(page.title for page in every_page())
    assert [each for each, count in counts.items() if count > 1] == []


def test_a_title_is_the_fullest_wording_that_is_shown_whole() -> None:
    long = "a" * (LONGEST_TITLE + 1)
    assert title(long, "b" * LONGEST_TITLE, "c") == "b" * LONGEST_TITLE
    assert title(f"{long}a", long) == long


def test_a_description_ends_with_a_sentence() -> None:
    first, second = f"{'a' * 100}.", f"{'b' * 57}."
    assert description((first, second)) == f"{first} {second}"
    assert description((first, f"b{second}", "c.")) == first
    assert description(("a" * (LONGEST_DESCRIPTION + 1), "b")) == "a" * (LONGEST_DESCRIPTION + 1)


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["Qwen3 8B", "Llama 3.1 8B"], "Qwen3 8B vs Llama 3.1 8B"),
        (["Qwen3 4B", "Qwen3 8B"], "Qwen3 4B vs Qwen3 8B"),
        (
            ["Ministral 3 3B 2512", "Ministral 3 8B 2512", "Ministral 3 14B 2512"],
            "Ministral 3 3B 2512 vs 8B 2512 vs 14B 2512",
        ),
        (
            ["gpt-oss-120b", "Qwen3.5 122B-A10B", "Nemotron 3 Super 120B-A12B"],
            "gpt-oss-120b vs Qwen3.5 122B vs Nemotron 3 Super 120B",
        ),
    ],
)
def test_names_side_by_side_are_shortened_only_where_they_are_too_long(names: list[str], text: str) -> None:
    assert versus(names) == text
