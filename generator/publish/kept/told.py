"""Answers about a model that rest on others too and count by what they are, kept between builds.

Of each is kept what it read and a digest of it: where an answer to what it read has changed, it is worked out anew,
and the pages that rest on it are made again only if it has become another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from generator.publish.due.digests import hashed
from generator.publish.due.inputs import Current, noted
from generator.publish.due.read_atlas import Keeper, ReadAtlas
from generator.publish.due.reads import TOLD, FigureSource
from generator.publish.output.whole import write_whole
from generator.scenarios import Atlas

T = TypeVar("T")

Maker = Callable[[Atlas, str], object]
"""Works out an answer about the model of a slug."""


class Told:
    """Such answers in a folder, a file for each.

    keeper : of what else is kept, for whatever answers rest on. makers : what works them out, by name.
    """

    def __init__(
        self, folder: Path, source: FigureSource, current: Current, keeper: Keeper, makers: Mapping[str, Maker]
    ) -> None:
        self._folder, self._source, self._current, self._keeper = folder, source, current, keeper
        self._makers = makers

    def answer(self, atlas: ReadAtlas, name: str, make: Callable[[Atlas, str], T], slug: str) -> T:
        """The answer, worked out now; ``atlas`` notes that it was asked."""
        atlas.reads.note(f"{TOLD}{name}", slug)
        return self._worked_out(name, make, slug)[0]

    def digest(self, name: str, slug: str) -> str:
        """A digest of the answer as it is now; empty where nobody asks such a thing any more."""
        if name not in self._makers:
            return ""
        with suppress(OSError, ValueError, KeyError):
            kept = json.loads(self.file(name, slug).read_bytes())
            if self._current.digest(kept["reads"]) == kept["inputs"]:
                return str(kept["digest"])
        return self._worked_out(name, self._makers[name], slug)[1]

    def _worked_out(self, name: str, make: Callable[[Atlas, str], T], slug: str) -> tuple[T, str]:
        """The answer and its digest, which is kept."""
        atlas = ReadAtlas(self._source, self._keeper)
        value = make(atlas, slug)
        names = noted(atlas.reads, (), self._source.atlas)
        atlas.let_go()
        found = hashed([repr(value).encode()])
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = {"reads": names, "inputs": self._current.digest(names), "digest": found}
        write_whole(self.file(name, slug), json.dumps(kept).encode(), uuid4().hex)
        return value, found

    def file(self, name: str, slug: str) -> Path:
        """Where an answer is kept."""
        return self._folder / hashed([TOLD.encode(), name.encode(), slug.encode()])
