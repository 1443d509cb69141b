"""Measured rows of the engines beside llama.cpp, and our figures for them."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from typing import Any

from generator.accuracy.engine_measurements import FILES, engine_measurements
from generator.accuracy.measurement import Measurement
from generator.memory.estimate import estimator
from generator.memory.settings import RunSettings
from tests.reference import REFERENCE, architecture


@lru_cache(maxsize=1)
def _measurements() -> tuple[Measurement, ...]:
    return tuple(engine_measurements(REFERENCE))


def measured(engine: str, metric: str, quant: str | None = None) -> list[Measurement]:
    """Rows of one engine and metric, of one quantization where given."""
    return [
        row for row in _measurements() if (row.engine, row.metric) == (engine, metric) and quant in (None, row.quant)
    ]


@cache
def raw_rows(engine: str) -> tuple[dict[str, Any], ...]:
    """Rows of one engine as they are in the file."""
    return tuple(json.loads(line) for line in (REFERENCE / FILES[engine]).read_text(encoding="utf-8").splitlines())


def ours(row: Measurement) -> int:
    """Our figure for a row."""
    settings = RunSettings(**row.settings)
    estimate = estimator(architecture(row.model), row.quant, row.engine, settings).at(row.context)
    return sum(getattr(estimate, part) for part in row.metric.split("+"))


def errors(rows: list[Measurement]) -> dict[tuple[str, str, int], float]:
    """(model, quantization, context) -> relative error, of the rows that aren't met to the byte."""
    return {
        (row.model, row.quant, row.context): (ours(row) - row.value) / row.value
        for row in rows
        if ours(row) != row.value
    }
