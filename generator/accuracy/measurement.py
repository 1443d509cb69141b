"""A measured figure, and the models that were measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct


class Measurement(Struct, frozen=True):
    """One figure that an engine printed or returned.

    metric : name of our figure that it measures, e.g. ``kv_cache_bytes`` (several: added up).
    settings : RunSettings fields of the run.
    rounding : half a unit of the last digit printed, where the figure was printed and rounded.
    """

    engine: str
    version: str
    model: str
    metric: str
    value: int
    quant: str
    context: int
    settings: Mapping[str, Any]
    rounding: int = 0


class MeasuredModel(Struct, frozen=True):
    """The config of a measured model, and whether the measured file carries its MTP blocks."""

    config: Mapping[str, Any]
    mtp_in_file: bool


def measured_models(reference: Path) -> dict[str, MeasuredModel]:
    """Configs by the names that the measured rows use."""
    entries = json.loads((reference / "configs.json").read_text(encoding="utf-8"))
    return {name: MeasuredModel(e["config"], e.get("mtp_in_file", False)) for name, e in entries.items()}
