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
)
from generator.pages.page import Link, Page, Row
from generator.pages.shared import HOME, MODELS
from generator.scenarios import Atlas, Subject

SIZES = (4, 10, 20, 40, 130)
"""Largest number of parameters of a size, 10^9; models beyond have ``LARGE``."""
LARGE = "size-large"
LEAST_OF_LICENCE = 3
"""How many models a licence has to be a choice of its own."""
OTHER_LICENCE = "licence-other"


class Choice(Struct, frozen=True):
    """What a filter can be set to: rows with one of the tags in ``keeps`` stay."""

    value: str
    label: str
    keeps: tuple[str, ...]


class Filter(Struct, frozen=True):
    """One field over the rows."""

    name: str
    label: str
    options: tuple[Choice, ...]


class Group(Struct, frozen=True):
    """Rows under one heading; without a name, all of them."""

    slug: str
    link: Link | None
    note: str
    rows: tuple[Row, ...]


class ModelsBody(Struct, frozen=True):
    """Filters, orders and the groups of models."""

    sentences: tuple[str, ...]
    filters: tuple[Filter, ...]
    orders: tuple[Link, ...]
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
            groups.append(Group(family.slug, link, note, _rows(atlas, members)))
    return _page(atlas, ORDERS[0], "Models and the memory they need", tuple(groups))


def models_by_memory_page(atlas: Atlas) -> Page:
    """The smallest total first."""
    found = sorted(compared(atlas, atlas.listed()), key=lambda each: each[1].total_bytes)
    subjects = [subject for subject, _ in found]
    return _page(atlas, ORDERS[1], "Models by the memory they need", (_all(atlas, subjects),))


def models_by_release_page(atlas: Atlas) -> Page:
    """The newest first."""
    return _page(atlas, ORDERS[2], "Newest models and their memory", (_all(atlas, newest_first(atlas.listed())),))


def _all(atlas: Atlas, subjects: list[Subject] | tuple[Subject, ...]) -> Group:
    return Group("all", None, "", _rows(atlas, subjects))


def _page(atlas: Atlas, order: Link, heading: str, groups: tuple[Group, ...]) -> Page:
    at, count = defaults_text(atlas), len(atlas.catalog.listed)
    own = order is not ORDERS[0]
    return Page(
        path=order.path,
        kind="models",
        title=heads.title(
            f"{count} language models and their VRAM, {order.text}", f"{count} models and their VRAM, {order.text}"
        ),
        description=f"{count} models {order.text}, with parameters, longest context, and GPU memory at {at}.",
        heading=heading,
        crumbs=(HOME, MODELS, order) if own else (HOME, MODELS),
        body=ModelsBody(
            sentences=(f"Weights and totals at {at}, or the model's maximum if that is less.", *listed_note(atlas)),
            filters=_filters(atlas),
            orders=ORDERS,
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
    tags = [_size_tag(limit) for limit in SIZES]
    memory = [_memory_tag(each) for each in sizes(atlas)]
    return (
        Filter("family", "Family", tuple(_choice(f"family-{each.slug}", each.name) for each in families)),
        Filter(
            "size",
            "Parameters",
            (
                *(Choice(tags[i], f"up to {limit}B", tuple(tags[: i + 1])) for i, limit in enumerate(SIZES)),
                _choice(LARGE, f"more than {SIZES[-1]}B"),
            ),
        ),
        Filter(
            "memory",
            "Memory",
            tuple(
                Choice(memory[i], f"fits in {formats.memory_class(each.gb)}", tuple(memory[: i + 1]))
                for i, each in enumerate(sizes(atlas))
            ),
        ),
        Filter(
            "licence",
            "Licence",
            (
                *(_choice(_licence_tag(name), name) for name in _common_licences(atlas)),
                _choice(OTHER_LICENCE, "another licence"),
            ),
        ),
    )


def _choice(tag: str, label: str) -> Choice:
    return Choice(tag, label, (tag,))


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
    memory = next((_memory_tag(each) for each in classes if found.total_high_bytes <= each.capacity_bytes), "")
    licence = subject.model.license
    tag = _licence_tag(licence) if licence and licence in _common_licences(atlas) else OTHER_LICENCE
    return tuple(each for each in (f"family-{subject.model.family}", size, memory, tag) if each)


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
