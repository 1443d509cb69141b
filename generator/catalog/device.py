"""Hardware that can hold a model."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from generator.catalog.fields import Frozen, Line, Month, PositiveFloat, PositiveInt, Slug, Sources

MIB = 2**20


class Device(Frozen):
    """One GPU, accelerator or machine with unified memory.

    Capacity is what the driver offers by default; where that was read nowhere it is derived from cards of the
    same kind, and `memory_basis` says so. Unified memory can often be raised by a setting: `memory_mib_raised`.
    """

    slug: Slug
    name: Line
    vendor: Literal["nvidia", "amd", "intel", "apple", "google", "aws", "huawei"]
    segment: Literal["consumer", "laptop", "workstation", "datacenter", "unified", "edge"]
    memory_gb_marketed: PositiveFloat
    memory_mib_reported: PositiveInt
    memory_basis: Literal["reported", "derived"]
    memory_source: Line
    memory_mib_raised: PositiveInt | None = None
    memory_raised_how: Line | None = None
    memory_type: Line
    unified_memory: bool = False
    bandwidth_gb_s: PositiveFloat | None = None
    fp16_tflops: PositiveFloat | None = None
    fp16_basis: Line | None = None
    fp8_tflops: PositiveFloat | None = None
    fp4_tflops: PositiveFloat | None = None
    int8_tops: PositiveFloat | None = None
    tdp_w: PositiveFloat | None = None
    release: Month
    price_usd: PositiveFloat | None = None
    price_kind: Annotated[
        Literal["launch", "street", "machine"] | None,
        Field(description="launch price of the card, reported street price, or price of a whole machine"),
    ] = None
    price_date: Month | None = None
    price_note: Line | None = None
    interconnect: Line | None = None
    max_per_node: PositiveInt | None = None
    notes: Line | None = None
    doubts: tuple[Line, ...] = ()
    sources: Sources

    @property
    def memory_bytes(self) -> int:
        """Capacity in bytes, as the driver reports it by default."""
        return self.memory_mib_reported * MIB

    @property
    def memory_bytes_raised(self) -> int | None:
        """Capacity in bytes after the documented setting, or None."""
        return None if self.memory_mib_raised is None else self.memory_mib_raised * MIB

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        marketed_mib = self.memory_gb_marketed * 1024
        if self.memory_mib_reported > marketed_mib:
            raise ValueError(
                f"memory_mib_reported {self.memory_mib_reported} must not exceed the marketed "
                f"{self.memory_gb_marketed:g} GiB ({marketed_mib:.0f} MiB)"
            )
        raised = self.memory_mib_raised
        if raised is not None and not self.memory_mib_reported <= raised <= marketed_mib:
            raise ValueError("memory_mib_raised must lie between memory_mib_reported and the marketed memory")
        if (self.memory_mib_raised is None) != (self.memory_raised_how is None):
            raise ValueError("memory_mib_raised and memory_raised_how must be given together")
        if (self.price_usd is None) != (self.price_kind is None):
            raise ValueError("price_usd and price_kind must be given together")
        return self


class DeviceFile(Frozen):
    """Content of a `data/hardware/*.yaml` file."""

    devices: Annotated[tuple[Device, ...], Field(min_length=1)]
