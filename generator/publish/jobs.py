"""The jobs that a site is made of, and what each of them makes: pages of a model, of a device, or of neither."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from generator.pages import (
    Maker,
    Page,
    SiteFile,
    data_files,
    files_for_device,
    files_for_model,
    hub_of_model,
    index_of_hardware,
    model_on_devices,
    models_file,
    pages_for_device,
    pages_of_cloud,
    pages_of_data,
    quantizations_of_model,
    scenarios_of_model,
    shared_files,
    shared_parts,
)
from generator.placement.holding import holders
from generator.scenarios import Atlas

MODELS, QUANTIZATIONS, SCENARIOS, ON_DEVICES = "models/", "quantizations/", "scenarios/", "on-devices/"
"""Jobs of one model: its hub and files, its quantizations, its scenarios, its pages on devices."""

HARDWARE, CLOUD, SHARED, FILES = "hardware/", "cloud", "shared/", "files"
"""Jobs of a device or group (without a slug: their index), of instances, of other pages, of files beside them."""

DATA, MODEL_LIST = "data", "data/models"
"""Jobs of the downloads and their page, and of the list of models that scripts start from."""

OF_MODELS: dict[str, Callable[[Atlas, str], Iterator[Page]]] = {
    MODELS: hub_of_model,
    QUANTIZATIONS: quantizations_of_model,
    SCENARIOS: scenarios_of_model,
    ON_DEVICES: model_on_devices,
}

WHOLE_SECTIONS = ("gpus", "vram", "cloud", "data")
"""First path segments of pages that need every model, so that only whole builds make them."""


def all_jobs(atlas: Atlas) -> list[str]:
    """Every job of a whole build, in the order in which it is best run: short ones last, so that all end at once."""
    models = [f"{kind}{slug}" for slug in atlas.catalog.models for kind in OF_MODELS]
    hardware = [f"{HARDWARE}{slug}" for slug in ("", *holders(atlas.catalog))]
    return [
        DATA,
        MODEL_LIST,
        CLOUD,
        *models,
        *(f"{SHARED}{part}" for part in shared_parts(atlas.catalog)),
        FILES,
        *hardware,
    ]


def model_of(job: str) -> str | None:
    """The slug of a model's job, None of another."""
    kind, _, slug = job.partition("/")
    return slug if f"{kind}/" in OF_MODELS else None


def pages_of(atlas: Atlas, job: str, shared: Mapping[str, Maker]) -> Iterable[Page]:
    """The page models of a job.

    shared : pages that belong to no model, by what they are about.
    """
    if job == DATA:
        return pages_of_data(atlas)
    if job == CLOUD:
        return pages_of_cloud(atlas)
    if job == HARDWARE:
        return index_of_hardware(atlas)
    if job in (FILES, MODEL_LIST):
        return ()
    kind, _, slug = job.partition("/")
    if f"{kind}/" == SHARED:
        return shared[slug](atlas)
    return OF_MODELS.get(f"{kind}/", pages_for_device)(atlas, slug)


def files_of(atlas: Atlas, job: str) -> Iterator[SiteFile]:
    """The files of a job beside its pages."""
    kind, _, slug = job.partition("/")
    if job == FILES:
        yield from shared_files(atlas)
    elif job == DATA:
        yield from data_files(atlas)
    elif job == MODEL_LIST:
        yield models_file(atlas)
    elif f"{kind}/" == MODELS:
        yield from files_for_model(atlas, slug)
    elif f"{kind}/" == HARDWARE and slug:
        yield from files_for_device(atlas, slug)
