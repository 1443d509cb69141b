"""Runs on other people's machines: from report files, and from the table of figures quoted from public logs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from generator.catalog import FieldReport
from generator.engine_logs import LogFigures, parse_log

TABLE = "field/reports.jsonl"
SETTINGS = ("kv_type", "flash_attention", "kv_unified")
SIZES = {"mib": 1 << 20, "gib": 1 << 30}


class FieldFigure(Struct, frozen=True):
    """A printed size (or number of tokens) and half a unit of its last digit."""

    value: int
    rounding: int


class FieldRun(Struct, frozen=True):
    """One run, as far as its log tells.

    model : slug that the catalogue may have
    quant : as the report names it, None where it doesn't
    settings : by the names of a report's settings
    whole : all layers and experts on one device
    figures : by the names of ``engine_logs``
    """

    engine: str
    version: str
    model: str
    quant: str | None
    settings: Mapping[str, Any]
    whole: bool
    figures: Mapping[str, FieldFigure]


def report_run(report: FieldReport) -> FieldRun:
    """A report's run, its figures and most settings read from its log."""
    log = parse_log(report.log, report.engine)
    found = log or LogFigures(report.engine, None, None, None, None, {}, None, None)
    given = {name: value for name, value in report.settings.model_dump().items() if value is not None}
    totals = ((name, found.total(name)) for name in found.names)
    compute = {figure.device for figure in found.figures if figure.name == "compute_bytes"}
    return FieldRun(
        engine=report.engine,
        version=found.version or report.engine_version,
        model=report.model,
        quant=report.quant,
        settings=found.settings | given,
        whole=found.layers_on_device == found.layers and len(compute) < 2,
        figures={name: FieldFigure(total.value, total.rounding) for name, total in totals if total},
    )


def table_runs(reference: Path) -> Iterator[FieldRun]:
    """Runs of llama.cpp, Ollama and vLLM in the table of quoted figures; rows of one run are taken together.

    Left out are runs with a draft model, whose caches the rows don't tell apart, and the model buffers of Metal and
    of the CPU, which map the whole file.
    """
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for line in (reference / TABLE).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["engine"] in _ENGINES and "speculative" not in row:
            groups.setdefault(tuple(str(row.get(name)) for name in _SAME), []).append(row)
    for rows in groups.values():
        run = _table_run(rows)
        if run.figures:
            yield run


_ENGINES = {"llama.cpp": "llama.cpp", "ollama (llama.cpp)": "ollama", "vllm": "vllm"}
_SAME = (
    "engine", "engine_version", "slug_guess", "quant", "n_ctx", "n_seq", "n_ubatch", "device", "source", "tp", "date",
    "expert_offload", "gpu_memory_utilization",
)  # fmt: skip
"""Fields that rows of one run agree in."""


def _table_run(rows: list[dict[str, Any]]) -> FieldRun:
    first = rows[0]
    merged = {key: value for row in reversed(rows) for key, value in row.items()}
    settings = {name: merged[name] for name in SETTINGS if name in merged}
    if str(settings.get("kv_type", "")).startswith("auto"):
        settings["kv_type"] = "bf16"
    numbers = {"context": "n_ctx", "n_seq_max": "n_seq", "ubatch": "n_ubatch", "tensor_parallel": "tp"}
    settings |= {name: merged[key] for name, key in numbers.items() if key in merged}
    figures: dict[str, FieldFigure] = {}
    for row in rows:
        name = _table_figure(row)
        if name:
            value, rounding = _size(row)
            before = figures.get(name, FieldFigure(0, 0))
            figures[name] = FieldFigure(before.value + value, before.rounding + rounding)
    partial = "expert_offload" in merged or any("partial" in row.get("part", "") for row in rows)
    version = first.get("engine_version") or first.get("date") or "unknown version"
    whole = not partial
    return FieldRun(
        _ENGINES[first["engine"]], version, first["slug_guess"], first.get("quant"), settings, whole, figures
    )


def _table_figure(row: Mapping[str, Any]) -> str | None:
    """The figure that a row measures, None where it is none of ours."""
    metric, part = row["metric"], row.get("part", "")
    if metric == "kv_mib":
        if "KV + recurrent" in part:
            return "context_bytes"
        return "recurrent_state_bytes" if "recurrent" in part else "kv_cache_bytes"
    if metric == "host_buffer_mib":
        return "compute_host_bytes" if "compute" in part else "weights_host_bytes"
    if metric == "model_buffer_mib":
        return None if part.startswith(("CPU", "MTL", "Metal")) else "weights_device_bytes"
    if metric == "compute_mib":
        return None if part.startswith("CPU") else "compute_bytes"
    return {
        "weights_gib": "weights_file_bytes",
        "vllm_weights_gib": "weights_bytes",
        "vllm_kv_gib": "available_kv_cache_bytes",
        "vllm_kv_tokens": "kv_cache_tokens",
    }.get(metric)


def _size(row: Mapping[str, Any]) -> tuple[int, int]:
    """Bytes (or tokens), and half a unit of what was printed: hundredths, or whole units where no decimals stand."""
    scale = SIZES.get(row["metric"].rpartition("_")[2])
    if scale is None:
        return int(row["value"]), 0
    step = 1 if isinstance(row["value"], int) else 100
    return round(row["value"] * scale), round(scale / step / 2)


def field_runs(reference: Path, reports: Iterable[FieldReport]) -> Iterator[FieldRun]:
    """All runs: those with a file of their own, and those in the table."""
    yield from (report_run(report) for report in reports)
    yield from table_runs(reference)
