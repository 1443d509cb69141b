"""The atlas that a job is handed: it answers as the real one does and notes what it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from generator.publish.due.reads import ALIKE, FigureSource, ReadCatalog, Reads, ReadSubject
from generator.scenarios import Atlas, Figures, Subject

T = TypeVar("T")


class Keeper(Protocol):
    """Keeps what is worked out for every model alike."""

    def alike(self, slug: str) -> tuple[str, ...]:
        """Slugs of the other models with a model's shape and longest context."""

    def told(self, atlas: ReadAtlas, name: str, make: Callable[[Atlas, str], T], slug: str) -> T:
        """What ``make`` says of a model; ``atlas`` notes that it was asked, not what it rests on."""

    def values(
        self, atlas: ReadAtlas, name: str, make: Callable[[Atlas, Figures], T], slugs: Sequence[str]
    ) -> tuple[T, ...]:
        """What ``make`` works out from some models' figures; ``atlas`` notes what that rests on."""


class ReadAtlas(Atlas):
    """The atlas as one job sees it.

    keeper : of what is worked out for every model alike; None works it out each time.
    """

    def __init__(self, source: FigureSource, keeper: Keeper | None = None) -> None:
        self.reads = Reads()
        self.bands = source.atlas.bands
        self.catalog: Any = ReadCatalog(source.atlas.catalog, self.reads)
        self._source, self._keeper = source, keeper
        self._stand_ins: dict[str, Any] = {}
        self._noted: set[str] = set()

    def once(self, name: str, make: Callable[[Atlas], T]) -> T:
        """The same for all jobs of this process; each notes what it rests on."""
        known = self._source.worked_out
        if name not in known:
            inner = ReadAtlas(self._source, self._keeper)
            known[name] = make(inner), inner.reads
        found, reads = known[name]
        if name not in self._noted:
            self._noted.add(name)
            self.reads.add(reads)
        value: T = found
        return value

    def alike(self, slug: str) -> tuple[str, ...]:
        """The same, noted as one answer, for it tells of every model's shape no more than whether it is this one's."""
        self.reads.note(ALIKE, slug)
        return (self._keeper or self._source.atlas).alike(slug)

    def told(self, name: str, make: Callable[[Atlas, str], T], slug: str) -> T:
        """The same; noted as one answer where there is a keeper."""
        return self._keeper.told(self, name, make, slug) if self._keeper else super().told(name, make, slug)

    def values(self, name: str, make: Callable[[Atlas, Figures], T], slugs: Sequence[str]) -> Iterable[T]:
        """The same from what is kept, where there is a keeper."""
        return self._keeper.values(self, name, make, slugs) if self._keeper else super().values(name, make, slugs)

    def let_go(self) -> None:
        """Forget all that was noted and all stand-ins: what pages keep for later may hold on to an atlas for long."""
        self.reads.asked.clear()
        self._noted.clear()
        self._stand_ins.clear()
        self.catalog.let_go()

    def subject(self, name: str) -> Subject:
        """A stand-in that notes what is asked of it."""
        found: Subject | None = self._stand_ins.get(name)
        if found is None:
            model = self.catalog.model(name)
            found = self._stand_ins.setdefault(model.slug, ReadSubject(model, self._source, self.reads))
        return found
