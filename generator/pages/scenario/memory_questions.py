"""Questions on what lies where and how fast it is read, which each scenario answers with its own figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from generator import formats
from generator.catalog import Catalog, Device, Quantization
from generator.memory.work import token_reads
from generator.pages.facts import Facts
from generator.pages.page import Question
from generator.pages.parts.hardware import fastest_at_home
from generator.pages.parts.pace import Pace, pace
from generator.pages.parts.speeds import Timed, offload_speed, speed_text
from generator.placement import Fit, Offload, experts_in_ram
from generator.scenarios import Subject

NAMED_OF_A_PACE = 2
"""Devices of one pace that are named."""
FASTEST_FIRST = tuple(Pace)
NAMED_BITS = re.compile(r"\d+")
"""In the name of a quantization, first of all: ``Q4_K_M``, ``BF16``, ``MLX 4-bit``."""
MORE_BITS = 0.01
"""Part by which weights exceed the bits in the name from which on it is told."""


def memory_questions(
    found: Facts,
    fits: Timed,
    ways: tuple[tuple[str, Offload], ...],
    devices: tuple[Device, ...],
    catalog: Catalog,
) -> tuple[Question, ...]:
    """How fast it is, what lies where, and why others count otherwise.

    fits : the devices that the page shows to hold it, or groups of devices that do together.
    ways : with a part in system memory.
    devices : those that run it.
    """
    made = (
        _how_fast(found, fits, ways, catalog),
        _inactive_experts(found, devices),
        _other_calculators(found),
    )
    return tuple(question for question in made if question)


def _how_fast(found: Facts, fits: Timed, ways: tuple[tuple[str, Offload], ...], catalog: Catalog) -> Question | None:
    """On which devices it answers faster than one reads."""
    speeds = [(speed, fit) for fit, speed in fits if speed]
    if not speeds:
        return None
    paces = [pace(speed) for speed, _ in speeds]
    said = []
    for judged in sorted(set(paces), key=FASTEST_FIRST.index):
        names = [_the(fit) for (_, fit), own in zip(speeds, paces, strict=True) if own is judged]
        said.append(f"{judged} on {formats.some_listed(names, NAMED_OF_A_PACE)}")
    judged = paces[0]
    if len(said) == 1 and judged is not Pace.READING:
        extreme, fit = (max if judged is Pace.BELOW else min)(speeds, key=lambda each: each[0].low)
        even = "even on" if len(speeds) > 1 else "on"
        said = [f"{judged} {even} {_the(fit)}, at {speed_text(extreme)} tokens a second"]
    answer = f"{formats.capitalized('; '.join(said))}."
    way = fastest_at_home(ways)
    if way is not None:
        how, offload = way
        speed = offload_speed(found, offload, catalog)
        if speed is not None:
            judged, rate = pace(speed), speed_text(speed)
            answer += f" The {offload.device.name}, with {how}, is {judged}: {rate} tokens a second."
    return Question(f"How fast does {found.name} answer with {found.context_text} context?", answer)


def _the(fit: Fit) -> str:
    return f"the {fit.device.name}" if fit.count == 1 else f"{fit.count} × {fit.device.name}"


def _inactive_experts(found: Facts, devices: tuple[Device, ...]) -> Question | None:
    """What must be held against what a token reads, and what the device holds with all routed experts elsewhere."""
    reads = token_reads(found.estimator, found.context)
    if not reads.experts_bytes:
        return None
    architecture = found.subject.architecture
    read = formats.size(reads.weights_bytes + reads.experts_bytes)
    active, whole = architecture.parameters_active(), architecture.parameters()
    answer = [
        f"Yes, all of them: {formats.size(found.estimate.weights_bytes)} for {formats.parameters(whole)} parameters. "
        f"A token reads {read} of it, its {formats.parameters(active)} active parameters, the next token other experts: "
        "few active ones make the model fast, not small.",
        *_experts_elsewhere(found, devices),
    ]
    return Question(f"Do the inactive experts of {found.name} need memory?", " ".join(answer))


def _experts_elsewhere(found: Facts, devices: tuple[Device, ...]) -> Iterator[str]:
    """Where the engine can keep them in system memory, what that takes of both."""
    if not found.offloads:
        return
    device = next(each for each in devices if each.vendor == found.subject.vendor(found.engine))
    offload = experts_in_ram(found.estimator, found.context, device, found.band.error)
    if offload is not None:
        yield (
            f"With all routed experts in system memory the device holds {formats.size(offload.device_bytes)}, system "
            f"memory {formats.size(offload.host_bytes)}, and tokens come slower."
        )


def _other_calculators(found: Facts) -> Question | None:
    """Where the usual formula gives the cache, what else others leave out."""
    if found.usual_differs or not found.estimate.kv_cache_bytes:
        return None
    answer = [
        *_named_bits(found.subject, found.quantization, found.estimate.weights_bytes),
        f"Buffers and driver, often left out, add {formats.size(found.overhead_bytes)}.",
    ]
    return Question(f"Why does another calculator say something else of {found.name}?", " ".join(answer))


@lru_cache(maxsize=64)
def _named_bits(subject: Subject, quantization: Quantization, weights: int) -> tuple[str, ...]:
    """What the bits in a quantization's name would make of the ``weights``, bytes, where they take noticeably more."""
    bits = NAMED_BITS.search(quantization.name)
    parameters = subject.architecture.parameters()
    if bits is None or weights * 8 < parameters * int(bits[0]) * (1 + MORE_BITS):
        return ()
    plain = formats.size(parameters * int(bits[0]) // 8)
    return (
        f"Because of the weights: {bits[0]} bits each would be {plain}, but {subject.model.name} at "
        f"{quantization.name} has {formats.bits(8 * weights / parameters)}, which makes {formats.size(weights)}.",
    )
