"""New files beside the site: written once, whole, and nowhere that a reader looks."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from uuid import uuid4

FILE_MODE = 0o644
FOLDER_MODE = 0o755
MOST_MADE = 4096
"""Folders that are remembered as made; a model has some hundreds."""

CHANGED = "changed"
"""The folder beside the stage's in which new versions of files of the site wait."""

SLASH = ","
"""Stands there for the slashes after the first, so that one folder holds many files."""

LONGEST_NAME = 255
"""Bytes of a file's name in its folder."""

MOST_HELD = 1 << 20
"""Bytes that wait to be written together: files written in a row cost the processor less than one between two pages,
as making pages and writing files each push the other's code and data out of its caches."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0)


class OutputError(Exception):
    """The output folder can't be written; names the file and the system's reason."""

    def __init__(self, target: Path | str, reason: object) -> None:
        super().__init__(target, reason)
        self.target, self.reason = target, reason

    def __str__(self) -> str:
        text = getattr(self.reason, "strerror", None) or self.reason
        return f"{self.target}: can't be written: {text}"


def file_name(path: str) -> str:
    """The file of a URL path, relative to the output folder: ``/a/`` -> ``a/index.html``."""
    relative = path.removeprefix("/")
    return f"{relative}index.html" if not relative or relative.endswith("/") else relative


def url_path(name: str) -> str:
    """Undo ``file_name``."""
    folder, _, last = name.rpartition("/")
    if last != "index.html":
        return f"/{name}"
    return f"/{folder}/" if folder else "/"


class Site(Protocol):
    """The site as readers have it."""

    def stands(self, name: str, size: int) -> bool:
        """Whether a file of this size is there."""


class Staging(Protocol):
    """Where new files wait, by their name in the site, until all of them are judged."""

    def write(self, name: str, *parts: bytes) -> None:
        """Take one file, whose parts follow each other. Raises OutputError."""

    def take(self, name: str, source: Path) -> None:
        """Take a file that lies elsewhere. Raises OutputError."""

    def flush(self) -> None:
        """Come back when all that was taken is safe. Raises OutputError."""

    def close(self) -> None:
        """Let go; what isn't flushed may be lost."""


class Stage:
    """Takes files by their name in the site: new ones in a folder, as they will lie there, so that whole folders can be
    moved; new versions of others in few folders beside it, as each is moved by itself.

    Names are looked up from a descriptor and folders are made once, which is what many small files cost. Some files
    are held until they can be written in a row.

    folder : of new files. site : where old versions are.
    """

    def __init__(self, folder: Path, site: Path | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._name = folder.name
        self._site = site
        self._tops: dict[str, bool] = {}
        self._descriptor = os.open(folder.parent, os.O_RDONLY)
        self._made: set[str] = set()
        self._held: list[tuple[str, tuple[bytes, ...]]] = []
        self._bytes = 0

    def write(self, name: str, *parts: bytes) -> None:
        """Take one file, whose parts follow each other, and write it with others.

        Raises
        ------
        OutputError : one of them can't be written.
        """
        self._held.append((name, parts))
        self._bytes += sum(map(len, parts))
        if self._bytes >= MOST_HELD:
            self.flush()

    def flush(self) -> None:
        """Write what is held.

        Raises
        ------
        OutputError : a file can't be written.
        """
        held, self._held, self._bytes = self._held, [], 0
        for name, parts in held:
            self._write(name, parts)

    def _write(self, name: str, parts: tuple[bytes, ...]) -> None:
        try:
            handle = os.open(self._place(name), _FLAGS, FILE_MODE, dir_fd=self._descriptor)
            try:
                written = os.writev(handle, parts)
                if written < sum(map(len, parts)):
                    _write_rest(handle, b"".join(parts)[written:])
            finally:
                os.close(handle)
        except OSError as error:
            raise OutputError(name, error) from error

    def take(self, name: str, source: Path) -> None:
        """Write a copy of a file, which costs a link where both lie on one file system.

        Raises
        ------
        OutputError : it can't be written.
        """
        target = self.folder / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, target)
            except OSError:
                shutil.copyfile(source, target)
        except OSError as error:
            raise OutputError(name, error) from error

    def close(self) -> None:
        """Give the descriptor back; what is held is dropped."""
        self._held.clear()
        os.close(self._descriptor)

    def _place(self, name: str) -> str:
        """Where a file waits, in a folder that is there."""
        place = f"{self._name}/{name}"
        if self._has(name):
            top, slash, rest = name.partition("/")
            flat = rest.replace("/", SLASH)
            if SLASH not in name and len(flat.encode()) <= LONGEST_NAME:
                place = f"{CHANGED}/{top}{slash}{flat}"
        self._folders(place.rpartition("/")[0])
        return place

    def _has(self, name: str) -> bool:
        """Whether the site has a file; looked for only where it has the folder at the top."""
        if self._site is None:
            return False
        top = name.partition("/")[0]
        if top not in self._tops:
            self._tops[top] = os.path.lexists(f"{self._site}/{top}")
        return self._tops[top] and os.path.lexists(f"{self._site}/{name}")

    def _folders(self, folder: str) -> None:
        if not folder or folder in self._made:
            return
        self._folders(folder.rpartition("/")[0])
        with suppress(FileExistsError):
            os.mkdir(folder, FOLDER_MODE, dir_fd=self._descriptor)
        if len(self._made) >= MOST_MADE:
            self._made.clear()
        self._made.add(folder)


class SharedStage(Stage):
    """A stage into which a worker may still write that the build has given up, as when the network was cut.

    A file appears in it whole or not at all, and the one that was there before stays what it was for whoever has
    moved it into the site.

    scratch : a folder of the same file system that nobody publishes.
    """

    def __init__(self, folder: Path, scratch: Path, site: Path | None = None) -> None:
        super().__init__(folder, site)
        self._scratch = Stage(scratch)
        self._part = uuid4().hex

    def _write(self, name: str, parts: tuple[bytes, ...]) -> None:
        self._scratch._write(self._part, parts)
        try:
            part = self._scratch._place(self._part)
            os.rename(part, self._place(name), src_dir_fd=self._scratch._descriptor, dst_dir_fd=self._descriptor)
        except OSError as error:
            raise OutputError(name, error) from error

    def close(self) -> None:
        """Give the descriptors back."""
        self._scratch.close()
        super().close()


def _write_rest(handle: int, rest: bytes) -> None:
    while rest:
        rest = rest[os.write(handle, rest) :]


def stands(path: Path | str, size: int) -> bool:
    """Whether a file of this size is there."""
    try:
        found = os.stat(path)
    except OSError:
        return False
    return found.st_size == size and stat.S_ISREG(found.st_mode)
