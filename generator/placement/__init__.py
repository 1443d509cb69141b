"""Which hardware holds a scenario: one device, several, or a part in system memory.

A placement spreads a profile's terms over devices; it computes no memory of its own.
"""

from generator.placement.devices import Fit, Verdict, held_by, nearest, one_device, several, smallest_device, together
from generator.placement.offload import Offload, experts_in_ram, fewest_experts_in_ram, layers_in_ram

__all__ = [
    "Fit",
    "Offload",
    "Verdict",
    "experts_in_ram",
    "fewest_experts_in_ram",
    "held_by",
    "layers_in_ram",
    "nearest",
    "one_device",
    "several",
    "smallest_device",
    "together",
]
