"""What a model's job reads of other models, noted while it runs.

The job is handed an atlas that answers as the real one does. Its own model is the real object; of every other
model it gets a stand-in that notes which answer was asked for: a name, the contexts. What can't be told apart
so (a method, the architecture) counts as the whole entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.catalog import Catalog, Family, Model, Quantization
from generator.scenarios import Atlas, Subject

WHOLE = "*"
"""The name of an answer that depends on all of an entry."""

EVERYTHING = "everything"
"""The part that stands for the whole catalogue."""

LOOK_UPS = ("quantization", "device", "devices_of", "generations")
"""Methods that look into parts which count for every job anyway."""

PLAIN = (str, int, float, bool, tuple, type(None))


class Reads:
    """Everything noted: answers by model, and parts of the catalogue by name."""

    def __init__(self) -> None:
        self.models: dict[str, set[str]] = {}
        self.parts: set[str] = set()

    def note(self, slug: str, answer: str) -> None:
        """One answer about one model was asked for."""
        self.models.setdefault(slug, set()).add(answer)


def answer_of(atlas: Atlas, slug: str, answer: str) -> object:
    """The value of a noted answer, as plain values; None where the model is gone."""
    model = atlas.catalog.models.get(slug)
    if model is None:
        return None
    if answer == WHOLE:
        return model.model_dump_json()
    what, _, name = answer.partition(".")
    return _plain(getattr(model if what == "model" else atlas.subject(slug), name))


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return value.slug if isinstance(value, Quantization) else value


class ReadAtlas(Atlas):
    """The atlas as one model's job sees it.

    own : slug of the job's model.
    """

    def __init__(self, atlas: Atlas, own: str) -> None:
        self.reads = Reads()
        self.bands = atlas.bands
        self.catalog: Any = _ReadCatalog(atlas.catalog, self.reads, own)
        self._atlas = atlas
        self._own = own
        self._stand_ins: dict[str, Any] = {}

    def subject(self, name: str) -> Subject:
        """The job's own subject, or a stand-in that notes what is asked of it."""
        slug = self._atlas.catalog.model(name).slug
        if slug == self._own:
            return self._atlas.subject(slug)
        if slug not in self._stand_ins:
            self._stand_ins[slug] = _ReadSubject(self._atlas, slug, self.reads)
        found: Subject = self._stand_ins[slug]
        return found


class _ReadCatalog:
    """The catalogue, noting which parts are used and which other models are looked at."""

    def __init__(self, catalog: Catalog, reads: Reads, own: str) -> None:
        self._catalog, self._reads, self._own = catalog, reads, own
        self.models = _ReadModels(catalog.models, reads, own)
        self._members: dict[str, tuple[Model, ...]] = {}

    def model(self, name: str) -> Model:
        return self.models[self._catalog.model(name).slug]

    def family_of(self, model: Model) -> Family:
        self._reads.parts.add(f"families/{model.family}")
        return self._catalog.family_of(model)

    def models_of(self, family: str) -> tuple[Model, ...]:
        if family not in self._members:
            self._reads.parts.add(f"members/{family}")
            self._members[family] = tuple(self.models[model.slug] for model in self._catalog.models_of(family))
        return self._members[family]

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._catalog, name)
        if name not in LOOK_UPS:
            self._reads.parts.add(EVERYTHING if callable(value) else name)
        return value


class _ReadModels(Mapping[str, Model]):
    """All models, the others as stand-ins."""

    def __init__(self, models: Mapping[str, Model], reads: Reads, own: str) -> None:
        self._models, self._reads, self._own = models, reads, own
        self._stand_ins: dict[str, Any] = {}

    def __getitem__(self, slug: str) -> Model:
        if slug == self._own:
            return self._models[slug]
        if slug not in self._stand_ins:
            self._stand_ins[slug] = _ReadModel(self._models[slug], self._reads)
        found: Model = self._stand_ins[slug]
        return found

    def __iter__(self) -> Iterator[str]:
        self._reads.parts.add("slugs")
        return iter(self._models)

    def __len__(self) -> int:
        self._reads.parts.add("slugs")
        return len(self._models)


class _ReadModel:
    """Stands in for another model's entry."""

    def __init__(self, model: Model, reads: Reads) -> None:
        self._model, self._reads = model, reads
        self.slug = model.slug

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._model, name)
        self._reads.note(self.slug, f"model.{name}" if isinstance(value, PLAIN) else WHOLE)
        return value


class _ReadSubject:
    """Stands in for another model's subject."""

    def __init__(self, atlas: Atlas, slug: str, reads: Reads) -> None:
        self._atlas, self._slug, self._reads = atlas, slug, reads
        self.model = _ReadModel(atlas.catalog.models[slug], reads)

    def offers(self, quantization: Quantization) -> bool:
        self._reads.note(self._slug, "subject.quantizations")
        return self._atlas.subject(self._slug).offers(quantization)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._atlas.subject(self._slug), name)
        plain = isinstance(_plain(value), PLAIN)
        self._reads.note(self._slug, f"subject.{name}" if plain else WHOLE)
        return value
