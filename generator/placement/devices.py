"""A scenario on one device or on several alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Self

from msgspec import Struct

from generator.catalog import Device
from generator.memory.errors import UnsupportedError
from generator.memory.estimate import ErrorBand, Estimate, Estimator
from generator.memory.runtime import overhead
from generator.placement import layer_split, tensor_parallel

MOST_DEVICES = 16
"""More than two machines of eight are no longer one answer."""


class Verdict(StrEnum):
    """``FITS`` only if the high end of the total does; ``TIGHT`` if only the middle does."""

    FITS = "fits"
    TIGHT = "tight"
    NO = "no"

    __hash__ = str.__hash__  # Enum's own is written in Python


class Fit(Struct, frozen=True):
    """A scenario on ``count`` devices.

    used_bytes, high_bytes : middle and high total of the fullest device.
    capacity_bytes : what the driver reports of one device.
    """

    device: Device
    count: int
    used_bytes: int
    high_bytes: int
    capacity_bytes: int
    verdict: Verdict

    @classmethod
    def of(cls, device: Device, count: int, used_bytes: int, high_bytes: int) -> Self:
        """Totals held against what each device has."""
        capacity = device.memory_bytes
        return cls(device, count, used_bytes, high_bytes, capacity, verdict(used_bytes, high_bytes, capacity))

    @property
    def headroom_bytes(self) -> int:
        """What stays free of one device, negative where it doesn't fit."""
        return self.capacity_bytes - self.used_bytes


def verdict(used_bytes: int, high_bytes: int, capacity_bytes: int) -> Verdict:
    """Whether ``capacity_bytes`` hold a total with its high end."""
    if high_bytes <= capacity_bytes:
        return Verdict.FITS
    return Verdict.TIGHT if used_bytes <= capacity_bytes else Verdict.NO


def for_vendor(estimate: Estimate, device: Device, pytorch: bool) -> tuple[int, int]:
    """Middle and high total, bytes, with the runtime of the device's vendor in place of the estimate's."""
    own = overhead(device.vendor, pytorch)
    middle = estimate.total_bytes - estimate.runtime_bytes + own.typical_bytes
    return middle, estimate.total_high_bytes - estimate.runtime_high_bytes + own.high_bytes


def one_device(estimate: Estimate, device: Device, pytorch: bool = False) -> Fit:
    """The scenario on a single device.

    pytorch : the engine is a PyTorch process.
    """
    used, high = for_vendor(estimate, device, pytorch)
    return Fit.of(device, 1, used, high)


def held_by(estimate: Estimate, devices: Iterable[Device], pytorch: bool = False) -> Iterator[Fit]:
    """The scenario by itself on each of the devices that hold it, at least at the middle of its range."""
    totals: dict[str, tuple[int, int]] = {}
    for device in devices:
        found = totals.get(device.vendor)
        if found is None:
            found = totals[device.vendor] = for_vendor(estimate, device, pytorch)
        used, high = found
        if used <= device.memory_bytes:
            yield Fit.of(device, 1, used, high)


def together(estimator: Estimator, context: int, device: Device, count: int, band: ErrorBand) -> Fit:
    """The scenario on ``count`` devices as its engine shares it among them; the fullest one decides.

    llama.cpp's layers, vLLM's ranks; else whole layers, with one more than its share on the fullest.

    Raises
    ------
    UnsupportedError : the engine can't share it among so many.
    """
    vendor = device.vendor
    if estimator.engine == tensor_parallel.ENGINE:
        return Fit.of(device, count, *tensor_parallel.tensor_parallel(estimator, context, count, vendor, band))
    if estimator.engine == layer_split.ENGINE:
        return Fit.of(device, count, *layer_split.fullest(estimator, context, count, vendor, band))
    estimate = estimator.at(context, vendor, band)
    layers = estimator.architecture.num_layers
    spread = estimate.weights_device_bytes + estimate.kv_cache_bytes + estimate.recurrent_state_bytes
    part = spread * -(-layers // count) // layers
    own = estimate.compute_bytes + estimate.runtime_bytes
    return Fit.of(device, count, part + own, part + estimate.total_high_bytes - spread)


def several(
    estimator: Estimator, context: int, device: Device, band: ErrorBand, most: int = MOST_DEVICES
) -> Fit | None:
    """The smallest number of devices from two on that holds the scenario as its engine shares it among them.

    None where even ``most`` don't do.
    """
    estimate = estimator.at(context, device.vendor, band)
    spread = estimate.weights_device_bytes + estimate.kv_cache_bytes + estimate.recurrent_state_bytes
    room = device.memory_bytes - (estimate.total_high_bytes - spread)
    if room <= 0:
        return None
    for count in range(max(2, -(-spread // room)), min(most, estimator.architecture.num_layers) + 1):
        try:
            fit = together(estimator, context, device, count, band)
        except UnsupportedError:
            continue
        if fit.verdict is Verdict.FITS:
            return fit
    return None


def smallest_device(estimate: Estimate, devices: Iterable[Device], pytorch: bool = False) -> Device | None:
    """The device with the least memory that surely holds the scenario alone."""
    fits = held_by(estimate, devices, pytorch)
    fitting = (fit.device for fit in fits if fit.verdict is Verdict.FITS)
    return min(fitting, key=lambda device: device.memory_bytes, default=None)


def nearest(estimate: Estimate, devices: Iterable[Device], pytorch: bool = False) -> Fit:
    """The one of some devices that comes nearest to holding it: that with the most headroom."""
    return max((one_device(estimate, device, pytorch) for device in devices), key=lambda fit: fit.headroom_bytes)
