"""What one job wrote and read, as a line of the manifest.

Nothing here depends on the machine or the hour, so that two manifests can be compared, joined and diffed.
"""

from __future__ import annotations

import sys
from array import array
from binascii import unhexlify
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Self

from msgspec import Struct, field, json
from xxhash import xxh3_64_intdigest, xxh3_128

DIGEST_LENGTH = 32
"""Characters of a content's digest."""


class Entry(Struct, frozen=True):
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


class Files(Struct, frozen=True):
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


class HeadPart(Struct, frozen=True):
    """Some of a head, which costs less than all of it."""

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """That of a line."""
        return json.decode(line.partition(b"\t")[0], type=cls)


class Summary(HeadPart, frozen=True):
    """What every build asks of every job.

    reads : kind of answer -> names, one a line. total_bytes : of its files.
    pages : by kind, how many and how many of them indexable. tops : names at the top of the output folder.
    """

    job: str
    inputs: str
    reads: dict[str, str]
    pages: dict[str, tuple[int, int]]
    tops: list[str]
    total_bytes: int


class Head(Summary, frozen=True):
    """What stands first in the line.

    listing : the names of its files, one a line, for ``names`` to part where they are asked for.
    listed : place among the names and day of each indexable page.
    """

    listing: str = field(name="names")
    sizes: list[int]
    listed: list[tuple[int, str]]

    @property
    def names(self) -> list[str]:
        """The names of its files."""
        return self.listing.split("\n") if self.listing else []

    @property
    def changes(self) -> Iterator[tuple[str, str]]:
        """Name and day of each indexable page."""
        names = self.names if self.listed else ()
        return ((names[place], changed) for place, changed in self.listed)


class Tops(HeadPart, frozen=True):
    """What tells whether the rest of a head is asked for."""

    tops: frozenset[str]


class Asked(HeadPart, frozen=True):
    """What a job read."""

    reads: dict[str, str]


class Named(HeadPart, frozen=True):
    """The names of a job's files, one a line."""

    names: str


def with_inputs(line: bytes, inputs: str) -> bytes:
    """A line with another digest of what the job read."""
    before, name, rest = line.partition(b'"inputs":"')
    return b"".join((before, name, inputs.encode(), b'"', rest.partition(b'"')[2]))


class RestPart(Struct, frozen=True):
    """Some of what fewer ask for than for the head."""

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """That of a line."""
        return json.decode(line.partition(b"\t")[2], type=cls)


class Values(RestPart, frozen=True):
    """A digest of what a job read, as in its ``Record``."""

    values: str


class Bonds(RestPart, frozen=True):
    """All that pages are judged together by, packed: records that agree in it can take each other's place."""

    links: str = ""
    lonely: str = ""
    titles: str = ""
    paths: str = ""


class Record(Struct, frozen=True):
    """One job: what it read and what it wrote.

    reads : kind of answer -> names, one a line. inputs : one digest of all of them, empty until it is worked out.
    values : another, in which what is kept of models counts by its values; empty where nothing of it was read.
    links : digests of the paths outside the job that its pages link to.
    lonely : digests of the job's paths that none of its other pages links to.
    titles : digests of the titles, one for each file, of a file its address; none where no file is a page.
    paths : digests of the files' own paths, one for each.
    """

    job: str
    reads: Mapping[str, str]
    inputs: str
    files: Files
    links: Sequence[int] = ()
    lonely: Sequence[int] = ()
    titles: Sequence[int] = ()
    paths: Sequence[int] = ()
    values: str = ""

    @property
    def entries(self) -> Iterator[Entry]:
        """The files one by one."""
        return iter(self.files)

    @property
    def head(self) -> Head:
        """What stands first in the line."""
        return Head.from_line(self.line())

    def line(self) -> bytes:
        """The record as one line: its head, and what fewer ask for."""
        files = self.files
        kinds = sorted(set(files.kinds))
        indexable = Counter(files.kinds[place] for place, _, _ in files.listed)
        head = {
            "job": self.job,
            "inputs": self.inputs,
            "reads": dict(sorted(self.reads.items())),
            "total_bytes": sum(files.sizes),
            "names": "\n".join(files.names),
            "sizes": list(files.sizes),
            "pages": {kind: (count, indexable[kind]) for kind, count in sorted(Counter(files.kinds).items()) if kind},
            "tops": sorted({name.partition("/")[0] for name in files.names}),
            "listed": [(place, changed) for place, _, changed in files.listed],
        }
        rest = {
            "kinds": kinds,
            "values": self.values,
            "kind": [kinds.index(kind) for kind in files.kinds],
            "digests": files.digests,
            "words": [words for _, words, _ in files.listed],
            "links": packed(self.links),
            "lonely": packed(self.lonely),
            "titles": packed(self.titles),
            "paths": packed(self.paths),
        }
        return b"\t".join(map(json.encode, (head, rest))) + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Undo ``line``."""
        head, values = Head.from_line(line), json.decode(line.partition(b"\t")[2])
        kinds = values["kinds"]
        listed = zip(head.listed, values["words"], strict=True)
        files = Files(
            head.names,
            [kinds[number] for number in values["kind"]],
            head.sizes,
            values["digests"],
            [(place, words, changed) for (place, changed), words in listed],
        )
        links, lonely, titles, paths = (unpacked(values[name]) for name in ("links", "lonely", "titles", "paths"))
        return cls(head.job, head.reads, head.inputs, files, links, lonely, titles, paths, values["values"])


def digest(*parts: bytes) -> str:
    """What the manifest remembers of a file's content: it tells versions apart, and guards against nobody."""
    found = xxh3_128()
    for part in parts:
        found.update(part)
    return found.hexdigest()


def short_digest(text: str) -> int:
    """Eight bytes that stand for a path or a title among millions."""
    return xxh3_64_intdigest(text.encode())


def packed(numbers: Iterable[int]) -> str:
    """Short digests as text."""
    return _little(array("Q", numbers)).tobytes().hex()


def unpacked(text: str) -> array[int]:
    """Undo ``packed``."""
    return _little(array("Q", unhexlify(text)))


def _little(numbers: array[int]) -> array[int]:
    """The numbers in the order of bytes that files have, whatever the machine's."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
