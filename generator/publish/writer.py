"""Writing pages: whole files only, unchanged ones untouched."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

MANIFEST = ".manifest.json"
"""Lists what the build wrote, so that it removes nothing else."""


class OutputError(Exception):
    """The output folder can't be written; names the file and the system's reason."""


def file_name(path: str) -> str:
    """The file of a URL path, relative to the output folder: ``/a/`` -> ``a/index.html``."""
    relative = path.removeprefix("/")
    return f"{relative}index.html" if not relative or relative.endswith("/") else relative


def digest(body: bytes) -> str:
    """What the manifest remembers of a file's content."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


class Writer:
    """Writes files below one folder, each by replacing it whole.

    known : file names with the digests that an earlier build wrote; those alike are not written again.
    """

    def __init__(self, out: Path, known: Mapping[str, str]) -> None:
        self._out = out
        self._known = known
        self.written: dict[str, str] = {}
        self.changed = 0
        self.total_bytes = 0

    def write(self, path: str, body: bytes) -> None:
        """Write the page at URL ``path``.

        Raises
        ------
        OutputError : the file can't be written.
        """
        name = file_name(path)
        found = digest(body)
        self.written[name] = found
        self.total_bytes += len(body)
        target = self._out / name
        if self._known.get(name) == found and target.is_file():
            return
        self.changed += 1
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_file(target, body)
        except OSError as error:
            raise OutputError(f"{target}: can't be written: {error.strerror or error}") from error


def replace_file(target: Path, body: bytes) -> None:
    """Put ``body`` at ``target`` so that a reader sees the old content or the new, never a part."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def check_writable(out: Path) -> None:
    """Create the output folder and make sure that it takes files.

    Raises
    ------
    OutputError : it doesn't.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise OutputError(f"{out}: can't be written: {error.strerror or error}") from error


def read_manifest(out: Path) -> dict[str, str]:
    """File names and digests that the last build wrote; none where there was no build."""
    try:
        return json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def write_manifest(out: Path, files: Mapping[str, str]) -> None:
    """Remember what was written."""
    replace_file(out / MANIFEST, json.dumps(dict(sorted(files.items())), indent=0).encode())


def remove_stale(out: Path, old: Iterable[str], kept: Mapping[str, str]) -> int:
    """Remove files that the last build wrote and this one didn't, and folders left empty; how many files."""
    removed = 0
    for name in old:
        if name in kept:
            continue
        target = out / PurePosixPath(name)
        if target.is_file():
            target.unlink()
            removed += 1
        for folder in target.parents:
            if folder == out or any(folder.iterdir() if folder.is_dir() else ()):
                break
            folder.rmdir()
    return removed
