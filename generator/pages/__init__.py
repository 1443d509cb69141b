"""Page models: every word and figure of every page, as frozen values without HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from msgspec.structs import replace

from generator.catalog import Catalog
from generator.pages.about.accuracy import accuracy_page
from generator.pages.about.changelog import changelog_page
from generator.pages.about.glossary import glossary_page
from generator.pages.about.methodology import methodology_page
from generator.pages.compare.formats import formats_comparison_page
from generator.pages.compare.index import comparisons_page
from generator.pages.compare.models import models_comparison_page
from generator.pages.devices.cloud import cloud_page
from generator.pages.devices.index import gpus_page, memory_pages
from generator.pages.devices.page import device_pages
from generator.pages.files.downloads import data_files, data_page, models_file
from generator.pages.files.site import SiteFile, files_for_device, files_for_model, shared_files
from generator.pages.form_pages import calculator_page, go_page
from generator.pages.formats.facts import all_formats
from generator.pages.formats.index import formats_page
from generator.pages.formats.page import format_page
from generator.pages.home import home_page, missing_page
from generator.pages.models.families import families_pages, family_page
from generator.pages.models.hub import model_page
from generator.pages.models.index import models_by_memory_page, models_by_release_page, models_page
from generator.pages.on_device.page import on_device_pages
from generator.pages.page import Page, Picture
from generator.pages.prose import ProseError
from generator.pages.quantization.page import quantization_page
from generator.pages.scenario.listed import listed_of
from generator.pages.scenario.page import scenario_page
from generator.pages.social import holder_card, model_card, site_card
from generator.placement.holding import holder_of
from generator.scenarios import Atlas

Maker = Callable[[Atlas], Iterable[Page]]
"""Makes some pages."""

TOLD: Mapping[str, Callable[[Atlas, str], object]] = {"listed": listed_of}
"""What pages ask ``Atlas.told``, by name."""

__all__ = [
    "TOLD",
    "Maker",
    "Page",
    "ProseError",
    "SiteFile",
    "data_files",
    "files_for_device",
    "files_for_model",
    "hub_of_model",
    "index_of_hardware",
    "model_on_devices",
    "models_file",
    "pages_for_device",
    "pages_for_model",
    "pages_of_cloud",
    "pages_of_data",
    "pages_of_hardware",
    "quantizations_of_model",
    "scenarios_of_model",
    "shared_files",
    "shared_pages",
    "shared_parts",
]


def pages_for_model(atlas: Atlas, slug: str) -> Iterator[Page]:
    """The hub of a model, each quantization, each scenario, and the model on the devices that have pages for it."""
    yield from hub_of_model(atlas, slug)
    yield from quantizations_of_model(atlas, slug)
    yield from scenarios_of_model(atlas, slug)
    yield from model_on_devices(atlas, slug)


def hub_of_model(atlas: Atlas, slug: str) -> Iterator[Page]:
    """The hub of a model, with its own words."""
    subject = atlas.subject(slug)
    yield from _pictured((model_page(atlas, subject),), model_card(atlas, subject).picture)


def quantizations_of_model(atlas: Atlas, slug: str) -> Iterator[Page]:
    """Each quantization of a model."""
    subject = atlas.subject(slug)
    pages = (quantization_page(atlas, subject, quantization) for quantization in subject.quantizations)
    yield from _pictured(pages, model_card(atlas, subject).picture)


def scenarios_of_model(atlas: Atlas, slug: str) -> Iterator[Page]:
    """Each scenario of a model."""
    subject = atlas.subject(slug)
    pages = (
        scenario_page(atlas, subject, quantization, context)
        for quantization in subject.quantizations
        for context in subject.contexts
    )
    yield from _pictured(pages, model_card(atlas, subject).picture)


def model_on_devices(atlas: Atlas, slug: str) -> Iterator[Page]:
    """A model on the devices that have pages for it."""
    subject = atlas.subject(slug)
    yield from _pictured(on_device_pages(atlas, subject), model_card(atlas, subject).picture)


def pages_for_device(atlas: Atlas, slug: str) -> Iterator[Page]:
    """What runs on one device or group, in brief and in full; needs every model."""
    holder = holder_of(atlas.catalog, slug)
    yield from _pictured(device_pages(atlas, holder), holder_card(atlas, holder).picture)


def pages_of_hardware(atlas: Atlas) -> Iterator[Page]:
    """The index of devices, what runs in each memory size, cloud instances; needs every model."""
    yield from index_of_hardware(atlas)
    yield from pages_of_cloud(atlas)


def index_of_hardware(atlas: Atlas) -> Iterator[Page]:
    """The index of devices, what runs in each memory size; needs every model."""
    yield from _pictured((gpus_page(atlas),), site_card(atlas).picture)
    yield from _pictured(memory_pages(atlas), site_card(atlas).picture)


def pages_of_cloud(atlas: Atlas) -> Iterator[Page]:
    """Cloud instances."""
    yield from _pictured((cloud_page(atlas),), site_card(atlas).picture)


def pages_of_data(atlas: Atlas) -> Iterator[Page]:
    """What can be downloaded; needs every figure of every model."""
    yield replace(data_page(atlas), picture=site_card(atlas).picture)


def shared_pages(atlas: Atlas) -> Iterator[Page]:
    """Every page that belongs to no single model."""
    for maker in shared_parts(atlas.catalog).values():
        yield from maker(atlas)


def shared_parts(catalog: Catalog) -> dict[str, Maker]:
    """Pages that belong to no single model, by what they are about: each part can be made by itself."""
    parts: dict[str, Maker] = {
        "home": partial(_each, makers=(home_page, calculator_page, go_page, missing_page)),
        "models": partial(_each, makers=(models_page, models_by_memory_page, models_by_release_page)),
        "families": families_pages,
        "compare": partial(_each, makers=(comparisons_page,)),
        "quantization": _formats,
        "methodology": partial(_each, makers=(methodology_page, accuracy_page)),
        "words": partial(_each, makers=(glossary_page, changelog_page)),
    }
    used = {model.family for model in catalog.models.values()}
    parts |= {f"families/{slug}": partial(_family, slug=slug) for slug in catalog.families if slug in used}
    for sides in catalog.comparisons.models:
        parts[f"compare/{'-'.join(sides)}"] = partial(_of_models, sides=sides)
    for sides in catalog.comparisons.quantizations:
        parts[f"compare/{'-'.join(sides)}"] = partial(_of_formats, sides=sides)
    return {part: partial(_shared, maker=maker) for part, maker in parts.items()}


def _each(atlas: Atlas, makers: tuple[Callable[[Atlas], Page], ...]) -> Iterator[Page]:
    return (make(atlas) for make in makers)


def _formats(atlas: Atlas) -> Iterator[Page]:
    yield formats_page(atlas)
    for found in all_formats(atlas):
        yield format_page(atlas, found)


def _family(atlas: Atlas, slug: str) -> Iterator[Page]:
    yield family_page(atlas, atlas.catalog.families[slug])


def _of_models(atlas: Atlas, sides: tuple[str, ...]) -> Iterator[Page]:
    yield models_comparison_page(atlas, sides)


def _of_formats(atlas: Atlas, sides: tuple[str, ...]) -> Iterator[Page]:
    yield formats_comparison_page(atlas, sides)


def _shared(atlas: Atlas, maker: Maker) -> Iterator[Page]:
    yield from _pictured(maker(atlas), site_card(atlas).picture)


def _pictured(pages: Iterable[Page], picture: Picture) -> Iterator[Page]:
    return (replace(page, picture=picture) for page in pages)
