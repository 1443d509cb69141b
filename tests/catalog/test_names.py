"""The names people type: told apart, brought together, and turned into paths."""

from __future__ import annotations

import pytest

from generator.catalog import RESERVED_SLUGS, Catalog, load_catalog
from generator.catalog.hardware_names import without_maker
from generator.catalog.names import normalized, slugified
from tests.catalog.conftest import VARIANT

MODEL = "models/tiny-1b.md"


@pytest.mark.parametrize(
    "spelling", ["Llama 3.1 8B", "llama-3.1-8b", "llama3.1:8b", "LLAMA_3.1_8B", "Llama3.1 8B", "llama-3.1:8 b"]
)
def test_spellings_of_one_name_are_one(spelling: str):
    assert normalized(spelling) == "llama3.1-8b"


@pytest.mark.parametrize(("one", "other"), [("gemma-3-1b", "gemma-31b"), ("qwen3-1.7b", "qwen3.1-7b"), ("r1", "r-1-0")])
def test_names_of_different_models_stay_different(one: str, other: str):
    assert normalized(one) != normalized(other)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("llama3.1:8b", "llama3.1-8b"),
        ("Qwen3 Coder", "qwen3-coder"),
        ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b-instruct"),
        ("Command R+ (104B)", "command-r-104b"),
    ],
)
def test_a_path_is_what_one_would_type_for_the_name(name: str, slug: str):
    assert slugified(name) == slug


def test_paths_of_aliases_and_repository_lead_to_the_model_and_its_own_path_is_none_of_them(data):
    data.edit(MODEL, "hf_repo: tiny-labs/Tiny-1B", "hf_repo: tiny-labs/Tiny-1B-it\naliases: ['tiny:1b', tiny one]")
    assert load_catalog(data.root).alias_paths() == {"/tiny-one/": "/tiny-1b/", "/tiny-1b-it/": "/tiny-1b/"}


def test_an_alias_whose_path_is_another_models_is_refused(data):
    data.write("models/tiny-1b-chat.md", VARIANT)
    data.edit(MODEL, "modality:", "aliases: ['other/tiny-1b-chat']\nmodality:")
    assert data.problems() == [
        'data/models/tiny-1b.md:8: aliases = "other/tiny-1b-chat": leads to /tiny-1b-chat/, a path of the model '
        "tiny-1b-chat"
    ]


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("RTX 4090", "/gpus/rtx-4090/"),
        ("nvidia geforce rtx4090 24gb", "/gpus/rtx-4090/"),
        ("3080ti", "/gpus/rtx-3080-ti/"),
        ("RTX 3080 10 GB", "/gpus/rtx-3080-10gb/"),
        ("H100", "/gpus/h100-sxm-80gb/"),
        ("a100 80gb", "/gpus/a100-sxm-80gb/"),
        ("M3 Max 36GB", "/gpus/apple-m3-max-36gb/"),
        ("RTX PRO 6000", "/gpus/rtx-pro-6000-blackwell/"),
        ("w7900", "/gpus/radeon-pro-w7900/"),
        ("2x 3090", "/gpus/2x-rtx-3090/"),
        ("M3 Max", "/gpus/#apple-unified"),
        ("RTX 3080", "/gpus/#nvidia-consumer"),
    ],
)
def test_a_name_of_hardware_leads_to_its_page_or_to_those_that_it_may_mean(catalog: Catalog, typed: str, path: str):
    assert catalog.hardware_paths()[without_maker(normalized(typed))] == path


def test_every_device_and_group_answers_to_its_slug(catalog: Catalog):
    paths = catalog.hardware_paths()
    for slug in (*catalog.devices, *catalog.groups):
        assert paths[without_maker(normalized(slug))] == f"/gpus/{slug}/"


def test_hardware_takes_no_name_of_a_model(catalog: Catalog):
    assert catalog.hardware_paths().keys().isdisjoint(catalog.typed_names)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog("data")


def test_no_alias_path_of_the_site_hides_a_page(catalog: Catalog):
    segments = {path.strip("/") for path in catalog.alias_paths()}
    assert segments.isdisjoint(catalog.models)
    assert segments.isdisjoint(RESERVED_SLUGS)
