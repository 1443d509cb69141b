"""Families of models: all of them, and each with its members compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator import formats, urls
from generator.catalog import Family
from generator.pages.lists import Compared, ListBody, compared, defaults_text, model_table
from generator.pages.page import Cell, Link, Page, Row, Table
from generator.pages.prose import prose_of
from generator.pages.shared import HOME
from generator.scenarios import Atlas, Subject

FAMILIES = Link("Families", urls.FAMILIES_PATH)
COMMON_SIZES_GB = (8, 16, 24, 48)
"""Memory of the cards that most people have, as marketed."""


def families_page(atlas: Atlas) -> Page:
    """All families with their newest models."""
    rows = []
    for family in sorted(atlas.catalog.families.values(), key=lambda family: family.name.lower()):
        members = atlas.catalog.models_of(family.slug)
        if members:
            newest = members[0]
            cells = (
                Cell(family.name, urls.family_path(family.slug)),
                Cell(family.organization),
                Cell(formats.number(len(members))),
                Cell(newest.name, urls.model_path(newest.slug)),
            )
            rows.append(Row(cells))
    table = Table("Families of models", ("Family", "Maker", "Models", "Newest"), tuple(rows), frozenset({1, 3}))
    return Page(
        path=urls.FAMILIES_PATH,
        kind="list",
        title="Families of language models and their memory",
        description=f"{len(rows)} families of open models, their makers, and how their members differ in memory.",
        heading="Families of models",
        crumbs=(HOME, FAMILIES),
        body=ListBody((f"{len(rows)} families; each page says how its members differ in memory.",), tables=(table,)),
    )


def family_page(atlas: Atlas, family: Family) -> Page:
    """One family: from what to what, what fits on common cards, and how the members differ."""
    members = [atlas.subject(model.slug) for model in atlas.catalog.models_of(family.slug)]
    at = defaults_text(atlas)
    return Page(
        path=urls.family_path(family.slug),
        kind="list",
        title=f"{family.name} models: VRAM compared",
        description=(
            f"{len(members)} {family.name} models by {family.organization} with the GPU memory they need at {at}."
        ),
        heading=f"How much VRAM do {family.name} models need?",
        crumbs=(HOME, FAMILIES, Link(family.name, urls.family_path(family.slug))),
        body=ListBody(
            sentences=(" ".join(_answer(family, compared(atlas, members), at)),),
            text=prose_of(atlas).text(family.body, None, f"data/families/{family.slug}.md"),
            tables=(model_table(atlas, f"{family.name} models at {at}", members),),
        ),
    )


def _answer(family: Family, found: Sequence[tuple[Subject, Compared]], at: str) -> Iterator[str]:
    """The span of the family's totals, and its largest member on common cards."""
    by_total = sorted(((subject.model.name, each) for subject, each in found), key=lambda each: each[1].total_bytes)
    (smallest, least), (biggest, most) = by_total[0], by_total[-1]
    if len(by_total) == 1:
        yield f"{smallest} needs {least.total_text} of GPU memory at {at}."
    else:
        yield f"At {at} {family.name} models take from {least.total_text} ({smallest}) to {most.total_text} ({biggest})."
    named: list[str] = []
    for gb in COMMON_SIZES_GB:
        held = [(name, each) for name, each in by_total if each.held_by and each.held_by <= gb]
        if held and held[-1][0] not in (biggest, *named):
            name, largest = held[-1]
            named.append(name)
            yield f"The largest that surely fits in {formats.memory_class(gb)} is {name}, {largest.total_text}."
