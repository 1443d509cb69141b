"""Everything in `data/`, validated and ready to be asked."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice

from generator import urls
from generator.catalog.changelog import Revision
from generator.catalog.cloud import CloudInstance
from generator.catalog.comparison import Comparisons
from generator.catalog.device import Device
from generator.catalog.efficiency import Efficiency, Groups
from generator.catalog.engine import Engine
from generator.catalog.family import Family
from generator.catalog.faq import FaqEntry
from generator.catalog.generation import Generation, generations_of
from generator.catalog.glossary import Term
from generator.catalog.group import DeviceGroup
from generator.catalog.hardware_names import device_names, group_names, without_maker
from generator.catalog.model import Model
from generator.catalog.names import alias_slugs, model_names, normalized
from generator.catalog.quality import QualityMeasurement
from generator.catalog.quantization import BlockType, Quantization
from generator.catalog.redirects import Redirects
from generator.catalog.report import FieldReport
from generator.catalog.site import Site


class UnknownName(LookupError):
    """No entry has this name; says what comes nearest.

    kind : "model", "device", "quantization" or "family"
    """

    def __init__(self, kind: str, name: str, nearest: tuple[str, ...]) -> None:
        self.kind, self.name, self.nearest = kind, name, nearest
        super().__init__(kind, name, nearest)

    def __str__(self) -> str:
        return f"unknown {self.kind} '{self.name}'{self.hint}"

    @property
    def hint(self) -> str:
        """``; did you mean qwen3-8b or qwen3-4b?``, empty where nothing comes near."""
        return f"; did you mean {' or '.join(self.nearest)}?" if self.nearest else ""


@dataclass(frozen=True, eq=False)
class Catalog:
    """The data files as frozen entries, each mapping ordered by slug (devices, engines, schemes and types by file).

    block_types : by name as engines write it, e.g. "Q4_K"
    """

    models: Mapping[str, Model]
    families: Mapping[str, Family]
    devices: Mapping[str, Device]
    engines: Mapping[str, Engine]
    groups: Mapping[str, DeviceGroup]
    instances: Mapping[str, CloudInstance]
    quantizations: Mapping[str, Quantization]
    block_types: Mapping[str, BlockType]
    faqs: Mapping[str, FaqEntry]
    reports: tuple[FieldReport, ...]
    site: Site
    efficiencies: tuple[Efficiency, ...] = ()
    comparisons: Comparisons = field(default_factory=Comparisons)
    redirects: Redirects = field(default_factory=Redirects)
    quality: tuple[QualityMeasurement, ...] = ()
    glossary: tuple[Term, ...] = ()
    changelog: tuple[Revision, ...] = ()
    _listed: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _names: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _members: Mapping[str, tuple[Model, ...]] = field(init=False, repr=False, compare=False)
    _alphabet: Mapping[str, list[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        newest = sorted(self.models.values(), key=lambda model: model.release, reverse=True)
        asked = (*self.site.common_models, *self.site.example_models)
        wanted = dict.fromkeys((*asked, *(model.slug for model in newest)))
        shown = set(islice((slug for slug in wanted if slug in self.models), self.site.most_listed))
        object.__setattr__(self, "_listed", tuple(slug for slug in self.models if slug in shown))
        object.__setattr__(self, "_names", {slug: model.name for slug, model in self.models.items()})
        members: dict[str, list[Model]] = {}
        for model in newest:
            members.setdefault(model.family, []).append(model)
        object.__setattr__(self, "_members", {family: tuple(found) for family, found in members.items()})
        alphabet = {family: sorted(model.slug for model in found) for family, found in members.items()}
        object.__setattr__(self, "_alphabet", alphabet)

    @cached_property
    def efficiency_groups(self) -> Groups:
        """The efficiencies by what they are of."""
        return {(each.phase, each.vendor, each.kind): each for each in self.efficiencies}

    def model(self, name: str) -> Model:
        """The model with this slug, alias, name or Hugging Face repository, in any case and spacing.

        Raises UnknownName.
        """
        if name in self.models:
            return self.models[name]
        slug = self.typed_names.get(normalized(name))
        if slug is None:
            raise UnknownName("model", name, _nearest(name, self.models))
        return self.models[slug]

    @cached_property
    def typed_names(self) -> Mapping[str, str]:
        """Every name of a model, ``normalized``, with the model's slug."""
        return {normalized(name): slug for slug, model in self.models.items() for name in model_names(model)}

    def alias_paths(self) -> dict[str, str]:
        """Paths that people type for a model, from its aliases and repository, each with the path of its page."""
        return {
            urls.model_path(alias): urls.model_path(model.slug)
            for model in self.models.values()
            for alias in alias_slugs(model)
        }

    def device(self, name: str) -> Device:
        """The device with this slug or name, however spelled ("RTX 4090", "rtx-4090", "4090"). Raises UnknownName."""
        if name.lower() in self.devices:
            return self.devices[name.lower()]
        meant = self._device_names.get(without_maker(normalized(name)), ())
        if len(meant) != 1:
            nearest = tuple(device.slug for device in meant) or _nearest(name, self.devices)
            raise UnknownName("device", name, nearest)
        return meant[0]

    @cached_property
    def _device_names(self) -> Mapping[str, tuple[Device, ...]]:
        asked = (*self.site.common_devices, *self.site.more_devices)
        return device_names(self.devices.values(), asked)

    def hardware_paths(self) -> dict[str, str]:
        """Names that people type for hardware, ``normalized`` and without maker, each with the path of its page.

        A name of devices that their memory tells apart leads to where the index has them.
        """
        paths = {name: _path_of(meant) for name, meant in self._device_names.items()}
        groups = group_names(self._device_names, self.groups.values())
        return paths | {name: urls.device_path(group.slug) for name, group in groups.items()}

    def devices_of(self, engine: str, quantization: Quantization | None = None) -> tuple[Device, ...]:
        """The devices that an engine runs on, or that run a quantization in it, in file order."""
        found = self.generations(engine, quantization)
        return tuple(device for device in self.devices.values() if device.generation in found)

    def generations(self, engine: str, quantization: Quantization | None = None) -> frozenset[Generation]:
        """The generations of hardware that an engine runs on, or that run a quantization in it."""
        named = quantization and quantization.runs_on.get(self.engines[engine].slug)
        if not named:
            return self.engines[engine].generations
        return generations_of(named)

    def unable_on(self, generation: Generation) -> frozenset[tuple[str, str]]:
        """Quantizations, each with an engine that has no kernels for it on a generation of hardware, by slug."""
        return _unable_on(self, generation)

    def quantization(self, name: str) -> Quantization:
        """The scheme with this slug or name, however spelled ("Q4_K_M", "q4-k-m"). Raises UnknownName."""
        found = self._quantization_names.get(normalized(name))
        if found is None:
            raise UnknownName("quantization", name, _nearest(name, self.quantizations))
        return found

    @cached_property
    def _quantization_names(self) -> Mapping[str, Quantization]:
        named: dict[str, Quantization] = {}
        for slug, entry in self.quantizations.items():
            for each in (slug, entry.name):
                named.setdefault(normalized(each), entry)
        return named

    def names(self, slugs: Sequence[str]) -> tuple[str, ...]:
        """The names of some models."""
        return tuple(map(self._names.__getitem__, slugs))

    def family_of(self, model: Model) -> Family:
        """The family a model belongs to."""
        return self.families[model.family]

    @property
    def listed(self) -> tuple[str, ...]:
        """Slugs of the models that pages about all of them show, in catalogue order.

        All of them, or ``most_listed`` of the site: those that people ask about most, then the newest. A page of
        thousands of models would serve nobody; a family's page has all of its own.
        """
        return self._listed

    def models_of(self, family: str) -> tuple[Model, ...]:
        """The models of a family, newest first."""
        return self._members.get(family, ())

    def kin(self, model: Model, most: int) -> tuple[Model, ...]:
        """Up to ``most`` other models of a model's family, those nearest to it in the alphabet first."""
        family = self._alphabet[model.family]
        own = bisect_left(family, model.slug)
        near = range(max(own - most, 0), min(own + most + 1, len(family)))
        return tuple(self.models[family[at]] for at in sorted(near, key=lambda at: abs(at - own))[1 : most + 1])


def _path_of(devices: tuple[Device, ...]) -> str:
    if len(devices) == 1:
        return urls.device_path(devices[0].slug)
    kinds = {urls.device_kind(device.vendor, device.segment) for device in devices}
    return f"{urls.GPUS_PATH}#{kinds.pop()}" if len(kinds) == 1 else urls.GPUS_PATH


def _nearest(name: str, entries: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(difflib.get_close_matches(name.lower(), entries, n=3, cutoff=0.6))


@lru_cache(maxsize=128)
def _unable_on(catalog: Catalog, generation: Generation) -> frozenset[tuple[str, str]]:
    return frozenset(
        (slug, engine)
        for slug, quantization in catalog.quantizations.items()
        for engine in quantization.runs_on
        if generation not in catalog.generations(engine, quantization)
    )
