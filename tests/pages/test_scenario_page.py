"""The scenario page: what it says is what the core says, in the order that a reader needs it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from msgspec import Struct

from generator import formats
from generator.pages.prose import ProseError, prose_of
from tests.sample_site import SAMPLES, atlas, html, pages

SCOUT = "/llama-4-scout/q4_k_m/10m/"
SECTIONS = (
    'class="answer"',
    "<svg",
    'class="parts"',
    'id="hardware"',
    'id="verdict"',
    'id="commands"',
    'id="how"',
    'id="usual"',
    'id="faq"',
    'id="nearby"',
)


def test_the_sections_come_in_the_order_that_a_reader_needs() -> None:
    text = html("llama-4-scout", SCOUT)
    places = [text.index(section) for section in SECTIONS]
    assert places == sorted(places)


def test_a_form_leads_from_a_scenario_to_every_other_that_it_names() -> None:
    paths = pages("llama-4-scout")
    switch = paths[SCOUT].body.switch
    chosen = [option.value for option in (*switch.quantizations, *switch.contexts) if option.selected]
    assert f"/{switch.model}/{'/'.join(chosen)}/" == SCOUT
    for quantization in switch.quantizations:
        for context in switch.contexts:
            assert f"/{switch.model}/{quantization.value}/{context.value}/" in paths
    form = re.search(
        r'<form action="/go/" method="get" class="form">.*?</form>', html("llama-4-scout", SCOUT), re.DOTALL
    )
    assert form is not None
    assert re.findall(r' name="(\w+)"', form[0]) == ["model", "quant", "context"]


def test_ten_million_tokens_of_scout_are_told_with_the_usual_figure_beside() -> None:
    page = pages("llama-4-scout")[SCOUT]
    assert page.heading == (
        "How much VRAM does Llama 4 Scout (17B active / 108B total) need at Q4_K_M with 10M context?"
    )
    text = html("llama-4-scout", SCOUT).replace("\N{NO-BREAK SPACE}", " ")
    assert "gives 2,062 GB for the cache" in text
    assert "llama.cpp allocates 516.7 GB" in text


@pytest.mark.parametrize("slug", SAMPLES)
def test_parts_sum_to_the_total_that_title_table_and_answer_share(slug: str) -> None:
    for page in pages(slug).values():
        if page.kind != "scenario":
            continue
        parts = {row.texts[0]: row.texts[1] for row in page.body.bar.table.rows}
        shown = sum(segment.size_bytes for segment in page.body.bar.segments)
        assert parts["Total"] == formats.size(shown)
        assert parts["Total"] in page.title
        assert parts["Total"] in page.description
        assert parts["Total"] in page.body.answer[0]
        assert page.body.bar.low_bytes <= shown <= page.body.bar.high_bytes


@pytest.mark.parametrize("slug", SAMPLES)
def test_titles_descriptions_and_headings_are_each_a_page_s_own(slug: str) -> None:
    for name in ("title", "description", "heading", "path"):
        values = [getattr(page, name) for page in pages(slug).values()]
        assert len(values) == len(set(values))


def _words(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, (tuple, list)):
        return [text for item in value for text in _words(item)]
    if isinstance(value, Struct):
        return [text for name in value.__struct_fields__ for text in _words(getattr(value, name))]
    return []


NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
STRUCTURE = {"10", "9", "2", "30"}
"""The definition of GB and GiB in the footer."""


@pytest.mark.parametrize("slug", SAMPLES)
def test_every_number_on_a_rendered_page_stands_in_its_page_model(slug: str) -> None:
    for path in list(pages(slug))[::17]:
        page = pages(slug)[path]
        body = html(slug, path).split("<body>")[1]
        visible = unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", body, flags=re.DOTALL))
        known = set(NUMBER.findall(" ".join(_words(page)))) | STRUCTURE
        known |= {str(page.body.form.batch)} if hasattr(page.body, "form") else set()
        assert set(NUMBER.findall(visible)) - known == set()


@pytest.mark.parametrize("slug", SAMPLES)
def test_every_size_of_the_prose_is_a_figure_of_the_core(slug: str) -> None:
    """A body evaluated with figures replaced by a mark holds no size of its own."""
    subject = atlas().subject(slug)
    for body in (subject.model.introduction, *(question.answer for question in subject.model.faq)):
        without = re.sub(r"\{\{.*?\}\}", "figure", body)
        assert re.findall(r"\d[\d.,]*\s?[KMGT]i?B(?!\s(?:GPU|card|device))", without) == []


def test_a_context_below_the_window_does_not_blame_the_usual_formula() -> None:
    assert 'id="usual"' not in html("llama-3.2-1b", "/llama-3.2-1b/q4_k_m/32k/")
    assert 'id="usual"' in html("gemma-3-27b", "/gemma-3-27b/q4_k_m/128k/")


def test_a_scenario_that_is_not_listed_says_so() -> None:
    scenarios = [page for page in pages("llama-4-scout").values() if page.kind == "scenario" and "q4_k_m" in page.path]
    assert {page.indexable for page in scenarios} == {True, False}
    for page in scenarios:
        assert ('<meta name="robots" content="noindex">' in html("llama-4-scout", page.path)) is not page.indexable


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{{ totl('Q4_K_M', '2K') }}", "no figure is called 'totl'; did you mean 'total'"),
        ("{{ total('Q9', '2K') }}", "Q9"),
        ("{{ total.__class__.__mro__ }}", "no call"),
    ],
)
def test_a_body_that_calls_for_what_does_not_exist_is_named(body: str, message: str) -> None:
    with pytest.raises(ProseError, match=message) as raised:
        prose_of(atlas()).text(body, atlas().subject("qwen3-8b"), "data/models/x.md")
    assert str(raised.value).startswith("data/models/x.md: ")


def test_every_body_of_every_model_and_family_can_be_evaluated() -> None:
    prose = prose_of(atlas())
    for subject in atlas().subjects():
        for body in (subject.model.introduction, *(question.answer for question in subject.model.faq)):
            assert "{{" not in prose.text(body, subject, subject.model.slug)
    for family in atlas().catalog.families.values():
        assert "{{" not in prose.text(family.body, None, family.slug)
