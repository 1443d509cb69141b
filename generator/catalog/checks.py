"""Rules that span files: names used once, references that resolve, figures that can be asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from generator.catalog.document import Document
from generator.catalog.fields import RESERVED_QUANTIZATION_SLUGS, RESERVED_SLUGS, context_tokens
from generator.catalog.gathered import Found, Gathered
from generator.catalog.hardware_checks import hardware_problems
from generator.catalog.names import model_names, normalized, slugified
from generator.catalog.problems import ABSENT, Problem, did_you_mean
from generator.catalog.prose import FigureCall, figure_calls

KV_TYPES = ("f32", "f16", "bf16", "fp8", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl")
"""Cache types that prose may ask a figure for."""

_MEMORY = re.compile(r"[1-9][0-9]*(?:\.[0-9]+)?GB")


def cross_problems(found: Gathered) -> list[Problem]:
    """Everything that no single file shows to be wrong."""
    return [
        *_families(found),
        *_model_names(found),
        *_repeated("device", found.devices),
        *_engines(found),
        *hardware_problems(found),
        *_repeated("cloud instance", found.instances),
        *_quantizations(found),
        *_published_formats(found),
        *_site(found),
        *_prose(found),
    ]


def _families(found: Gathered) -> Iterator[Problem]:
    known = sorted(found.slugs["families"])
    for one in found.models:
        family = one.entry.family
        if family not in known:
            hint = did_you_mean(family, known) or f"; known are {', '.join(known)}"
            yield one.problem("family", family, f"has no file in families/{hint}")


def _model_names(found: Gathered) -> Iterator[Problem]:
    owners = {normalized(one.entry.slug): one.entry.slug for one in found.models}
    paths = {one.entry.slug: one.entry.slug for one in found.models}
    for one in found.models:
        slug = one.entry.slug
        for name in model_names(one.entry)[1:]:
            field = "hf_repo" if name == one.entry.hf_repo else "name" if name == one.entry.name else "aliases"
            path = slugified(name)
            owner = owners.setdefault(normalized(name), slug)
            if owner != slug:
                yield one.problem(field, name, f"is already a name of the model {owner}")
            elif field == "name":
                continue
            elif not path:
                yield one.problem(field, name, "must hold a letter or digit (a-z, 0-9): its path is made of them")
            elif path in RESERVED_SLUGS:
                yield one.problem(field, name, "is reserved: the site has a page of its own there")
            elif paths.setdefault(path, slug) != slug:
                yield one.problem(field, name, f"leads to /{path}/, a path of the model {paths[path]}")


def _repeated(kind: str, entries: Iterable[Found[Any]]) -> Iterator[Problem]:
    first: dict[str, Found[Any]] = {}
    for one in entries:
        slug = one.entry.slug
        if slug in first:
            yield one.problem("slug", slug, f"is already a {kind} in {first[slug].document.file}")
        first.setdefault(slug, one)


def _engines(found: Gathered) -> Iterator[Problem]:
    yield from _repeated("engine", found.engines)
    if "engines" in found.unread:
        return
    known = [one.entry.slug for one in found.engines]
    for one in found.quantizations:
        for slug in one.entry.engines:
            if slug not in known:
                yield one.problem("engines", slug, f"has no entry in engines/; known are {', '.join(known)}")


def _quantizations(found: Gathered) -> Iterator[Problem]:
    yield from _repeated("quantization", found.quantizations)
    types: set[str] = set()
    for block in found.block_types:
        if block.entry.name in types:
            yield block.problem("name", block.entry.name, "is already a block type")
        types.add(block.entry.name)
    for one in found.quantizations:
        scheme = one.entry
        if scheme.default_type not in types and "quantization" not in found.unread:
            hint = did_you_mean(scheme.default_type, sorted(types))
            yield one.problem("default_type", scheme.default_type, f"is no block type{hint}")
        if scheme.slug in RESERVED_QUANTIZATION_SLUGS:
            yield one.problem("slug", scheme.slug, "is reserved: every model has a page of its own there")


def _published_formats(found: Gathered) -> Iterator[Problem]:
    schemes = sorted(one.entry.slug for one in found.quantizations)
    if "quantization" in found.unread:
        return
    for one in found.models:
        for index, published in enumerate(one.entry.published_formats):
            slug = published.quantization
            if slug not in schemes:
                hint = did_you_mean(slug, schemes)
                where = ("published_formats", index, "quantization")
                yield one.document.problem(where, slug, f"is no quantization{hint}")


def _site(found: Gathered) -> Iterator[Problem]:
    if found.site is None:
        return
    site = found.site.entry
    if site.default_context not in site.contexts:
        yield found.site.problem("default_context", site.default_context, "must be one of the contexts")
    schemes = {one.entry.slug for one in found.quantizations}
    if site.default_quantization not in schemes and "quantization" not in found.unread:
        yield found.site.problem("default_quantization", site.default_quantization, "is no quantization")
    named = (
        ("common_devices", "device", "hardware", site.common_devices, found.devices),
        ("common_models", "model", "models", site.common_models, found.models),
        ("common_quantizations", "quantization", "quantization", site.common_quantizations, found.quantizations),
    )
    for field, kind, folder, slugs, entries in named:
        known = sorted(one.entry.slug for one in entries)
        for slug in slugs:
            if slug not in known and folder not in found.unread:
                yield found.site.problem(field, slug, f"is no {kind}{did_you_mean(slug, known)}")
    if sorted(set(site.context_ladder.values())) != list(site.context_ladder.values()):
        yield found.site.problem("contexts", site.contexts, "must rise, each size once")


def _prose(found: Gathered) -> Iterator[Problem]:
    known = _Known.of(found)
    smallest = min(known.limits.values(), default=None)
    documents: list[tuple[Document, bool, int | None]] = []
    documents += [(one.document, True, one.entry.context_max) for one in found.models]
    documents += [(one.document, True, one.entry.min_context_tokens or smallest) for one in found.faqs]
    documents += [(one.document, False, None) for one in found.families]
    for document, has_model, own_limit in documents:
        for call in figure_calls(document.file, document.body, document.body_line):
            if isinstance(call, Problem):
                yield call
                continue
            other = call.arguments.get("model")
            if other is None and not has_model:
                message = 'must name its model, model="...": the page is of no single one'
                yield _call_problem(document.file, call, message)
            limit = own_limit if other is None else known.limits.get(other)
            for message in _argument_problems(call, known, limit):
                yield _call_problem(document.file, call, message)


@dataclass(frozen=True)
class _Known:
    """What prose may refer to. `schemes` is None where a file of theirs couldn't be read."""

    models: frozenset[str]
    limits: dict[str, int]
    schemes: frozenset[str] | None

    @classmethod
    def of(cls, found: Gathered) -> Self:
        schemes = frozenset(one.entry.name for one in found.quantizations)
        return cls(
            models=frozenset(found.slugs["models"]),
            limits={one.entry.slug: one.entry.context_max for one in found.models},
            schemes=None if "quantization" in found.unread else schemes,
        )


def _argument_problems(call: FigureCall, known: _Known, limit: int | None) -> Iterator[str]:
    for name, value in call.arguments.items():
        if name == "model" and value not in known.models:
            yield f"no model '{value}'{did_you_mean(value, sorted(known.models))}"
        elif name == "quant" and known.schemes is not None and value not in known.schemes:
            yield f"no quantization '{value}'{did_you_mean(value, sorted(known.schemes))}"
        elif name == "kv_type" and value not in KV_TYPES:
            yield f"no cache type '{value}'; known are {', '.join(KV_TYPES)}"
        elif name == "memory" and not _MEMORY.fullmatch(value):
            yield f"'{value}' is no memory size; write it as \"24GB\""
        elif name == "context":
            yield from _context_problems(value, limit)


def _context_problems(value: str, limit: int | None) -> Iterator[str]:
    try:
        tokens = context_tokens(value)
    except ValueError as error:
        yield str(error)
        return
    if limit is not None and tokens > limit:
        yield f"the context {value} is beyond the model's {limit} tokens"


def _call_problem(file: str, call: FigureCall, message: str) -> Problem:
    return Problem(file, call.line, "", ABSENT, f"{{{{ {call.text} }}}}: {message}")
