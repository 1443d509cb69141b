"""Precompressed twins: beside each text file one in brotli and one in gzip, for hosts that hand them out as they are.

They belong to no job. Publishing deletes those of files that it changes or removes, so that none is ever older than
its file; ``precompress.py`` makes those that are missing.
"""

from __future__ import annotations

from pathlib import Path

from generator.publish.removed import WORK

SUFFIXES = (".br", ".gz")
TEXTS = (".html", ".json", ".txt", ".xml")
"""Ends of the files that have twins; the others are compressed already."""

LIST = "twins"
"""The list of twins with the digest of what each was made from, among the build's own files."""


def twin_list(site: Path) -> Path:
    """Where the list is; without one, the site has no twins."""
    return site / WORK / LIST


def drop_twins(target: str) -> None:
    """Delete the twins of a file that changes or goes, if it has any."""
    if target.endswith(TEXTS):
        for suffix in SUFFIXES:
            Path(f"{target}{suffix}").unlink(missing_ok=True)


def origin(name: str) -> str | None:
    """The file that a file of this name is the twin of, None where it can't be one."""
    stem = name.removesuffix(".br").removesuffix(".gz")
    return stem if stem != name and stem.endswith(TEXTS) else None
