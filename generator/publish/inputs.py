"""What each job read, as digests, so that it runs again only if something of that has changed."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from pydantic import BaseModel

from generator.publish.digests import code_digest, hashed
from generator.publish.reads import EVERYTHING, WHOLE, Reads, answer_of
from generator.render import Renderer
from generator.scenarios import Atlas

ALWAYS = ("devices", "engines", "quantizations", "site")
"""Parts of the catalogue that the figures of every model rest on."""

EVERY = "*"
"""Stands for every other model: one digest in place of thousands."""

ANSWERS = "answers/"
Inputs = dict[str, dict[str, str]]


class Current:
    """The inputs as they are now, each looked at once and only if a job asks."""

    def __init__(self, atlas: Atlas, renderer: Renderer, base_url: str) -> None:
        self._atlas = atlas
        self._renderer = renderer
        self._fixed = {"code": code_digest(), "base_url": base_url, "bands": _digest(atlas.bands.dumps())}
        self._kept: dict[tuple[str, str], str] = {}

    def of(self, own: str | None, reads: Reads | None, kinds: Iterable[str]) -> Inputs:
        """The inputs of a job that has just run.

        own : the job's model. reads : what it asked of others; None where it may ask anything.
        """
        found: Inputs = {"": self._fixed, "templates": {kind: self._one("templates", kind) for kind in kinds}}
        if own is None or reads is None:
            return found | {"parts": {EVERYTHING: self._one("parts", EVERYTHING)}}
        found["model"] = {own: self._one("model", own)}
        found["parts"] = {part: self._one("parts", part) for part in {*reads.parts, *ALWAYS}}
        answers: dict[str, set[str]] = {}
        for slug, asked in reads.models.items():
            for answer in asked:
                answers.setdefault(answer, set()).add(slug)
        others = len(self._atlas.catalog.models) - 1
        for answer, slugs in answers.items():
            chosen = {EVERY} if len(slugs) == others else slugs
            found[f"{ANSWERS}{answer}"] = {slug: self._one(f"{ANSWERS}{answer}", slug) for slug in chosen}
        return found

    def same(self, inputs: Mapping[str, Mapping[str, str]], settled: Container[str] = ()) -> bool:
        """Whether everything that a job read is still as it was.

        settled : models whose own job has the inputs it had, so that their answers can't have changed.
        """
        if inputs[""] != self._fixed:
            return False
        return all(
            self._one(kind, name) == digest
            for kind, found in inputs.items()
            for name, digest in found.items()
            if kind and not (kind.startswith(ANSWERS) and name in settled)
        )

    def own_same(self, inputs: Mapping[str, Mapping[str, str]]) -> bool:
        """Whether a model and what its figures rest on are as they were."""
        parts = inputs.get("parts", {})
        wanted = [("model", name, digest) for name, digest in inputs.get("model", {}).items()]
        wanted += [("parts", name, parts[name]) for name in ALWAYS if name in parts]
        return inputs[""] == self._fixed and all(self._one(kind, name) == digest for kind, name, digest in wanted)

    def _one(self, kind: str, name: str) -> str:
        key = (kind, name)
        if key not in self._kept:
            self._kept[key] = self._look(kind, name)
        return self._kept[key]

    def _look(self, kind: str, name: str) -> str:
        if kind == "templates":
            return _digest(self._renderer.code(name))
        if kind == "model":
            return _digest(answer_of(self._atlas, name, WHOLE))
        if kind == "parts":
            return self._part(name)
        answer = kind.removeprefix(ANSWERS)
        slugs = self._atlas.catalog.models if name == EVERY else (name,)
        return _digest([answer_of(self._atlas, slug, answer) for slug in slugs])

    def _part(self, name: str) -> str:
        catalog = self._atlas.catalog
        group, _, member = name.partition("/")
        if name == EVERYTHING:
            return _digest([_text(value) for value in vars(catalog).values()])
        if name == "slugs":
            return _digest(list(catalog.models))
        if group == "members":
            return _digest([model.slug for model in catalog.models_of(member)])
        value = getattr(catalog, group)
        return _digest(_text(value[member] if member else value))


def _text(value: object) -> str:
    """All that an entry, or a collection of entries, says."""
    if isinstance(value, BaseModel):
        return value.model_dump_json()
    if isinstance(value, Mapping):
        return repr([(key, _text(item)) for key, item in value.items()])
    if isinstance(value, (tuple, list)):
        return repr([_text(item) for item in value])
    return "a function" if callable(value) else repr(value)


def _digest(value: object) -> str:
    return hashed([repr(value).encode()])
