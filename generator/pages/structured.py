"""What a page is about, for programs: as schema.org knows it, and only what the page shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Distribution:
    """One file of a data set."""

    path: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set that can be downloaded."""

    name: str
    description: str
    path: str
    license_url: str
    version: str
    distributions: tuple[Distribution, ...]


@dataclass(frozen=True, slots=True)
class Application:
    """A form that answers."""

    name: str
    description: str
    path: str


@dataclass(frozen=True, slots=True)
class WholeSite:
    """The site, on its home page."""

    name: str
    description: str


About = Dataset | Application | WholeSite
