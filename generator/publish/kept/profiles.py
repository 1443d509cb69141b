"""Memory profiles kept between builds: what a config takes at each quantization, worked out once."""

from __future__ import annotations

import io
import json
import pickle
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from generator.catalog import Model
from generator.memory.architecture import Architecture
from generator.memory.estimate import Estimator, estimator
from generator.memory.profile import EngineMemory
from generator.memory.settings import RunSettings
from generator.publish.due.digests import PACKAGE, files_digest, hashed
from generator.publish.output.whole import drop_others, write_whole
from generator.scenarios import EstimatorSource

MOST_MODELS = 16
"""Models whose profiles stay in memory, about 1 MB each: those that one model's pages tell of, and a few before."""

CORE = PACKAGE / "memory"

Key = tuple[str, str, RunSettings]
"""Quantization, engine, settings."""


class Profiles:
    """Gives estimators from kept profiles, and keeps those that it had to work out.

    Files are named after the config and the core's own code, so that a stale one is never asked for.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._core = files_digest(CORE)
        self._models: OrderedDict[str, _Kept] = OrderedDict()

    def source(self, model: Model) -> EstimatorSource:
        """Where a model's estimators come from."""

        def find(architecture: Architecture, quant: str, engine: str, settings: RunSettings) -> Estimator:
            kept = self._of(model, architecture).part(engine, settings)
            key = (quant, engine, settings)
            found = kept.estimators.get(key)
            if found is None:
                memory = kept.profiles.get(key)
                if memory is None:
                    # Not from the core's own memory, which would hold thousands of graphs.
                    memory = kept.profiles[key] = estimator.__wrapped__(architecture, quant, engine, settings).memory
                found = kept.estimators[key] = Estimator(architecture, quant, engine, settings, memory)
            return found

        return find

    def keep(self, model: Model) -> None:
        """Write down what was worked out for a model, for other processes and the next build."""
        kept = self._models.get(model.slug)
        for part in kept.parts.values() if kept else ():
            if part.news:
                self._folder.mkdir(parents=True, exist_ok=True)
                part.write()

    def drop_others(self, models: Iterable[Model]) -> None:
        """Delete the files that none of ``models`` asks for."""
        names = {*map(self._name, models)}
        drop_others(self._folder, lambda name: name.partition(".")[0] in names)

    def _name(self, model: Model) -> str:
        return hashed([self._core.encode(), json.dumps(model.config, sort_keys=True).encode()])

    def _of(self, model: Model, architecture: Architecture) -> _Kept:
        found = self._models.get(model.slug)
        if found is None:
            found = self._models[model.slug] = _Kept(self._folder / self._name(model), architecture)
            if len(self._models) > MOST_MODELS:
                self._models.popitem(last=False)
        return found


class _Kept:
    """The profiles of one architecture, a part for each engine and type of cache."""

    def __init__(self, file: Path, architecture: Architecture) -> None:
        self._file = file
        self._architecture = architecture
        self.parts: dict[str, _Part] = {}

    def part(self, engine: str, settings: RunSettings) -> _Part:
        """The profiles of one engine and type of cache, read once they are asked for."""
        name = f"{engine}.{settings.kv_type}" if settings.kv_type else engine
        if name not in self.parts:
            self.parts[name] = _Part(self._file.with_name(f"{self._file.name}.{name}"), self._architecture)
        return self.parts[name]


class _Part:
    """Profiles in a file of their own, so that several processes may work out a model's side by side."""

    def __init__(self, file: Path, architecture: Architecture) -> None:
        self._file = file
        self._architecture = architecture
        self.estimators: dict[Key, Estimator] = {}
        self.profiles: dict[Key, EngineMemory] = {}
        with suppress(OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError):
            self.profiles = _Unpickler(io.BytesIO(file.read_bytes()), architecture).load()
        self._written = self._worked_out

    @property
    def _worked_out(self) -> int:
        """How much was worked out.

        What was only looked at doesn't count: another process may have left the same with its buffers meanwhile.
        """
        return sum(("profile" in vars(each)) + len(each.exact) for each in self.profiles.values())

    @property
    def news(self) -> bool:
        """Whether the file lacks some of it."""
        return self._worked_out != self._written

    def write(self) -> None:
        """Leave the profiles in the file, whole or not at all."""
        packed = io.BytesIO()
        _Pickler(packed, self._architecture).dump(self.profiles)
        write_whole(self._file, packed.getvalue(), uuid4().hex)
        self._written = self._worked_out


class _Pickler(pickle.Pickler):
    """Leaves out the architecture, which takes longest to read and is known to whoever asks."""

    def __init__(self, file: BinaryIO, architecture: Architecture) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._architecture = architecture

    def persistent_id(self, value: object) -> bool | None:
        return True if value is self._architecture else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: BinaryIO, architecture: Architecture) -> None:
        super().__init__(file)
        self._architecture = architecture

    def persistent_load(self, persistent_id: object) -> Architecture:
        return self._architecture
