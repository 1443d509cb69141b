"""The atlas of the real data, and pages of a few models, for tests."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from generator.accuracy.bands import Bands
from generator.catalog import load_catalog
from generator.pages import Page, pages_for_device, pages_for_model, pages_of_hardware, shared_pages
from generator.render import Renderer
from generator.scenarios import Atlas
from tests.reference import DATA, ROOT

TEMPLATES = ROOT / "templates"
BASE_URL = "https://vramatlas.example"
SAMPLES = ("llama-4-scout", "gemma-3-27b", "deepseek-v3", "qwen3.6-27b", "llama-3.2-1b", "gpt-oss-20b")
"""One model for each way of keeping past tokens."""


@cache
def atlas() -> Atlas:
    return Atlas(load_catalog(DATA), Bands.load(DATA / "accuracy.json"))


@cache
def small_atlas() -> Atlas:
    """The same with the sample models only, for pages that ask every model."""
    whole = atlas().catalog
    return Atlas(replace(whole, models={slug: whole.models[slug] for slug in SAMPLES}), atlas().bands)


@cache
def hardware_pages() -> tuple[Page, ...]:
    """What runs on hardware, of the sample models."""
    return (*pages_of_hardware(small_atlas()), *pages_for_device(small_atlas(), "rtx-4090"))


@cache
def shared() -> dict[str, Page]:
    """Pages that belong to no model, of the real data."""
    return {page.path: page for page in shared_pages(atlas())}


@cache
def renderer() -> Renderer:
    return Renderer(TEMPLATES, BASE_URL)


@cache
def pages(slug: str) -> dict[str, Page]:
    return {page.path: page for page in pages_for_model(atlas(), slug)}


@cache
def shared_html(path: str) -> str:
    return renderer().render(shared()[path]).decode()


@cache
def html(slug: str, path: str) -> str:
    return renderer().render(pages(slug)[path]).decode()
