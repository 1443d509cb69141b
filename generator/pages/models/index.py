"""Every model on one page, grouped or sorted, with filters that need no script."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from generator import formats, urls
from generator.catalog.memory_class import MemoryClass
from generator.pages import heads
from generator.pages.lists import (
    MODEL_COLUMNS,
    TEXT_COLUMNS,
    Compared,
    compared,
    defaults_text,
    listed_note,
    model_row,
    newest_first,
    sizes,
    sold_note,
)
from generator.pages.page import Link, Page, Row
from generator.pages.shared import MODELS
from generator.scenarios import Atlas, Subject

SIZES = (4, 10, 20, 40, 130)
"""Largest number of parameters of a size, 10^9; models beyond have ``LARGE``."""
LARGE = "size-large"
SEVERAL = "memory-several"
ROWS_AT_ONCE = 20
"""Rows without a name of their own that a browser lays out together, when they come near the window."""
LEAST_OF_LICENCE = 3
"""How many models a licence has to be a choice of its own."""
OTHER_LICENCE = "licence-other"


class Choice(Struct, frozen=True):
    """What a filter can be set to."""

    value: str
    label: str


class Tag(Struct, frozen=True):
    """What a row can be to a filter: it stays at the choices of the values in ``stays``."""

    name: str
    stays: tuple[str, ...]


class Filter(Struct, frozen=True):
    """One field over the rows, each of which has one of its tags.

    A stylesheet with a rule for each tag asks four rules of a row; with a rule for each choice it would ask all.
    """

    name: str
    label: str
    options: tuple[Choice, ...]
    tags: tuple[Tag, ...]


class Group(Struct, frozen=True):
    """Rows that a browser lays out together: those of a family, under its name, or some that follow each other."""

    rows: tuple[Row, ...]
    slug: str = ""
    link: Link | None = None
    note: str = ""


class ModelsBody(Struct, frozen=True):
    """Filters, orders and the groups of models.

    families : links to the groups that have a name, on this page.
    """

    sentences: tuple[str, ...]
    filters: tuple[Filter, ...]
    orders: tuple[Link, ...]
    families: tuple[Link, ...]
    caption: str
    columns: tuple[str, ...]
    texts: frozenset[int]
    groups: tuple[Group, ...]


ORDERS = (
    Link("by family", urls.MODELS_PATH),
    Link("by memory, smallest first", f"{urls.MODELS_PATH}smallest/"),
    Link("by release, newest first", f"{urls.MODELS_PATH}newest/"),
)


def models_page(atlas: Atlas) -> Page:
    """Family by family."""
    groups, listed = [], frozenset(atlas.catalog.listed)
    for family in sorted(atlas.catalog.families.values(), key=lambda family: family.name.lower()):
        own = (model.slug for model in atlas.catalog.models_of(family.slug))
        members = [atlas.subject(slug) for slug in own if slug in listed]
        if members:
            link = Link(family.name, urls.family_path(family.slug))
            note = f"{formats.number(len(members))} model{'' if len(members) == 1 else 's'} by {family.organization}"
            groups.append(Group(_rows(atlas, members), family.slug, link, note))
    return _page(atlas, ORDERS[0], "Models and the memory they need", tuple(groups))


def models_by_memory_page(atlas: Atlas) -> Page:
    """The smallest total first."""
    found = sorted(compared(atlas, atlas.listed()), key=lambda each: each[1].total_bytes)
    subjects = [subject for subject, _ in found]
    return _page(atlas, ORDERS[1], "Models by the memory they need", _parts(atlas, subjects))


def models_by_release_page(atlas: Atlas) -> Page:
    """The newest first."""
    return _page(atlas, ORDERS[2], "Newest models and their memory", _parts(atlas, newest_first(atlas.listed())))


def _parts(atlas: Atlas, subjects: list[Subject] | tuple[Subject, ...]) -> tuple[Group, ...]:
    rows = _rows(atlas, subjects)
    return tuple(Group(rows[start : start + ROWS_AT_ONCE]) for start in range(0, len(rows), ROWS_AT_ONCE))


def _page(atlas: Atlas, order: Link, heading: str, groups: tuple[Group, ...]) -> Page:
    found = (each for _, each in compared(atlas, atlas.listed()))
    at, count = defaults_text(atlas, found), len(atlas.catalog.listed)
    own = order is not ORDERS[0]
    return Page(
        path=order.path,
        kind="models",
        title=heads.title(
            f"{count} language models and their VRAM, {order.text}", f"{count} models and their VRAM, {order.text}"
        ),
        description=f"{count} models {order.text}, with parameters, longest context, and GPU memory at {at}.",
        heading=heading,
        above=(MODELS,) if own else (),
        name=order.text,
        body=ModelsBody(
            sentences=(
                f"What the device holds at {at}, or the model's maximum if that is less.",
                sold_note(atlas),
                *listed_note(atlas),
            ),
            filters=_filters(atlas),
            orders=ORDERS,
            families=tuple(Link(each.link.text, f"#{each.slug}") for each in groups if each.link),
            caption=f"{count} models, {order.text}",
            columns=MODEL_COLUMNS,
            texts=TEXT_COLUMNS,
            groups=groups,
        ),
        indexable=not own,
    )


def _filters(atlas: Atlas) -> tuple[Filter, ...]:
    used = {atlas.catalog.models[slug].family for slug in atlas.catalog.listed}
    families = sorted((atlas.catalog.families[slug] for slug in used), key=lambda each: (each.name.lower(), each.slug))
    return (
        _exact("family", "Family", [Choice(f"family-{each.slug}", each.name) for each in families]),
        _at_most(
            "size",
            "Parameters",
            [Choice(_size_tag(limit), f"up to {limit}B") for limit in SIZES],
            Choice(LARGE, f"more than {SIZES[-1]}B"),
        ),
        _at_most(
            "memory",
            "Memory",
            [Choice(_memory_tag(each), f"fits in {formats.memory_class(each.gb)}") for each in sizes(atlas)],
            Choice(SEVERAL, "needs several devices"),
        ),
        _exact(
            "licence",
            "Licence",
            [
                *(Choice(_licence_tag(name), name) for name in _common_licences(atlas)),
                Choice(OTHER_LICENCE, "another licence"),
            ],
        ),
    )


def _exact(name: str, label: str, choices: list[Choice]) -> Filter:
    """A row is what is chosen, or goes."""
    return Filter(name, label, tuple(choices), tuple(Tag(each.value, (each.value,)) for each in choices))


def _at_most(name: str, label: str, limits: list[Choice], beyond: Choice) -> Filter:
    """A row stays at every limit from its own on; what is beyond them all has a choice of its own."""
    tags = [Tag(each.value, tuple(limit.value for limit in limits[i:])) for i, each in enumerate(limits)]
    return Filter(name, label, (*limits, beyond), (*tags, Tag(beyond.value, (beyond.value,))))


def _rows(atlas: Atlas, subjects: list[Subject] | tuple[Subject, ...]) -> tuple[Row, ...]:
    return tuple(
        model_row(subject, found, " ".join(_tags(atlas, subject, found)))
        for subject, found in compared(atlas, subjects)
    )


def _tags(atlas: Atlas, subject: Subject, found: Compared) -> tuple[str, ...]:
    """What the filters ask of a model: the smallest size and memory that hold it stand for all larger ones."""
    billions = found.parameters / 10**9
    size = next((_size_tag(limit) for limit in SIZES if billions <= limit), LARGE)
    classes = sizes(atlas)
    memory = next((_memory_tag(each) for each in classes if found.total_high_bytes <= each.capacity_bytes), SEVERAL)
    licence = subject.model.license
    tag = _licence_tag(licence) if licence and licence in _common_licences(atlas) else OTHER_LICENCE
    return (f"family-{subject.model.family}", size, memory, tag)


def _size_tag(limit: int) -> str:
    return f"size-{limit}"


def _memory_tag(size: MemoryClass) -> str:
    return f"memory-{size.gb}"


def _licence_tag(name: str) -> str:
    """A class that stylesheets can name as it stands."""
    return f"licence-{name.replace('.', '-')}"


@lru_cache(maxsize=2)
def _common_licences(atlas: Atlas) -> tuple[str, ...]:
    """Licences of several models, most models first."""
    listed = (atlas.catalog.models[slug].license for slug in atlas.catalog.listed)
    names = [name for name in listed if name]
    return tuple(
        sorted((n for n in set(names) if names.count(n) >= LEAST_OF_LICENCE), key=lambda n: (-names.count(n), n))
    )
