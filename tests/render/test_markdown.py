"""Markdown becomes paragraphs, lists and links, and nothing else."""

from __future__ import annotations

import pytest

from generator.render.markdown import to_html


def test_paragraphs_emphasis_and_links_are_rendered() -> None:
    assert to_html("A *word*.\n\nSee [Scout](/llama-4-scout/).") == (
        '<p>A <em>word</em>.</p>\n<p>See <a href="/llama-4-scout/">Scout</a>.</p>'
    )


def test_raw_html_is_shown_and_not_obeyed() -> None:
    found = to_html("<script>alert(1)</script>\n\n<b onclick=x>bold</b>")
    assert "<script" not in found
    assert "<b " not in found
    assert "&lt;script&gt;" in found


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//elsewhere.example/", "vbscript:x"])
def test_a_link_that_leads_to_no_page_loses_its_address(address: str) -> None:
    assert to_html(f"[x]({address})") == "<p><a>x</a></p>"


def test_a_link_to_the_web_is_kept() -> None:
    assert to_html("[x](https://example.org/a)") == '<p><a href="https://example.org/a">x</a></p>'
