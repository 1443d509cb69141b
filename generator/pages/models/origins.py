"""Where a model comes from: the model whose shape it shares, and the checkpoints that its maker quantized."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats, urls
from generator.catalog import Model, Quantization
from generator.catalog.model import PublishedFormat
from generator.pages.facts import facts
from generator.pages.indexable import twins
from generator.pages.parts.weights import in_system_memory
from generator.scenarios import Atlas, Subject


def origins(atlas: Atlas, subject: Subject) -> Iterator[str]:
    """Paragraphs of Markdown for the hub; none where nothing is known."""
    model = subject.model
    shape = atlas.catalog.models[model.shape_of] if model.shape_of is not None else None
    alike = twins(atlas, subject)
    if shape is not None and shape.slug not in {each.model.slug for each in alike}:
        yield _shape(model, shape)
    if alike:
        yield _alike(subject, alike)
    yield from _all_weights(subject)
    if model.published_formats:
        items = (_checkpoint(atlas, subject, published) for published in model.published_formats)
        yield f"Quantized checkpoints by {model.organization} itself: {'; '.join(items)}."


def _all_weights(subject: Subject) -> Iterator[str]:
    """What of all weights lies on the device, where that isn't all."""
    quantization = subject.usual
    estimate = facts(subject, quantization, subject.contexts[0]).estimate
    if not estimate.weights_host_bytes:
        return
    whole, device = formats.size(estimate.weights_bytes), formats.size(estimate.weights_device_bytes)
    yield (
        f"All weights of {subject.model.name} at {quantization.name} are {whole}: {device} lie on the device; "
        f"{in_system_memory(estimate)}."
    )


def _alike(subject: Subject, alike: tuple[Subject, ...]) -> str:
    """Which models take the same memory, and how to tell them apart."""
    others = [f"{_link(each.model)} ({each.model.organization}, {formats.month(each.model.release)})" for each in alike]
    own = f"{subject.model.name} ({subject.model.organization}, {formats.month(subject.model.release)})"
    return (
        f"{own} has the layers, tensors and caches of {formats.listed(others)}: what they learned differs, "
        "at equal settings the memory doesn't."
    )


def _link(model: Model) -> str:
    return f"[{model.name}]({urls.model_path(model.slug)})"


def _shape(model: Model, shape: Model) -> str:
    link = _link(shape)
    if model.config_overrides:
        fields = ", ".join(f"`{name}`" for name in model.config_overrides)
        return f"{model.name} shares its configuration with {link}, but for {fields}."
    return f"{model.name} has the layers, tensors and caches of {link}: at equal settings both take the same memory."


def _checkpoint(atlas: Atlas, subject: Subject, published: PublishedFormat) -> str:
    quantization = atlas.catalog.quantizations[published.quantization]
    name = quantization.name
    if subject.offers(quantization):
        name = f"[{name}]({urls.quantization_path(subject.model.slug, quantization.slug)})"
    return f"{name} as `{published.repo}`{_departure(published)}"


def shipped(model: Model, quantization: Quantization) -> Iterator[str]:
    """Sentences for the page of a quantization on the maker's own checkpoints of it."""
    for published in model.published_formats:
        if published.quantization == quantization.slug:
            yield f"{model.organization} publishes {model.name} this way as {published.repo}{_departure(published)}."


def _departure(published: PublishedFormat) -> str:
    return f", {published.note}" if published.note else ""
