"""What pages work out for every model alike, kept between builds, so that one changed model costs one model's work.

A shelf belongs to a name. It holds a value for each model, by what the model's figures rest on, and notes what else
was read while they were worked out: once an answer to that changes, those values are gone. It keeps what makes its
values too, so that a job can ask whether those that it read are still the same without making its pages.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from generator.publish.due.digests import content, hashed
from generator.publish.due.inputs import EVERY, Current, Names, noted
from generator.publish.due.read_atlas import ReadAtlas
from generator.publish.due.reads import ALIKE, FIGURES, KEPT, TOLD, FigureSource
from generator.publish.kept.shelf import Shelf
from generator.publish.kept.told import Told
from generator.publish.output.whole import drop_others, write_whole
from generator.scenarios import Atlas, Figures

T = TypeVar("T")

OF_MODELS = (ALIKE, FIGURES, "model", "subject")
"""Kinds of answers about models: a kept value may rest on none but the figures that it is worked out from."""


MOST_AT_HAND = 8
"""Shelves that stay in memory, of up to some hundred kB."""


class NotOfFigures(Exception):
    """A value that is to be kept rests on more than the figures of its model."""


class Shelves:
    """Shelves in a folder, a file for each name.

    told : what works out answers that rest on several models, by name.
    """

    def __init__(
        self, folder: Path, source: FigureSource, current: Current, told: Mapping[str, Callable[[Atlas, str], object]]
    ) -> None:
        self._folder, self._source, self._current = folder, source, current
        self._every = tuple(source.atlas.catalog.models)
        self._sums: dict[tuple[str, str], str] = {}
        self._recent: OrderedDict[str, Shelf] = OrderedDict()
        self._told = Told(folder, source, current, self, told)
        current.told = self._told

    @cached_property
    def _every_key(self) -> list[str]:
        """What each model's figures rest on."""
        return [*map(self._current.figures, self._every)]

    def alike(self, slug: str) -> tuple[str, ...]:
        """Slugs of the other models with a model's shape and longest context."""
        return self._current.alike(slug)

    def told(self, atlas: ReadAtlas, name: str, make: Callable[[Atlas, str], T], slug: str) -> T:
        """What ``make`` says of a model; ``atlas`` notes that it was asked, not what it rests on."""
        return self._told.answer(atlas, name, make, slug)

    def values(
        self, atlas: ReadAtlas, name: str, make: Callable[[Atlas, Figures], T], slugs: Sequence[str]
    ) -> tuple[T, ...]:
        """``make`` of some models, each from the shelf or worked out now; ``atlas`` notes what the values rest on."""
        shelf = self._at_hand(name) or self._take(name, Shelf(make))
        keys = self._completed(shelf, name, slugs)
        atlas.reads.note_all(f"{KEPT}{name}", slugs)
        atlas.reads.add(shelf.reads)
        self._kept_sum(name, EVERY if slugs == self._every else "\n".join(sorted(slugs)))
        return tuple(map(shelf.values.__getitem__, keys))

    def drop_others(self, reads: Iterable[Names]) -> None:
        """Delete the shelves and answers that nothing is read of; ``reads`` of all jobs."""
        wanted: set[Path] = set()
        for names in reads:
            for kind, slugs in names.items():
                if kind.startswith(KEPT):
                    wanted.add(self._file(kind.removeprefix(KEPT)))
                elif kind.startswith(TOLD):
                    wanted.update(self._told.file(kind.removeprefix(TOLD), slug) for slug in self._slugs(slugs))
        drop_others(self._folder, {file.name for file in wanted}.__contains__)

    def digest(self, names: Names) -> str:
        """One digest of all that the names stand for, kept values by what they are; empty where there are none."""
        kept = sorted(kind for kind in names if kind.startswith(KEPT))
        if not kept:
            return ""
        sums = [self._current.digest({kind: names[kind] for kind in names if not kind.startswith(KEPT)})]
        sums += (self._kept_sum(kind.removeprefix(KEPT), names[kind]) for kind in kept)
        return hashed(text.encode() for text in (*kept, *sums)) if all(sums) else ""

    def _slugs(self, names: str) -> Sequence[str]:
        """The models that names stand for and that there are."""
        models = self._source.atlas.catalog.models
        return self._every if names == EVERY else [slug for slug in names.split("\n") if slug in models]

    def _kept_sum(self, name: str, names: str) -> str:
        """A digest of some models' values, worked out where one is missing; empty where there is no such shelf."""
        asked = (name, names)
        if asked not in self._sums:
            shelf = self._at_hand(name)
            if shelf is None:
                return ""
            slugs = self._slugs(names)
            digests = map(shelf.digests.__getitem__, self._completed(shelf, name, slugs))
            self._sums[asked] = hashed(["\n".join(slugs).encode(), b"".join(digests)])
        return self._sums[asked]

    def _completed(self, shelf: Shelf, name: str, slugs: Sequence[str]) -> Sequence[str]:
        """What the models' figures rest on, each with a value on the shelf by now."""
        keys = self._every_key if slugs == self._every else [*map(self._current.figures, slugs)]
        for slug, key in zip(slugs, keys, strict=True):
            if key not in shelf.digests:
                shelf.add(key, self._made(shelf, name, slug))
        self._save(name, shelf)
        return keys

    def _made(self, shelf: Shelf, name: str, slug: str) -> Any:
        if shelf.atlas is None:
            shelf.atlas = ReadAtlas(self._source)
        made = shelf.make(shelf.atlas, self._source.of(slug))
        for kind, names in shelf.atlas.reads.asked.items():
            if kind.partition(".")[0] in OF_MODELS:
                raise NotOfFigures(f"{name}: asks for {kind} of {', '.join(sorted(names))}")
        return made

    def _at_hand(self, name: str) -> Shelf | None:
        """A shelf, the same for a while: a job asks for its shelves twice, and those that follow for some of them."""
        found = self._recent.get(name)
        if found is None:
            found = self._load(name)
            return found and self._take(name, found)
        self._recent.move_to_end(name)
        return found

    def _take(self, name: str, shelf: Shelf) -> Shelf:
        self._recent[name] = shelf
        if len(self._recent) > MOST_AT_HAND:
            self._recent.popitem(last=False)
        return shelf

    def _load(self, name: str) -> Shelf | None:
        """A shelf as it was left; None where it isn't there or an answer that its values rest on has changed."""
        with suppress(OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, TypeError, ValueError):
            return Shelf.unpacked(content(self._file(name)), self._holds)
        return None

    def _holds(self, names: Names, inputs: str) -> bool:
        return self._current.digest(names) == inputs

    def _save(self, name: str, shelf: Shelf) -> None:
        """Keep what is new, or all values of models that there are where the file is to be written anew."""
        if shelf.atlas is None:
            return
        shelf.reads.add(shelf.atlas.reads)
        shelf.atlas.let_go()
        if not shelf.news:
            return
        names = noted(shelf.reads, (), self._source.atlas)
        body = shelf.packed(shelf.news if shelf.grows else {*self._every_key}, names, self._current.digest(names))
        if shelf.grows:
            with self._file(name).open("ab", buffering=0) as file:
                file.write(body)
        else:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._file(name), body, uuid4().hex)
        shelf.kept()

    def _file(self, name: str) -> Path:
        return self._folder / hashed([name.encode()])
