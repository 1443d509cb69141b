"""Every kind of page, in both colour schemes: no violation that axe finds, and usable large and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from generator.pages import pages_for_model, shared_pages
from tests.sample_site import atlas

MODEL = "llama-4-scout"
SCHEMES = ("light", "dark")
WIDTHS = (320, 390, 640, 1280, 1920)
WIDER_THAN_THE_WINDOW = """() => [document.documentElement, ...document.querySelectorAll("main *")].filter(each =>
    (each.getBoundingClientRect().right > innerWidth + 1 || (each.matches("html") && each.scrollWidth > innerWidth))
    && !each.closest(".scroll, svg, datalist")).map(each => each.outerHTML.slice(0, 120))"""
RULES = {"rules": {"color-contrast-enhanced": {"enabled": True}}}
"""Beside axe's own choice, 7:1 for text."""
REACHED_BY_KEYBOARD = "a[href], select, button, summary, .scroll, input:not([type=radio]), input:checked"


@cache
def kinds() -> dict[str, str]:
    """Each kind of page with the path of one: of a model's scenarios that of the site's defaults."""
    site = atlas().catalog.site
    found = {page.kind: page.path for page in shared_pages(atlas())}
    found |= {page.kind: page.path for page in pages_for_model(atlas(), MODEL) if page.kind != "scenario"}
    return found | {"scenario": f"/{MODEL}/{site.default_quantization}/{site.default_context}/"}


@pytest.fixture(params=SCHEMES)
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=request.param, base_url=address)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_axe_finds_nothing(page: Page, kind: str) -> None:
    page.goto(kinds()[kind])
    for details in page.locator("details").all():
        details.evaluate("each => each.open = true")
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"], each["nodes"][0]["failureSummary"]) for each in found] == []


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_only_boxes_of_their_own_scroll_sideways(browser: Browser, address: str, kind: str) -> None:
    """At 320 px, and at 640 px as a window of 1280 px has it at 200%."""
    page = browser.new_page(base_url=address)
    page.goto(kinds()[kind])
    wide = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        wide[width] = page.evaluate(WIDER_THAN_THE_WINDOW)
    page.close()
    assert wide == {width: [] for width in WIDTHS}


def test_every_control_is_reached_and_seen_by_keyboard(page: Page) -> None:
    page.goto(kinds()["scenario"])
    count = "selector => [...document.querySelectorAll(selector)].filter(each => each.checkVisibility()).length"
    wanted = page.evaluate(count, REACHED_BY_KEYBOARD)
    seen = 0
    for _ in range(wanted):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML")
        seen += page.evaluate("document.activeElement !== document.body")
    assert seen == wanted


def test_text_in_charts_is_large_enough_on_a_phone(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, base_url=address)
    page = context.new_page()
    for kind in ("scenario", "model", "quantization"):
        page.goto(kinds()[kind])
        sizes = page.evaluate(
            "() => [...document.querySelectorAll('svg text')].map(each => parseFloat(getComputedStyle(each).fontSize))"
        )
        assert sizes
        assert min(sizes) >= 12
    context.close()
