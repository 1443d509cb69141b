"""What pages work out for every model alike, kept between builds, so that one changed model costs one model's work.

A shelf belongs to a name. It holds a value for each model, by what the model's figures rest on, and notes what else
was read while they were worked out: once an answer to that changes, the shelf is empty.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from generator.publish.digests import hashed
from generator.publish.inputs import Current, noted
from generator.publish.read_atlas import ReadAtlas
from generator.publish.reads import ALIKE, FIGURES, FigureSource, Reads
from generator.publish.whole import write_whole
from generator.scenarios import Atlas, Figures, Subject

T = TypeVar("T")

OF_MODELS = (ALIKE, FIGURES, "model", "subject")
"""Kinds of answers about models: a kept value may rest on none but the figures that it is worked out from."""


class NotOfFigures(Exception):
    """A value that is to be kept rests on more than the figures of its model."""


class Shelves:
    """Shelves in a folder, a file for each name."""

    def __init__(self, folder: Path, source: FigureSource, current: Current) -> None:
        self._folder, self._source, self._current = folder, source, current

    def alike(self, slug: str) -> tuple[str, ...]:
        """Slugs of the other models with a model's shape and longest context."""
        return self._current.alike(slug)

    def of_each(
        self, atlas: ReadAtlas, name: str, make: Callable[[Atlas, Figures], T], slugs: Iterable[str]
    ) -> Iterator[tuple[Subject, T]]:
        """``make`` of some models, each from the shelf or worked out now; ``atlas`` notes what the values rest on."""
        file = self._folder / hashed([name.encode()])
        reads, values = self._load(file)
        news = False
        for slug in slugs:
            key = self._current.figures(slug)
            if key not in values:
                values[key] = self._made(name, slug, make, reads)
                news = True
            atlas.reads.note(FIGURES, slug)
            yield atlas.subject(slug), values[key]
        atlas.reads.add(reads)
        if news:
            self._save(file, reads, values)

    def _made(self, name: str, slug: str, make: Callable[[Atlas, Figures], T], reads: Reads) -> T:
        inner = ReadAtlas(self._source)
        made = make(inner, self._source.of(slug))
        for kind, names in inner.reads.asked.items():
            if kind.partition(".")[0] in OF_MODELS:
                raise NotOfFigures(f"{name}: asks for {kind} of {', '.join(sorted(names))}")
            reads.asked[kind] |= names
        inner.let_go()
        return made

    def _load(self, file: Path) -> tuple[Reads, dict[str, Any]]:
        """What a shelf holds and what that rests on; empty where it isn't there or an answer has changed."""
        reads = Reads()
        with suppress(OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError):
            kept = pickle.loads(file.read_bytes())
            reads.asked.update({kind: set(names) for kind, names in kept["reads"].items()})
            if self._digest(reads) == kept["inputs"]:
                return reads, kept["values"]
        return Reads(), {}

    def _save(self, file: Path, reads: Reads, values: dict[str, Any]) -> None:
        """Keep the values of models that there are."""
        wanted = {self._current.figures(slug) for slug in self._source.atlas.catalog.models}
        kept = {
            "reads": {kind: sorted(names) for kind, names in reads.asked.items()},
            "inputs": self._digest(reads),
            "values": {key: value for key, value in values.items() if key in wanted},
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(file, pickle.dumps(kept, pickle.HIGHEST_PROTOCOL), uuid4().hex)

    def _digest(self, reads: Reads) -> str:
        return self._current.digest(noted(reads, (), self._source.atlas))
