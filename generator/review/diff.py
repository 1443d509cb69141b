"""Which figures differ between two versions of the project, and by how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator.catalog import CONTEXT_LIMIT
from generator.review.versions import Version

QUANTIZATIONS = ("Q4_K_M", "Q8_0")
CONTEXTS = (8192, 32768, 131072)
CAPACITY = ("memory_mib_reported", "memory_mib_raised")

FIGURES = (
    ("parameters", "parameters", False, False),
    ("weights", "weights_bytes", True, False),
    ("KV cache", "kv_cache_bytes", False, True),
    ("recurrent state", "recurrent_state_bytes", False, True),
    ("compute buffer", "compute_bytes", False, True),
    ("total", "total_bytes", True, True),
)
"""Name, field of a result, and whether it depends on the quantization and on the context."""


@dataclass(frozen=True, slots=True)
class Change:
    """One figure of a model or device that differs; None on the side that doesn't have it.

    quant, context : where the figure depends on them
    """

    subject: str
    figure: str
    old: int | None
    new: int | None
    quant: str | None = None
    context: int | None = None


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs between two versions.

    computed : models whose figures were computed on both sides; the others can't have changed
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    models: tuple[Change, ...]
    devices: tuple[Change, ...]
    added_devices: tuple[str, ...]
    removed_devices: tuple[str, ...]
    computed: int


def diff(old: Version, new: Version, quants: Sequence[str] = QUANTIZATIONS, contexts: Sequence[int] = CONTEXTS) -> Diff:
    """The figures of ``new`` against those of ``old``, at ``quants`` and at ``contexts`` up to each model's longest.

    Raises VersionError where a version can't be read or its code fails.
    """
    before, after = old.models(), new.models()
    same_code = old.code() == new.code()
    both = [slug for slug in after if slug in before]
    to_compute = [slug for slug in both if not same_code or _deciding(before[slug]) != _deciding(after[slug])]
    devices_before, devices_after = old.devices(), new.devices()
    return Diff(
        added=tuple(slug for slug in after if slug not in before),
        removed=tuple(slug for slug in before if slug not in after),
        models=tuple(_model_changes(old, new, to_compute, before, after, quants, contexts)),
        devices=tuple(_device_changes(devices_before, devices_after)),
        added_devices=tuple(slug for slug in devices_after if slug not in devices_before),
        removed_devices=tuple(slug for slug in devices_before if slug not in devices_after),
        computed=len(to_compute),
    )


def _deciding(facts: Mapping[str, Any]) -> tuple[Any, ...]:
    """The facts that decide a model's figures."""
    return tuple(facts.get(name) for name in ("config", "config_overrides", "context_max", "mtp_in_gguf"))


def _longest(facts: Mapping[str, Any]) -> int | None:
    value = facts.get("context_max")
    return value if isinstance(value, int) else None


def _model_changes(
    old: Version,
    new: Version,
    slugs: Sequence[str],
    before: Mapping[str, Mapping[str, Any]],
    after: Mapping[str, Mapping[str, Any]],
    quants: Sequence[str],
    contexts: Sequence[int],
) -> Iterator[Change]:
    asked = {}
    for slug in slugs:
        limit = min(_longest(before[slug]) or CONTEXT_LIMIT, _longest(after[slug]) or CONTEXT_LIMIT)
        asked[slug] = [tokens for tokens in contexts if tokens <= limit] or [limit]
    keys = [(slug, quant, context) for slug in slugs for quant in quants for context in asked[slug]]
    requests = [{"model": slug, "quant": quant, "context": context} for slug, quant, context in keys]
    # Both at once: each is a process of its own.
    under_way = [version.asked(requests) for version in (old, new)] if requests else []
    answers = [dict(zip(keys, running.get(), strict=True)) for running in under_way]
    for slug in slugs:
        if _longest(before[slug]) != _longest(after[slug]):
            yield Change(slug, "longest context", _longest(before[slug]), _longest(after[slug]))
        mine = [key for key in keys if key[0] == slug]
        yield from _figures(mine, *answers)


def _figures(
    keys: Sequence[tuple[str, str, int]],
    old: Mapping[tuple[str, str, int], Mapping[str, Any]],
    new: Mapping[tuple[str, str, int], Mapping[str, Any]],
) -> Iterator[Change]:
    """The changes of one model, each figure once for what it depends on."""
    seen = set()
    for slug, quant, context in keys:
        for figure, field, by_quant, by_context in FIGURES:
            place = (figure, quant if by_quant else None, context if by_context else None)
            one, two = (side[slug, quant, context].get(field) for side in (old, new))
            if place not in seen and one != two:
                seen.add(place)
                yield Change(slug, figure, one, two, *place[1:])


def _device_changes(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> Iterator[Change]:
    for slug, device in after.items():
        for name in CAPACITY:
            if slug in before and before[slug].get(name) != device.get(name):
                yield Change(slug, name, before[slug].get(name), device.get(name))
