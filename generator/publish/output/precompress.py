"""Makes the precompressed twins that a site lacks."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor

import brotli

from generator.publish.due.manifest import Manifest
from generator.publish.output.folder import OutputFolder
from generator.publish.output.stage import OutputError
from generator.publish.output.twins import TEXTS, TwinSite, read_twins, twin_lines, twin_list

BROTLI_QUALITY, GZIP_LEVEL = 5, 6
"""Our pages shrink by less than 1% more up to brotli's 9, and by 7% at 10, which takes seventeen times as long."""

AT_ONCE = 64
"""Files that a thread takes at a time; compressing leaves the other threads free to run."""


def precompress(folder: OutputFolder, threads: int) -> int:
    """Make every twin that is missing or was made from something else; how many files got theirs.

    Raises
    ------
    OutputError : one can't be written; those that were made stay.
    FolderBusy : a build is at work.
    """
    try:
        with folder:
            site, listed = folder.twins, twin_list(folder.path)
            entries = Manifest(folder.manifest_file).entries()
            texts = {entry.name: entry.digest for entry in entries if entry.name.endswith(TEXTS)}
            before = read_twins(listed)
            due = [name for name, digest in texts.items() if before.get(name) != digest or not site.stand(name)]
            if not listed.exists():
                site.keep(b"")
            parts = [due[start : start + AT_ONCE] for start in range(0, len(due), AT_ONCE)]
            with ThreadPoolExecutor(threads) as pool:
                for done in [pool.submit(_make, site, part) for part in parts]:
                    done.result()
            if before != texts:
                site.keep(twin_lines(texts))
    except OSError as error:
        raise OutputError(error.filename or folder.name, error) from error
    return len(due)


def _make(site: TwinSite, names: list[str]) -> None:
    """The twins of files, the same bytes whenever they are made."""
    twins: dict[str, bytes] = {}
    for name, body in site.bodies(names).items():
        twins[f"{name}.br"] = brotli.compress(body, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY)
        twins[f"{name}.gz"] = gzip.compress(body, GZIP_LEVEL, mtime=0)
    site.put(twins)
