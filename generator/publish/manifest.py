"""What a build wrote and what each job read for it: a header line, then a line of JSON for each job.

Nothing here depends on the machine or the hour, so that two manifests can be compared, joined and diffed.
A manifest is read line by line: a million pages never stand in memory at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Self

VERSION = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One written file.

    name : relative to the output folder. kind : the page's template, empty for other files.
    digest : of the content. size : bytes. indexable : whether the sitemap lists it.
    words : digest of the page's own words and figures, of indexable pages only. changed : the day those changed.
    """

    name: str
    kind: str
    digest: str
    size: int
    indexable: bool = False
    words: str = ""
    changed: str = ""

    def as_list(self) -> list[object]:
        """The entry as the manifest's line has it."""
        return [self.name, self.kind, self.digest, self.size, int(self.indexable), self.words, self.changed]

    @classmethod
    def from_list(cls, values: list[Any]) -> Self:
        """Undo ``as_list``."""
        name, kind, found, size, indexable, words, changed = values
        return cls(name, kind, found, size, bool(indexable), words, changed)


@dataclass(frozen=True, slots=True)
class Record:
    """One job: what it read and what it wrote.

    inputs : kind of input -> name -> digest.
    links : digests of the paths outside the job that its pages link to.
    lonely : digests of the job's paths that none of its other pages links to.
    titles : digests of the titles, one for each entry, of a file its address; none where no entry is a page.
    """

    job: str
    inputs: Mapping[str, Mapping[str, str]]
    entries: tuple[Entry, ...]
    links: tuple[int, ...] = ()
    lonely: tuple[int, ...] = ()
    titles: tuple[int, ...] = ()

    def line(self) -> str:
        """The record as one line."""
        values = {
            "job": self.job,
            "inputs": {kind: dict(sorted(found.items())) for kind, found in sorted(self.inputs.items())},
            "files": [entry.as_list() for entry in self.entries],
            "links": packed(self.links),
            "lonely": packed(self.lonely),
            "titles": packed(self.titles),
        }
        return json.dumps(values, separators=(",", ":")) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Undo ``line``."""
        values = json.loads(line)
        return cls(
            values["job"],
            values["inputs"],
            tuple(Entry.from_list(each) for each in values["files"]),
            unpacked(values["links"]),
            unpacked(values["lonely"]),
            unpacked(values["titles"]),
        )


@dataclass(slots=True)
class Manifest:
    """The manifest in one file; empty where the file isn't there.

    header : what the whole build read, so that a build without news ends before loading anything.
    """

    path: Path
    header: Mapping[str, str] = field(init=False)
    _offsets: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.header, self._offsets = {}, {}
        if not self.path.is_file():
            return
        with self.path.open("rb") as file:
            first = json.loads(file.readline())
            if first.get("version") != VERSION:
                return
            self.header = first["inputs"]
            offset = file.tell()
            for line in file:
                self._offsets[_job_of(line)] = offset
                offset += len(line)

    @property
    def jobs(self) -> tuple[str, ...]:
        return tuple(self._offsets)

    def record(self, job: str) -> Record | None:
        """The record of one job, None where it has none."""
        line = self.line(job)
        return Record.from_line(line) if line is not None else None

    def line(self, job: str) -> str | None:
        """The line of one job as it stands."""
        offset = self._offsets.get(job)
        if offset is None:
            return None
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.readline().decode()

    def records(self) -> Iterator[Record]:
        """Every record, in order."""
        if self._offsets:
            with self.path.open(encoding="utf-8") as file:
                yield from map(Record.from_line, islice(file, 1, None))

    def entries(self) -> Iterator[Entry]:
        """Every file, in order."""
        return (entry for record in self.records() for entry in record.entries)


def write_manifest(path: Path, header: Mapping[str, str], lines: Iterable[str]) -> None:
    """Write a manifest whole, or leave what was there; ``lines`` in the order of their jobs."""
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(json.dumps({"version": VERSION, "inputs": header}, sort_keys=True) + "\n")
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def digest(body: bytes) -> str:
    """What the manifest remembers of a file's content."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def short_digest(text: str) -> int:
    """Eight bytes that stand for a path or a title among millions."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def packed(numbers: Iterable[int]) -> str:
    """Short digests as text."""
    return b"".join(number.to_bytes(8, "little") for number in numbers).hex()


def unpacked(text: str) -> tuple[int, ...]:
    """Undo ``packed``."""
    found = array("Q", bytes.fromhex(text))
    if sys.byteorder == "big":
        found.byteswap()
    return tuple(found)


def _job_of(line: bytes) -> str:
    """The job of a line without reading the rest."""
    start = len(b'{"job":"')
    return line[start : line.index(b'"', start)].decode()
