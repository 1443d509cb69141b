"""Machines with GPUs that clouds let by the hour."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from generator.catalog.device import MIB, Device
from generator.catalog.fields import Frozen, Line, Month, PositiveFloat, PositiveInt, Slug, Sources


class Instance(Frozen):
    """One instance type.

    device, count : what it holds. fraction : the part of one device that is let, where it is shared.
    memory_mib_listed : a device's memory as the provider lists it.
    price_usd_hour : of the whole instance, on demand; price_date : the month in which it was read.
    """

    slug: Slug
    instance: Line
    device: Slug
    count: PositiveInt
    fraction: Annotated[float, Field(gt=0, lt=1)] | None = None
    memory_mib_listed: PositiveInt | None = None
    vcpus: PositiveInt | None = None
    ram_gib: PositiveFloat | None = None
    price_usd_hour: PositiveFloat | None = None
    price_date: Month | None = None
    doubts: tuple[Line, ...] = ()
    sources: Sources

    def memory_bytes(self, device: Device) -> int:
        """What one of its devices offers, bytes: as the driver reports it, or the listed part of a shared one."""
        if self.fraction is None:
            return device.memory_bytes
        part = int(device.memory_mib_reported * self.fraction)
        return min(part, self.memory_mib_listed or part) * MIB

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if (self.price_usd_hour is None) != (self.price_date is None):
            raise ValueError("price_usd_hour and price_date must be given together")
        if self.fraction is not None and self.count != 1:
            raise ValueError("fraction is a part of one device, so count must be 1")
        return self


class CloudFile(Frozen):
    """Content of a `data/cloud/*.yaml` file: the instances of one provider."""

    provider: Line
    instances: Annotated[tuple[Instance, ...], Field(min_length=1)]


class CloudInstance(Instance):
    """An instance with its provider's name."""

    provider: Line
