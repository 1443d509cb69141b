"""Models of which a part stays in system memory, as pages tell it."""

from __future__ import annotations

from bisect import bisect_left

from generator.catalog import Device
from generator.memory.estimate import Estimator
from generator.placement import Offload, fewest_experts_in_ram, layers_in_ram
from generator.placement.holding import Candidate
from generator.placement.offload import expert_blocks

LEAST_LAYERS = 0.25
"""Part of the layers below which a device is no help worth naming."""


def experts_kept(estimator: Estimator, offload: Offload) -> str:
    """``all routed experts``, or ``the routed experts of 28 of 36 layers``, which stay in system memory."""
    blocks = expert_blocks(estimator)
    kept = bisect_left(blocks, (offload.expert_blocks,))
    return "all routed experts" if kept == len(blocks) else f"the routed experts of {kept} of {len(blocks)} layers"


def system_memory_way(candidate: Candidate, device: Device) -> tuple[str, Offload] | None:
    """What system memory keeps so that the rest surely fits, in words, and the placement; None if nothing helps."""
    context, band = candidate.short_context, candidate.band.error
    experts = fewest_experts_in_ram(candidate.estimator, context, device, band)
    if experts is not None:
        return experts_kept(candidate.estimator, experts), experts
    layers, of = layers_in_ram(candidate.estimator, context, device, band), candidate.figures.architecture.num_layers
    if layers is not None and layers.layers_on_device >= LEAST_LAYERS * of:
        return f"{of - layers.layers_on_device} of {of} layers", layers
    return None
