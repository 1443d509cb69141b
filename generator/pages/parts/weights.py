"""Where a model's weights lie: not all that a file holds is on the device, and some of it lies on both sides."""

from __future__ import annotations

from generator import formats
from generator.memory.estimate import Estimate


def in_system_memory(estimate: Estimate) -> str:
    """``the 350 MB of token embedding stay in system memory``, a clause; empty where nothing does.

    An embedding that serves as output head too lies on both sides; one for each layer is only looked up.
    """
    host = formats.size(estimate.weights_host_bytes)
    both = estimate.weights_device_bytes + estimate.weights_host_bytes - estimate.weights_bytes
    if not estimate.weights_host_bytes:
        return ""
    if both <= 0:
        return f"the {host} of token embedding stay in system memory"
    if both >= estimate.weights_host_bytes:
        return f"the {host} of token embedding lie in system memory too"
    return f"{host} of embeddings lie in system memory, {formats.size(both)} of them on the device too"
