"""Small files that other processes read, or that a kill must not leave in halves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path


def write_whole(file: Path, body: bytes, mark: str = "new") -> None:
    """Put a file in place at once, or leave what was there.

    mark : tells apart those who may write the same file at the same time.
    """
    write_parts(file, (body,), mark)


def write_parts(file: Path, parts: Iterable[bytes], mark: str = "new") -> None:
    """The same for a file that is made part by part."""
    temporary = file.with_name(f".{file.name}.{mark}")
    with temporary.open("wb") as target:
        target.writelines(parts)
    temporary.replace(file)


def drop_others(folder: Path, wanted: Callable[[str], bool]) -> None:
    """Delete the files of a folder, where there is one, whose names aren't ``wanted``."""
    for file in folder.iterdir() if folder.is_dir() else ():
        if not wanted(file.name):
            file.unlink()
