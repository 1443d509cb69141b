"""Page models: every word and figure of every page, as frozen values without HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from generator.pages.accuracy import accuracy_page
from generator.pages.changelog import changelog_page
from generator.pages.cloud import cloud_page
from generator.pages.compare_formats import formats_comparison_page
from generator.pages.compare_index import comparisons_page
from generator.pages.compare_models import models_comparison_page
from generator.pages.device import device_pages
from generator.pages.downloads import data_files, data_page
from generator.pages.families import families_page, family_page
from generator.pages.files import SiteFile, files_for_device, files_for_model, shared_files
from generator.pages.format_facts import all_formats
from generator.pages.format_page import format_page
from generator.pages.formats_index import formats_page
from generator.pages.glossary import glossary_page
from generator.pages.gpus import gpus_page, memory_pages
from generator.pages.home import home_page, missing_page
from generator.pages.indexes import calculator_page, go_page
from generator.pages.methodology import methodology_page
from generator.pages.model import model_page
from generator.pages.models_index import models_by_memory_page, models_by_release_page, models_page
from generator.pages.on_device import on_device_pages
from generator.pages.page import Page, Picture
from generator.pages.prose import ProseError
from generator.pages.quantization import quantization_page
from generator.pages.scenario import scenario_page
from generator.pages.social import holder_card, model_card, site_card
from generator.placement.holding import holders
from generator.scenarios import Atlas, Subject

__all__ = [
    "Page",
    "ProseError",
    "SiteFile",
    "data_files",
    "files_for_device",
    "files_for_model",
    "pages_for_device",
    "pages_for_model",
    "pages_of_data",
    "pages_of_hardware",
    "shared_files",
    "shared_pages",
]


def pages_for_model(atlas: Atlas, slug: str) -> Iterator[Page]:
    """The hub of a model, each quantization, each scenario, and the model on the devices that have pages for it."""
    subject = atlas.subject(slug)
    return _pictured(_of_model(atlas, subject), model_card(atlas, subject).picture)


def _of_model(atlas: Atlas, subject: Subject) -> Iterator[Page]:
    yield model_page(atlas, subject)
    for quantization in subject.quantizations:
        yield quantization_page(atlas, subject, quantization)
        for context in subject.contexts:
            yield scenario_page(atlas, subject, quantization, context)
    yield from on_device_pages(atlas, subject)


def pages_for_device(atlas: Atlas, slug: str) -> Iterator[Page]:
    """What runs on one device or group, in brief and in full; needs every model."""
    holder = holders(atlas.catalog)[slug]
    return _pictured(device_pages(atlas, holder), holder_card(atlas, holder).picture)


def pages_of_hardware(atlas: Atlas) -> Iterator[Page]:
    """The index of devices, what runs in each memory size, cloud instances; needs every model."""
    return _pictured(_of_hardware(atlas), site_card(atlas).picture)


def _of_hardware(atlas: Atlas) -> Iterator[Page]:
    yield gpus_page(atlas)
    yield from memory_pages(atlas)
    yield cloud_page(atlas)


def pages_of_data(atlas: Atlas) -> Iterator[Page]:
    """What can be downloaded; needs every figure of every model."""
    yield replace(data_page(atlas), picture=site_card(atlas).picture)


def shared_pages(atlas: Atlas) -> Iterator[Page]:
    """Every page that belongs to no single model."""
    return _pictured(_shared(atlas), site_card(atlas).picture)


def _shared(atlas: Atlas) -> Iterator[Page]:
    yield home_page(atlas)
    yield models_page(atlas)
    yield models_by_memory_page(atlas)
    yield models_by_release_page(atlas)
    yield families_page(atlas)
    for family in atlas.catalog.families.values():
        if atlas.catalog.models_of(family.slug):
            yield family_page(atlas, family)
    yield comparisons_page(atlas)
    for sides in atlas.catalog.comparisons.models:
        yield models_comparison_page(atlas, sides)
    for sides in atlas.catalog.comparisons.quantizations:
        yield formats_comparison_page(atlas, sides)
    yield formats_page(atlas)
    for found in all_formats(atlas):
        yield format_page(atlas, found)
    yield methodology_page(atlas)
    yield glossary_page(atlas)
    yield accuracy_page(atlas)
    yield changelog_page(atlas)
    yield calculator_page(atlas)
    yield go_page(atlas)
    yield missing_page(atlas)


def _pictured(pages: Iterator[Page], picture: Picture) -> Iterator[Page]:
    return (replace(page, picture=picture) for page in pages)
