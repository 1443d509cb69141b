"""Models of one shape: what a variant takes from the model that it names by `shape_of`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.catalog.document import Document
from generator.catalog.fields import FieldPath, config_problems
from generator.catalog.gathered import Found, Gathered
from generator.catalog.model import Model, ModelFacts, Variant
from generator.catalog.problems import ABSENT, Problem, did_you_mean

INHERITED = (
    "modality",
    "context_max",
    "parameters_counted",
    "parameters_counted_source",
    "parameters_text",
    "parameters_active_published",
    "mtp_in_gguf",
    "config_defaults",
)
"""What follows from the shape, and holds for a variant that doesn't say otherwise."""


def shape_problems(facts: ModelFacts, document: Document) -> Iterator[Problem]:
    """What is wrong with a file's own account of its shape."""
    if facts.shape_of is None:
        if facts.config is None:
            yield document.problem(("config",), ABSENT, "is required, or shape_of with a model of the same shape")
        for name in ("modality", "context_max"):
            if getattr(facts, name) is None:
                yield document.problem((name,), ABSENT, "is required")
        if facts.config_overrides:
            message = "is for variants; a model without shape_of says it in config"
            yield document.problem(("config_overrides",), ABSENT, message)
    elif facts.config is not None:
        message = "can't stand beside shape_of; what differs goes into config_overrides"
        yield document.problem(("config",), ABSENT, message)
    if facts.config is not None:
        yield from _dimension_problems("config", facts.config, document)
        model_type = facts.config.get("model_type", ABSENT)
        if not isinstance(model_type, str):
            yield document.problem(("config", "model_type"), model_type, "is required and must be text")
    yield from _dimension_problems("config_overrides", facts.config_overrides, document)


def _dimension_problems(field: str, config: dict[str, Any], document: Document) -> Iterator[Problem]:
    for where, value in config_problems(config):
        yield document.problem((field, *where), value, "must be a positive integer")


def complete_variants(found: Gathered) -> None:
    """Turn every variant into a model, in file order among the others, or note what keeps it from being one."""
    shapes = {one.entry.slug: one.entry for one in found.models}
    variants = {one.entry.slug: one.entry.facts.shape_of for one in found.variants}
    for one in found.variants:
        target = str(one.entry.facts.shape_of)
        if target in shapes:
            problems = list(_override_problems(one, shapes[target]))
            if not problems:
                found.models.append(Found(_completed(one.entry, shapes[target]), one.document))
        elif target in variants:
            problems = [one.problem("shape_of", target, _chain_words(one.entry.slug, target, variants[target]))]
        elif target not in found.slugs["models"]:
            hint = did_you_mean(target, sorted(shapes))
            problems = [one.problem("shape_of", target, f"has no file in models/{hint}")]
        else:
            problems = []
            found.unread.add("models")
        if problems:
            found.problems += problems
            found.unread.add("models")
    found.models.sort(key=lambda one: one.document.file)


def _chain_words(slug: str, target: str, beyond: str | None) -> str:
    if slug == target:
        return "is the model itself; name another, or give a config"
    return f"takes its own shape from '{beyond}'; name that"


def _override_problems(one: Found[Variant], shape: Model) -> Iterator[Problem]:
    def look(overrides: dict[str, Any], config: dict[str, Any], path: FieldPath) -> Iterator[Problem]:
        for key, value in overrides.items():
            here = (*path, key)
            if key not in config:
                hint = did_you_mean(key, sorted(config))
                yield one.document.problem(here, value, f"is no field of the configuration of {shape.slug}{hint}")
            elif isinstance(value, dict) and isinstance(config[key], dict):
                yield from look(value, config[key], here)
            elif value == config[key]:
                yield one.document.problem(here, value, f"is what {shape.slug} says too; leave it out")

    yield from look(one.entry.facts.config_overrides, shape.config, ("config_overrides",))


def _completed(variant: Variant, shape: Model) -> Model:
    facts = variant.facts
    inherited = {name: getattr(shape, name) for name in INHERITED if name not in facts.model_fields_set}
    return Model(
        **dict(facts)
        | inherited
        | {"config": _overridden(shape.config, facts.config_overrides)}
        | {"slug": variant.slug, "introduction": variant.introduction, "faq": variant.faq}
    )


def _overridden(config: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    merged = dict(config)
    for key, value in overrides.items():
        both = isinstance(value, dict) and isinstance(merged[key], dict)
        merged[key] = _overridden(merged[key], value) if both else value
    return merged
