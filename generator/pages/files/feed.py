"""The feed of new models, by the month of their release: what it says depends on the data, never on the hour."""

from __future__ import annotations

from msgspec import Struct

from generator import formats, urls
from generator.pages.lists import Compared, compared, newest_first
from generator.scenarios import Atlas, Subject

MOST_ENTRIES = 50


class Entry(Struct, frozen=True):
    """One model; ``id``, its page's address, stays whatever else changes, ``updated`` is RFC 3339."""

    id: str
    title: str
    updated: str
    summary: str


class Feed(Struct, frozen=True):
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
    newest = newest_first(atlas.listed())[:MOST_ENTRIES]
    entries = tuple(_entry(atlas, subject, found) for subject, found in compared(atlas, newest))
    return Feed(
        id=f"{site.base_url}{urls.FEED_PATH}",
        title=f"{site.name}: new models",
        home=f"{site.base_url}/",
        updated=entries[0].updated,
        author=site.name,
        entries=entries,
    )


def _entry(atlas: Atlas, subject: Subject, found: Compared) -> Entry:
    model = subject.model
    longest = formats.context(model.context_max)
    return Entry(
        id=f"{atlas.catalog.site.base_url}{urls.model_path(model.slug)}",
        title=f"{model.name} ({found.parameters_text})",
        updated=f"{model.release}-01T00:00:00Z",
        summary=(
            f"{model.organization}, {formats.month(model.release)}. {found.total_text} of GPU memory at "
            f"{found.quantization} with {formats.context(found.context)} of context; the longest is {longest}."
        ),
    )
