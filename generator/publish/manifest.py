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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Self

from xxhash import xxh3_128_hexdigest

VERSION = 2

DIGEST_LENGTH = 32
"""Characters of a content's digest."""


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


@dataclass(frozen=True, slots=True)
class Files:
    """Written files column by column, as most of what is asked of them needs one or two columns.

    kinds : of each file. digests : one text, each of ``DIGEST_LENGTH``. listed : place in the other columns, digest of
    the words and day of each indexable page.
    """

    names: Sequence[str] = ()
    kinds: Sequence[str] = ()
    sizes: Sequence[int] = ()
    digests: str = ""
    listed: Sequence[tuple[int, str, str]] = ()

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Self:
        """The columns of some files."""
        rows = list(entries)
        return cls(
            [row.name for row in rows],
            [row.kind for row in rows],
            [row.size for row in rows],
            "".join(row.digest for row in rows),
            [(place, row.words, row.changed) for place, row in enumerate(rows) if row.indexable],
        )

    def __iter__(self) -> Iterator[Entry]:
        listed = {place: (True, words, changed) for place, words, changed in self.listed}
        columns = zip(self.names, self.kinds, self.sizes, strict=True)
        for place, (name, kind, size) in enumerate(columns):
            start = place * DIGEST_LENGTH
            digest = self.digests[start : start + DIGEST_LENGTH]
            yield Entry(name, kind, digest, size, *listed.get(place, (False, "", "")))

    @property
    def changes(self) -> Iterator[tuple[str, str]]:
        """Name and day of each indexable page."""
        return ((self.names[place], changed) for place, _, changed in self.listed)


@dataclass(frozen=True, slots=True)
class Record:
    """One job: what it read and what it wrote.

    reads : kind of answer -> names. inputs : one digest of all of them, empty until it is worked out.
    links : digests of the paths outside the job that its pages link to.
    lonely : digests of the job's paths that none of its other pages links to.
    titles : digests of the titles, one for each file, of a file its address; none where no file is a page.
    paths : digests of the files' own paths, one for each.
    """

    job: str
    reads: Mapping[str, list[str]]
    inputs: str
    files: Files
    links: Sequence[int] = ()
    lonely: Sequence[int] = ()
    titles: Sequence[int] = ()
    paths: Sequence[int] = ()

    @property
    def entries(self) -> Iterator[Entry]:
        """The files one by one."""
        return iter(self.files)

    def line(self) -> str:
        """The record as one line."""
        kinds = sorted(set(self.files.kinds))
        values = {
            "job": self.job,
            "inputs": self.inputs,
            "reads": dict(sorted(self.reads.items())),
            "names": "\n".join(self.files.names),
            "kinds": kinds,
            "kind": [kinds.index(kind) for kind in self.files.kinds],
            "sizes": list(self.files.sizes),
            "digests": self.files.digests,
            "listed": list(self.files.listed),
            "links": packed(self.links),
            "lonely": packed(self.lonely),
            "titles": packed(self.titles),
            "paths": packed(self.paths),
        }
        return json.dumps(values, separators=(",", ":")) + "\n"

    @classmethod
    def from_line(cls, line: str | bytes) -> Self:
        """Undo ``line``."""
        values = json.loads(line)
        kinds = values["kinds"]
        files = Files(
            values["names"].split("\n") if kinds else [],
            [kinds[number] for number in values["kind"]],
            values["sizes"],
            values["digests"],
            [(place, words, changed) for place, words, changed in values["listed"]],
        )
        numbers = (unpacked(values[name]) for name in ("links", "lonely", "titles", "paths"))
        return cls(values["job"], values["reads"], values["inputs"], files, *numbers)


@dataclass(slots=True)
class Manifest:
    """The manifest in one file; empty where the file isn't there.

    header : what the whole build read, so that a build without news ends before loading anything.
    marks : a number for each job's line, the same for the same line as long as this process lives.
    """

    path: Path
    header: Mapping[str, str] = field(init=False)
    marks: dict[str, int] = field(init=False)
    _offsets: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.header, self.marks, self._offsets = {}, {}, {}
        if not self.path.is_file():
            return
        with self.path.open("rb") as file:
            first = json.loads(file.readline())
            if first.get("version") != VERSION:
                return
            self.header = first["inputs"]
            offset = file.tell()
            for line in file:
                job = _job_of(line)
                self._offsets[job], self.marks[job] = offset, hash(line)
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
            with self.path.open("rb") as file:
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
    """What the manifest remembers of a file's content: it tells versions apart, and guards against nobody."""
    return xxh3_128_hexdigest(body)


def short_digest(text: str) -> int:
    """Eight bytes that stand for a path or a title among millions."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def packed(numbers: Iterable[int]) -> str:
    """Short digests as text."""
    return _little(array("Q", numbers)).tobytes().hex()


def unpacked(text: str) -> array[int]:
    """Undo ``packed``."""
    return _little(array("Q", bytes.fromhex(text)))


def _little(numbers: array[int]) -> array[int]:
    """The numbers in the order of bytes that files have, whatever the machine's."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _job_of(line: bytes) -> str:
    """The job of a line without reading the rest."""
    start = len(b'{"job":"')
    return line[start : line.index(b'"', start)].decode()
