"""Where addresses lead whose pages were removed: what the data says, else the nearest page above that is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from generator import urls
from generator.catalog import Catalog
from generator.catalog.fields import RESERVED_SLUGS
from generator.catalog.names import slugified
from generator.publish.hosts.facts import HostFacts, Moves
from generator.publish.output.removed import read_removed
from generator.publish.output.stage import file_name
from generator.publish.output.twins import twin_list


class BuiltSite(Protocol):
    """A site as its builds left it. removed : paths of pages that they removed; some may be back."""

    removed: tuple[str, ...]
    has_twins: bool

    def has_page(self, path: str) -> bool:
        """Whether a page is at a path."""

    def has_folder(self, path: str) -> bool:
        """Whether anything is below a path."""


class FolderSite:
    """The site in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.removed = read_removed(folder)
        self.has_twins = twin_list(folder).exists()

    def has_page(self, path: str) -> bool:
        """Whether a page is at a path."""
        return (self._folder / file_name(path)).is_file()

    def has_folder(self, path: str) -> bool:
        """Whether anything is below a path."""
        return (self._folder / path[1:]).is_dir()


def host_facts(catalog: Catalog, site: BuiltSite) -> HostFacts:
    """What hosts must know of the site of this catalogue, and of the pages that builds removed from ``site``."""
    folders = _named_paths(catalog) | catalog.alias_paths() | dict(catalog.redirects.paths())
    return HostFacts(
        names=catalog.typed_names,
        moves=moves(folders, site.removed, site),
        twins=site.has_twins,
        places=catalog.hardware_paths(),
        sizes_gb=tuple(sorted(catalog.site.memory_classes_gb)),
    )


def _named_paths(catalog: Catalog) -> dict[str, str]:
    """Paths that models' full names make, where nothing else is there, with the models' own."""
    names = ((slugified(model.name), model.slug) for model in catalog.models.values())
    free = ((name, slug) for name, slug in names if name not in RESERVED_SLUGS and name not in catalog.models)
    return {urls.model_path(name): urls.model_path(slug) for name, slug in free}


def moves(folders: Mapping[str, str], removed: Iterable[str], site: BuiltSite) -> Moves:
    """The rules that bring every old address to a page that stands.

    folders : old folder to new one. removed : paths of pages that were removed; some may be back.
    """
    pages: dict[str, str] = {}
    branches: dict[str, str] = {}
    for path in sorted(removed):
        old = next((folder for folder in folders if path.startswith(folder)), "")
        wanted = f"{folders[old]}{path[len(old) :]}" if old else path
        if site.has_page(wanted):
            continue
        top = _topmost_missing(site, wanted)
        source = f"{old}{top[len(folders[old]) :]}" if old else top
        (pages if source == path else branches)[source] = _page_above(site, top)
    return Moves(folders, {old: new for old, new in pages.items() if old not in branches}, branches)


def _topmost_missing(site: BuiltSite, path: str) -> str:
    """The first folder on the way to a page that the site lacks, the page's own at last."""
    folders = path.strip("/").split("/")
    tops = (f"/{'/'.join(folders[:count])}/" for count in range(1, len(folders)))
    return next((top for top in tops if not site.has_folder(top)), path)


def _page_above(site: BuiltSite, path: str) -> str:
    """The nearest page above a folder; of a model that of all models."""
    above = path
    while above != "/":
        above = f"{above.rstrip('/').rpartition('/')[0]}/"
        if above != "/" and site.has_page(above):
            return above
    return "/" if path.split("/")[1] in RESERVED_SLUGS else urls.MODELS_PATH
