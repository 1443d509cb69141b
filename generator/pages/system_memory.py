"""Models of which a part stays in system memory, as pages tell it."""

from __future__ import annotations

from generator.catalog import Device
from generator.pages.hardware import LEAST_LAYERS
from generator.placement import Offload, Verdict, experts_in_ram, layers_in_ram
from generator.placement.holding import Candidate


def system_memory_way(candidate: Candidate, device: Device) -> tuple[str, Offload] | None:
    """What system memory keeps so that the rest surely fits, in words, and the placement; None if nothing helps."""
    context, band = candidate.short_context, candidate.band.error
    experts = experts_in_ram(candidate.estimator, context, device, band)
    if experts is not None and experts.verdict is Verdict.FITS:
        return "all routed experts", experts
    layers, of = layers_in_ram(candidate.estimator, context, device, band), candidate.figures.architecture.num_layers
    if layers is not None and layers.layers_on_device >= LEAST_LAYERS * of:
        return f"{of - layers.layers_on_device} of {of} layers", layers
    return None
