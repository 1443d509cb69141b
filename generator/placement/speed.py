"""How fast a scenario runs on a device: what bandwidth and compute allow, and what of it was measured.

Always a range. Nothing here is fitted: bounds come from the core's bytes and operations, their
measured part from ``data/speed.json``.
"""

from __future__ import annotations

from msgspec import Struct

from generator.catalog import Device, Efficiency, SystemMemory
from generator.catalog.efficiency import ANY, Groups, Phase
from generator.memory.architecture import Architecture
from generator.memory.estimate import Estimator
from generator.memory.work import active_share, prompt_operations, token_reads
from generator.placement.offload import Offload, experts_bytes, head_bytes

GIGA, TERA = 1e9, 1e12


class Speed(Struct, frozen=True):
    """Tokens a second of one sequence.

    bound : what bandwidth or compute allow at most.
    low, typical, high : the bound times the 10th, 50th and 90th percentile of what was measured.
    basis : the measured rows behind those.
    fastest : the fastest run that was measured of any model on any device. What lies beyond was never seen: with few
        bytes to read, the time that a device takes to start its work counts, which no bound here knows.
    """

    bound: float
    low: float
    typical: float
    high: float
    basis: Efficiency
    fastest: float

    @property
    def beyond_measured(self) -> bool:
        return self.high > self.fastest


def efficiency(known: Groups, phase: Phase, vendor: str, kind: str) -> Efficiency | None:
    """The measured group nearest to a vendor's devices and a kind of model; None where nothing was measured."""
    for key in ((phase, vendor, kind), (phase, vendor, ANY), (phase, ANY, kind), (phase, ANY, ANY)):
        if key in known:
            return known[key]
    return None


def kind_of(architecture: Architecture) -> str:
    """``MoE`` where a token reads chosen experts, else ``dense``."""
    return "MoE" if active_share(architecture) else "dense"


def decode_speed(found: Estimator, context: int, device: Device, known: Groups) -> Speed | None:
    """Generation of one sequence with ``context`` tokens in the cache, all on one device.

    On several devices with layers split among them it is the same, as they work one after another.
    None where the device's bandwidth isn't known.
    """
    basis = efficiency(known, "decode", device.vendor, kind_of(found.architecture))
    if basis is None or not device.bandwidth_gb_s:
        return None
    bound = device.bandwidth_gb_s * GIGA / token_reads(found, context).total_bytes
    return _times(bound, bound, bound, basis, _fastest(known, "decode", basis))


def split_decode_speed(
    found: Estimator, context: int, offload: Offload, memory: SystemMemory | None, known: Groups
) -> Speed | None:
    """Generation with a part in system memory, which is read at that memory's own bandwidth.

    None where either bandwidth isn't known.
    """
    device, architecture = offload.device, found.architecture
    basis = efficiency(known, "decode", device.vendor, kind_of(architecture))
    if basis is None or memory is None or not device.bandwidth_gb_s:
        return None
    reads = token_reads(found, context)
    if offload.layers_on_device < architecture.num_layers:
        away = 1 - offload.layers_on_device / architecture.num_layers
        host_bytes = (reads.total_bytes - head_bytes(found)) * away
    else:
        host_bytes = reads.experts_bytes * offload.host_experts_bytes / experts_bytes(found)
    on_device = (reads.total_bytes - host_bytes) / (device.bandwidth_gb_s * GIGA)
    slow, fast = (1 / (on_device + host_bytes / (rate * GIGA)) for rate in (memory.low_gb_s, memory.high_gb_s))
    return _times(fast, slow, (slow + fast) / 2, basis, _fastest(known, "decode", basis))


def prefill_speed(found: Estimator, tokens: int, device: Device, known: Groups) -> Speed | None:
    """Reading a prompt of ``tokens`` tokens, all on one device; None where its compute rate isn't known."""
    basis = efficiency(known, "prefill", device.vendor, kind_of(found.architecture))
    if basis is None or not device.matrix_tflops:
        return None
    bound = device.matrix_tflops * TERA / prompt_operations(found.architecture, tokens)
    return _times(bound, bound, bound, basis, _fastest(known, "prefill", basis))


def _fastest(known: Groups, phase: Phase, basis: Efficiency) -> float:
    """The most tokens a second of any measured row of a phase."""
    return known.get((phase, ANY, ANY), basis).fastest


def _times(bound: float, lowest: float, middle: float, basis: Efficiency, fastest: float) -> Speed:
    return Speed(bound, lowest * basis.low, middle * basis.median, bound * basis.high, basis, fastest)
