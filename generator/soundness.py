"""What the core refuses of the data: configs it can't read, counts that disagree, pages that nothing leads to, prose
about quantizations that a model doesn't have.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from generator.catalog import Found, Gathered, Model, Problem, Quantization
from generator.catalog.prose import FigureCall, figure_calls
from generator.catalog.prose_checks import call_problem
from generator.memory.architecture import Architecture, from_config
from generator.memory.errors import MemoryModelError
from generator.memory.estimate import estimator
from generator.memory.kinds import is_mixture

WHOLE_MODEL = "the whole model"
LARGEST_SURPLUS = 0.3
"""How much more than the language model a published checkpoint may hold, relatively: encoders, copies, MTP."""


NOT_JUDGED = frozenset(
    {"aliases", "doubts", "faq", "introduction", "license", "license_url", "name", "organization", "release", "sources"}
)
"""Fields of a model that the core has nothing to do with."""


class Soundness:
    """What the core found nothing wrong with, so that the next run judges only what has changed.

    sound : digests of models. reached : slug of a quantization -> digest of a model that has it.
    """

    def __init__(self) -> None:
        self.sound: frozenset[str] = frozenset()
        self.reached: dict[str, str] = {}

    def problems(self, found: Gathered) -> list[Problem]:
        """Problems of the models and quantizations that could be read, each at its line."""
        # llama.cpp last: laying out its graph takes longest.
        schemes = sorted(found.quantizations, key=lambda scheme: "llama.cpp" in scheme.entry.engines)
        rest = _digest([scheme.entry for scheme in schemes])
        digests = {one.entry.slug: _judged(one.entry, rest) for one in found.models}
        problems: list[Problem] = []
        unsound: set[str] = set()
        for one in found.models:
            digest = digests[one.entry.slug]
            if digest not in self.sound:
                own = [*_model_problems(one, [scheme.entry for scheme in schemes], found)]
                problems += own
                unsound |= {digest} if own else set()
        self.sound = frozenset(digests.values()) - unsound
        reached: dict[str, str] = {}
        for scheme in found.quantizations:
            before = self.reached.get(scheme.entry.slug)
            witness = before if before in self.sound else _reached(scheme.entry, found.models, digests)
            if witness is not None:
                reached[scheme.entry.slug] = witness
            elif any(map(_readable, found.models)):
                message = "can't be reached: no model of the catalogue has it with the engines it names"
                problems.append(scheme.problem("slug", scheme.entry.slug, message))
        self.reached = reached
        return problems


def _judged(model: Model, rest: str) -> str:
    """A digest of everything of a model that is looked at, and of ``rest``."""
    return _digest(([value for name, value in vars(model).items() if name not in NOT_JUDGED], rest))


def _digest(value: object) -> str:
    return blake2b(repr(value).encode(), digest_size=16).hexdigest()


def _model_problems(one: Found[Model], schemes: Sequence[Quantization], found: Gathered) -> Iterator[Problem]:
    try:
        architecture = _architecture(json.dumps(one.entry.config))
    except MemoryModelError as error:
        if not _told_of_shape(one.entry, error, found):
            # Where a near name is known, the list of all of them only hides it.
            allowed = error.allowed.split("; known: ")[0] if "did you mean" in error.allowed else error.allowed
            yield _config_problem(one, error.field, error.value, allowed)
        return
    yield from _parameters(one, architecture.parameters())
    if schemes and not any(_has(architecture, scheme) for scheme in schemes):
        yield _config_problem(one, "model_type", architecture.model_type, "no engine has it")


def _reached(scheme: Quantization, models: Iterable[Found[Model]], digests: Mapping[str, str]) -> str | None:
    """The digest of the first model that has a quantization."""
    having = (one for one in models if (architecture := _readable(one)) and _has(architecture, scheme))
    first = next(having, None)
    return digests[first.entry.slug] if first else None


def _readable(one: Found[Model]) -> Architecture | None:
    """The architecture of a model, None where the core can't read its config."""
    try:
        return _architecture(json.dumps(one.entry.config))
    except MemoryModelError:
        return None


def unanswerable_calls(found: Gathered) -> Iterator[Problem]:
    """Calls for figures of a model at a quantization that no engine runs it at, of data with no other problem.

    A build that evaluates the prose would find them too; here all are found, which takes some seconds. General
    questions pass over models that lack a quantization.
    """
    configs = {one.entry.slug: json.dumps(one.entry.config) for one in found.models}
    schemes = {one.entry.name: one.entry for one in found.quantizations}
    bodies: tuple[Found[Any], ...] = (*found.models, *found.families, *found.faqs)
    for one in bodies:
        own = one.entry.slug if isinstance(one.entry, Model) else None
        document = one.document
        for call in figure_calls(document.file, document.body, document.body_line):
            if isinstance(call, FigureCall) and "quant" in call.arguments:
                slug, quant = call.arguments.get("model", own), call.arguments["quant"]
                if slug and not _has(_architecture(configs[slug]), schemes[quant]):
                    yield call_problem(document.file, call, f"no engine runs {slug} at {quant}")


@lru_cache(maxsize=512)
def _architecture(config: str) -> Architecture:
    """The architecture of a config, the same object for the same text, so that a second run estimates nothing anew."""
    return from_config(json.loads(config))


def _told_of_shape(model: Model, error: MemoryModelError, found: Gathered) -> bool:
    """Whether the model that gives this one its config is refused for the same reason."""
    for shape in found.models:
        if shape.entry.slug == model.shape_of:
            try:
                from_config(shape.entry.config)
            except MemoryModelError as its_error:
                return str(its_error) == str(error)
    return False


def _config_problem(one: Found[Model], field: str, value: Any, allowed: str) -> Problem:
    """A problem with a config field, told where this file or that of its shape gives it."""
    path = field.split("[")[0].split(".")
    place = ("shape_of",) if one.entry.shape_of else ("config", *path)
    return Problem(one.document.file, one.document.line_of(place), f"config.{field}", value, allowed)


def _parameters(one: Found[Model], ours: int) -> Iterator[Problem]:
    model = one.entry
    counted_as = "parameters_text" if model.parameters_text is not None else "parameters_counted"
    counted = getattr(model, counted_as)
    if counted is not None and counted != ours:
        yield one.problem(counted_as, counted, f"the config describes {ours} parameters")
    published = model.parameters_published
    if published is None:
        return
    includes = model.parameters_published_includes
    if includes in (None, WHOLE_MODEL) and published != ours:
        message = f"the config describes {ours}; say in parameters_published_includes what the count holds besides"
        yield one.problem("parameters_published", published, message)
    elif not ours <= published <= ours * (1 + LARGEST_SURPLUS):
        message = f"must lie between the {ours} that the config describes and {LARGEST_SURPLUS:.0%} more"
        yield one.problem("parameters_published", published, message)


def _has(architecture: Architecture, quantization: Quantization) -> bool:
    """Whether one of the quantization's engines runs the model with it."""
    if quantization.requires_moe and not is_mixture(architecture):
        return False
    return any(_runs(architecture, quantization.name, engine) for engine in quantization.engines)


def _runs(architecture: Architecture, quant: str, engine: str) -> bool:
    try:
        estimator(architecture, quant, engine)
    except MemoryModelError:
        return False
    return True
