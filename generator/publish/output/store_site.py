"""What a host must know of a site in an object store, read from what its builds left there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from generator.publish.due.manifest import Manifest
from generator.publish.output.removed import REMOVED, WORK, removed_in
from generator.publish.output.stage import file_name
from generator.publish.output.store import Store
from generator.publish.output.store_folder import MANIFEST
from generator.publish.output.twins import LIST


class StoreSite:
    """The site at ``url``, as its manifest says. Raises OutputError where it can't be read."""

    def __init__(self, url: str) -> None:
        store = Store(url)
        self.removed = removed_in(store.read(f"{WORK}/{REMOVED}") or b"")
        self.has_twins = store.read(f"{WORK}/{LIST}") is not None
        with TemporaryDirectory() as folder:
            manifest = Path(folder) / "manifest"
            store.fetch(MANIFEST, manifest)
            # Looked for only where pages were removed.
            names = (name for head in Manifest(manifest).heads() for name in head.names)
            self._names = set(names) if self.removed else set()
        self._folders = set(_folders(self._names))

    def has_page(self, path: str) -> bool:
        """Whether a page is at a path."""
        return file_name(path) in self._names

    def has_folder(self, path: str) -> bool:
        """Whether anything is below a path."""
        return path.strip("/") in self._folders


def _folders(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        folder = name.rpartition("/")[0]
        while folder:
            yield folder
            folder = folder.rpartition("/")[0]
