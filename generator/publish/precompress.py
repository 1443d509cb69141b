"""Makes the precompressed twins that a site lacks."""

from __future__ import annotations

import gzip
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brotli

from generator.publish.folder import OutputFolder
from generator.publish.manifest import Manifest
from generator.publish.stage import OutputError
from generator.publish.twins import SUFFIXES, TEXTS, twin_list
from generator.publish.whole import write_whole

BROTLI_QUALITY, GZIP_LEVEL = 5, 6
"""Our pages shrink by less than 1% more up to brotli's 9, and by 7% at 10, which takes seventeen times as long."""

AT_ONCE = 64
"""Files that a thread takes at a time; compressing leaves the other threads free to run."""


def precompress(site: Path, threads: int) -> int:
    """Make every twin that is missing or was made from something else; how many files got theirs.

    Raises
    ------
    OutputError : one can't be written; those that were made stay.
    FolderBusy : a build is at work.
    """
    try:
        with OutputFolder(site) as folder:
            entries = Manifest(folder.manifest_file).entries()
            texts = {entry.name: entry.digest for entry in entries if entry.name.endswith(TEXTS)}
            listed = twin_list(site)
            before = _read(listed)
            due = [name for name, digest in texts.items() if before.get(name) != digest or not _stand(site, name)]
            # First of all: from here on, publishing looks for twins.
            listed.touch()
            parts = [due[start : start + AT_ONCE] for start in range(0, len(due), AT_ONCE)]
            with ThreadPoolExecutor(threads) as pool:
                for done in [pool.submit(_make, site, part) for part in parts]:
                    done.result()
            if before != texts:
                write_whole(listed, "".join(f"{digest} {name}\n" for name, digest in sorted(texts.items())).encode())
    except OSError as error:
        raise OutputError(error.filename or site, error) from error
    return len(due)


def _read(listed: Path) -> dict[str, str]:
    if not listed.exists():
        return {}
    lines = (line.partition(" ") for line in listed.read_text().splitlines())
    return {name: digest for digest, _, name in lines}


def _stand(site: Path, name: str) -> bool:
    return all(os.path.isfile(f"{site}/{name}{suffix}") for suffix in SUFFIXES)


def _make(site: Path, names: list[str]) -> None:
    """The twins of files, each whole or not at all, and the same bytes whenever it is made."""
    for name in names:
        body = (site / name).read_bytes()
        write_whole(site / f"{name}.br", brotli.compress(body, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY))
        write_whole(site / f"{name}.gz", gzip.compress(body, GZIP_LEVEL, mtime=0))
