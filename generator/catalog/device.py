"""Hardware that can hold a model."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from generator.catalog.fields import Frozen, Line, Month, PositiveFloat, PositiveInt, Slug, Sources
from generator.catalog.generation import GENERATIONS, Generation, Vendor
from generator.catalog.links import HostLink, Pcie, PeerLink

MIB = 2**20


class MemoryLimit(Frozen):
    """A setting that changes how much of a unified memory the GPU may take.

    memory_mib : what it then reports; absent where the setting takes any value.
    """

    system: Literal["linux", "macos", "windows"]
    memory_mib: PositiveInt | None = None
    how: Line


class Ecc(Frozen):
    """Error correction, and what the driver reports with it on or off where that differs."""

    default: Literal["enabled", "disabled"]
    memory_mib_enabled: PositiveInt | None = None
    memory_mib_disabled: PositiveInt | None = None
    basis: Literal["reported", "derived"] | None = None

    @model_validator(mode="after")
    def _says_its_basis(self) -> Self:
        sizes = (self.memory_mib_enabled, self.memory_mib_disabled)
        if (self.basis is None) != all(size is None for size in sizes):
            raise ValueError("basis must be given where memory_mib_enabled or memory_mib_disabled is, and only there")
        return self


class Device(Frozen):
    """One GPU, accelerator or machine with unified memory.

    Capacity is what the driver offers by default; where that was read nowhere it is derived from cards of the
    same kind, and `memory_basis` says so. Settings that change it stand in `memory_limits` (unified memory)
    and `ecc`.
    """

    slug: Slug
    name: Line
    vendor: Vendor
    generation: Generation
    segment: Literal["consumer", "laptop", "workstation", "datacenter", "unified", "edge"]
    memory_gb_marketed: PositiveFloat
    memory_mib_reported: PositiveInt
    memory_basis: Literal["reported", "derived"]
    memory_source: Line
    memory_limits: tuple[MemoryLimit, ...] = ()
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
    ecc: Ecc | None = None
    pcie: Pcie | None = None
    peer_link: PeerLink | None = None
    host_link: HostLink | None = None
    max_per_node: PositiveInt | None = None
    notes: Line | None = None
    doubts: tuple[Line, ...] = ()
    sources: Sources

    def __hash__(self) -> int:
        """By the slug alone, as what is worked out for a device is looked up all the time."""
        return hash(self.slug)

    @property
    def matrix_tflops(self) -> float | None:
        """Operations on 16-bit matrices, 10^12 a second, at the units' own rate.

        Matrix units do twice as many of 8 bits, and where that rate is listed it is nearer the
        truth than a rate for shaders or with wide sums.
        """
        rates = [rate for rate in (self.fp16_tflops, self.int8_tops and self.int8_tops / 2) if rate]
        return max(rates, default=None)

    @property
    def memory_bytes(self) -> int:
        """Capacity in bytes, as the driver reports it by default."""
        return self.memory_mib_reported * MIB

    @property
    def memory_bytes_raised(self) -> int | None:
        """The most that a documented setting gives, bytes, or None where none is known."""
        raised = [limit.memory_mib for limit in self.memory_limits if limit.memory_mib is not None]
        return max(raised) * MIB if raised else None

    @property
    def host_gb_s(self) -> float | None:
        """GB/s at which the device reads weights that lie in system memory, at most; None where not known.

        Unified memory is its own: the device's bandwidth.
        """
        if self.unified_memory:
            return self.bandwidth_gb_s
        if self.host_link is not None:
            return self.host_link.one_way_gb_s
        return None if self.pcie is None else self.pcie.gb_s

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.generation not in GENERATIONS[self.vendor]:
            raise ValueError(f"generation must be one of {', '.join(GENERATIONS[self.vendor])} for {self.vendor}")
        marketed_mib = self.memory_gb_marketed * 1024
        if self.memory_mib_reported > marketed_mib:
            raise ValueError(
                f"memory_mib_reported {self.memory_mib_reported} must not exceed the marketed "
                f"{self.memory_gb_marketed:g} GiB ({marketed_mib:.0f} MiB)"
            )
        for limit in self.memory_limits:
            if limit.memory_mib is not None and limit.memory_mib > marketed_mib:
                raise ValueError(
                    f"memory_limits: memory_mib {limit.memory_mib} must not exceed the marketed memory "
                    f"({marketed_mib:.0f} MiB)"
                )
        if self.memory_limits and not self.unified_memory:
            raise ValueError("memory_limits are for unified memory; a card's own can't be changed")
        if (self.price_usd is None) != (self.price_kind is None):
            raise ValueError("price_usd and price_kind must be given together")
        return self
