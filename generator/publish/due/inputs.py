"""What each job read, as names and one digest, so that it runs again only if something of that has changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from functools import partial
from pathlib import Path

from pydantic import BaseModel

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

Names = Mapping[str, list[str]]
"""Kind of answer -> names, in order."""


def noted(reads: Reads, templates: Iterable[str], atlas: Atlas) -> dict[str, list[str]]:
    """What a job read, by name, and the templates of its pages."""
    whole = {"model": set(atlas.catalog.models), "device": set(atlas.catalog.devices)}
    names = {"template": sorted(templates)}
    for kind, found in reads.asked.items():
        of_model = kind in (ALIKE, FIGURES) or kind.startswith(("subject.", KEPT, TOLD))
        group = "model" if of_model else kind.partition(".")[0]
        names[kind] = [EVERY] if len(found) > 1 and found == whole.get(group) else sorted(found)
    return names


def rests_on(names: Names, models: Set[str]) -> bool:
    """Whether some of the names stand for answers that can't be given before models' figures are worked out."""
    for kind, asked in names.items():
        if kind.startswith(TOLD):
            return True
        if kind.startswith("subject.") and (asked == [EVERY] or not models.isdisjoint(asked)):
            return True
    return False


class Current:
    """The answers as they are now, each looked at once and only if a job asked for it.

    templates : digest of all of them. kept : file with what an earlier build worked out.
    told : tells the digest of an answer that counts by what it is, by its name and a model's slug.
    """

    told: Callable[[str, str], str]

    def __init__(self, source: FigureSource, renderer: Renderer, base_url: str, templates: str, kept: Path) -> None:
        self._source = source
        self._atlas = source.atlas
        self._renderer = renderer
        basis, bands = vars(source.atlas.basis), source.atlas.bands.dumps()
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
            parts += (kind, *names[kind], *map(self._of(kind).__getitem__, names[kind]))
        return hashed(["\n".join(parts).encode()])

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
        if kind.startswith(KEPT):
            return self._figures
        if kind not in self._looked:
            self._looked[kind] = _Looked(partial(self._look, kind))
        return self._looked[kind]

    def _look(self, kind: str, name: str) -> str:
        catalog = self._atlas.catalog
        if name == EVERY:
            slugs = catalog.devices if kind.startswith("device") else catalog.models
            return _digest([(slug, self._one(kind, slug)) for slug in slugs])
        if kind.startswith(TOLD):
            return self.told(kind.removeprefix(TOLD), name) if name in catalog.models else _digest(None)
        if kind == "template":
            kinds = self._answers.known.setdefault(self._looks, {})
            if name not in kinds:
                kinds[name] = _digest(self._renderer.code(name))
            return kinds[name]
        if kind == "part":
            return _digest(_text(vars(catalog) if name == EVERYTHING else getattr(catalog, name)))
        if kind == "slugs":
            return _digest(list({"model": catalog.models, "device": catalog.devices, "family": catalog.families}[name]))
        if kind == "members":
            return _digest([model.slug for model in catalog.models_of(name)])
        if kind == "kin":
            slug, _, most = name.partition("/")
            model = catalog.models.get(slug)
            return _digest(model and [each.slug for each in catalog.kin(model, int(most))])
        if kind == "devices-of":
            engine, _, quantization = name.partition("/")
            if engine not in catalog.engines or (quantization and quantization not in catalog.quantizations):
                return _digest(None)
            chosen = catalog.quantizations[quantization] if quantization else None
            return _digest([device.slug for device in catalog.devices_of(engine, chosen)])
        if kind == "family":
            return _digest(_text(catalog.families.get(name)))
        if kind.startswith("device"):
            return self._device(kind, name)
        return self._model(kind, name)

    def _device(self, kind: str, slug: str) -> str:
        device = self._atlas.catalog.devices.get(slug)
        if device is None:
            return _digest(None)
        _, _, remark = kind.partition(".")
        if remark:
            return _digest(getattr(device, remark))
        return _digest({name: value for name, value in dict(device).items() if name not in REMARKS})

    def _model(self, kind: str, slug: str) -> str:
        model = self._atlas.catalog.models.get(slug)
        if model is None:
            return _digest(None)
        if kind == FIGURES:
            return hashed([self._basis.encode(), repr(FigureFacts.of(model)).encode()])
        if kind == ALIKE:
            return _digest(self.alike(slug))
        group, _, name = kind.partition(".")
        if group == "model":
            return _digest(model.model_dump_json() if name == WHOLE else getattr(model, name))
        known = self._answers.known.setdefault(self._one(FIGURES, slug), {})
        if name not in known:
            known[name] = _digest(_plain(getattr(self._source.of(slug), name)))
        return known[name]


class _Looked(dict[str, str]):
    """Digests of the answers of one kind by name, each looked up once."""

    def __init__(self, look: Callable[[str], str]) -> None:
        super().__init__()
        self._look = look

    def __missing__(self, name: str) -> str:
        found = self[name] = self._look(name)
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


def _text(value: object) -> str:
    """All that an entry, or a collection of entries, says."""
    if isinstance(value, BaseModel):
        return value.model_dump_json()
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
    return hashed([repr(value).encode()])
