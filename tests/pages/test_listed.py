"""A site of more models than a page lists: indexes take those that people ask about most and the newest, and say so."""

from __future__ import annotations

from dataclasses import replace

from generator.pages import Page
from generator.pages.devices.page import device_pages
from generator.pages.home import home_page
from generator.pages.models.families import families_pages
from generator.pages.models.index import models_by_memory_page, models_page
from generator.pages.page import Row
from generator.placement.holding import holder_of
from generator.scenarios import Atlas
from tests.sample_site import small_atlas

ASKED = ("gpt-oss-20b", "llama-3.2-1b")
NOTE = "Of 6 models this page takes the 4"


def atlas_listing(most: int) -> Atlas:
    """Six models, of which two are asked for and pages list ``most``."""
    whole = small_atlas()
    changes = {"most_listed": most, "common_models": ASKED[:1], "example_models": ASKED[1:]}
    return Atlas(replace(whole.catalog, site=whole.catalog.site.model_copy(update=changes)), whole.bands)


def names(rows: tuple[Row, ...]) -> set[str]:
    return {row.texts[0] for row in rows}


def test_listed_are_the_models_asked_for_and_then_the_newest() -> None:
    catalog = atlas_listing(4).catalog
    others = [model for model in catalog.models.values() if model.slug not in ASKED]
    newest = sorted(others, key=lambda model: model.release)[-2:]
    assert set(catalog.listed) == {*ASKED, *(model.slug for model in newest)}
    assert set(atlas_listing(6).catalog.listed) == set(catalog.models)


def test_orders_of_the_index_hold_the_listed_models_and_say_how_many_there_are() -> None:
    atlas = atlas_listing(4)
    listed = {atlas.catalog.models[slug].name for slug in atlas.catalog.listed}
    for page in (models_page(atlas), models_by_memory_page(atlas)):
        assert names(tuple(row for group in page.body.groups for row in group.rows)) == listed
        assert any(sentence.startswith(NOTE) for sentence in page.body.sentences)
    assert not any("this page takes" in sentence for sentence in models_page(small_atlas()).body.sentences)


def test_pages_of_hardware_tell_of_listed_models_alone() -> None:
    atlas = atlas_listing(4)
    listed = {atlas.catalog.models[slug].name for slug in atlas.catalog.listed}
    about, everything = device_pages(atlas, holder_of(atlas.catalog, "h200-sxm-141gb"))
    tables = [section.models for section in everything.body.sections if section.models]
    assert {row.model for table in tables for row in (*table.fitting, *table.beside)} == listed
    assert "4 of 4 listed models" in about.body.answer[0]
    assert any(sentence.startswith(NOTE) for sentence in everything.body.answer)


def test_home_counts_all_models_and_compares_the_listed_ones() -> None:
    page = home_page(atlas_listing(4))
    assert page.description.startswith("GPU memory of 6 language models")
    assert page.body.sizes.caption.startswith("Of the listed 4 models, those that surely fit")


def test_families_stand_on_one_page_or_under_their_letters() -> None:
    def listed(pages: list[Page]) -> list[str]:
        return [row.texts[0] for page in pages for table in page.body.tables for row in table.rows]

    whole, split = list(families_pages(atlas_listing(6))), list(families_pages(atlas_listing(2)))
    assert len(whole) == 1
    assert sorted(listed(split)) == sorted(listed(whole))
    assert {link.path for link in split[0].body.links} == {page.path for page in split[1:]}
