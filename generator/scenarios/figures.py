"""Every figure that is worked out for a model, from the one core."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from hashlib import blake2b
from typing import Any, Self

from msgspec import Struct

from generator.accuracy.bands import Band, Bands
from generator.catalog import Catalog, Model, Quantization
from generator.catalog.engine import Engine
from generator.catalog.memory_class import MemoryClass, memory_classes
from generator.memory.architecture import Architecture, Layer
from generator.memory.engines import DEVICE_DEFAULTS, defaults_on
from generator.memory.errors import MemoryModelError
from generator.memory.estimate import Estimate, Estimator, estimator
from generator.memory.kinds import architecture_kind, is_mixture
from generator.memory.settings import RunSettings, changed
from generator.scenarios.apart import Apart, scenarios_apart

SHAPE_FIELDS = (
    "gguf",
    "hidden_size",
    "vocab_size",
    "tied_embeddings",
    "extra",
    "output_norm",
    "residual_streams",
    "residual_block",
    "deepstack_layers",
    "parameters_correction",
)
"""Of an architecture what tells its figures from another's, besides layers and traits."""

GGUF_ENGINE = "llama.cpp"
"""The engine that most people run at home, whose quantizations pages take first."""

LEAST_GAIN = 0.95
"""Part of a published form's weights that fewer bits must get below to be worth their loss."""

LIGHT_CACHE = "q8_0"
"""The cache type of llama.cpp whose reach is told beside the full cache's."""

QUANTIZED_CACHES = {"llama.cpp": (LIGHT_CACHE, "q4_0"), "vllm": ("fp8",)}
"""Types of caches that pages tell of besides the full one, by engine, largest first."""

EstimatorSource = Callable[[Architecture, str, str, RunSettings], Estimator]
"""What gives the Estimator of an architecture, a quantization, an engine and settings."""


class NotOffered(LookupError):
    """A quantization at which no engine runs the model."""

    def __init__(self, quantization: str) -> None:
        super().__init__(quantization)
        self.quantization = quantization

    def __str__(self) -> str:
        return f"no engine runs the model at {self.quantization}"


class Basis(Struct, frozen=True):
    """What the figures of every model rest on: engines, quantizations, and sizes that hardware is sold with.

    ladder : contexts that have pages, tokens. classes : by engine, smallest first.
    """

    engines: Mapping[str, Engine]
    quantizations: Mapping[str, Quantization]
    default_quantization: str
    common_quantizations: tuple[str, ...]
    ladder: tuple[int, ...]
    classes: Mapping[str, tuple[MemoryClass, ...]]
    bands: Bands

    @classmethod
    def of(cls, catalog: Catalog, bands: Bands) -> Self:
        """The basis that a catalogue gives."""
        return cls(
            engines=catalog.engines,
            quantizations=catalog.quantizations,
            default_quantization=catalog.site.default_quantization,
            common_quantizations=catalog.site.common_quantizations,
            ladder=tuple(catalog.site.context_ladder.values()),
            classes={engine: memory_classes(catalog, engine) for engine in catalog.engines},
            bands=bands,
        )


class FigureFacts(Struct, frozen=True):
    """What of a model's entry its figures rest on: nothing else can change one.

    context_max : tokens. own_formats : quantizations that the model itself is published in.
    """

    config: Mapping[str, Any]
    context_max: int
    mtp_in_gguf: bool
    own_formats: tuple[str, ...]

    @classmethod
    def of(cls, model: Model) -> Self:
        """Those of a model."""
        own = (each.quantization for each in model.published_formats if each.repo == model.hf_repo)
        return cls(model.config, model.context_max, model.mtp_in_gguf, tuple(own))


class Figures:
    """Every figure that is worked out for a model, from facts that hold nothing else.

    context : tokens of one sequence, everywhere.
    """

    def __init__(
        self,
        facts: FigureFacts,
        architecture: Architecture,
        basis: Basis,
        source: EstimatorSource = estimator,
    ) -> None:
        self.context_max = facts.context_max
        self.mtp_in_gguf = facts.mtp_in_gguf
        self.own_formats = facts.own_formats
        self.architecture = architecture
        self._basis = basis
        self._source = source
        self._engines: dict[str, tuple[str, ...]] = {}
        self._band_of: dict[str, Band] = {}
        self._settings = RunSettings(mtp_in_file=facts.mtp_in_gguf)

    @property
    def figures(self) -> Figures:
        """All but what the model's entry says: what is the same for every entry of these facts."""
        return self

    @cached_property
    def kind(self) -> str:
        """How memory behaves: ``sliding-window attention, dense``."""
        return architecture_kind(self.architecture)

    @cached_property
    def is_moe(self) -> bool:
        return is_mixture(self.architecture)

    @cached_property
    def quantizations(self) -> tuple[Quantization, ...]:
        """Quantizations with pages, largest weights first, those that the model has no form of left out."""
        found = (quantization for quantization in self._basis.quantizations.values() if self.offers(quantization))
        return tuple(sorted(found, key=lambda q: -self.estimator(q).memory.weights_bytes))

    @cached_property
    def usual(self) -> Quantization:
        """What to try first: the form in which the model is published where llama.cpp runs it, else the site's default.

        Without either, the smallest of those that people ask about.
        """
        default = self._basis.quantizations[self._basis.default_quantization]
        return self.published_in(GGUF_ENGINE) or (default if self.offers(default) else self.common_quantizations[-1])

    @cached_property
    def common_quantizations(self) -> tuple[Quantization, ...]:
        """Those that people ask about most and the published forms, largest weights first; all where there are none.

        What an engine holds hardly smaller than a published form isn't asked for: it would only add loss.
        """
        asked = (q for q in self.quantizations if q.slug in self._basis.common_quantizations or self.is_published(q))
        return tuple(q for q in asked if self.is_published(q) or not self._gains_nothing(q)) or self.quantizations

    def _gains_nothing(self, quantization: Quantization) -> bool:
        """Whether its engine runs a published form that takes hardly more."""
        published = self.published_in(self.engine(quantization))
        if published is None:
            return False
        own, least = (self.estimator(q).memory.weights_bytes for q in (quantization, published))
        return own > LEAST_GAIN * least

    def published_in(self, engine: str) -> Quantization | None:
        """The form in which the model itself is published, where that is a quantization that an engine runs."""
        return self._published.get(engine)

    @cached_property
    def _published(self) -> dict[str, Quantization]:
        """That form by engine, the largest where an engine runs several."""
        found: dict[str, Quantization] = {}
        for quantization in filter(self.is_published, self.quantizations):
            found.setdefault(self.engine(quantization), quantization)
        return found

    @cached_property
    def scenarios_apart(self) -> tuple[Apart, ...]:
        """The scenarios whose answers differ in kind."""
        return scenarios_apart(self, self.usual)

    def is_common(self, quantization: Quantization) -> bool:
        """Whether people ask about it most."""
        return quantization.slug in self._common_slugs

    def is_published(self, quantization: Quantization) -> bool:
        """Whether it is the form in which the model itself is published: more bits would add nothing.

        A form's name is what its slug begins with: llama.cpp's ``mxfp4_moe`` holds experts of ``mxfp4``.
        """
        return quantization.slug.split("_")[0] in self.own_formats

    @cached_property
    def _common_slugs(self) -> frozenset[str]:
        return frozenset(q.slug for q in self.common_quantizations)

    def offers(self, quantization: Quantization) -> bool:
        """Whether an engine runs the model at this quantization."""
        return bool(self.engines(quantization))

    def engines(self, quantization: Quantization) -> tuple[str, ...]:
        """The engines that run the model at this quantization, in the order in which the data names them."""
        if quantization.slug not in self._engines:
            found = () if quantization.requires_moe and not self.is_moe else quantization.engines
            self._engines[quantization.slug] = tuple(e for e in found if self._runs(quantization, e))
        return self._engines[quantization.slug]

    def _runs(self, quantization: Quantization, engine: str) -> bool:
        try:
            self.estimator(quantization, engine)
        except MemoryModelError:
            return False
        return True

    @cached_property
    def contexts(self) -> tuple[int, ...]:
        """The ladder of contexts up to the model's own maximum, which is always the last, tokens."""
        longest = self.context_max
        return (*(tokens for tokens in self._basis.ladder if tokens < longest), longest)

    @cached_property
    def shape_key(self) -> str:
        """A digest of what the figures rest on besides context and settings: models that share it take the same memory.

        Left out is what no tensor or cache shows: names, the longest context, tables of positions that are computed.
        """
        architecture = self.architecture
        layers: dict[Layer, int] = {}
        order = [layers.setdefault(layer, len(layers)) for layer in (*architecture.layers, *architecture.mtp_layers)]
        shape = [getattr(architecture, name) for name in SHAPE_FIELDS]
        parts = (shape, sorted(architecture.traits), list(layers), order, self.mtp_in_gguf)
        return blake2b(repr(parts).encode(), digest_size=8).hexdigest()

    def memory_classes(self, engine: str) -> tuple[MemoryClass, ...]:
        """Sizes that the devices of an engine are sold with, smallest first."""
        return self._basis.classes[engine]

    def engine(self, quantization: Quantization) -> str:
        """The engine whose figures a quantization's pages show: the first in the data that has the model.

        Raises
        ------
        NotOffered : none has it.
        """
        found = self.engines(quantization)
        if not found:
            raise NotOffered(quantization.name)
        return found[0]

    def engine_name(self, engine: str) -> str:
        """What an engine is called."""
        return self._basis.engines[engine].name

    def offloads(self, engine: str) -> bool:
        """Whether an engine can keep layers or experts in system memory."""
        return self._basis.engines[engine].offloads

    def vendor(self, engine: str) -> str:
        """The maker of the devices that most people use an engine with."""
        return self._basis.engines[engine].vendor

    def estimator(self, quantization: Quantization, engine: str | None = None, **settings: Any) -> Estimator:
        """The estimator of one quantization; ``settings`` are RunSettings fields."""
        run = changed(self._settings, tuple(settings.items())) if settings else self._settings
        return self._source(self.architecture, quantization.name, engine or self.engine(quantization), run)

    def work_out(self) -> None:
        """Work out the profiles that pages tell from: of every quantization, with each type of cache that there is."""
        for quantization in self.quantizations:
            engine = self.engine(quantization)
            _ = self.estimator(quantization, engine).memory.profile
            for kv_type in QUANTIZED_CACHES.get(engine, ()):
                with suppress(MemoryModelError):
                    _ = self.estimator(quantization, engine, kv_type=kv_type).memory.profile

    def estimator_at(
        self, quantization: Quantization, context: int, engine: str | None = None, **settings: Any
    ) -> Estimator:
        """The estimator with the engine's defaults on the smallest kind of device that holds ``context`` tokens."""
        chosen = engine or self.engine(quantization)
        found = self.estimator(quantization, chosen, **settings)
        for least, defaults in DEVICE_DEFAULTS.get(chosen, ()):
            if least and found.at(context, self.vendor(chosen), self.band(chosen).error).total_high_bytes < least:
                break
            found = self.estimator(quantization, chosen, **{**defaults, **settings})
        return found

    def band(self, engine: str) -> Band:
        """How well the compute buffers of this kind of model agree with what ``engine`` measured."""
        if engine not in self._band_of:
            self._band_of[engine] = self._basis.bands.of(engine, self.architecture)
        return self._band_of[engine]

    def equal_sizes(self, engine: str) -> tuple[int, int]:
        """Measured sizes of this kind of model that equal ours to the byte, and how many were measured."""
        return self._basis.bands.equal_sizes(engine, self.kind)

    def estimate(
        self,
        quantization: Quantization,
        context: int,
        engine: str | None = None,
        **settings: Any,
    ) -> Estimate:
        """All figures of one scenario on the smallest kind of device of the engine's first vendor that holds it.

        With the error band of the model's kind.
        """
        chosen = engine or self.engine(quantization)
        found = self.estimator_at(quantization, context, chosen, **settings)
        return found.at(context, self.vendor(chosen), self.band(chosen).error)

    def estimate_once(
        self, quantization: Quantization, context: int, engine: str | None = None, **settings: Any
    ) -> Estimate:
        """The same for settings that are asked for at few contexts: the buffer is worked out for this one alone."""
        chosen = engine or self.engine(quantization)
        found = self.estimator_at(quantization, context, chosen, **settings)
        return found.exactly(context, self.vendor(chosen), self.band(chosen).error)

    def largest_context(
        self, quantization: Quantization, budget_bytes: int, vendor: str | None = None, **settings: Any
    ) -> int:
        """The largest context, tokens, whose high total fits in ``budget_bytes``; 0 if none does.

        vendor : of the device, the engine's first where None.
        """
        engine = self.engine(quantization)
        found = self.estimator(quantization, engine, **{**defaults_on(engine, budget_bytes), **settings})
        limit, maker = self.context_max, vendor or self.vendor(engine)
        return found.largest_context(budget_bytes, limit, maker, self.band(engine).error)
