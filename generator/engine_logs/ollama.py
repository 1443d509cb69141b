"""Ollama: its own summary by device, around the lines of llama.cpp where that runs inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from generator.engine_logs import llama_cpp
from generator.engine_logs.figures import Figure, first, printed_size

_SUMMARY = re.compile(
    r'msg="(?P<part>model weights|kv cache|compute graph)" device=(?P<device>\S+) '
    r'size="(?P<number>[\d.]+) (?P<unit>\w+)"'
)
_NAMES = {
    "model weights": ("weights_device_bytes", "weights_host_bytes"),
    "kv cache": ("kv_cache_bytes", "kv_cache_bytes"),
    "compute graph": ("compute_bytes", "compute_host_bytes"),
}
"""On a device, in system memory."""

_FLAGS = {"true": True, "enabled": True, "false": False, "disabled": False}


def figures(log: str) -> Iterator[Figure]:
    """llama.cpp's buffers, printed to the hundredth; of Ollama's summary only what those lack."""
    found = list(llama_cpp.figures(log))
    yield from found
    known = {figure.name for figure in found}
    for number, line in enumerate(log.splitlines(), 1):
        match = _SUMMARY.search(line)
        if match:
            name = _NAMES[match["part"]][match["device"] == "CPU"]
            if name not in known:
                value, rounding = printed_size(match["number"], match["unit"])
                yield Figure(name, value, rounding, match["device"], number, line.strip())


def settings(log: str) -> dict[str, Any]:
    """What the load request says, in place of what llama.cpp prints later where both do."""
    found = llama_cpp.settings(log)
    for name, pattern in (
        ("context", r"KvSize:(\d+)"),
        ("n_seq_max", r"Parallel:(\d+)"),
        ("ubatch", r"BatchSize:(\d+)"),
    ):
        text = first(pattern, log)
        if text:
            found[name] = int(text)
    kv_type = first(r"KvCacheType:(\w+)", log)
    if kv_type:
        found["kv_type"] = kv_type
    flag = (first(r"FlashAttention:(\w+)", log) or "").lower()
    if flag in _FLAGS:
        found["flash_attention"] = _FLAGS[flag]
    return found


def version(log: str) -> str | None:
    """Ollama's own version: ``0.17.1``."""
    return first(r"\(version (\d[\w.-]*)\)", log)
