"""Answers about a model that rest on others too and count by what they are, kept between builds.

Of each is kept what it read and a digest of it: where an answer to what it read has changed, it is worked out anew,
and the pages that rest on it are made again only if it has become another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from msgspec import MsgspecError, Struct, json

from generator.publish.due.digests import hashed
from generator.publish.due.inputs import Current, noted
from generator.publish.due.read_atlas import Keeper, ReadAtlas
from generator.publish.due.reads import TOLD, FigureSource
from generator.publish.output.whole import write_whole
from generator.scenarios import Atlas

T = TypeVar("T")

Maker = Callable[[Atlas, str], object]
"""Works out an answer about the model of a slug."""


class Kept(Struct, frozen=True):
    """What is kept of an answer: what it read, a digest of all that, and one of the answer."""

    reads: dict[str, str]
    inputs: str
    digest: str


class Told:
    """Such answers in a folder, a file for each.

    keeper : of what else is kept, for whatever answers rest on. makers : what works them out, by name.
    """

    def __init__(
        self, folder: Path, source: FigureSource, current: Current, keeper: Keeper, makers: Mapping[str, Maker]
    ) -> None:
        self._folder, self._source, self._current, self._keeper = folder, source, current, keeper
        self._makers = makers
        self._kept = lru_cache(maxsize=1)(self._read)  # whoever asks what an answer rests on asks for its digest next

    def answer(self, atlas: ReadAtlas, name: str, make: Callable[[Atlas, str], T], slug: str) -> T:
        """The answer, worked out now; ``atlas`` notes that it was asked."""
        atlas.reads.note(f"{TOLD}{name}", slug)
        return self._worked_out(name, make, slug)[0]

    def digest(self, name: str, slug: str) -> str:
        """A digest of the answer as it is now; empty where nobody asks such a thing any more."""
        if name not in self._makers:
            return ""
        kept = self._kept(name, slug)
        if kept and self._current.digest(kept.reads) == kept.inputs:
            return kept.digest
        return self._worked_out(name, self._makers[name], slug)[1]

    def rests_on(self, name: str, slug: str, models: Set[str]) -> bool:
        """Whether the answer can't be told before ``models``' figures are worked out."""
        kept = self._kept(name, slug)
        return kept is None or self._current.rests_on(kept.reads, models)

    def _read(self, name: str, slug: str) -> Kept | None:
        """What is kept of an answer, None where nothing is."""
        with suppress(OSError, MsgspecError):
            return json.decode(self.file(name, slug).read_bytes(), type=Kept)
        return None

    def _worked_out(self, name: str, make: Callable[[Atlas, str], T], slug: str) -> tuple[T, str]:
        """The answer and its digest, which is kept."""
        atlas = ReadAtlas(self._source, self._keeper)
        value = make(atlas, slug)
        names = noted(atlas.reads, (), self._source.atlas)
        atlas.let_go()
        found = hashed([repr(value).encode()])
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = Kept(names, self._current.digest(names), found)
        write_whole(self.file(name, slug), json.encode(kept), uuid4().hex)
        self._kept.cache_clear()
        return value, found

    def file(self, name: str, slug: str) -> Path:
        """Where an answer is kept."""
        return self._folder / hashed([TOLD.encode(), name.encode(), slug.encode()])
