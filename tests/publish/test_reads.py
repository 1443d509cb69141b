"""What a job asks of the catalogue is noted, so that it runs again when, and only when, an answer changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from generator.catalog import Model
from generator.pages import hub_of_model, scenarios_of_model, shared_parts
from generator.pages.devices.apart import apart
from generator.pages.devices.next_hardware import similar
from generator.pages.indexable import devices_apart
from generator.placement.holding import holder_of
from generator.publish.due.inputs import Current, noted
from generator.publish.due.read_atlas import ReadAtlas
from generator.publish.due.reads import EVERYTHING, FIGURES, FigureSource
from generator.publish.kept.shelves import Shelves
from generator.render import Renderer
from generator.scenarios import Atlas, Figures
from tests.publish.small_site import atlas_of
from tests.sample_site import BASE_URL, TEMPLATES

OWN, OTHER = "llama-3.2-1b", "llama-4-scout"
DEVICE = "rtx-4090"


@pytest.fixture
def known(data: Path) -> Atlas:
    return atlas_of(data)


@pytest.fixture
def atlas(known: Atlas) -> ReadAtlas:
    return ReadAtlas(FigureSource(known))


def changed(known: Atlas, slug: str, **fields: object) -> Atlas:
    """The atlas with some fields of one model changed."""
    models = dict(known.catalog.models)
    models[slug] = models[slug].model_copy(update=fields)
    return Atlas(replace(known.catalog, models=models), known.bands)


def digest(known: Atlas, names: dict[str, list[str]], folder: Path) -> str:
    return Current(
        FigureSource(known), Renderer(TEMPLATES, BASE_URL), BASE_URL, "templates", folder / "answers"
    ).digest(names)


def test_a_name_and_the_contexts_of_a_model_are_noted_one_by_one(atlas: ReadAtlas) -> None:
    other = atlas.subject(OTHER)
    assert (other.model.name, other.contexts[-1]) == ("Llama 4 Scout", 10_485_760)
    assert atlas.reads.asked == {"model.name": {OTHER}, "subject.contexts": {OTHER}}


def test_whatever_is_worked_out_for_a_model_counts_as_its_figures(atlas: ReadAtlas) -> None:
    atlas.subject(OTHER).estimate(atlas.catalog.quantizations["q8_0"], 2048)
    assert atlas.reads.asked[FIGURES] == {OTHER}
    assert not any(kind.startswith("model.") for kind in atlas.reads.asked)


def test_what_the_catalogue_works_out_counts_as_everything(atlas: ReadAtlas) -> None:
    atlas.catalog.alias_paths()
    assert EVERYTHING in atlas.reads.asked["part"]


def test_a_list_of_all_models_is_noted(atlas: ReadAtlas) -> None:
    assert OTHER in list(atlas.catalog.models)
    assert atlas.reads.asked == {"slugs": {"model"}}


def test_what_only_hardware_pages_show_of_a_device_is_told_apart(atlas: ReadAtlas) -> None:
    device = atlas.catalog.devices[DEVICE]
    assert device.memory_bytes > 0
    assert atlas.reads.asked == {"device": {DEVICE}}
    assert device.price_usd
    assert atlas.reads.asked["device.price_usd"] == {DEVICE}


def test_scenarios_read_no_introduction_and_no_other_model_s_figures(atlas: ReadAtlas) -> None:
    assert len(list(scenarios_of_model(atlas, OWN))) > 5
    assert not {"model.introduction", "model.release"} & atlas.reads.asked.keys()
    assert atlas.reads.asked[FIGURES] == {OWN}
    assert EVERYTHING not in atlas.reads.asked["part"]


FIGURE_FIELDS = {"config", "context_max", "hf_repo", "mtp_in_gguf", "published_formats"}
"""What of a model's entry the figures may rest on."""


@pytest.mark.parametrize("field", sorted({*Model.model_fields} - {"slug"}))
def test_a_field_changes_the_inputs_of_a_job_that_shows_figures_alone_if_figures_rest_on_it(
    known: Atlas, tmp_path: Path, field: str
) -> None:
    names = {FIGURES: OWN}
    before = known.catalog.models[OWN]
    value = getattr(before, field)
    other = {str: f"{value}x", int: 4096, bool: not value, tuple: (), dict: {**before.config, "vocab_size": 64}}
    new = other.get(type(value), "x")
    if field == "published_formats":
        new = known.catalog.models[OTHER].published_formats
    differs = digest(changed(known, OWN, **{field: new}), names, tmp_path) != digest(known, names, tmp_path)
    assert not differs or field in FIGURE_FIELDS
    assert differs or field not in {"config", "context_max", "mtp_in_gguf"}


def test_the_digest_of_a_hub_follows_its_words_and_that_of_scenarios_does_not(known: Atlas, tmp_path: Path) -> None:
    edited = changed(known, OWN, introduction="Something else.")
    for make, differs in ((hub_of_model, True), (scenarios_of_model, False)):
        atlas = ReadAtlas(FigureSource(known))
        list(make(atlas, OWN))
        names = noted(atlas.reads, ["model"], known)
        assert (digest(edited, names, tmp_path) != digest(known, names, tmp_path)) is differs


def test_what_is_noted_of_every_model_stands_as_one_name(known: Atlas) -> None:
    atlas = ReadAtlas(FigureSource(known))
    list(shared_parts(known.catalog)["models"](atlas))
    assert noted(atlas.reads, ["models"], known)["model.release"] == "*"


def test_the_answers_of_a_model_that_is_gone_differ_from_those_it_gave(known: Atlas, tmp_path: Path) -> None:
    names = {"model.name": OTHER}
    models = {slug: model for slug, model in known.catalog.models.items() if slug != OTHER}
    gone = Atlas(replace(known.catalog, models=models), known.bands)
    assert digest(gone, names, tmp_path) != digest(known, names, tmp_path)


def given(entry: BaseModel) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in type(entry).model_fields}


def test_what_an_entry_has_worked_out_is_no_part_of_what_it_says(known: Atlas, tmp_path: Path) -> None:
    engines = {slug: engine.model_construct(**given(engine)) for slug, engine in known.catalog.engines.items()}
    atlas = Atlas(replace(known.catalog, engines=engines), known.bands)
    before = digest(atlas, {"part": "engines"}, tmp_path)
    for engine in engines.values():
        vars(engine)["generations"] = frozenset({"another"})
    assert digest(atlas, {"part": "engines"}, tmp_path) == before


def test_models_of_one_shape_are_the_same_by_what_is_kept_and_by_the_atlas(known: Atlas, tmp_path: Path) -> None:
    source = FigureSource(known)
    current = Current(source, Renderer(TEMPLATES, BASE_URL), BASE_URL, "templates", tmp_path / "answers")
    atlas = ReadAtlas(source)
    for slug in known.catalog.models:
        assert atlas.alike(slug) == known.alike(slug) == current.alike(slug)
    assert atlas.reads.asked == {"alike": set(known.catalog.models)}


def test_what_was_worked_out_for_another_job_is_noted_all_the_same(known: Atlas) -> None:
    source = FigureSource(known)
    first, second = ReadAtlas(source), ReadAtlas(source)
    assert devices_apart(first) is devices_apart(second)
    assert first.reads.asked == second.reads.asked
    assert second.reads.asked["device"] == set(known.catalog.devices)


def test_jobs_read_the_same_of_hardware_near_theirs_whichever_of_them_comes_first(known: Atlas) -> None:
    source = FigureSource(known)
    found = []
    for _ in range(2):
        atlas = ReadAtlas(source)
        for pages in (apart, similar):
            assert list(pages(atlas, holder_of(atlas.catalog, DEVICE)))
        found.append(atlas.reads.asked)
    assert found[0] == found[1]
    assert found[0]["device"] == set(known.catalog.devices)
    assert DEVICE in found[0]["device.price_usd"]
    assert len(found[0]["device.price_usd"]) < len(known.catalog.devices) / 10


def newest(atlas: Atlas, slug: str) -> str:
    """The newest of all models, beside a model: an answer that rests on others."""
    return max(atlas.catalog.models, key=lambda each: (atlas.catalog.models[each].release, each)) + slug


@pytest.mark.parametrize(("release", "same"), [("2020-01", False), ("2099-01", True)])
def test_an_answer_that_rests_on_other_models_counts_by_what_it_is(
    known: Atlas, tmp_path: Path, release: str, same: bool
) -> None:
    edited = changed(known, OTHER, release=release)
    assert edited.catalog.models[OTHER].release != known.catalog.models[OTHER].release
    found = []
    for each in (known, edited):
        source = FigureSource(each)
        current = Current(source, Renderer(TEMPLATES, BASE_URL), BASE_URL, "templates", tmp_path / "answers")
        shelves = Shelves(tmp_path / "shelves", source, current, {"newest": newest})
        if each is known:
            atlas = ReadAtlas(source, shelves)
            assert atlas.told("newest", newest, OWN) == known.told("newest", newest, OWN)
            names = noted(atlas.reads, (), each)
            assert names == {"told newest": OWN}
        found.append(current.digest(names))
    assert (found[0] == found[1]) is same


def shape(atlas: Atlas, slug: str) -> str:
    """What another model's figures tell, beside a model."""
    return atlas.subject(OTHER).shape_key + slug


def test_an_answer_waits_for_the_figures_that_it_asked_for_alone(known: Atlas, tmp_path: Path) -> None:
    source = FigureSource(known)
    current = Current(source, Renderer(TEMPLATES, BASE_URL), BASE_URL, "templates", tmp_path / "answers")
    atlas = ReadAtlas(source, Shelves(tmp_path / "shelves", source, current, {"shape": shape}))
    names = {"told shape": OWN}
    assert current.rests_on(names, {OWN})
    atlas.told("shape", shape, OWN)
    assert (current.rests_on(names, {OTHER}), current.rests_on(names, {OWN})) == (True, False)


def context(atlas: Atlas, figures: Figures) -> int:
    return figures.context_max


@pytest.mark.parametrize(("models", "added"), [((OWN,), True), ((OWN, OTHER, "llama-3.1-8b"), False)])
def test_what_is_new_of_a_shelf_goes_behind_the_rest_and_much_takes_the_place_of_all(
    known: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models: tuple[str, ...], added: bool
) -> None:
    monkeypatch.setattr("generator.publish.kept.shelf.MOST_ADDED", 0.4)
    monkeypatch.setattr("generator.publish.kept.shelf.LEAST_ADDED", 0)
    edited = known
    for slug in models:
        edited = changed(edited, slug, context_max=4096)
    bodies = []
    for each in (known, edited, edited):
        source = FigureSource(each)
        current = Current(source, Renderer(TEMPLATES, BASE_URL), BASE_URL, "templates", tmp_path / "answers")
        atlas = ReadAtlas(source, Shelves(tmp_path / "shelves", source, current, {}))
        found = {subject.model.slug: value for subject, value in atlas.of_each("context", context)}
        assert found == {slug: model.context_max for slug, model in each.catalog.models.items()}
        bodies.append(b"".join(file.read_bytes() for file in (tmp_path / "shelves").iterdir()))
    assert bodies[1].startswith(bodies[0]) is added
    assert bodies[2] == bodies[1]
