"""A person without JavaScript opens pages, follows links and sends the form."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

SCOUT = "/llama-4-scout/q4_k_m/10m/"


@pytest.fixture(params=[390, 1280])
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": request.param, "height": 900}, java_script_enabled=False, base_url=address
    )
    yield context.new_page()
    context.close()


def test_the_answer_stands_above_everything_else(page: Page) -> None:
    page.goto(SCOUT)
    assert "592." in page.locator(".answer").inner_text()
    assert page.locator(".answer").bounding_box()["y"] < 700


def test_a_step_away_is_one_link(page: Page) -> None:
    page.goto(SCOUT)
    step = page.locator("#nearby tbody a").first
    name = step.inner_text()
    step.click()
    assert f"at {name} with" in page.locator("h1").inner_text()


def test_the_form_of_a_hub_is_sent_with_its_model(page: Page) -> None:
    page.goto("/llama-4-scout/")
    assert page.locator("#f-model").input_value() == "llama-4-scout"
    assert page.locator("#f-quant").input_value() == "q4_k_m"
    page.locator("#f-context").select_option("32k")
    page.locator("#calculator button").click()
    assert "/go/?model=llama-4-scout&quant=q4_k_m&context=32k&batch=1&kv=f16&engine=llama.cpp" in page.url
    assert page.locator("h1").inner_text() == "Choose a model"


@pytest.mark.parametrize("path", [SCOUT, "/llama-4-scout/", "/llama-4-scout/q4_k_m/", "/", "/models/", "/accuracy/"])
def test_no_page_is_wider_than_the_window_and_none_asks_for_more(page: Page, path: str) -> None:
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path)
    width = page.viewport_size["width"]
    assert page.locator("main").bounding_box()["width"] <= width
    assert page.locator("body").bounding_box()["width"] <= width
    assert [url for url in asked if not url.startswith("data:")] == [page.url]


def test_keyboard_users_skip_to_the_answer_first(page: Page) -> None:
    page.goto(SCOUT)
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the answer"


def test_the_models_index_is_filtered_without_a_script(page: Page) -> None:
    page.goto("/models/")
    page.locator("#f-family").select_option("family-llama")
    page.locator("#f-memory").select_option("memory-12")
    shown = [row.locator("th").inner_text() for row in page.locator("tbody tr").all() if row.is_visible()]
    assert "Llama 3.1 8B" in shown
    assert "Llama 3.3 70B" not in shown
    assert all("Llama" in name for name in shown)
    assert not page.get_by_label("Families on this page").is_visible()


def test_the_colours_of_a_page_can_be_chosen_without_a_script(page: Page) -> None:
    page.goto("/")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_label("dark").check()
    dark = page.evaluate(paper)
    page.get_by_label("light").check()
    assert page.evaluate(paper) == light == "rgb(255, 255, 255)"
    assert dark != light
