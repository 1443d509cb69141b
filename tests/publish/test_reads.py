"""What a model's job asks of other models is noted, so that it runs again when, and only when, an answer changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.pages import pages_for_model
from generator.publish.reads import EVERYTHING, WHOLE, ReadAtlas, answer_of
from tests.publish.small_site import atlas_of

OWN, OTHER = "llama-3.1-8b", "llama-4-scout"


@pytest.fixture
def atlas(data: Path) -> ReadAtlas:
    return ReadAtlas(atlas_of(data), OWN)


def test_a_model_s_own_entry_is_no_answer_of_others(atlas: ReadAtlas) -> None:
    assert atlas.subject(OWN).estimate(atlas.catalog.quantization("q8_0"), 2048).total_bytes > 0
    assert atlas.reads.models == {}


def test_a_name_and_the_contexts_of_another_are_noted_one_by_one(atlas: ReadAtlas) -> None:
    other = atlas.subject(OTHER)
    assert (other.model.name, other.contexts[-1]) == ("Llama 4 Scout", 10_485_760)
    assert atlas.reads.models == {OTHER: {"model.name", "subject.contexts"}}


def test_a_figure_of_another_counts_as_its_whole_entry(atlas: ReadAtlas) -> None:
    atlas.subject(OTHER).estimate(atlas.catalog.quantization("q8_0"), 2048)
    assert atlas.reads.models == {OTHER: {WHOLE}}


def test_what_the_catalogue_works_out_counts_as_everything(atlas: ReadAtlas) -> None:
    atlas.catalog.alias_paths()
    assert EVERYTHING in atlas.reads.parts


def test_a_list_of_all_models_is_noted(atlas: ReadAtlas) -> None:
    assert OTHER in list(atlas.catalog.models)
    assert atlas.reads.parts == {"slugs"}


def test_pages_of_a_model_need_no_other_model_s_whole_entry(atlas: ReadAtlas) -> None:
    assert len(list(pages_for_model(atlas, OWN))) > 10
    assert all(WHOLE not in asked for asked in atlas.reads.models.values())
    assert EVERYTHING not in atlas.reads.parts


def test_an_answer_about_a_model_that_is_gone_is_none(data: Path) -> None:
    assert answer_of(atlas_of(data), "gone", "model.name") is None
    assert answer_of(atlas_of(data), OTHER, "model.name") == "Llama 4 Scout"
