"""Statistics of the comparisons, by engine, kind of architecture and metric, and the bands drawn from them."""

from __future__ import annotations

import dataclasses
import json
import statistics
from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from generator.accuracy.compare import Comparison
from generator.accuracy.measurement import Measurement
from generator.memory.architecture import Architecture
from generator.memory.estimate import ErrorBand
from generator.memory.kinds import architecture_kind, architecture_name
from generator.memory.settings import RunSettings

COMPUTE = "compute_bytes"
ALL_KINDS = "all kinds"
COVERAGE = 0.99
"""Part of the measured rows that a band holds."""


class Row(Struct, frozen=True):
    """Agreement of one group of measured rows; errors are (ours - measured) / measured.

    exact : equal to the byte or, where the measured figure was printed rounded, to its last digit.
    low, high : measured / ours at the ends that hold ``COVERAGE`` of the rows.
    refused : rows of the group that the core gives no figure for.
    architectures : what engines call the models among them.
    worst_run : the run furthest off, empty where none is.
    """

    engine: str
    kind: str
    metric: str
    n: int
    exact: int
    median: float
    p95: float
    worst: float
    low: float
    high: float
    refused: int = 0
    architectures: tuple[str, ...] = ()
    worst_run: str = ""


class Nearness(StrEnum):
    """How near to a model the measured rows come that its band is drawn from."""

    ARCHITECTURE = "architecture"
    KIND = "kind"
    ENGINE = "engine"
    NOTHING = "nothing"


class Band(Struct, frozen=True):
    """How well compute buffers agree for a model and an engine.

    nearness : whether rows of its architecture were measured, else of its kind, else of any kind.
    row : the measured rows that come nearest, None without any.
    reported : what others reported of the engine's compute buffers on their GPUs, None where nothing.
    """

    kind: str
    nearness: Nearness
    row: Row | None
    reported: Row | None
    error: ErrorBand


DOUBT = 2
"""How many times what was reported is allowed for where an architecture was never measured."""

USUAL = dataclasses.asdict(RunSettings()) | {"n_seq_max": 1, "kv_type": "f16"}
"""Settings that go without saying."""

UNMEASURED = ErrorBand(0.5, 2.0)
"""Half to twice: what is assumed of a compute buffer of an engine without any measured row."""


def rows(comparisons: Iterable[Comparison]) -> tuple[Row, ...]:
    """A row for each (engine, kind, metric), and for each (engine, metric) over all kinds."""
    groups: dict[tuple[str, str, str], list[Comparison]] = defaultdict(list)
    for comparison in comparisons:
        measurement = comparison.measurement
        groups[measurement.engine, ALL_KINDS, measurement.metric].append(comparison)
        groups[measurement.engine, comparison.kind, measurement.metric].append(comparison)
    return tuple(_row(*key, group) for key, group in sorted(groups.items()))


def _row(engine: str, kind: str, metric: str, group: list[Comparison]) -> Row:
    known = [comparison for comparison in group if comparison.ours is not None]
    refused = len(group) - len(known)
    if not known:
        return Row(engine, kind, metric, 0, 0, 0.0, 0.0, 0.0, 1.0, 1.0, refused)
    errors = sorted(abs(comparison.error) for comparison in known)
    worst = max(known, key=lambda comparison: abs(comparison.error))
    ratios = sorted(c.measurement.value / c.ours for c in known if c.ours)
    outside = (1 - COVERAGE) / 2
    return Row(
        engine,
        kind,
        metric,
        n=len(known),
        exact=sum(comparison.exact for comparison in known),
        median=statistics.median(errors),
        p95=_quantile(errors, 0.95),
        worst=worst.error,
        low=_quantile(ratios, outside) if ratios else 1.0,
        high=_quantile(ratios, 1 - outside) if ratios else 1.0,
        refused=refused,
        architectures=tuple(sorted({comparison.architecture for comparison in known})),
        worst_run=_run(worst.measurement) if worst.error else "",
    )


def _run(measurement: Measurement) -> str:
    """What was run, as one looks it up among the measured rows: settings only where they aren't the usual ones."""
    parts = [f"{measurement.model.rsplit('/', 1)[-1]} at {measurement.quant}"]
    if not measurement.metric.startswith("weights"):
        parts.append(f"{measurement.context:,} tokens")
    given = sorted(measurement.settings.items())
    return ", ".join((*parts, *(f"{name}={value}" for name, value in given if USUAL.get(name, value) != value)))


def _quantile(ordered: list[float], part: float) -> float:
    """The value at ``part`` of an ordered list, the nearest rank outwards."""
    index = part * (len(ordered) - 1)
    return ordered[round(index + (0.499 if part >= 0.5 else -0.499))]


REPORTED = "reported"


class Bands:
    """The table of agreement, and the band of each kind.

    table : rows of figures that we measured or that engines' own functions returned
    reported : rows of figures that others reported, of many versions and backends
    """

    def __init__(self, table: tuple[Row, ...], reported: tuple[Row, ...] = ()) -> None:
        self.table = table
        self.reported = reported
        self._by_key = {(row.engine, row.kind, row.metric): row for row in table}

    @classmethod
    def load(cls, path: Path) -> Bands:
        """Read a table that ``dumps`` wrote."""
        entries = json.loads(path.read_text(encoding="utf-8"))
        reported = [entry.pop(REPORTED, False) for entry in entries]
        rows = [Row(**entry | {"architectures": tuple(entry.get("architectures", ()))}) for entry in entries]
        return cls(
            tuple(row for row, is_reported in zip(rows, reported, strict=True) if not is_reported),
            tuple(row for row, is_reported in zip(rows, reported, strict=True) if is_reported),
        )

    def dumps(self) -> str:
        """Both tables as JSON text, floats cut to six digits, one row a line; reported rows say so."""
        entries = [asdict(row) for row in self.table]
        entries += [asdict(row) | {REPORTED: True} for row in self.reported]
        lines = (json.dumps({k: _rounded(v) for k, v in entry.items()}) for entry in entries)
        return "[\n" + ",\n".join(lines) + "\n]\n"

    def compute(self, engine: str, kind: str, architecture: str) -> Band:
        """The band of compute buffers of one architecture.

        Of its kind's rows where it is among them. Where it isn't, as wide as the engine's worst row and twice what
        others reported from their GPUs. Either way wide enough for that.
        """
        overall = self.overall(engine, COMPUTE)
        if overall is None:
            return Band(kind, Nearness.NOTHING, None, None, UNMEASURED)
        reported = next(
            (r for r in self.reported if (r.engine, r.kind, r.metric) == (engine, ALL_KINDS, COMPUTE)), None
        )
        own = self._by_key.get((engine, kind, COMPUTE))
        if own and architecture in own.architectures:
            nearness, row, low, high = Nearness.ARCHITECTURE, own, own.low, own.high
        else:
            nearness, row = (Nearness.KIND, own) if own and own.n else (Nearness.ENGINE, overall)
            reach = max(abs(overall.worst), DOUBT * (reported.high - 1) if reported else 0)
            low, high = 1 / (1 + reach), 1 + reach
        if reported:
            low, high = min(low, reported.low), max(high, reported.high)
        return Band(kind, nearness, row, reported, ErrorBand(low, high))

    def of(self, engine: str, architecture: Architecture) -> Band:
        """``compute`` of an architecture."""
        return self.compute(engine, architecture_kind(architecture), architecture_name(architecture))

    def overall(self, engine: str, metric: str) -> Row | None:
        """The row of one figure of an engine over all kinds, None where none was measured."""
        row = self._by_key.get((engine, ALL_KINDS, metric))
        return row if row and row.n else None

    def equal_sizes(self, engine: str, kind: str) -> tuple[int, int]:
        """Measured sizes of weights, caches and outputs that equal ours to the byte, and how many were measured."""
        rows = [r for r in self.table if (r.engine, r.kind) == (engine, kind) and not r.metric.startswith("compute")]
        return sum(row.exact for row in rows), sum(row.n for row in rows)


def _rounded(value: object) -> object:
    return round(value, 6) if isinstance(value, float) else value
