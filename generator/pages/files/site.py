"""Files beside the pages, as values: what scripts, feed readers and link previews ask for."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from generator import urls
from generator.pages.files.api import model_document
from generator.pages.files.feed import feed
from generator.pages.files.llms import llms_text
from generator.pages.social import SocialCard, holder_card, model_card, site_card
from generator.placement.holding import holder_of
from generator.scenarios import Atlas


class SiteFile(Struct, frozen=True):
    """One file: its path, whose ending says what it becomes, and what it holds."""

    path: str
    body: object


def files_for_model(atlas: Atlas, slug: str) -> Iterator[SiteFile]:
    """A model's figures for scripts, and its picture for link previews."""
    subject = atlas.subject(slug)
    yield SiteFile(urls.api_path(slug), model_document(atlas, subject))
    yield _picture(model_card(atlas, subject))


def files_for_device(atlas: Atlas, slug: str) -> Iterator[SiteFile]:
    """A device's picture."""
    yield _picture(holder_card(atlas, holder_of(atlas.catalog, slug)))


def shared_files(atlas: Atlas) -> Iterator[SiteFile]:
    """What belongs to the whole site."""
    yield _picture(site_card(atlas))
    yield SiteFile(urls.FEED_PATH, feed(atlas))
    yield SiteFile(urls.LLMS_PATH, llms_text(atlas))


def _picture(card: SocialCard) -> SiteFile:
    return SiteFile(card.picture.path, card)
