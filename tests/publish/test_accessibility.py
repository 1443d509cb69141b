"""Every kind of page, in both colour schemes: no violation that axe finds, and usable large and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from generator.publish.due.manifest import Manifest
from generator.publish.output.folder import OutputFolder
from generator.publish.output.stage import file_name

HUB, QUANTIZATION = "/llama-4-scout/", "/llama-4-scout/q4_k_m/"
SCENARIO = "/llama-4-scout/q4_k_m/32k/"
PATHS = (
    "/",
    "/404.html",
    "/accuracy/",
    "/calculator/",
    "/changelog/",
    "/cloud/",
    "/compare/bnb-nf4-vs-awq-int4/",
    "/families/llama/",
    "/glossary/",
    "/go/",
    "/gpus/rtx-4090/",
    "/gpus/rtx-4090/models/",
    HUB,
    "/llama-4-scout/on/2x-rtx-5090/",
    QUANTIZATION,
    SCENARIO,
    "/methodology/",
    "/models/",
    "/quantization/iq1_s/",
    "/vram/24gb/",
)
"""Pages of every kind."""
CONTRAST = ["color-contrast", "color-contrast-enhanced"]
"""4.5:1 for all text and 7:1, which axe doesn't ask for by itself, as it doesn't for targets of 24 px."""
SCHEMES = {
    "light": {"rules": {rule: {"enabled": True} for rule in (*CONTRAST, "target-size")}},
    "dark": {"runOnly": {"type": "rule", "values": CONTRAST}},
}
"""What axe is asked in each colour scheme: in the dark one only what can differ."""
ONE_OF_WHAT_PASSES = {"resultTypes": ["violations"]}
"""Naming each element that passes a rule took longer than looking at all of them."""
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


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    found = browser.new_page(viewport={"width": 1280, "height": 900}, base_url=address)
    yield found
    found.close()


def test_every_kind_of_page_is_among_those_looked_at(site: Path) -> None:
    records = Manifest(OutputFolder(site).manifest_file).records()
    kinds = {entry.name: entry.kind for record in records for entry in record.entries if entry.kind}
    assert {kinds[name] for path in PATHS if (name := file_name(path)) in kinds} == set(kinds.values())


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(page: Page, path: str) -> None:
    page.goto(path)
    page.evaluate(UNFOLDED_AND_SHORT)
    for scheme, options in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options=options | ONE_OF_WHAT_PASSES).response
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == [], scheme
        assert {each["id"] for each in found["passes"]} >= set(CONTRAST)


@pytest.mark.parametrize("path", PATHS)
def test_only_boxes_of_their_own_scroll_sideways(browser: Browser, address: str, path: str) -> None:
    """At 320 px, and at 640 px as a window of 1280 px has it at 200%."""
    page = browser.new_page(base_url=address)
    page.goto(path)
    wide = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        wide[width] = page.evaluate(WIDER_THAN_THE_WINDOW)
    page.close()
    assert wide == {width: [] for width in WIDTHS}


@pytest.mark.parametrize("path", PATHS)
def test_every_control_is_reached_and_seen_by_keyboard_in_the_order_of_the_page(page: Page, path: str) -> None:
    page.goto(path)
    page.evaluate(SHORT)
    count = "selector => [...document.querySelectorAll(selector)].filter(each => each.checkVisibility()).length"
    for _ in range(page.evaluate(count, REACHED_BY_KEYBOARD)):
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED) == ""


def test_a_cell_in_focus_is_not_under_the_column_that_stays(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(HUB)
    page.locator("#grid tbody tr").first.locator("a").last.focus()
    for _ in range(page.locator("#grid tbody tr").first.locator("a").count() - 1):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(COVERED) == ""


@pytest.mark.parametrize("width", WIDTHS)
def test_words_stay_inside_buttons_and_fields(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(SCENARIO)
    cut = "() => [...document.querySelectorAll('button')].filter(each => each.scrollWidth > each.clientWidth).length"
    assert page.evaluate(cut) == 0


def test_text_in_charts_is_large_enough_on_a_phone(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, base_url=address)
    page = context.new_page()
    for path in (SCENARIO, HUB, QUANTIZATION):
        page.goto(path)
        sizes = page.evaluate(
            "() => [...document.querySelectorAll('svg text')].map(each => parseFloat(getComputedStyle(each).fontSize))"
        )
        assert sizes
        assert min(sizes) >= 12
    context.close()
