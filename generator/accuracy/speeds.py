"""Measured speeds beside their bounds, and the efficiencies drawn from them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from generator.catalog import Catalog, Efficiency
from generator.catalog.efficiency import ANY, EfficiencyFile, Kind, Phase
from generator.memory.architecture import Architecture, from_config
from generator.memory.estimate import estimator
from generator.memory.settings import RunSettings
from generator.memory.work import active_share, prompt_operations, token_reads

LEAST_ROWS = 8
"""Rows below which a group tells nothing of its own."""

LOW, MEDIAN, HIGH = 0.1, 0.5, 0.9


class MeasuredSpeed(Struct, frozen=True):
    """One measured run of one sequence.

    device, model : slugs. quant : name of a quantization.
    tokens : tokens generated or read. depth : tokens in the cache beforehand.
    """

    device: str
    model: str
    quant: str
    engine: str
    backend: str
    build: str
    phase: Phase
    tokens: int
    depth: int
    tokens_per_second: float
    source: str


class SpeedComparison(Struct, frozen=True):
    """A measured speed and its bound, tokens a second."""

    measured: MeasuredSpeed
    vendor: str
    kind: Kind
    bound: float

    @property
    def efficiency(self) -> float:
        return self.measured.tokens_per_second / self.bound


def measured_speeds(reference: Path) -> tuple[MeasuredSpeed, ...]:
    """All rows below ``reference/speed``, file by file."""
    files = sorted((reference / "speed").glob("*.jsonl"))
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return tuple(MeasuredSpeed(**json.loads(line)) for line in lines)


def compare_speeds(rows: Iterable[MeasuredSpeed], catalog: Catalog) -> Iterator[SpeedComparison]:
    """Each measured speed with its bound, those of devices without the rate left out."""
    architectures: dict[str, Architecture] = {}
    for row in rows:
        model, device = catalog.model(row.model), catalog.device(row.device)
        if model.slug not in architectures:
            architectures[model.slug] = from_config(model.config)
        architecture = architectures[model.slug]
        kind: Kind = "MoE" if active_share(architecture) else "dense"
        if row.phase == "decode" and device.bandwidth_gb_s:
            settings = RunSettings(mtp_in_file=model.mtp_in_gguf)
            found = estimator(architecture, catalog.quantization(row.quant).name, row.engine, settings)
            reads = token_reads(found, row.depth + row.tokens // 2)
            yield SpeedComparison(row, device.vendor, kind, device.bandwidth_gb_s * 1e9 / reads.total_bytes)
        elif row.phase == "prefill" and device.matrix_tflops:
            operations = prompt_operations(architecture, row.tokens, row.depth)
            yield SpeedComparison(row, device.vendor, kind, device.matrix_tflops * 1e12 / operations)


def efficiencies(comparisons: Iterable[SpeedComparison]) -> tuple[Efficiency, ...]:
    """Quantiles by phase, vendor and kind, and over all of either, for groups of ``LEAST_ROWS`` rows and more."""
    groups: dict[tuple[Phase, str, Kind], list[SpeedComparison]] = defaultdict(list)
    for comparison in comparisons:
        for vendor in (comparison.vendor, ANY):
            for group in (comparison.kind, ANY):
                groups[comparison.measured.phase, vendor, group].append(comparison)
    return tuple(_efficiency(key, group) for key, group in sorted(groups.items()) if len(group) >= LEAST_ROWS)


def _efficiency(key: tuple[Phase, str, Kind], group: list[SpeedComparison]) -> Efficiency:
    shares = sorted(comparison.efficiency for comparison in group)
    phase, vendor, kind = key
    return Efficiency(
        phase=phase,
        vendor=vendor,
        kind=kind,
        rows=len(group),
        devices=len({comparison.measured.device for comparison in group}),
        low=_quantile(shares, LOW),
        median=_quantile(shares, MEDIAN),
        high=_quantile(shares, HIGH),
        best=round(shares[-1], 4),
        fastest=max(comparison.measured.tokens_per_second for comparison in group),
    )


def _quantile(ordered: list[float], part: float) -> float:
    """The value nearest to ``part`` of an ordered list, to four digits."""
    return round(ordered[round(part * (len(ordered) - 1))], 4)


def dumps(found: tuple[Efficiency, ...]) -> str:
    """The text of ``data/speed.json``, one group a line."""
    lines = ",\n".join(json.dumps(entry.model_dump()) for entry in EfficiencyFile(efficiencies=found).efficiencies)
    return '{"efficiencies": [\n' + lines + "\n]}\n"
