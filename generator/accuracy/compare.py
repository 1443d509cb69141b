"""Our figure for each measured row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from generator.accuracy.measurement import MeasuredModel, Measurement
from generator.memory.architecture import Architecture, from_config
from generator.memory.errors import MemoryModelError
from generator.memory.estimate import estimator
from generator.memory.kinds import architecture_kind, architecture_name
from generator.memory.settings import RunSettings


class Comparison(Struct, frozen=True):
    """A measured value and ours; ``ours`` is None where the core refuses the model, with the reason.

    kind, architecture : how the model's memory behaves, and what engines call it.
    """

    measurement: Measurement
    kind: str
    ours: int | None
    refusal: str = ""
    architecture: str = ""

    @property
    def exact(self) -> bool:
        """Whether ours is what was measured, as far as it was printed."""
        if self.ours is None:
            return False
        return abs(self.ours - self.measurement.value) <= self.measurement.rounding

    @property
    def error(self) -> float:
        """(ours - measured) / measured; what is measured as nothing must be nothing."""
        if self.ours is None:
            raise ValueError(f"{self.measurement.model}: no figure of ours to compare, {self.refusal}")
        measured = self.measurement.value
        return (self.ours - measured) / measured if measured else float(bool(self.ours))


def compare(measurements: Iterable[Measurement], models: Mapping[str, MeasuredModel]) -> Iterator[Comparison]:
    """Each measurement with our figure, in order."""
    architectures: dict[str, Architecture | MemoryModelError] = {}
    for measurement in measurements:
        name = measurement.model
        if name not in architectures:
            architectures[name] = _architecture(models, name)
        yield _compared(measurement, architectures[name], models)


def _architecture(models: Mapping[str, MeasuredModel], name: str) -> Architecture | MemoryModelError:
    try:
        return from_config(models[name].config)
    except MemoryModelError as error:
        return error


def _compared(
    measurement: Measurement, architecture: Architecture | MemoryModelError, models: Mapping[str, MeasuredModel]
) -> Comparison:
    if isinstance(architecture, MemoryModelError):
        return Comparison(measurement, "not known", None, str(architecture))
    kind, name = architecture_kind(architecture), architecture_name(architecture)
    settings = RunSettings(**({"mtp_in_file": models[measurement.model].mtp_in_file} | dict(measurement.settings)))
    try:
        found = estimator(architecture, measurement.quant, measurement.engine, settings).exactly(measurement.context)
    except MemoryModelError as error:
        return Comparison(measurement, kind, None, str(error), name)
    ours = sum(getattr(found, part) for part in measurement.metric.split("+"))
    return Comparison(measurement, kind, ours, architecture=name)
