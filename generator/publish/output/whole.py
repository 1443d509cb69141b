"""Small files that other processes read, or that a kill must not leave in halves."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def write_whole(file: Path, body: bytes, mark: str = "new") -> None:
    """Put a file in place at once, or leave what was there.

    mark : tells apart those who may write the same file at the same time.
    """
    temporary = file.with_name(f".{file.name}.{mark}")
    temporary.write_bytes(body)
    temporary.replace(file)


def drop_others(folder: Path, names: Iterable[str]) -> None:
    """Delete the files of a folder that aren't among ``names``, where there is one."""
    wanted = {*names}
    for file in folder.iterdir() if folder.is_dir() else ():
        if file.name not in wanted:
            file.unlink()
