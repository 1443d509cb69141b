"""What programs are told of a page stands on it, and nothing is made up."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from generator.pages import pages_of_data
from tests.sample_site import BASE_URL, html, renderer, shared_html, small_atlas

TYPES = {"/": "WebSite", "/calculator/": "WebApplication", "/data/": "Dataset"}


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    pages = {page.path: page for page in pages_of_data(small_atlas())}
    wanted = {path for path in TYPES if path not in pages}
    texts = {path: renderer().render(page).decode() for path, page in pages.items()}
    return texts | {path: shared_html(path) for path in wanted}


def objects(text: str) -> list[dict[str, object]]:
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, flags=re.DOTALL)
    return [json.loads(each) for each in found]


@pytest.mark.parametrize(("path", "kind"), TYPES.items())
def test_a_page_says_what_it_is_without_ratings(texts: dict[str, str], path: str, kind: str) -> None:
    [found] = [each for each in objects(texts[path]) if each["@type"] == kind]
    assert found["@context"] == "https://schema.org"
    assert found["url"] == f"{BASE_URL}{path}"
    assert not {"aggregateRating", "review"} & set(found)


def test_the_breadcrumb_of_a_page_is_the_one_that_it_shows() -> None:
    text = html("llama-4-scout", "/llama-4-scout/q4_k_m/10m/")
    [found] = [each for each in objects(text) if each["@type"] == "BreadcrumbList"]
    [crumbs] = re.findall(r'<nav class="crumbs".*?</nav>', text, flags=re.DOTALL)
    shown = re.findall(r"<li[^>]*>(?:<a [^>]*>)?([^<]+)<", crumbs)
    assert [each["name"] for each in found["itemListElement"]] == [unescape(each) for each in shown]
    assert len(shown) == 4
