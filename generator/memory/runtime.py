"""What a process takes beside weights, caches and graph buffers: driver context, libraries, slack.

Measured on real machines, as ranges: it depends on card, driver and library versions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from generator.memory.errors import unknown

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class RuntimeOverhead:
    """A range of bytes a process and device, with its source."""

    low_bytes: int
    typical_bytes: int
    high_bytes: int
    source: str


BY_VENDOR = {
    "nvidia": RuntimeOverhead(
        107 * MIB,
        256 * MIB,
        555 * MIB,
        "CUDA context: 107 MiB on an RTX 4060 Ti and 555 MiB on an RTX PRO 6000 (llama.cpp pull request 23604), "
        "256 MiB on an RTX 3090 (InvokeAI issue 9413)",
    ),
    "amd": RuntimeOverhead(
        26 * MIB,
        150 * MIB,
        555 * MIB,
        "Vulkan: 26 to 300 MiB between what the driver reports and what llama.cpp allocates (field reports); "
        "the upper end is CUDA's, as no ROCm figure was found",
    ),
    "intel": RuntimeOverhead(
        26 * MIB,
        150 * MIB,
        555 * MIB,
        "Vulkan: 26 to 300 MiB (field reports); the upper end is CUDA's, as no SYCL figure was found",
    ),
    "apple": RuntimeOverhead(
        0,
        64 * MIB,
        300 * MIB,
        "Metal shares system memory and keeps no device context; the range is an assumption up to the Vulkan figure",
    ),
}

PYTORCH_BYTES = 300 * 1_000_000
"""What PyTorch itself adds on CUDA with lazy loading (pytorch issue 107667)."""


@cache
def overhead(vendor: str = "nvidia", pytorch: bool = False) -> RuntimeOverhead:
    """The range for one process on a device of ``vendor``, with PyTorch's libraries where asked.

    Raises
    ------
    MemoryModelError : the vendor isn't known.
    """
    if vendor not in BY_VENDOR:
        raise unknown("vendor", vendor, BY_VENDOR)
    found = BY_VENDOR[vendor]
    if not pytorch:
        return found
    return RuntimeOverhead(
        found.low_bytes,
        max(found.typical_bytes, PYTORCH_BYTES),
        found.high_bytes + PYTORCH_BYTES,
        f"{found.source}; PyTorch about 300 MB (pytorch issue 107667)",
    )
