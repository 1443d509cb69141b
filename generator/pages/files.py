"""Files beside the pages, as values: what scripts, feed readers and link previews ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator import urls
from generator.pages.api import model_document
from generator.scenarios import Atlas


@dataclass(frozen=True, slots=True)
class SiteFile:
    """One file: its path, whose ending says what it becomes, and what it holds."""

    path: str
    body: object


def files_for_model(atlas: Atlas, slug: str) -> Iterator[SiteFile]:
    """A model's figures for scripts."""
    yield SiteFile(urls.api_path(slug), model_document(atlas, atlas.subject(slug)))
