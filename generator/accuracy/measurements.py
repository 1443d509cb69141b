"""Every measured row in ``data/reference/`` that names a figure of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generator.accuracy.engine_measurements import engine_measurements
from generator.accuracy.llama_cpp_measurements import llama_cpp_measurements
from generator.accuracy.measurement import Measurement


def measurements(reference: Path) -> Iterator[Measurement]:
    """The rows of all engines, file by file."""
    yield from llama_cpp_measurements(reference)
    yield from engine_measurements(reference)
