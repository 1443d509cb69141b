"""One shelf: a value for each model, kept in a file that grows by what is new.

A file is made of parts, each a small shelf of its own with all that its values rest on. What a build adds goes behind
the rest; once that is much, all of it is written anew.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Set
from hashlib import blake2b
from typing import Any, Self

from msgspec import Struct, field
from xxhash import xxh3_128_digest

from generator.publish.due.inputs import Names
from generator.publish.due.read_atlas import ReadAtlas
from generator.publish.due.reads import Reads
from generator.scenarios import Atlas, Figures

MOST_ADDED = 1 / 20
"""Of a shelf's values, behind those that its file was written with."""

LEAST_ADDED = 8
"""Values that may be added to the smallest shelf: to read so many parts takes less than to write one file anew."""

LENGTH, HEAD = 8, 24
"""Bytes of a part's length, and with its digest."""


class Shelf(Struct):
    """What is kept under one name.

    make : works out a value. reads : what all values rest on besides figures.
    digests : of the values, by what the model's figures rest on. news : those that the file lacks.
    added : how many values stand in the file behind its first part; None where it has to be written anew.
    atlas : what ``make`` is handed for every model that has none, so that what all of them ask is answered once.
    """

    make: Callable[[Atlas, Figures], Any]
    reads: Reads = field(default_factory=Reads)
    digests: dict[str, bytes] = field(default_factory=dict)
    news: set[str] = field(default_factory=set)
    added: int | None = None
    atlas: ReadAtlas | None = None
    _values: dict[str, Any] = field(default_factory=dict)
    _packed: list[bytes] = field(default_factory=list)

    @classmethod
    def unpacked(cls, file: bytes, holds: Callable[[Names, str], bool]) -> Self | None:
        """The shelf of a file, without the parts that don't hold any more; None where none does.

        holds : whether what a part's values rest on, by name, still has this digest.
        """
        found, added, end, held = None, 0, 0, ""
        for start, body in _parts(file):
            end = start + HEAD + len(body)
            make, asked, names, inputs, digests, packed = pickle.loads(body)
            if inputs != held and not holds(names, inputs):
                continue
            held = inputs
            if found is None:
                found = cls(make)
            else:
                added += len(digests)
            for kind, slugs in asked.items():
                found.reads.note_all(kind, slugs)
            found.digests |= digests
            found._packed.append(packed)
        if found and end == len(file):
            found.added = added
        return found

    def packed(self, wanted: Set[str], names: Names, inputs: str) -> bytes:
        """A part of a file, with the values that are ``wanted``; ``inputs`` is the digest of what they rest on."""
        at_hand = self._values if wanted <= self._values.keys() else self.values  # what is new is, without the rest
        values = {key: value for key, value in at_hand.items() if key in wanted}
        digests = {key: self.digests[key] for key in values}
        asked = {kind: sorted(found) for kind, found in self.reads.asked.items()}
        packed = pickle.dumps(values, pickle.HIGHEST_PROTOCOL)
        body = pickle.dumps((self.make, asked, names, inputs, digests, packed), pickle.HIGHEST_PROTOCOL)
        return len(body).to_bytes(LENGTH, "little") + xxh3_128_digest(body) + body

    @property
    def grows(self) -> bool:
        """Whether what is new goes behind the rest."""
        most = max(LEAST_ADDED, MOST_ADDED * len(self.digests))
        return self.added is not None and self.added + len(self.news) <= most

    @property
    def values(self) -> dict[str, Any]:
        """The values, by what the model's figures rest on; they are read when they are first asked for."""
        while self._packed:
            self._values |= pickle.loads(self._packed.pop())
        return self._values

    def add(self, key: str, value: Any) -> None:
        """Take one more."""
        self._values[key] = value
        self.digests[key] = blake2b(repr(value).encode(), digest_size=16).digest()
        self.news.add(key)

    def kept(self) -> None:
        """What was new is in the file by now."""
        self.added = (self.added or 0) + len(self.news) if self.grows else 0
        self.news.clear()


def _parts(file: bytes) -> Iterator[tuple[int, memoryview]]:
    """The parts of a file with their places, up to one that isn't whole: a killed process may leave half a part."""
    start, view = 0, memoryview(file)
    while start < len(file):
        end = start + HEAD + int.from_bytes(view[start : start + LENGTH], "little")
        body = view[start + HEAD : end]
        if end > len(file) or xxh3_128_digest(body) != view[start + LENGTH : start + HEAD]:
            return
        yield start, body
        start = end
