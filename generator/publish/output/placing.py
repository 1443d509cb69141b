"""What is staged, told in the order in which it is put in its place, and folders that go away."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from generator.publish.output.stage import FOLDER_MODE, SLASH

HOME = "index.html"

REMOVALS, PAUSE_SECONDS = 20, 0.1
"""How often a folder is deleted at most, and the pause between: longer than a worker outlives its build."""


def delete_folder(folder: Path) -> None:
    """Delete a folder, again where workers of a killed build still wrote into it; they end within moments."""
    for left in reversed(range(REMOVALS)):
        try:
            shutil.rmtree(folder)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY or not left:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return


def arrivals(stage: Path, site: Path) -> Iterator[tuple[str, str]]:
    """Staged files and whole folders that the site lacks, with their place; the home page last."""
    home = str(site / HOME)
    last = None
    for source, target in staged(str(stage), str(site)):
        if target == home:
            last = source
        elif not os.path.lexists(target):
            yield source, target
    if last and not os.path.lexists(home):
        yield last, home


def staged(stage: str, site: str) -> Iterator[tuple[str, str]]:
    """Staged entries with their place: files, and folders where the site has none.

    Whoever asks may move an entry before asking for the next: no more than the entries of one folder, and of those
    above it, are held in memory.
    """
    if not os.path.isdir(stage):
        return
    for entry in sorted(os.scandir(stage), key=lambda entry: entry.name):
        target = f"{site}/{entry.name}"
        if entry.is_dir() and os.path.isdir(target):
            yield from staged(entry.path, target)
        else:
            yield entry.path, target


def changed(stage: Path, site: Path) -> Iterator[tuple[str, str]]:
    """Staged new versions of files with their place."""
    for folder, _, names in os.walk(stage):
        top = folder[len(str(stage)) :]
        for name in sorted(names):
            yield f"{folder}/{name}", f"{site}{top}/{name.replace(SLASH, '/')}"


def put_in_place(source: str, target: str) -> None:
    """Move a file, whatever became of the folder that it belongs into."""
    try:
        os.replace(source, target)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(target), FOLDER_MODE, exist_ok=True)
        os.replace(source, target)
