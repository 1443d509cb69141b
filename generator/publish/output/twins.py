"""Precompressed twins: beside each text file one in brotli and one in gzip, for hosts that hand them out as they are.

They belong to no job. Publishing deletes those of files that it changes or removes, so that none is ever older than
its file; ``precompress.py`` makes those that are missing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from generator.publish.output.removed import WORK
from generator.publish.output.whole import write_whole

SUFFIXES = (".br", ".gz")
TEXTS = (".html", ".json", ".txt", ".xml")
"""Ends of the files that have twins; the others are compressed already."""

LIST = "twins"
"""The list of twins with the digest of what each was made from, among the build's own files."""


def twin_list(site: Path) -> Path:
    """Where the list is; without one, the site has no twins."""
    return site / WORK / LIST


def read_twins(listed: Path) -> dict[str, str]:
    """The files that have twins, with the digest of what those were made from; none where there is no list."""
    if not listed.exists():
        return {}
    lines = (line.partition(" ") for line in listed.read_text().splitlines())
    return {name: digest for digest, _, name in lines}


def twin_lines(twins: Mapping[str, str]) -> bytes:
    """Undo ``read_twins``."""
    return "".join(f"{digest} {name}\n" for name, digest in sorted(twins.items())).encode()


def twins_of(names: Iterable[str]) -> list[str]:
    """The twins that files may have."""
    return [f"{name}{suffix}" for name in names if name.endswith(TEXTS) for suffix in SUFFIXES]


class TwinSite(Protocol):
    """A site whose files get twins. Every method raises OutputError or OSError."""

    def stand(self, name: str) -> bool:
        """Whether both twins of a file are there."""

    def bodies(self, names: Iterable[str]) -> Mapping[str, bytes]:
        """The content of files."""

    def put(self, bodies: Mapping[str, bytes]) -> None:
        """Write twins."""

    def keep(self, listed: bytes) -> None:
        """Write the list, from when on publishing looks for twins."""


class FolderTwins:
    """Those of a site in a folder."""

    def __init__(self, site: Path) -> None:
        self._site = site

    def stand(self, name: str) -> bool:
        """Whether both twins of a file are there."""
        return all(os.path.isfile(f"{self._site}/{name}{suffix}") for suffix in SUFFIXES)

    def bodies(self, names: Iterable[str]) -> dict[str, bytes]:
        """The content of files."""
        return {name: (self._site / name).read_bytes() for name in names}

    def put(self, bodies: Mapping[str, bytes]) -> None:
        """Write twins, each whole or not at all."""
        for name, body in bodies.items():
            write_whole(self._site / name, body)

    def keep(self, listed: bytes) -> None:
        """Write the list."""
        write_whole(twin_list(self._site), listed)


def drop_twins(target: str) -> None:
    """Delete the twins of a file that changes or goes, if it has any."""
    for twin in twins_of([target]):
        Path(twin).unlink(missing_ok=True)


def origin(name: str) -> str | None:
    """The file that a file of this name is the twin of, None where it can't be one."""
    stem = name.removesuffix(".br").removesuffix(".gz")
    return stem if stem != name and stem.endswith(TEXTS) else None
