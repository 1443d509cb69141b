"""Rendered pages are valid, escaped, and fail with a message that names page and template."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import html5lib
import pytest
from msgspec.structs import replace

from generator import formats
from generator.pages.page import BarChart, Mark, Segment, Table
from generator.render import Renderer, RenderError
from generator.render.markdown import to_html
from generator.render.ruler import bar_chart
from tests.sample_site import BASE_URL, SAMPLES, TEMPLATES, html, pages, renderer, shared, shared_html


def _check(text: str) -> None:
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(text)
    assert [error for _, error, _ in parser.errors] == []
    assert not re.search(r'<script(?! type="application/ld\+json")', text)
    assert re.findall(r'(?:src|href)="(https?:[^"]*)"', text) == re.findall(r'rel="canonical" href="([^"]*)"', text)
    identifiers = re.findall(r'\sid="([^"]*)"', text)
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("slug", SAMPLES)
def test_pages_of_a_model_are_valid_and_load_nothing(slug: str) -> None:
    for path in list(pages(slug))[::13]:
        _check(html(slug, path))


def test_shared_pages_are_valid_and_load_nothing() -> None:
    for path in shared():
        _check(shared_html(path))


def test_markup_in_a_name_is_shown_and_not_obeyed() -> None:
    page = replace(pages("qwen3-8b")["/qwen3-8b/"], heading="<b>bold</b>", title="<i>x</i>")
    text = renderer().render(page).decode()
    assert "&lt;b&gt;bold&lt;/b&gt;" in text
    assert "<b>bold</b>" not in text
    assert "<script>" not in to_html("a <script>alert(1)</script> *b*")


def test_a_missing_template_names_page_and_template(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES, templates)
    (templates / "model.html").unlink()
    with pytest.raises(RenderError, match=r"/qwen3-8b/: template model\.html is missing"):
        Renderer(templates, BASE_URL).render(pages("qwen3-8b")["/qwen3-8b/"])


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("\n{{ body.nothing.at_all }}", 2, "'.*ModelBody object' has no attribute 'nothing'"),
        ("\n\n{% for %}", 3, "Expected|expected"),
        ('{% import "macros.html" as macros %}\n{{ macros.nothing() }}', 2, "nothing"),
    ],
)
def test_a_template_that_fails_is_named_with_page_file_and_line(
    tmp_path: Path, text: str, line: int, fault: str
) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES, templates)
    (templates / "model.html").write_text(text)
    with pytest.raises(RenderError, match=rf"^/qwen3-8b/: {templates}/model\.html:{line}: .*(?:{fault})"):
        Renderer(templates, BASE_URL).render(pages("qwen3-8b")["/qwen3-8b/"])


def test_a_bar_s_parts_end_where_their_sizes_add_up_to_and_lie_over_those_after_them() -> None:
    segments = (Segment("weights", "W", 30, "30"), Segment("cache", "C", 10, "10"))
    text = bar_chart(BarChart("t", "d", segments, "40", 35, 45, (Mark("80", 80, "80"),), Table("t", (), ())))
    assert re.findall(r'class="p-(\w+)" width="([\d.]+)%"', text) == [("cache", "50.0"), ("weights", "37.5")]


def test_a_part_is_seen_however_small_it_is() -> None:
    segments = (Segment("weights", "W", 4 * 10**9, "4 GB"), Segment("state", "S", 1, "1 B"))
    marks = (Mark("8", 8 * 10**9, "8 GB"),)
    text = bar_chart(BarChart("t", "d", segments, "4 GB", 4 * 10**9, 4 * 10**9, marks, Table("t", (), ())))
    widths = [float(width) for width in re.findall(r'class="p-\w+" width="([\d.]+)%"', text)]
    assert widths == sorted(set(widths), reverse=True)


def test_a_chart_s_words_have_plain_spaces_as_no_line_is_broken_there() -> None:
    page = pages("qwen3-8b")["/qwen3-8b/q4_k_m/32k/"]
    text = bar_chart(page.body.bar)
    assert page.body.bar.total.replace("\N{NO-BREAK SPACE}", " ") in text
    assert text.isascii()


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (516_679_532_544, "516.7 GB"),
        (4_912_898_304, "4.91 GB"),
        (850_000_000, "850 MB"),
        (2_061_584_302_080, "2,062 GB"),
        (999_960_000, "1.00 GB"),
    ],
)
def test_sizes_are_written_in_decimal_units(size_bytes: int, text: str) -> None:
    assert formats.size(size_bytes).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(("tokens", "text"), [(32768, "32K"), (10485760, "10M"), (202752, "198K"), (1000, "1,000")])
def test_contexts_are_written_as_people_call_them(tokens: int, text: str) -> None:
    assert formats.context(tokens) == text
