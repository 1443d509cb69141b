"""Which models one piece of hardware holds, at which quantization and with how much context.

Asked for hundreds of models on hundreds of devices, so what is independent of the device is kept.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

from msgspec import Struct

from generator.accuracy.bands import Band
from generator.catalog import Catalog, Device, DeviceGroup, Quantization
from generator.memory.engines import defaults_on
from generator.memory.estimate import Estimate, Estimator
from generator.memory.profile import Component, Place
from generator.memory.search import largest_fitting
from generator.placement import layer_split, tensor_parallel
from generator.placement.devices import Fit, Verdict, one_device, together, verdict
from generator.scenarios import Figures

SHARING_ENGINES = frozenset({layer_split.ENGINE, tensor_parallel.ENGINE})
"""Engines whose way of sharing a model among several devices is known."""

Settings = tuple[tuple[str, Any], ...]
"""Settings of a run by name."""

KEPT_CANDIDATES = 65536
"""All listed models at all quantizations in some settings: pages of hardware go through them in turn, so that less
would keep none, and make each anew beside those that are still held."""

SHORT_CONTEXT = 8192
"""The context, tokens, that a model must leave room for to count as running: a short conversation."""


class Holder(Struct, frozen=True, eq=False, dict=True):
    """One device, or several alike that hold a model together."""

    device: Device
    group: DeviceGroup | None = None

    @cached_property
    def slug(self) -> str:
        return self.group.slug if self.group else self.device.slug

    @cached_property
    def count(self) -> int:
        return self.group.count if self.group else 1

    @cached_property
    def total_bytes(self) -> int:
        """What all of its devices report together."""
        return self.count * self.device.memory_bytes

    @cached_property
    def vendor(self) -> str:
        """The vendor whose runtime counts."""
        return self.device.vendor


@lru_cache(maxsize=8)
def holders(catalog: Catalog) -> dict[str, Holder]:
    """Every device and every group, by slug."""
    single = {slug: Holder(device) for slug, device in catalog.devices.items()}
    return single | {slug: Holder(catalog.devices[group.device], group) for slug, group in catalog.groups.items()}


@lru_cache(maxsize=1024)
def holder_of(catalog: Catalog, slug: str) -> Holder:
    """One of them, without a look at the others; the same object each time, as what it holds is kept under it."""
    group = catalog.groups.get(slug)
    return Holder(catalog.devices[group.device], group) if group else Holder(catalog.devices[slug])


class Candidate(Struct, frozen=True, eq=False, dict=True):
    """A model at a quantization in the engine that runs it on the hardware."""

    figures: Figures
    quantization: Quantization
    engine: str
    estimator: Estimator
    band: Band

    @cached_property
    def short_context(self) -> int:
        """``SHORT_CONTEXT``, or the model's maximum where that is less, tokens."""
        return min(SHORT_CONTEXT, self.figures.context_max)

    @cached_property
    def asked(self) -> bool:
        """Whether the quantization is one that people ask about."""
        return self.figures.is_common(self.quantization)

    @cached_property
    def native(self) -> bool:
        """Whether it is the form in which the model itself is published."""
        return self.figures.is_published(self.quantization)

    @property
    def short(self) -> Estimate:
        """The figures at the short context."""
        return self.at(self.short_context)

    @cached_property
    def weights_device_bytes(self) -> int:
        """Weights on the device, or on all devices together."""
        held = self.estimator.memory.held
        return sum(t.fixed_bytes for t in held if t.component is Component.WEIGHTS and t.place is Place.DEVICE)

    def at(self, context: int) -> Estimate:
        """The figures at a context, with the runtime of the engine's first vendor."""
        return self.estimator.at(context, self.figures.vendor(self.engine), self.band.error)

    def fit(self, holder: Holder, context: int) -> Fit:
        """How it fits at ``context`` tokens; on several devices the fullest counts."""
        used, high = self._totals(holder, context)
        return Fit.of(holder.device, holder.count, used, high)

    def verdicts(self, holder: Holder) -> tuple[Verdict, ...]:
        """Whether it fits at each context that has pages."""
        capacity = holder.device.memory_bytes
        return tuple(verdict(used, high, capacity) for used, high in self._ladder(holder))

    def _ladder(self, holder: Holder) -> tuple[tuple[int, int], ...]:
        """The totals at each context that has pages."""
        key = (holder.vendor, holder.count)
        if key not in self._ladders:
            self._ladders[key] = tuple(self._totals(holder, context) for context in self.figures.contexts)
        return self._ladders[key]

    def _totals(self, holder: Holder, context: int) -> tuple[int, int]:
        """Middle and high total of the fullest device, bytes; those at the short context are kept."""
        if context != self.short_context:
            fit = self._worked_out(holder, context)
            return fit.used_bytes, fit.high_bytes
        key = (holder.vendor, holder.count)
        if key not in self._shorts:
            fit = self._worked_out(holder, context)
            self._shorts[key] = fit.used_bytes, fit.high_bytes
        return self._shorts[key]

    def _worked_out(self, holder: Holder, context: int) -> Fit:
        if holder.count > 1:
            return together(self.estimator, context, holder.device, holder.count, self.band.error)
        return one_device(self.at(context), holder.device, self.estimator.memory.pytorch)

    @cached_property
    def _shorts(self) -> dict[tuple[str, int], tuple[int, int]]:
        """Totals at the short context by vendor and number of devices, which all devices of a vendor ask for."""
        return {}

    @cached_property
    def _ladders(self) -> dict[tuple[str, int], tuple[tuple[int, int], ...]]:
        """Those at each context that has pages."""
        return {}

    @cached_property
    def _longest(self) -> dict[tuple[str, int, int], int]:
        """Largest contexts by vendor, number of devices and capacity, which several tables show."""
        return {}

    def runs(self, holder: Holder) -> bool:
        """Whether it surely fits with the short context."""
        if self.weights_device_bytes > holder.total_bytes:
            return False
        return self._totals(holder, self.short_context)[1] <= holder.device.memory_bytes

    def largest_context(self, holder: Holder) -> int:
        """The largest context, tokens, that surely fits; 0 if none does."""
        key = (holder.vendor, holder.count, holder.device.memory_bytes)
        if key not in self._longest:
            fits = self.weights_device_bytes <= holder.total_bytes
            self._longest[key] = self._largest_context(holder) if fits else 0
        return self._longest[key]

    def _largest_context(self, holder: Holder) -> int:
        """Sought between two contexts that have pages."""
        capacity, ladder = holder.device.memory_bytes, self.figures.contexts
        step = self.estimator.memory.profile.context_step
        highs = [high for _, high in self._ladder(holder)]
        fitting = sum(high <= capacity for high in highs)
        if fitting == len(ladder):
            return ladder[-1]
        fits = (ladder[fitting - 1] // step, highs[fitting - 1]) if fitting else (0, 0)
        too_large = -(-ladder[fitting] // step), highs[fitting]
        return step * largest_fitting(lambda steps: self._totals(holder, steps * step)[1], capacity, fits, too_large)


def candidates(catalog: Catalog, figures: Figures, holder: Holder) -> tuple[Candidate, ...]:
    """What can be tried, largest weights first: each quantization in the first engine that has it on the hardware.

    Left out is what the engine can't share among so many devices.
    """
    unable = catalog.unable_on(holder.device.generation)
    return _candidates(figures.figures, _settings_on(catalog, holder), unable, holder.count)


def candidate_at(catalog: Catalog, figures: Figures, holder: Holder, quantization: Quantization) -> Candidate | None:
    """The one of them at a quantization, None where it can't be tried."""
    found = candidates(catalog, figures, holder)
    return next((each for each in found if each.quantization is quantization), None)


def engines_on(catalog: Catalog, holder: Holder) -> frozenset[str]:
    """The engines that run on the hardware and whose way of sharing a model among several devices is known."""
    found = (slug for slug, engine in catalog.engines.items() if holder.device.generation in engine.generations)
    return frozenset(slug for slug in found if holder.count == 1 or slug in SHARING_ENGINES)


@lru_cache(maxsize=1024)
def _settings_on(catalog: Catalog, holder: Holder) -> frozenset[tuple[str, Settings]]:
    """Each of those engines with what it sets by itself on devices of that size."""
    capacity = holder.device.memory_bytes
    return frozenset(
        (engine, tuple(sorted(defaults_on(engine, capacity).items()))) for engine in engines_on(catalog, holder)
    )


@lru_cache(maxsize=KEPT_CANDIDATES)
def _candidates(
    figures: Figures, settings: frozenset[tuple[str, Settings]], unable: frozenset[tuple[str, str]], count: int
) -> tuple[Candidate, ...]:
    of_engine = dict(settings)
    found = []
    for quantization in figures.quantizations:
        engines = (each for each in figures.engines(quantization) if each in of_engine)
        engine = next((each for each in engines if (quantization.slug, each) not in unable), None)
        if engine is not None:
            candidate = _candidate(figures, quantization.slug, engine, of_engine[engine])
            if count == 1 or _shares(candidate, count):
                found.append(candidate)
    return tuple(sorted(found, key=lambda each: -each.estimator.memory.weights_bytes))


def _shares(candidate: Candidate, count: int) -> bool:
    """Whether the engine can share the model among ``count`` devices."""
    return candidate.engine != tensor_parallel.ENGINE or tensor_parallel.can_share(candidate.estimator, count)


@lru_cache(maxsize=KEPT_CANDIDATES)
def _candidate(figures: Figures, quantization: str, engine: str, settings: Settings) -> Candidate:
    chosen = next(each for each in figures.quantizations if each.slug == quantization)
    estimator = figures.estimator(chosen, engine, **dict(settings))
    return Candidate(figures, chosen, engine, estimator, figures.band(engine))


def with_cache(chosen: Candidate, kv_type: str) -> Candidate:
    """The same with a cache of another type.

    Raises
    ------
    MemoryModelError : the engine can't keep the model's cache in that type.
    """
    return _candidate(chosen.figures, chosen.quantization.slug, chosen.engine, (("kv_type", kv_type),))


@lru_cache(maxsize=2048)
def best(catalog: Catalog, figures: Figures, holder: Holder) -> Candidate | None:
    """The quantization to take of those that run, None if none does.

    A form in which the model is published, the one to try first before others, else the largest weights among those
    that people ask about.
    """
    found = candidates(catalog, figures, holder)
    usual = (each for each in found if each.native and each.quantization is figures.usual and each.runs(holder))
    native = (each for each in found if each.native and each.runs(holder))
    asked = (each for each in found if each.asked and each.runs(holder))
    return next(chain(usual, native, asked), None)


@lru_cache(maxsize=2048)
def holds(catalog: Catalog, figures: Figures, holder: Holder) -> bool:
    """Whether the usual quantization surely fits with the short context.

    On hardware that doesn't have it, whether one with weights as large does.
    """
    wanted = figures.usual
    same = candidate_at(catalog, figures, holder, wanted)
    if same is not None:
        return same.runs(holder)
    least = figures.estimator(wanted).memory.weights_bytes
    found = candidates(catalog, figures, holder)
    return any(each.runs(holder) for each in found if each.estimator.memory.weights_bytes >= least)
