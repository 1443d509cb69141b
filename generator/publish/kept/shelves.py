"""What pages work out for every model alike, kept between builds, so that one changed model costs one model's work.

A shelf belongs to a name. It holds a value for each model, by what the model's figures rest on, and notes what else
was read while they were worked out: once an answer to that changes, the shelf is empty. It keeps what makes its
values too, so that a job can ask whether those that it read are still the same without making its pages.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from generator.publish.due.digests import hashed
from generator.publish.due.inputs import EVERY, Current, Names, noted
from generator.publish.due.read_atlas import ReadAtlas
from generator.publish.due.reads import ALIKE, FIGURES, KEPT, TOLD, FigureSource, Reads
from generator.publish.kept.told import Told
from generator.publish.output.whole import drop_others, write_whole
from generator.scenarios import Atlas, Figures

T = TypeVar("T")

OF_MODELS = (ALIKE, FIGURES, "model", "subject")
"""Kinds of answers about models: a kept value may rest on none but the figures that it is worked out from."""


FEW_NEWS = 1 / 20
"""Of a shelf's values. To work out fewer anew in the next build costs less than to write down all of them now."""


MOST_AT_HAND = 8
"""Shelves that stay in memory, of up to some hundred kB."""


class NotOfFigures(Exception):
    """A value that is to be kept rests on more than the figures of its model."""


@dataclass(slots=True)
class Shelf:
    """What is kept under one name.

    make : works out a value. reads : what all values rest on besides figures.
    values : by what the model's figures rest on, each with its digest.
    news : how many of them weren't there when it was loaded.
    atlas : what ``make`` is handed for every model that has none, so that what all of them ask is answered once.
    """

    make: Callable[[Atlas, Figures], Any]
    reads: Reads = field(default_factory=Reads)
    values: dict[str, tuple[Any, str]] = field(default_factory=dict)
    news: int = 0
    atlas: ReadAtlas | None = None


class Shelves:
    """Shelves in a folder, a file for each name.

    told : what works out answers that rest on several models, by name.
    """

    def __init__(
        self, folder: Path, source: FigureSource, current: Current, told: Mapping[str, Callable[[Atlas, str], object]]
    ) -> None:
        self._folder, self._source, self._current = folder, source, current
        self._sums: dict[tuple[str, str], str] = {}
        self._recent: OrderedDict[str, Shelf] = OrderedDict()
        self._told = Told(folder, source, current, self, told)
        current.told = self._told.digest

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
        found = {slug: self._value(shelf, name, slug) for slug in slugs}
        self._save(name, shelf)
        atlas.reads.note_all(f"{KEPT}{name}", slugs)
        atlas.reads.add(shelf.reads)
        self._sum(name, {slug: digest for slug, (_, digest) in found.items()})
        return tuple(found[slug][0] for slug in slugs)

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
        sums += (self._kept_sum(kind.removeprefix(KEPT), self._slugs(names[kind])) for kind in kept)
        return hashed(text.encode() for text in (*kept, *sums)) if all(sums) else ""

    def _slugs(self, names: list[str]) -> list[str]:
        """The models that names stand for and that there are."""
        models = self._source.atlas.catalog.models
        return [*models] if names == [EVERY] else [slug for slug in names if slug in models]

    def _kept_sum(self, name: str, slugs: list[str]) -> str:
        """A digest of some models' values, worked out where one is missing; empty where there is no such shelf."""
        known = self._sums.get((name, "\n".join(sorted(slugs))))
        if known is not None:
            return known
        shelf = self._at_hand(name)
        if shelf is None:
            return ""
        digests = {slug: self._value(shelf, name, slug)[1] for slug in slugs}
        self._save(name, shelf)
        return self._sum(name, digests)

    def _sum(self, name: str, digests: Mapping[str, str]) -> str:
        ordered = sorted(digests)
        found = self._sums[name, "\n".join(ordered)] = hashed(f"{each} {digests[each]}".encode() for each in ordered)
        return found

    def _value(self, shelf: Shelf, name: str, slug: str) -> tuple[Any, str]:
        """A model's value and its digest."""
        key = self._current.figures(slug)
        if key not in shelf.values:
            value = self._made(shelf, name, slug)
            shelf.values[key] = value, hashed([repr(value).encode()])
            shelf.news += 1
        return shelf.values[key]

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
            make, asked, inputs, values = pickle.loads(self._file(name).read_bytes())
            reads = Reads()
            reads.asked.update({kind: set(names) for kind, names in asked.items()})
            if self._digest(reads) == inputs:
                return Shelf(make, reads, values)
        return None

    def _save(self, name: str, shelf: Shelf) -> None:
        """Keep the values of models that there are, where enough are new."""
        if shelf.atlas is None:
            return
        shelf.reads.add(shelf.atlas.reads)
        shelf.atlas.let_go()
        if not shelf.news or shelf.news < FEW_NEWS * len(shelf.values):
            return
        shelf.news = 0
        wanted = {self._current.figures(slug) for slug in self._source.atlas.catalog.models}
        asked = {kind: sorted(names) for kind, names in shelf.reads.asked.items()}
        values = {key: value for key, value in shelf.values.items() if key in wanted}
        kept = shelf.make, asked, self._digest(shelf.reads), values
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._file(name), pickle.dumps(kept, pickle.HIGHEST_PROTOCOL), uuid4().hex)

    def _file(self, name: str) -> Path:
        return self._folder / hashed([name.encode()])

    def _digest(self, reads: Reads) -> str:
        return self._current.digest(noted(reads, (), self._source.atlas))
