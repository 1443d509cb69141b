"""What a log says: figures in bytes as far as they were printed, and the settings of the run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

UNITS = {
    "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed size, or a number of tokens.

    name : the figure of ours that it measures (``weights_device_bytes``, ``kv_cache_bytes``, ...); or
        ``context_bytes`` (cache and recurrent state together, llama.cpp's last lines), or
        ``available_kv_cache_bytes`` and ``kv_cache_tokens``, which vLLM prints
    device : as the engine calls it, empty where it names none
    rounding : half a unit of the last digit printed, bytes or tokens
    line : 1-based line of the log
    """

    name: str
    value: int
    rounding: int
    device: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class LogFigures:
    """Everything found in one log.

    device : the first device, as its driver names it
    settings : what the run was set to, by the names of a report's settings; only what the log says
    layers_on_device, layers : how many layers were offloaded, None where the log doesn't say
    """

    engine: str
    version: str | None
    model: str | None
    quant: str | None
    device: str | None
    settings: dict[str, Any]
    layers_on_device: int | None
    layers: int | None
    figures: tuple[Figure, ...] = ()

    def total(self, name: str) -> Figure | None:
        """All figures of one name added up, None where there is none."""
        found = [figure for figure in self.figures if figure.name == name]
        if not found:
            return None
        devices = ", ".join(dict.fromkeys(figure.device for figure in found if figure.device))
        value, rounding = sum(figure.value for figure in found), sum(figure.rounding for figure in found)
        return Figure(name, value, rounding, devices, found[0].line, found[0].text)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the figures in order of appearance."""
        return tuple(dict.fromkeys(figure.name for figure in self.figures))


def printed_size(number: str, unit: str) -> tuple[int, int]:
    """Bytes of ``4.33 GiB`` and half a unit of its last digit."""
    scale = UNITS[unit]
    decimals = len(number.partition(".")[2])
    return round(float(number.replace(",", "")) * scale), round(scale / 10**decimals / 2)


def first(pattern: str, text: str) -> str | None:
    """What the first group of the first match holds."""
    match = re.search(pattern, text)
    return match[1] if match else None
