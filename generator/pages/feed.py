"""The feed of new models, by the month of their release: what it says depends on the data, never on the hour."""

from __future__ import annotations

from dataclasses import dataclass

from generator import formats, urls
from generator.pages.facts import parameters_text
from generator.pages.lists import default_facts, newest_first
from generator.scenarios import Atlas, Subject

MOST_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """One model; ``id``, its page's address, stays whatever else changes, ``updated`` is RFC 3339."""

    id: str
    title: str
    updated: str
    summary: str


@dataclass(frozen=True, slots=True)
class Feed:
    """The whole feed; addresses are absolute."""

    id: str
    title: str
    home: str
    updated: str
    author: str
    entries: tuple[Entry, ...]


def feed(atlas: Atlas) -> Feed:
    """The newest models, those of one month by name."""
    site = atlas.catalog.site
    entries = tuple(_entry(atlas, subject) for subject in newest_first(atlas.subjects())[:MOST_ENTRIES])
    return Feed(
        id=f"{site.base_url}{urls.FEED_PATH}",
        title=f"{site.name}: new models",
        home=f"{site.base_url}/",
        updated=entries[0].updated,
        author=site.name,
        entries=entries,
    )


def _entry(atlas: Atlas, subject: Subject) -> Entry:
    model, found = subject.model, default_facts(atlas, subject)
    longest = formats.context(model.context_max)
    return Entry(
        id=f"{atlas.catalog.site.base_url}{urls.model_path(model.slug)}",
        title=f"{model.name} ({parameters_text(subject)})",
        updated=f"{model.release}-01T00:00:00Z",
        summary=(
            f"{model.organization}, {formats.month(model.release)}. {found.total_text} of GPU memory at "
            f"{found.quantization.name} with {found.context_text} of context; the longest is {longest}."
        ),
    )
