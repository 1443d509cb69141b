"""What was removed, and what stands in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from generator import urls
from generator.catalog.fields import Frozen, Slug


class Redirects(Frozen):
    """Content of `data/redirects.yaml`: slugs that are no more, each with the slug that its addresses lead to."""

    models: Mapping[Slug, Slug] = Field(default_factory=dict)
    devices: Mapping[Slug, Slug] = Field(default_factory=dict)
    quantizations: Mapping[Slug, Slug] = Field(default_factory=dict)
    families: Mapping[Slug, Slug] = Field(default_factory=dict)

    def paths(self) -> Iterator[tuple[str, str]]:
        """Old and new path of each."""
        for field, path in PATHS.items():
            for old, new in getattr(self, field).items():
                yield path(old), path(new)


PATHS = {
    "models": urls.model_path,
    "devices": urls.device_path,
    "quantizations": urls.format_path,
    "families": urls.family_path,
}
"""The path of an entry's page, by the kind of entry."""
