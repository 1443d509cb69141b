"""A scenario with a part of its weights in system memory."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from generator.catalog import Device
from generator.memory.estimate import ErrorBand, Estimator
from generator.memory.profile import Component, Place
from generator.placement.devices import Verdict, verdict

HOST_EXPERTS_COMPUTE_FACTOR = 1024 / 305
"""How much larger the device's compute buffer was with experts in system memory than without.

Qwen3-235B on CUDA: 1024 MiB against 305 MiB, as copied expert weights need room (field report).
"""

OUTPUT_HEAD = "output head"
"""How the engine labels the head, of its own or tied to the embedding; it goes to the device before any layer."""


class Offload(Struct, frozen=True):
    """A scenario on one device and system memory.

    layers_on_device : layers whose weights and cache the device holds, routed experts apart.
    device_bytes, device_high_bytes : middle and high total of the device.
    host_bytes : what system memory must hold.
    host_experts_bytes : of it, routed experts.
    expert_blocks : blocks, from the first on, whose routed experts stay in system memory, as ``--n-cpu-moe`` counts.
    """

    device: Device
    layers_on_device: int
    device_bytes: int
    device_high_bytes: int
    host_bytes: int
    capacity_bytes: int
    host_experts_bytes: int = 0
    expert_blocks: int = 0

    @property
    def verdict(self) -> Verdict:
        return verdict(self.device_bytes, self.device_high_bytes, self.capacity_bytes)


@lru_cache(maxsize=256)
def experts_bytes(estimator: Estimator) -> int:
    """Bytes of routed experts on the device, 0 for a dense model."""
    return sum(term.fixed_bytes for term in estimator.memory.held if term.experts and term.place is Place.DEVICE)


@lru_cache(maxsize=256)
def expert_blocks(estimator: Estimator) -> tuple[tuple[int, int], ...]:
    """Blocks that have routed experts, each with their bytes, first block first."""
    return tuple((block, size) for block, size in enumerate(estimator.memory.experts) if size)


def experts_in_ram(estimator: Estimator, context: int, device: Device, band: ErrorBand) -> Offload | None:
    """All routed experts in system memory, the rest on the device; None for a dense model."""
    layers = estimator.architecture.num_layers
    return _with_experts_in_ram(estimator, context, device, band, layers, experts_bytes(estimator))


def fewest_experts_in_ram(estimator: Estimator, context: int, device: Device, band: ErrorBand) -> Offload | None:
    """The routed experts of as few of the first blocks in system memory as surely leave room for the rest.

    None for a dense model, and where the device is too small even without any.
    """
    whole = experts_in_ram(estimator, context, device, band)
    if whole is None or whole.verdict is not Verdict.FITS:
        return None
    room = whole.capacity_bytes - whole.device_high_bytes
    on_host, blocks = whole.host_experts_bytes, 0
    for block, size in reversed(expert_blocks(estimator)):
        if size > room:
            blocks = block + 1
            break
        room, on_host = room - size, on_host - size
    return _with_experts_in_ram(estimator, context, device, band, blocks, on_host)


def _with_experts_in_ram(
    estimator: Estimator, context: int, device: Device, band: ErrorBand, blocks: int, on_host: int
) -> Offload | None:
    if not on_host:
        return None
    estimate = estimator.at(context, device.vendor, band)
    more_compute = int(estimate.compute_bytes * (HOST_EXPERTS_COMPUTE_FACTOR - 1))
    return Offload(
        device,
        estimator.architecture.num_layers,
        estimate.total_bytes - on_host,
        estimate.total_high_bytes - on_host + more_compute,
        estimate.host_bytes + on_host,
        device.memory_bytes,
        on_host,
        blocks,
    )


@lru_cache(maxsize=256)
def head_bytes(estimator: Estimator) -> int:
    """Bytes of the output head on the device."""
    return sum(
        term.fixed_bytes
        for term in estimator.memory.held
        if term.component is Component.WEIGHTS and term.place is Place.DEVICE and term.label.startswith(OUTPUT_HEAD)
    )


def layers_in_ram(estimator: Estimator, context: int, device: Device, band: ErrorBand) -> Offload | None:
    """As many whole layers on the device as surely fit beside the output head; None if none do.

    The others stay in system memory with their part of the cache.
    """
    estimate = estimator.at(context, device.vendor, band)
    layers = estimator.architecture.num_layers
    held = estimate.weights_device_bytes + estimate.kv_cache_bytes + estimate.recurrent_state_bytes
    movable = held - head_bytes(estimator)
    fixed_high = estimate.total_high_bytes - movable
    kept = min(layers, (device.memory_bytes - fixed_high) * layers // movable)
    if kept < 1:
        return None
    moved = movable - -(-movable * kept // layers)
    return Offload(
        device,
        kept,
        estimate.total_bytes - moved,
        estimate.total_high_bytes - moved,
        estimate.host_bytes + moved,
        device.memory_bytes,
    )
