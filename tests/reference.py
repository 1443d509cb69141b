"""The measured rows, grouped for tests."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from generator.accuracy.measurement import MeasuredModel, Measurement, measured_models
from generator.accuracy.measurements import measurements
from generator.memory.architecture import Architecture, from_config

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
REFERENCE = DATA / "reference"
LLAMA_CPP_FOLDERS = (REFERENCE, REFERENCE / "new2026")


@lru_cache(maxsize=1)
def models() -> dict[str, MeasuredModel]:
    return measured_models(REFERENCE)


@cache
def architecture(name: str) -> Architecture:
    return from_config(models()[name].config)


@lru_cache(maxsize=1)
def rows_by_model() -> dict[tuple[str, str, str], list[Measurement]]:
    """(engine, model, metric) -> measured rows."""
    found: dict[tuple[str, str, str], list[Measurement]] = defaultdict(list)
    for row in measurements(REFERENCE):
        found[row.engine, row.model, row.metric].append(row)
    return dict(found)


def measured_names(engine: str, metric: str) -> list[str]:
    """Models with rows of ``metric``."""
    return sorted(model for e, model, m in rows_by_model() if (e, m) == (engine, metric))


def json_lines(name: str) -> list[dict[str, Any]]:
    """Rows of both llama.cpp folders' file ``name``."""
    return [
        json.loads(line)
        for folder in LLAMA_CPP_FOLDERS
        for line in (folder / name).read_text(encoding="utf-8").splitlines()
    ]
