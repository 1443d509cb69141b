"""The catalogue brought to the core: every model, and which of its quantizations and contexts exist."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from msgspec import Struct

from generator.accuracy.bands import Bands
from generator.catalog import Catalog, Model, Quantization
from generator.memory.architecture import Architecture, from_config
from generator.memory.estimate import estimator
from generator.scenarios.figures import Basis, EstimatorSource, FigureFacts, Figures

T = TypeVar("T")

MOST_BESIDE = 64
"""Models that are asked about between two pages about all that are listed: a family, its neighbours."""


class Scenario(Struct, frozen=True):
    """One page's subject."""

    model: Model
    quantization: Quantization
    context: int


class Subject(Figures):
    """A model with its figures."""

    def __init__(
        self,
        model: Model,
        architecture: Architecture,
        basis: Basis,
        source: EstimatorSource = estimator,
    ) -> None:
        super().__init__(FigureFacts.of(model), architecture, basis, source)
        self.model = model

    def scenarios(self) -> Iterator[Scenario]:
        """Every scenario of the model."""
        for quantization in self.quantizations:
            for context in self.contexts:
                yield Scenario(self.model, quantization, context)


class Atlas:
    """The catalogue brought to the core: a Subject for every model."""

    def __init__(
        self, catalog: Catalog, bands: Bands, source_of: Callable[[Model], EstimatorSource] = lambda model: estimator
    ) -> None:
        self.catalog = catalog
        self.bands = bands
        self.source_of = source_of
        self._subjects: dict[str, Subject] = {}
        self._architecture = lru_cache(self.most_at_hand)(_architecture)
        self._worked_out: dict[str, Any] = {}

    def subject(self, name: str) -> Subject:
        """The subject of a model by slug, alias, name or Hugging Face repository.

        Raises
        ------
        UnknownName : no such model.
        MemoryModelError : the core can't read the model's config.
        """
        model = self.catalog.model(name)
        if model.slug not in self._subjects:
            source = self.source_of(model)
            self._subjects[model.slug] = Subject(model, self.architecture(model), self.basis, source)
        return self._subjects[model.slug]

    @cached_property
    def basis(self) -> Basis:
        """What the figures of all models rest on."""
        return Basis.of(self.catalog, self.bands)

    def architecture(self, model: Model) -> Architecture:
        """The model's architecture, the same object for models of one config, so that they share all estimators."""
        return self._architecture(json.dumps(model.config, sort_keys=True))

    @property
    def most_at_hand(self) -> int:
        """Models of which what is worked out stays in memory, however many there are."""
        return len(self.catalog.listed) + MOST_BESIDE

    def subjects(self) -> Iterator[Subject]:
        """All models in catalogue order."""
        for slug in self.catalog.models:
            yield self.subject(slug)

    def alike(self, slug: str) -> tuple[str, ...]:
        """Slugs of the other models with a model's shape, layers, caches and longest context."""
        return tuple(other for other in self._by_shape[self._shape(slug)] if other != slug)

    @cached_property
    def _by_shape(self) -> dict[tuple[str, int], list[str]]:
        found: dict[tuple[str, int], list[str]] = {}
        for slug in self.catalog.models:
            found.setdefault(self._shape(slug), []).append(slug)
        return found

    def _shape(self, slug: str) -> tuple[str, int]:
        subject = self.subject(slug)
        return subject.shape_key, subject.context_max

    def listed(self) -> Iterator[Subject]:
        """The models that pages about all of them show, in catalogue order."""
        return map(self.subject, self.catalog.listed)

    def once(self, name: str, make: Callable[[Atlas], T]) -> T:
        """What ``make`` works out from the catalogue, once for all that ask for ``name``."""
        if name not in self._worked_out:
            self._worked_out[name] = make(self)
        found: T = self._worked_out[name]
        return found

    def told(self, name: str, make: Callable[[Atlas, str], T], slug: str) -> T:
        """What ``make`` says of a model from what it reads of others.

        For builds it counts by what it is, under ``name``: pages that rest on it stay while it stays the same.
        """
        return make(self, slug)

    def of_each(
        self, name: str, make: Callable[[Atlas, Figures], T], among: Iterable[str] | None = None
    ) -> Iterator[tuple[Subject, T]]:
        """Every model, or those ``among`` some slugs, with what ``make`` works out from its figures."""
        slugs = tuple(self.catalog.models if among is None else among)
        return zip(map(self.subject, slugs), self.values(name, make, slugs), strict=True)

    def values(self, name: str, make: Callable[[Atlas, Figures], T], slugs: Sequence[str]) -> Iterable[T]:
        """What ``make`` works out from the figures of some models, without the models.

        Builds keep that under ``name`` as long as what it rests on stays.
        """
        return (make(self, subject.figures) for subject in map(self.subject, slugs))


def _architecture(config: str) -> Architecture:
    return from_config(json.loads(config))
