"""Families of models: all of them, and each with its members compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator import formats, urls
from generator.catalog import Family
from generator.pages import heads
from generator.pages.lists import Compared, ListBody, compared, defaults_text, model_table, sold_note
from generator.pages.page import Cell, Link, Page, Row, Table
from generator.pages.prose import prose_of
from generator.scenarios import Atlas, Subject

FAMILIES = Link("Families", urls.FAMILIES_PATH)
URL_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
COMMON_SIZES_GB = (8, 16, 24, 48)
"""Memory of the cards that most people have, as marketed."""


def families_pages(atlas: Atlas) -> Iterator[Page]:
    """All families with their newest models; more of them than a page lists, by their first letter."""
    found = sorted((family for family in _used(atlas)), key=lambda family: family.name.lower())
    if len(found) <= atlas.catalog.site.most_listed:
        yield _families_page(len(found), tables=(_families_table(atlas, found),))
        return
    letters: dict[str, list[Family]] = {}
    for family in found:
        letters.setdefault(_letter(family), []).append(family)
    counts = ((letter, formats.number(len(own))) for letter, own in letters.items())
    links = tuple(Link(f"{letter}: {count} families", urls.families_path(letter)) for letter, count in counts)
    yield _families_page(len(found), links=links)
    for letter, own in letters.items():
        yield _letter_page(atlas, letter, own)


def _used(atlas: Atlas) -> Iterator[Family]:
    return (family for family in atlas.catalog.families.values() if atlas.catalog.models_of(family.slug))


def _letter(family: Family) -> str:
    """What a family is listed under: a letter or digit."""
    return next((sign for sign in family.name.lower() if sign in URL_SIGNS), "0").upper()


def _letter_page(atlas: Atlas, letter: str, own: list[Family]) -> Page:
    path = urls.families_path(letter)
    return Page(
        path=path,
        kind="list",
        title=f"Families of language models: {letter}",
        description=f"{len(own)} families of open models under {letter}, with their makers and newest models.",
        heading=f"Families of models: {letter}",
        above=(FAMILIES,),
        name=letter,
        body=ListBody(tables=(_families_table(atlas, own),)),
        indexable=False,
    )


def _families_table(atlas: Atlas, families: list[Family]) -> Table:
    rows = []
    for family in families:
        members = atlas.catalog.models_of(family.slug)
        newest = members[0]
        cells = (
            Cell(family.name, urls.family_path(family.slug)),
            Cell(formats.number(len(members))),
            Cell(newest.name, urls.model_path(newest.slug)),
            Cell(family.organization),
        )
        rows.append(Row(cells))
    return Table("Families of models", ("Family", "Models", "Newest", "Maker"), tuple(rows), frozenset({2, 3}))


def _families_page(count: int, tables: tuple[Table, ...] = (), links: tuple[Link, ...] = ()) -> Page:
    return Page(
        path=urls.FAMILIES_PATH,
        kind="list",
        title="Families of language models and their memory",
        description=f"{count} families of open models, their makers, and how their members differ in memory.",
        heading="Families of models",
        body=ListBody(
            (f"{count} families; each page says how its members differ in memory.",), tables=tables, links=links
        ),
    )


def family_page(atlas: Atlas, family: Family) -> Page:
    """One family: from what to what, what fits on common cards, and how the members differ."""
    models = atlas.catalog.models_of(family.slug)
    members = [atlas.subject(model.slug) for model in models[: atlas.catalog.site.most_listed]]
    more = (
        () if len(members) == len(models) else (f"Of its {len(models)} models the {len(members)} newest are listed.",)
    )
    found = compared(atlas, members)
    answer = tuple(_answer(family, found, defaults_text(atlas, (each for _, each in found))))
    return Page(
        path=urls.family_path(family.slug),
        kind="list",
        title=f"{family.name} models: VRAM compared",
        description=heads.description(answer),
        heading=f"How much VRAM do {family.name} models need?",
        above=(FAMILIES,),
        name=family.name,
        body=ListBody(
            sentences=(" ".join(answer), *more),
            text="\n\n".join(
                (prose_of(atlas).text(family.body, None, f"data/families/{family.slug}.md"), sold_note(atlas))
            ),
            tables=(model_table(atlas, f"{family.name} models", _newest_by_size(members)),),
        ),
    )


def _newest_by_size(members: list[Subject]) -> list[Subject]:
    """The newest first; models that came together, the smallest first."""
    by_size = sorted(members, key=lambda each: (each.architecture.parameters(), each.model.name))
    return sorted(by_size, key=lambda each: each.model.release, reverse=True)


def _answer(family: Family, found: Sequence[tuple[Subject, Compared]], at: str) -> Iterator[str]:
    """The span of the family's totals, and its largest member on common cards."""
    by_total = sorted(((subject.model.name, each) for subject, each in found), key=lambda each: each[1].total_bytes)
    (smallest, least), (biggest, most) = by_total[0], by_total[-1]
    if len(by_total) == 1:
        yield f"{smallest} needs {least.total_said} of GPU memory at {at}."
    else:
        yield f"At {at} {family.name} models take from {least.total_said} ({smallest}) to {most.total_said} ({biggest})."
    named: dict[str, str] = {}
    for gb in COMMON_SIZES_GB:
        held = [(name, each) for name, each in by_total if each.held_by and each.held_by <= gb]
        if held and held[-1][0] not in (biggest, *named):
            name, largest = held[-1]
            named[name] = f"{name} in {formats.memory_class(gb)} ({largest.total_said})"
    if named:
        yield f"The largest that surely fit: {formats.listed(tuple(named.values()))}."
