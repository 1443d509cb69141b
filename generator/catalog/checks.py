"""Rules that span files: names used once, references that resolve, figures that can be asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from generator import urls
from generator.catalog.fields import RESERVED_QUANTIZATION_SLUGS, RESERVED_SLUGS
from generator.catalog.gathered import Found, Gathered
from generator.catalog.glossary import FIXED_PAGES
from generator.catalog.hardware_checks import hardware_problems
from generator.catalog.names import alias_slugs, model_names, normalized, slugified
from generator.catalog.problems import ABSENT, Problem, did_you_mean
from generator.catalog.prose_checks import prose_problems
from generator.catalog.provenance import provenance_problems
from generator.catalog.report_checks import report_problems


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
        *_repeated("term", found.glossary),
        *_glossary(found),
        *_quality(found),
        *_comparisons(found),
        *_redirects(found),
        *_site(found),
        *prose_problems(found),
        *provenance_problems(found),
        *report_problems(found),
    ]


def _families(found: Gathered) -> Iterator[Problem]:
    known = found.slugs["families"]
    for one in found.models:
        family = one.entry.family
        if family not in known:
            hint = did_you_mean(family, sorted(known)) or f"; known are {', '.join(sorted(known))}"
            yield one.problem("family", family, f"has no file in families/{hint}")
    used = {one.entry.family for one in found.models}
    if "models" in found.unread or not used <= known:
        return
    for kin in found.families:
        if kin.entry.slug not in used:
            yield Problem(kin.document.file, None, "", ABSENT, "has no model: its page would list nothing")


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
    named: tuple[tuple[str, str, str, tuple[str, ...], list[Found[Any]]], ...] = (
        ("common_devices", "device", "hardware", site.common_devices, found.devices),
        ("more_devices", "device or group", "hardware", site.more_devices, [*found.devices, *found.groups]),
        ("common_models", "model", "models", site.common_models, found.models),
        ("example_models", "model", "models", site.example_models, found.models),
        ("common_quantizations", "quantization", "quantization", site.common_quantizations, found.quantizations),
    )
    for field, kind, folder, slugs, entries in named:
        known = _slugs(entries)
        for slug in slugs:
            if slug not in known and folder not in found.unread:
                yield found.site.problem(field, slug, f"is no {kind}{did_you_mean(slug, sorted(known))}")
    if sorted(set(site.context_ladder.values())) != list(site.context_ladder.values()):
        yield found.site.problem("contexts", site.contexts, "must rise, each size once")


def _quality(found: Gathered) -> Iterator[Problem]:
    known = {one.entry.slug for one in found.quantizations}
    models = found.slugs["models"]
    for one in found.quality:
        if one.entry.model not in models:
            yield one.problem("model", one.entry.model, f"is no model{did_you_mean(one.entry.model, sorted(models))}")
        for index, row in enumerate(one.entry.rows):
            if row.quantization not in known and "quantization" not in found.unread:
                field = ("rows", index, "quantization")
                hint = did_you_mean(row.quantization, sorted(known))
                yield one.document.problem((*one.path, *field), row.quantization, f"is no quantization{hint}")


def _comparisons(found: Gathered) -> Iterator[Problem]:
    """Sides that exist, each comparison once whatever its order."""
    if found.comparisons is None:
        return
    entry, document = found.comparisons.entry, found.comparisons.document
    kinds = (
        ("models", "model", found.slugs["models"], entry.models),
        ("quantizations", "quantization", {one.entry.slug for one in found.quantizations}, entry.quantizations),
    )
    for field, kind, known, comparisons in kinds:
        if field.removesuffix("s") in found.unread or field in found.unread:
            continue
        seen: set[frozenset[str]] = set()
        for index, sides in enumerate(comparisons):
            for place, slug in enumerate(sides):
                if slug not in known:
                    hint = did_you_mean(slug, sorted(known))
                    yield document.problem((field, index, place), slug, f"is no {kind}{hint}")
            if frozenset(sides) in seen or len(set(sides)) < len(sides):
                yield document.problem((field, index), " and ".join(sides), "is compared twice")
            seen.add(frozenset(sides))


def _redirects(found: Gathered) -> Iterator[Problem]:
    """Old slugs that are free, new ones that exist."""
    if found.redirects is None:
        return
    entry, document = found.redirects.entry, found.redirects.document
    aliases = {path: one.entry.slug for one in found.models for path in alias_slugs(one.entry)}
    kinds: tuple[tuple[str, str, str, Iterable[str]], ...] = (
        ("models", "model", "models", found.slugs["models"]),
        ("devices", "device or group", "hardware", {*_slugs(found.devices), *_slugs(found.groups)}),
        ("quantizations", "quantization", "quantization", _slugs(found.quantizations)),
        ("families", "family", "families", found.slugs["families"]),
    )
    for field, kind, folder, slugs in kinds:
        known = {*slugs}
        for old, new in getattr(entry, field).items() if folder not in found.unread else ():
            if old in known:
                yield document.problem((field, old), old, f"is a {kind}: its pages would be hidden")
            elif field == "models" and (old in aliases or old in RESERVED_SLUGS):
                owner = f"an alias of the model {aliases[old]}" if old in aliases else "a page of the site"
                yield document.problem((field, old), old, f"is {owner}, which leads there already")
            if new not in known:
                further = getattr(entry, field).get(new)
                hint = f"; it leads to '{further}' itself, name that" if further else did_you_mean(new, sorted(known))
                yield document.problem((field, old), new, f"is no {kind}{hint}")


def _slugs(entries: Iterable[Found[Any]]) -> set[str]:
    return {one.entry.slug for one in entries}


def _glossary(found: Gathered) -> Iterator[Problem]:
    known = {one.entry.slug for one in found.glossary}
    for one in found.glossary:
        for target in re.findall(r"\]\(#([^)]*)\)", one.entry.text):
            if target not in known:
                yield one.problem("text", f"#{target}", f"is no term{did_you_mean(target, sorted(known))}")
    pages = _pages_of_terms(found)
    for one in found.glossary:
        for index, path in enumerate(one.entry.see):
            if path not in pages and not _unread(path, found):
                place = (*one.path, "see", index)
                yield one.document.problem(
                    place, path, f"is no page that a term can lead to{did_you_mean(path, sorted(pages))}"
                )


def _pages_of_terms(found: Gathered) -> set[str]:
    """Paths of the pages that a term can lead to."""
    pages = {*FIXED_PAGES, *map(urls.model_path, found.slugs["models"])}
    pages |= {urls.format_path(one.entry.slug) for one in found.quantizations}
    if found.comparisons:
        sides = found.comparisons.entry
        pages |= set(map(urls.comparison_path, (*sides.models, *sides.quantizations)))
    return pages


def _unread(path: str, found: Gathered) -> bool:
    """Whether the file that would say if there is such a page couldn't be read."""
    if path.startswith(urls.COMPARISONS_PATH):
        return found.comparisons is None and any(each.file.endswith("/compare.yaml") for each in found.problems)
    return path.startswith(urls.FORMATS_PATH) and "quantization" in found.unread
