"""What each job read, as names and one digest, so that it runs again only if something of that has changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Protocol

from msgspec.structs import asdict
from pydantic import BaseModel
from xxhash import xxh3_128_hexdigest

from generator.catalog import Quantization
from generator.publish.due.digests import code_digest, hashed
from generator.publish.due.reads import ALIKE, EVERYTHING, FIGURES, KEPT, REMARKS, TOLD, WHOLE, FigureSource, Reads
from generator.publish.output.whole import write_whole
from generator.render import Renderer
from generator.scenarios import Atlas, FigureFacts

EVERY = "*"
"""Stands for every entry of a kind: one name in place of hundreds."""

SHAPE = ("shape_key",)
"""The answer that is asked of every model, however few get pages: which others have its shape."""

Answers = tuple[str, dict[str, str]]
"""What a model's figures rest on, and digests of what was worked out from it."""

Names = Mapping[str, str]
"""Kind of answer -> names, in order, one a line: most are compared with others as a whole."""


def noted(reads: Reads, templates: Iterable[str], atlas: Atlas) -> dict[str, str]:
    """What a job read, by name, and the templates of its pages."""
    every = {"model": atlas.catalog.models, "device": atlas.catalog.devices}
    names = {}
    for kind, found in {**reads.asked, "template": {*templates}}.items():
        of_model = kind in (ALIKE, FIGURES) or kind.startswith(("subject.", KEPT, TOLD))
        group = "model" if of_model else kind.partition(".")[0]
        whole = 1 < len(found) == len(every.get(group, ())) and found.issuperset(every[group])
        if found:
            names[kind] = EVERY if whole else "\n".join(sorted(found))
    return names


@lru_cache(maxsize=1024)
def _on_figures(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Those kinds of answers that rest on models' figures; many jobs ask for the same ones."""
    return tuple(kind for kind in kinds if kind == FIGURES or kind.startswith(("subject.", TOLD)))


class Tellers(Protocol):
    """Knows the answers that rest on several models and count by what they are, by name and a model's slug."""

    def digest(self, name: str, slug: str) -> str:
        """A digest of the answer as it is now."""

    def rests_on(self, name: str, slug: str, models: Set[str]) -> bool:
        """Whether it can't be told before ``models``' figures are worked out."""


class Current:
    """The answers as they are now, each looked at once and only if a job asked for it.

    templates : digest of all of them. kept : file with what an earlier build worked out.
    told : knows the answers that count by what they are.
    """

    told: Tellers

    def __init__(self, source: FigureSource, renderer: Renderer, base_url: str, templates: str, kept: Path) -> None:
        self._source = source
        self._atlas = source.atlas
        self._models = source.atlas.catalog.models
        self._renderer = renderer
        basis, bands = asdict(source.atlas.basis), repr((source.atlas.bands.table, source.atlas.bands.reported))
        self._fixed = hashed([code_digest().encode(), bands.encode(), base_url.encode()])
        self._looks = hashed([code_digest().encode(), templates.encode()])
        self._answers = _KeptAnswers(kept)
        rest = [_text(part) for name, part in basis.items() if name != "bands"]
        self._basis = hashed(text.encode() for text in (code_digest(), bands, *rest))
        self._looked: dict[str, _Looked] = {}
        self._figures = self._of(FIGURES)
        self._by_shape: dict[tuple[str, int], list[str]] = {}

    def digest(self, names: Names) -> str:
        """One digest of all that the names stand for."""
        parts = [self._fixed]
        for kind in sorted(names):
            looked = self._looked.get(kind) or self._of(kind)
            parts += (kind, looked[names[kind]])
        return xxh3_128_hexdigest("\n".join(parts).encode())

    def rests_on(self, names: Names, models: Set[str]) -> bool:
        """Whether some of the names stand for answers that can't be given before models' figures are worked out."""
        for kind in _on_figures(tuple(names)):
            if kind.startswith(TOLD):
                name, slugs = kind.removeprefix(TOLD), names[kind].split("\n")
                rests = any(self.told.rests_on(name, slug, models) for slug in slugs)
            else:
                rests = names[kind] == EVERY or not models.isdisjoint(names[kind].split("\n"))
            if rests:
                return True
        return False

    def figures(self, slug: str) -> str:
        """A digest of what a model's figures rest on."""
        return self._figures[slug]

    def alike(self, slug: str) -> tuple[str, ...]:
        """Slugs of the other models with a model's shape and longest context, without working anything out anew."""
        if not self._by_shape:
            for each, model in self._atlas.catalog.models.items():
                self._by_shape.setdefault((self._one("subject.shape_key", each), model.context_max), []).append(each)
        own = self._one("subject.shape_key", slug), self._atlas.catalog.models[slug].context_max
        return tuple(each for each in self._by_shape[own] if each != slug)

    def unknown(self, slugs: Iterable[str], names: Collection[str]) -> list[str]:
        """Models of which some of the answers aren't known yet, as their figures are new."""
        known, wanted = self._answers.known, {*names}
        return [slug for slug in slugs if not wanted <= known.get(self.figures(slug), {}).keys()]

    def answers(self, slug: str, names: Iterable[str]) -> Answers:
        """What is worked out for a model and counts by its value: what it rests on, and a digest of each."""
        figures = self._source.of(slug)
        return self._one(FIGURES, slug), {name: _digest(_plain(getattr(figures, name))) for name in names}

    def learn(self, found: Answers) -> None:
        """Take in answers that another process has worked out."""
        self._answers.known.setdefault(found[0], {}).update(found[1])

    def keep(self) -> bool:
        """Write down the answers of the models that there are, and the digests of the templates; whether some went."""
        return self._answers.write({self._looks, *(self._one(FIGURES, slug) for slug in self._atlas.catalog.models)})

    def _one(self, kind: str, name: str) -> str:
        return self._of(kind)[name]

    def _of(self, kind: str) -> _Looked:
        found = self._looked.get(kind)
        if found is None:
            found = self._figures if kind.startswith(KEPT) else _Looked(self._look(kind), self._entries(kind))
            self._looked[kind] = found
        return found

    def _entries(self, kind: str) -> Iterable[str]:
        """What all entries of a kind are called."""
        return self._atlas.catalog.devices if kind.startswith("device") else self._atlas.catalog.models

    def _look(self, kind: str) -> Callable[[str], str]:
        """How a kind's answers are told apart, by name."""
        group, _, name = kind.partition(".")
        if kind.startswith(TOLD):
            return partial(self._told, kind.removeprefix(TOLD))
        if group == "model":
            return partial(self._field, name)
        if group == "subject":
            return partial(self._answer, name)
        if group == "device":
            return partial(self._device, name)
        looks = {
            ALIKE: self._alike,
            FIGURES: self._basis_of,
            "devices-of": self._devices_of,
            "family": self._family,
            "kin": self._kin,
            "members": self._members,
            "part": self._part,
            "slugs": self._slugs,
            "template": self._template,
        }
        return looks[kind]

    def _field(self, name: str, slug: str) -> str:
        model = self._models.get(slug)
        if model is None:
            return _digest(None)
        return _digest(_text(model) if name == WHOLE else getattr(model, name))

    def _answer(self, name: str, slug: str) -> str:
        if slug not in self._models:
            return _digest(None)
        known = self._answers.known.setdefault(self._figures[slug], {})
        if name not in known:
            known[name] = _digest(_plain(getattr(self._source.of(slug), name)))
        return known[name]

    def _basis_of(self, slug: str) -> str:
        model = self._models.get(slug)
        return _digest(None) if model is None else hashed([self._basis.encode(), repr(FigureFacts.of(model)).encode()])

    def _alike(self, slug: str) -> str:
        return _digest(self.alike(slug) if slug in self._models else None)

    def _told(self, name: str, slug: str) -> str:
        return self.told.digest(name, slug) if slug in self._models else _digest(None)

    def _device(self, remark: str, slug: str) -> str:
        device = self._atlas.catalog.devices.get(slug)
        if device is None:
            return _digest(None)
        if remark:
            return _digest(getattr(device, remark))
        return _digest({name: value for name, value in _fields(device) if name not in REMARKS})

    def _devices_of(self, name: str) -> str:
        catalog = self._atlas.catalog
        engine, _, quantization = name.partition("/")
        if engine not in catalog.engines or (quantization and quantization not in catalog.quantizations):
            return _digest(None)
        chosen = catalog.quantizations[quantization] if quantization else None
        return _digest([device.slug for device in catalog.devices_of(engine, chosen)])

    def _family(self, slug: str) -> str:
        return _digest(_text(self._atlas.catalog.families.get(slug)))

    def _kin(self, name: str) -> str:
        slug, _, most = name.partition("/")
        model = self._models.get(slug)
        return _digest(model and [each.slug for each in self._atlas.catalog.kin(model, int(most))])

    def _members(self, family: str) -> str:
        return _digest([model.slug for model in self._atlas.catalog.models_of(family)])

    def _part(self, name: str) -> str:
        catalog = self._atlas.catalog
        return _digest(_text(vars(catalog) if name == EVERYTHING else getattr(catalog, name)))

    def _slugs(self, kind: str) -> str:
        catalog = self._atlas.catalog
        return _digest(list({"model": catalog.models, "device": catalog.devices, "family": catalog.families}[kind]))

    def _template(self, kind: str) -> str:
        known = self._answers.known.setdefault(self._looks, {})
        if kind not in known:
            known[kind] = _digest(self._renderer.code(kind))
        return known[kind]


class _Looked(dict[str, str]):
    """Digests of the answers of one kind by name, each looked up once; of several names, one a line, one of all.

    every : the names that ``EVERY`` stands for.
    """

    def __init__(self, look: Callable[[str], str], every: Iterable[str]) -> None:
        super().__init__()
        self._look, self._every = look, every

    def __missing__(self, name: str) -> str:
        if name == EVERY:
            found = _digest([(each, self[each]) for each in self._every])
        elif "\n" in name:
            found = _digest([*map(self.__getitem__, name.split("\n"))])
        else:
            found = self._look(name)
        self[name] = found
        return found


class _KeptAnswers:
    """Digests of what is worked out for models and of templates, by what they rest on, so that none is ever stale."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._old = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._old = {}
        self.known: dict[str, dict[str, str]] = {key: dict(values) for key, values in self._old.items()}

    def write(self, wanted: set[str]) -> bool:
        """Write down those of ``wanted``, unless that is what the file holds; whether it held others."""
        new = {key: values for key, values in self.known.items() if key in wanted}
        if new != self._old:
            write_whole(self._file, json.dumps(new).encode())
        return not self._old.keys() <= wanted


def _fields(entry: BaseModel) -> Iterator[tuple[str, Any]]:
    """What an entry was given, without what it has worked out of that."""
    return ((name, getattr(entry, name)) for name in type(entry).model_fields)


def _text(value: object) -> str:
    """All that an entry, or a collection of entries, says."""
    if isinstance(value, BaseModel):
        return repr([(name, _text(item)) for name, item in _fields(value)])
    if isinstance(value, Mapping):
        return repr([(key, _text(item)) for key, item in value.items()])
    if isinstance(value, (tuple, list)):
        return repr([_text(item) for item in value])
    return repr(value)


def _plain(value: object) -> object:
    """An answer by what tells it apart: quantizations by their slugs."""
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return value.slug if isinstance(value, Quantization) else value


def _digest(value: object) -> str:
    return xxh3_128_hexdigest(repr(value).encode())
