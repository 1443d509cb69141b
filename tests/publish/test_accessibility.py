"""Every kind of page, in both colour schemes: no violation that axe finds, and usable large and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from generator.pages import shared_pages
from tests.sample_site import atlas, hardware_pages, pages

MODEL = "llama-4-scout"
CONTRAST = ["color-contrast", "color-contrast-enhanced"]
"""4.5:1 for all text and 7:1, which axe doesn't ask for by itself, as it doesn't for targets of 24 px."""
SCHEMES = {
    "light": {"rules": {rule: {"enabled": True} for rule in (*CONTRAST, "target-size")}},
    "dark": {"runOnly": {"type": "rule", "values": CONTRAST}},
}
"""What axe is asked in each colour scheme: in the dark one only what can differ."""
WIDTHS = (320, 390, 640, 1280, 1920)
WIDER_THAN_THE_WINDOW = """() => [document.documentElement, ...document.querySelectorAll("main *")].filter(each =>
    (each.getBoundingClientRect().right > innerWidth + 1 || (each.matches("html") && each.scrollWidth > innerWidth))
    && !each.closest(".scroll, svg, datalist")).map(each => each.outerHTML.slice(0, 120))"""
UNFOLDED_AND_SHORT = """() => {
    document.querySelectorAll("details").forEach(each => each.open = true)
    document.querySelectorAll("tbody tr:nth-child(n+17), datalist option + option").forEach(each => each.remove())}"""
"""Rows from the seventeenth of a table on are like those before, and most of what axe would look at."""
REACHED_BY_KEYBOARD = "a[href], select, button, summary, .scroll, input:not([type=radio]), input:checked"
SHORT = 'document.querySelectorAll("tbody tr:nth-child(n+4), main li:nth-child(n+4)").forEach(each => each.remove())'
"""Rows and links from the fourth on are reached as those before are."""
FOCUSED = """() => {
    const now = document.activeElement, before = window.before
    window.before = now
    return now === document.body ? "nothing"
        : getComputedStyle(now).outlineStyle === "none" ? "no outline: " + now.outerHTML
        : before && !(before.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_FOLLOWING) ? "back: " + now.outerHTML
        : ""}"""
COVERED = """() => {
    const box = document.activeElement.getBoundingClientRect()
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
    return document.activeElement.contains(top) || top.contains(document.activeElement)
        ? "" : document.activeElement.outerHTML}"""


@cache
def kinds() -> dict[str, str]:
    """A page of each template and part of the site, by those two; of a model's scenarios the one at the defaults."""
    site = atlas().catalog.site
    scenario = f"/{MODEL}/{site.default_quantization}/{site.default_context}/"
    every = (*shared_pages(atlas()), *hardware_pages(), *pages(MODEL).values())
    found = {f"{page.kind} {page.path.split('/')[1]}": page.path for page in every if page.kind != "scenario"}
    return found | {f"scenario {MODEL}": scenario}


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    found = browser.new_page(viewport={"width": 1280, "height": 900}, base_url=address)
    yield found
    found.close()


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_axe_finds_nothing(page: Page, kind: str) -> None:
    page.goto(kinds()[kind])
    page.evaluate(UNFOLDED_AND_SHORT)
    for scheme, options in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options=options).response
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == [], scheme
        assert {each["id"] for each in found["passes"]} >= set(CONTRAST)


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


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_control_is_reached_and_seen_by_keyboard_in_the_order_of_the_page(page: Page, kind: str) -> None:
    page.goto(kinds()[kind])
    page.evaluate(SHORT)
    count = "selector => [...document.querySelectorAll(selector)].filter(each => each.checkVisibility()).length"
    for _ in range(page.evaluate(count, REACHED_BY_KEYBOARD)):
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED) == ""


def test_a_cell_in_focus_is_not_under_the_column_that_stays(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(kinds()[f"model {MODEL}"])
    page.locator("#grid tbody tr").first.locator("a").last.focus()
    for _ in range(page.locator("#grid tbody tr").first.locator("a").count() - 1):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(COVERED) == ""


@pytest.mark.parametrize("width", WIDTHS)
def test_words_stay_inside_buttons_and_fields(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(kinds()[f"scenario {MODEL}"])
    cut = "() => [...document.querySelectorAll('button')].filter(each => each.scrollWidth > each.clientWidth).length"
    assert page.evaluate(cut) == 0


def test_text_in_charts_is_large_enough_on_a_phone(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, base_url=address)
    page = context.new_page()
    for kind in ("scenario", "model", "quantization"):
        page.goto(kinds()[f"{kind} {MODEL}"])
        sizes = page.evaluate(
            "() => [...document.querySelectorAll('svg text')].map(each => parseFloat(getComputedStyle(each).fontSize))"
        )
        assert sizes
        assert min(sizes) >= 12
    context.close()
