"""The picture that a link to a page is shown with: a name, one figure, and what it is made of, on a ruler."""

from __future__ import annotations

import hashlib
from functools import cached_property, lru_cache

from msgspec import Struct

from generator import formats, urls
from generator.catalog.memory_class import GB, MemoryClass
from generator.pages.lists import default_facts, sizes
from generator.pages.page import Mark, Picture, Segment
from generator.pages.parts import charts
from generator.pages.parts.holders import link
from generator.placement.holding import Holder
from generator.scenarios import Atlas, Subject


class SocialCard(Struct, frozen=True, dict=True):
    """What the picture shows; the ruler is empty without segments.

    folder : path that the picture lies at. site : the site's name.
    label : what the figure is. note : a line below the ruler.
    marks : sizes on the ruler, the last its end.
    """

    folder: str
    site: str
    heading: str
    label: str
    figure: str
    note: str
    segments: tuple[Segment, ...] = ()
    marks: tuple[Mark, ...] = ()

    @cached_property
    def picture(self) -> Picture:
        """Where the picture lies: another name for other content, so that no old copy is shown."""
        name = hashlib.blake2b(repr(self).encode(), digest_size=5).hexdigest()
        words = (self.heading, self.label, self.figure, self.note)
        return Picture(f"{self.folder}card-{name}.png", ", ".join(each for each in words if each))


@lru_cache(maxsize=8)
def model_card(atlas: Atlas, subject: Subject) -> SocialCard:
    """A model at the site's default quantization and context."""
    found = default_facts(atlas, subject)
    bar = charts.bar(found)
    return SocialCard(
        urls.model_path(subject.model.slug),
        atlas.catalog.site.name,
        found.name,
        f"GPU memory at {found.quantization.name} with {found.context_text} of context",
        found.total_text,
        ", ".join(f"{segment.label} {segment.text}" for segment in bar.segments),
        bar.segments,
        bar.marks,
    )


@lru_cache(maxsize=8)
def holder_card(atlas: Atlas, holder: Holder) -> SocialCard:
    """A device or group with what its driver reports, on the ruler of memory sizes."""
    size = holder.total_bytes
    classes = sizes(atlas)
    return SocialCard(
        urls.device_path(holder.slug),
        atlas.catalog.site.name,
        link(holder).text,
        "Memory as its driver reports it" if holder.count == 1 else "Memory as their drivers report it",
        formats.gib(size),
        "Which language models it runs, at which quantization and with how much context",
        (Segment("rest", "Memory", size, formats.gib(size)),),
        charts.marks(classes, size),
    )


def site_card(atlas: Atlas) -> SocialCard:
    """The picture of every page that has none of its own; a new model leaves it, and so them, as they are."""
    site = atlas.catalog.site
    classes = tuple(MemoryClass(gb, gb * GB) for gb in sorted(site.memory_classes_gb))
    return SocialCard(
        "/",
        site.name,
        "How much VRAM does it need?",
        site.tagline,
        "To the byte",
        "Weights and caches at every quantization and context, checked against what engines allocate",
        marks=charts.marks(classes, classes[-1].capacity_bytes),
    )
