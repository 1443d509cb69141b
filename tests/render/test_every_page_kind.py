"""What holds for every kind of page: one heading, its own address, labelled fields, tables that can be read aloud."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from html import unescape

import pytest

from generator.pages import pages_for_device, pages_of_data, pages_of_hardware
from tests.sample_site import BASE_URL, SAMPLES, html, renderer, shared_html, small_atlas

MODEL_PATHS = tuple(f"/{slug}/{part}" for slug in SAMPLES for part in ("", "q4_k_m/", "q4_k_m/32k/"))
SHARED_PATHS = (
    "/",
    "/models/",
    "/models/smallest/",
    "/models/newest/",
    "/families/",
    "/families/llama/",
    "/compare/",
    "/compare/qwen3-30b-a3b-vs-qwen3-32b/",
    "/compare/q4_k_m-vs-q5_k_m/",
    "/quantization/",
    "/quantization/q4_k_m/",
    "/quantization/fp8/",
    "/methodology/",
    "/glossary/",
    "/accuracy/",
    "/changelog/",
    "/calculator/",
    "/go/",
    "/404.html",
)
DEVICES = ("rtx-4090", "2x-rtx-3090", "apple-m4-max-64gb", "ryzen-ai-max-395-128gb", "gh200-96gb")
HARDWARE_PATHS = (
    "/data/",
    "/gpus/",
    "/cloud/",
    "/vram/24gb/",
    "/gpus/rtx-4090/models/",
    *(f"/gpus/{slug}/" for slug in DEVICES),
)
ON_DEVICE_PATHS = tuple(f"/{model}/on/{slug}/" for model in SAMPLES for slug in ("rtx-3060-12gb", "2x-rtx-3090"))
PATHS = (*SHARED_PATHS, *MODEL_PATHS, *HARDWARE_PATHS, *ON_DEVICE_PATHS)


@cache
def hardware() -> dict[str, str]:
    pages = [
        *pages_of_hardware(small_atlas()),
        *pages_of_data(small_atlas()),
        *(page for slug in DEVICES for page in pages_for_device(small_atlas(), slug)),
    ]
    return {page.path: renderer().render(page).decode() for page in pages}


SAID = ("name", "description", "version")
"""What structured data says in words."""


def text_of(path: str) -> str:
    if path in HARDWARE_PATHS:
        return hardware()[path]
    return shared_html(path) if path in SHARED_PATHS else html(path.strip("/").split("/")[0], path)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_one_heading_and_its_own_address(path: str) -> None:
    text = text_of(path)
    assert text.count("<h1") == 1
    assert f'<link rel="canonical" href="{BASE_URL}{path}">' in text
    assert f'<meta property="og:url" content="{BASE_URL}{path}">' in text
    assert re.search(r'<meta name="description" content="[^"]{20,}"', text)


@pytest.mark.parametrize("path", PATHS)
def test_fields_have_labels_and_links_have_words(path: str) -> None:
    text = text_of(path)
    fields = set(re.findall(r'<(?:select|input)\b[^>]*\sid="([^"]+)"', text))
    assert fields == set(re.findall(r'<label for="([^"]+)"', text))
    assert not re.search(r"<a\b[^>]*>\s*</a>", text)


@pytest.mark.parametrize("path", PATHS)
def test_tables_have_a_caption_and_every_head_a_scope(path: str) -> None:
    for table in re.findall(r"<table.*?</table>", text_of(path), flags=re.DOTALL):
        assert "<caption>" in table
        heads = re.findall(r"<th\b[^>]*>", table)
        assert heads
        assert all("scope=" in head for head in heads)


@pytest.mark.parametrize("path", PATHS)
def test_charts_tell_their_finding_in_words(path: str) -> None:
    for chart in re.findall(r"<svg\b.*?</svg>", text_of(path), flags=re.DOTALL):
        assert re.match(r'<svg\b[^>]*role="img"', chart)
        assert re.search(r'aria-label="[^"]{30,}"', chart) or re.search(r"<title\b[^>]*>[^<]{30,}", chart)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_runs_no_script_and_asks_for_nothing_from_elsewhere(path: str) -> None:
    text = text_of(path)
    assert not re.search(r"<(?:img|iframe|object|embed|video|audio)\b", text)
    assert not re.search(r'<script(?! type="application/ld\+json")', text)
    assert not re.search(r"\son[a-z]+=", text)
    assert not re.search(r'url\((?!#|"?data:)', text)


@pytest.mark.parametrize("path", PATHS)
def test_what_programs_are_told_of_a_page_can_be_read_on_it(path: str) -> None:
    text = text_of(path)
    body = re.sub(r"<(script|style)\b.*?</\1>", "", text[text.index("<body") :], flags=re.DOTALL)
    shown = " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, flags=re.DOTALL)
    told = [words for block in blocks for words in said(json.loads(block))]
    assert [words for words in told if " ".join(words.split()) not in shown] == []
    assert bool(told) == ('class="crumbs"' in text or path in {"/", "/calculator/", "/data/"})


def said(data: object) -> Iterator[str]:
    """Every string that stands for words, however deep."""
    if isinstance(data, list):
        for each in data:
            yield from said(each)
    elif isinstance(data, dict):
        yield from (value for key, value in data.items() if key in SAID)
        for value in data.values():
            yield from said(value)
