"""The engines: each knows how it stores weights, sizes caches and what it adds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from generator.memory.architecture import Architecture
from generator.memory.engines import llama_cpp, mlx, transformers, vllm
from generator.memory.profile import EngineMemory
from generator.memory.settings import RunSettings

Engine = Callable[[Architecture, str, RunSettings], EngineMemory]

ENGINES: dict[str, Engine] = {
    "llama.cpp": llama_cpp.memory,
    "vllm": vllm.memory,
    "transformers": transformers.memory,
    "mlx": mlx.memory,
}

DEVICE_DEFAULTS: dict[str, tuple[tuple[int, Mapping[str, int]], ...]] = {"vllm": vllm.DEVICE_DEFAULTS}
"""Engines whose defaults depend on the device's memory: RunSettings fields, each from so many bytes on."""


def defaults_on(engine: str, device_bytes: int) -> dict[str, int]:
    """The settings that an engine takes by itself on a device with that much memory."""
    fitting = [defaults for least, defaults in DEVICE_DEFAULTS.get(engine, ()) if least <= device_bytes]
    return dict(fitting[-1]) if fitting else {}
