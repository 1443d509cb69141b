"""What a build wrote and what each job read for it: a header line, then a line for each job.

A manifest is read line by line, and of most lines no more than their head: a million pages never stand in memory at
once, and a build pays little for what it leaves as it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import islice
from mmap import ACCESS_READ, MADV_DONTNEED, mmap
from pathlib import Path

from generator.publish.due.record import Entry, Head, Record, Summary, Tops

VERSION = 6

MOST_AT_HAND = 16_000_000
"""Bytes of the file that are read before those are let go of: the system counts them as memory of this process."""

A_WRITE = 1 << 18
"""Bytes of a new manifest that are written at once: lines of some kB each take half as long again by themselves."""

AROUND = 65_536
"""Bytes that the system brings along with any that are read."""


class Manifest:
    """The manifest in one file; empty where the file isn't there.

    header : what the whole build read, so that a build without news ends before loading anything.
    judged : whether all pages together were found to go together.
    """

    def __init__(self, path: Path) -> None:
        self.header: Mapping[str, str] = {}
        self.judged = False
        self._places: dict[str, tuple[int, int]] = {}
        self._text: mmap | bytes = b""
        self._at_hand = 0
        if not path.is_file():
            return
        with path.open("rb") as file:
            first = json.loads(file.readline())
            if first.get("version") != VERSION:
                return
            self.header, self.judged = first["inputs"], first["judged"]
            self._text = mmap(file.fileno(), 0, access=ACCESS_READ)
            start = file.tell()
        while start < len(self._text):
            end = self._text.find(b"\n", start) + 1
            self._places[_job_of(self._text, start)] = start, end
            self._has_read(end - start)
            start = end

    @property
    def jobs(self) -> tuple[str, ...]:
        return tuple(self._places)

    def record(self, job: str) -> Record | None:
        """The record of one job, None where it has none."""
        line = self.line(job)
        return Record.from_line(line) if line is not None else None

    def head(self, job: str) -> Head | None:
        """The head of one job, None where it has none."""
        line = self.line(job)
        return Head.from_line(line) if line is not None else None

    def line(self, job: str) -> bytes | None:
        """The line of one job as it stands."""
        place = self._places.get(job)
        return None if place is None else self._part(*place)

    def summaries(self) -> Iterator[Summary]:
        """What every build asks of every job, in order."""
        return map(Summary.from_line, self._starts())

    def heads(self, first: int = 0, step: int = 1) -> Iterator[Head]:
        """What stands first in every line, in order, or in every ``step``-th from the ``first`` on."""
        return map(Head.from_line, self._starts(first, step))

    def heads_in(self, tops: Set[str]) -> Iterator[Head]:
        """Heads of the jobs that have files in one of these folders or files at the top of the site, in order."""
        return (Head.from_line(line) for line in self._starts() if not tops.isdisjoint(Tops.from_line(line).tops))

    def tops(self) -> dict[str, list[str]]:
        """Names at the top of the site, each with the jobs that have files there."""
        found: dict[str, list[str]] = {}
        for job, line in zip(self._places, self._starts(), strict=True):
            for top in Tops.from_line(line).tops:
                found.setdefault(top, []).append(job)
        return found

    def _starts(self, first: int = 0, step: int = 1) -> Iterator[bytes]:
        """Every line, or every ``step``-th, up to where its head ends."""
        return (self._part(*place, until=b"\t") for place in islice(self._places.values(), first, None, step))

    def records(self) -> Iterator[Record]:
        """Every record, in order."""
        return (Record.from_line(self._part(*place)) for place in self._places.values())

    def entries(self) -> Iterator[Entry]:
        """Every file, in order."""
        return (entry for record in self.records() for entry in record.entries)

    def differing(self, other: Manifest) -> Iterator[str]:
        """Jobs whose line is another there, or isn't there."""
        return (job for job in self._places if self.line(job) != other.line(job))

    def _part(self, start: int, end: int, until: bytes = b"") -> bytes:
        """A part of the file, up to ``until`` where that is given."""
        found = self._text[start : self._text.find(until, start) if until else end]
        self._has_read(end - start)
        return found

    def _has_read(self, length: int) -> None:
        """So many bytes in a row were looked at: let go of what is at hand once it is much."""
        self._at_hand += length + AROUND
        if self._at_hand > MOST_AT_HAND and isinstance(self._text, mmap):
            self._text.madvise(MADV_DONTNEED)
            self._at_hand = 0


def add_line(path: Path, line: bytes) -> None:
    """Add a job's line to a manifest that grows job by job, made where there is none; of two the later counts."""
    with path.open("ab") as file:
        if not file.tell():
            file.write(_first({}, judged=False))
        file.write(line)


def write_manifest(path: Path, header: Mapping[str, str], lines: Iterable[bytes], *, judged: bool = False) -> None:
    """Write a manifest whole, or leave what was there; ``lines`` in the order of their jobs."""
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("wb", buffering=A_WRITE) as file:
        file.write(_first(header, judged=judged))
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _first(header: Mapping[str, str], *, judged: bool) -> bytes:
    return json.dumps({"version": VERSION, "inputs": header, "judged": judged}, sort_keys=True).encode() + b"\n"


def _job_of(text: mmap | bytes, start: int) -> str:
    """The job of the line that starts there, without reading the rest."""
    first = start + len(b'{"job":"')
    return text[first : text.find(b'"', first)].decode()
