"""What a job reads, noted while it runs.

The job is handed an atlas that answers as the real one does, made of stand-ins that note which answer was asked
for: a model's name, its release, its contexts. All that is worked out for a model counts as one answer, its
figures: they come from an object that holds nothing but the facts and the basis they rest on, so that no other
field of its entry can have a part in them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar

from generator.catalog import Catalog, Device, Family, Model, Quantization
from generator.catalog.generation import Generation
from generator.scenarios import Atlas, FigureFacts, Figures, Scenario

T = TypeVar("T")

FIGURES = "figures"
"""The answer that stands for everything that is worked out for a model."""

KEPT = "kept "
"""What kinds of answers begin with that are kept on a shelf, whose name follows: a value for each model."""

TOLD = "told "
"""What kinds of answers begin with that rest on several models and count by what they are; their name follows."""

ANSWERS = (
    "common_quantizations",
    "contexts",
    "is_moe",
    "kind",
    "quantizations",
    "scenarios_apart",
    "shape_key",
    "usual",
)
"""What is worked out for a model and counts by its value, as pages list it of models whose figures they don't show."""

ALIKE = "alike"
"""The answer which other models have a model's shape and longest context."""

WHOLE = "entry"
"""The answer that depends on all of an entry."""

EVERYTHING = "everything"
"""The part that stands for the whole catalogue."""

REMARKS = ("doubts", "memory_source", "notes", "price_date", "price_kind", "price_note", "price_usd", "sources")
"""Fields of a device that only pages about hardware show."""


class Reads:
    """Everything noted: kind of answer -> names of the entries that it was asked of."""

    def __init__(self) -> None:
        self.asked: dict[str, set[str]] = defaultdict(set)

    def note(self, kind: str, name: str) -> None:
        """One answer about one entry was asked for."""
        self.asked[kind].add(name)

    def note_all(self, kind: str, names: Iterable[str]) -> None:
        """The same answer about several entries."""
        self.asked[kind].update(names)

    def add(self, others: Reads) -> None:
        """All that was noted elsewhere."""
        for kind, names in others.asked.items():
            self.asked[kind] |= names


class FigureSource:
    """The figures of every model of an atlas, made from nothing but what figures rest on.

    of : those of one model by its slug, the same for a while.
    worked_out : what was worked out from the catalogue for all jobs, with what that read.
    """

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        self.worked_out: dict[str, tuple[Any, Reads]] = {}
        self.of = lru_cache(atlas.most_at_hand)(self._of)

    def _of(self, slug: str) -> Figures:
        """The figures of one model."""
        atlas, model = self.atlas, self.atlas.catalog.models[slug]
        return Figures(FigureFacts.of(model), atlas.architecture(model), atlas.basis, atlas.source_of(model))


class ReadCatalog:
    """The catalogue, noting which parts are used and which entries are looked at."""

    def __init__(self, catalog: Catalog, reads: Reads) -> None:
        self._catalog, self._reads = catalog, reads
        self._members: dict[str, tuple[Model, ...]] = {}

    def let_go(self) -> None:
        """Forget all stand-ins."""
        self._members.clear()
        for entries in (self.models, self.devices, self.families):
            entries.let_go()

    @cached_property
    def models(self) -> _ReadEntries[Model]:
        return _ReadEntries("model", self._catalog.models, self._reads, _ReadModel)

    @cached_property
    def devices(self) -> _ReadEntries[Device]:
        return _ReadEntries("device", self._catalog.devices, self._reads, _ReadDevice)

    @cached_property
    def families(self) -> _ReadEntries[Family]:
        def whole(family: Family, reads: Reads) -> Family:
            reads.note("family", family.slug)
            return family

        return _ReadEntries("family", self._catalog.families, self._reads, whole)

    def model(self, name: str) -> Model:
        if name in self._catalog.models:
            return self.models[name]
        self._reads.note("part", EVERYTHING)
        return self.models[self._catalog.model(name).slug]

    def names(self, slugs: Sequence[str]) -> tuple[str, ...]:
        self._reads.note_all("model.name", slugs)
        return self._catalog.names(slugs)

    def device(self, name: str) -> Device:
        if name not in self._catalog.devices:
            self._reads.note("part", EVERYTHING)
        return self.devices[self._catalog.device(name).slug]

    def quantization(self, name: str) -> Quantization:
        self._reads.note("part", "quantizations")
        return self._catalog.quantization(name)

    def devices_of(self, engine: str, quantization: Quantization | None = None) -> tuple[Device, ...]:
        self._reads.note("devices-of", f"{engine}/{quantization.slug if quantization else ''}")
        return tuple(self.devices[device.slug] for device in self._catalog.devices_of(engine, quantization))

    def generations(self, engine: str, quantization: Quantization | None = None) -> frozenset[Generation]:
        self._reads.note("part", "engines")
        return self._catalog.generations(engine, quantization)

    def unable_on(self, generation: Generation) -> frozenset[tuple[str, str]]:
        self._reads.note_all("part", ("engines", "quantizations"))
        return self._catalog.unable_on(generation)

    def family_of(self, model: Model) -> Family:
        return self.families[model.family]

    def models_of(self, family: str) -> tuple[Model, ...]:
        if family not in self._members:
            self._reads.note("members", family)
            self._members[family] = tuple(self.models[model.slug] for model in self._catalog.models_of(family))
        return self._members[family]

    def kin(self, model: Model, most: int) -> tuple[Model, ...]:
        self._reads.note("kin", f"{model.slug}/{most}")
        return tuple(self.models[each.slug] for each in self._catalog.kin(self._catalog.models[model.slug], most))

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._catalog, name)
        self._reads.note("part", EVERYTHING if callable(value) else name)
        self.__dict__[name] = value
        return value


class _ReadEntries(Mapping[str, T], Generic[T]):
    """Entries by slug, each as a stand-in; a list of all is noted as such.

    kind : names the slugs among the parts.
    """

    def __init__(self, kind: str, entries: Mapping[str, T], reads: Reads, stand_in: Callable[[T, Reads], Any]) -> None:
        self._kind, self._entries, self._reads, self._stand_in = kind, entries, reads, stand_in
        self._made: dict[str, T] = {}

    def __getitem__(self, slug: str) -> T:
        found = self._made.get(slug)
        if found is None:
            if slug not in self._entries:
                self._all()
            found = self._made[slug] = self._stand_in(self._entries[slug], self._reads)
        return found

    def let_go(self) -> None:
        """Forget the stand-ins."""
        self._made.clear()

    def __iter__(self) -> Iterator[str]:
        self._all()
        return iter(self._entries)

    def __len__(self) -> int:
        self._all()
        return len(self._entries)

    def _all(self) -> None:
        self._reads.note("slugs", self._kind)


class _ReadModel:
    """Stands in for a model's entry; each field is noted when it is first asked for."""

    def __init__(self, model: Model, reads: Reads) -> None:
        self._model, self._reads = model, reads
        self.slug = model.slug

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._model, name)
        self._reads.note(f"model.{WHOLE if callable(value) else name}", self.slug)
        self.__dict__[name] = value
        return value


class _ReadDevice:
    """Stands in for a device's entry: what only pages about hardware show is told apart from the rest."""

    def __init__(self, device: Device, reads: Reads) -> None:
        self._device, self._reads = device, reads
        self.slug = device.slug

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._device, name)
        self._reads.note("device", self.slug)
        for remark in REMARKS if callable(value) else (name,):
            if remark in REMARKS:
                self._reads.note(f"device.{remark}", self.slug)
        self.__dict__[name] = value
        return value


class ReadSubject:
    """Stands in for a model's subject."""

    def __init__(self, model: Model, source: FigureSource, reads: Reads) -> None:
        self.model = model
        self._source, self._reads = source, reads

    @cached_property
    def figures(self) -> Figures:
        self._reads.note(FIGURES, self.model.slug)
        return self._source.of(self.model.slug)

    def offers(self, quantization: Quantization) -> bool:
        return quantization in self.quantizations

    def scenarios(self) -> Iterator[Scenario]:
        for quantization in self.quantizations:
            for context in self.contexts:
                yield Scenario(self.model, quantization, context)

    def __getattr__(self, name: str) -> Any:
        if name in ANSWERS:
            value = getattr(self._source.of(self.model.slug), name)
            self._reads.note(f"subject.{name}", self.model.slug)
            if name.endswith("quantizations"):
                self._reads.note("part", "quantizations")
        else:
            value = getattr(self.figures, name)
        self.__dict__[name] = value
        return value
