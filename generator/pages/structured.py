"""What a page is about, for programs: as schema.org knows it, and only what the page shows."""

from __future__ import annotations

from msgspec import Struct


class Distribution(Struct, frozen=True):
    """One file of a data set."""

    path: str
    media_type: str


class Dataset(Struct, frozen=True):
    """A data set that can be downloaded."""

    name: str
    description: str
    path: str
    license_url: str
    version: str
    distributions: tuple[Distribution, ...]


class Application(Struct, frozen=True):
    """A form that answers."""

    name: str
    description: str
    path: str


class WholeSite(Struct, frozen=True):
    """The site, on its home page."""

    name: str
    description: str


About = Dataset | Application | WholeSite
