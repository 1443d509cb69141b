"""What scripts read: a model with every quantization's memory as terms, so that any context can be worked out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator import urls
from generator.catalog import Model, Quantization
from generator.memory.engines import DEVICE_DEFAULTS
from generator.memory.estimate import Estimate
from generator.memory.profile import MemoryProfile, Term
from generator.memory.runtime import overhead
from generator.scenarios import Atlas, Figures, Subject

Document = dict[str, Any]

FIGURES = (
    "weights_device_bytes",
    "weights_host_bytes",
    "kv_cache_bytes",
    "recurrent_state_bytes",
    "compute_bytes",
    "compute_host_bytes",
    "output_bytes",
    "runtime_bytes",
    "total_bytes",
    "total_low_bytes",
    "total_high_bytes",
    "host_bytes",
)
"""Fields of an estimate that are given for each context."""


def parameters(figures: Figures) -> dict[str, int]:
    """A model's parameters, all and those at work on a token."""
    architecture = figures.architecture
    return {"parameters": architecture.parameters(), "parameters_active": architecture.parameters_active()}


def model_entry(model: Model, counts: dict[str, int]) -> Document:
    """What a model is and where its pages are; ``counts`` as ``parameters`` gives them."""
    return {
        "slug": model.slug,
        "name": model.name,
        "family": model.family,
        "organization": model.organization,
        "license": model.license,
        "release": model.release,
        "hf_repo": model.hf_repo,
        **counts,
        "context_max": model.context_max,
        "page": urls.model_path(model.slug),
        "figures": urls.api_path(model.slug),
    }


def model_document(atlas: Atlas, subject: Subject) -> Document:
    """A model with all its quantizations, in the order of its pages."""
    return {
        "model": model_entry(subject.model, parameters(subject)),
        "documentation": urls.DATA_PATH,
        "license": atlas.catalog.site.data_license.name,
        "quantizations": [_quantization(subject, quantization) for quantization in subject.quantizations],
    }


def _quantization(subject: Subject, quantization: Quantization) -> Document:
    engine = subject.engine(quantization)
    vendor, band = subject.vendor(engine), subject.band(engine).error
    memory = subject.estimator(quantization).memory
    runtime = overhead(vendor, memory.pytorch)
    return {
        "slug": quantization.slug,
        "name": quantization.name,
        "engine": engine,
        "weights_bytes": memory.weights_bytes,
        "weights_file_bytes": memory.weights_file_bytes,
        "runtime": {
            "typical_bytes": runtime.typical_bytes,
            "low_bytes": runtime.low_bytes,
            "high_bytes": runtime.high_bytes,
        },
        "compute_band": {"low": min(band.low, 1.0), "high": max(band.high, 1.0)},
        "profiles": list(_profiles(subject, quantization, engine)),
        "contexts": [
            {"tokens": context} | _figures(subject.estimate(quantization, context)) for context in subject.contexts
        ],
    }


def _profiles(subject: Subject, quantization: Quantization, engine: str) -> Iterator[Document]:
    """The terms, once for each kind of device that the engine sets its defaults by, smallest first."""
    for least, defaults in DEVICE_DEFAULTS.get(engine, ((0, {}),)):
        found = subject.estimator(quantization, engine, **defaults)
        yield {"device_bytes_from": least} | _profile(found.memory.profile)


def _profile(profile: MemoryProfile) -> Document:
    return {"context_step": profile.context_step, "terms": [_term(term) for term in profile.terms]}


def _term(term: Term) -> Document:
    """What a term says beyond the defaults."""
    always, defaults = {"component", "label", "place"}, Term._field_defaults
    return {name: value for name, value in term._asdict().items() if name in always or value != defaults[name]}


def _figures(estimate: Estimate) -> Document:
    return {name: getattr(estimate, name) for name in FIGURES}
