"""A pasted log as a field report, with our figures beside its own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from generator.accuracy.compare import Comparison, compare
from generator.accuracy.field_measurements import field_models, run_measurements
from generator.accuracy.field_runs import report_run
from generator.catalog import FILL_IN, Catalog, FieldReport, Model, Quantization, UnknownName
from generator.engine_logs import ENGINES, Figure, LogFigures, parse_log, telling_lines

VLLM_CACHE = {"available_kv_cache_bytes", "kv_cache_tokens"}
"""What vLLM prints of its cache, which is compared as one: the room with a cache of as many tokens."""

SCHEMA_LINE = "# yaml-language-server: $schema=../../schema/report.schema.json\n"


class LogError(Exception):
    """A log that gives no report; says why, and what to add."""


@dataclass(frozen=True, slots=True)
class DraftedReport:
    """A report made from a log.

    text : its file; what nobody said stands as a marked line, which `check` refuses
    comparisons : our figures beside the log's, where its settings are complete enough
    left : figures of the log that aren't compared
    """

    name: str
    text: str
    model: Model
    unknown: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    left: tuple[Figure, ...]


def draft_report(log: str, given: Mapping[str, str | None], catalog: Catalog, month: str) -> DraftedReport:
    """The report of a log.

    given : engine, engine_version, model, quant, device, source or date, as a person says them
    month : the current month, YYYY-MM

    Raises LogError where the log holds no figure, or where neither it nor ``given`` tells model or quantization.
    """
    stated = {key: value for key, value in given.items() if value}
    found = parse_log(log, stated.get("engine"))
    if found is None or not found.figures:
        known = ", ".join(ENGINES)
        raise LogError(f"no memory figure was found in this log; known are the logs of {known} while they load a model")
    model = _model(stated.get("model") or found.model, catalog)
    quant = _quantization(stated.get("quant") or found.quant, catalog)
    fields = {
        "engine": found.engine,
        "engine_version": stated.get("engine_version") or found.version or f"{FILL_IN}: build or version",
        "model": model.slug,
        "quant": quant.name,
        "device": stated.get("device") or found.device or f"{FILL_IN}: device, driver and operating system",
        "date": stated.get("date") or month,
        "source": stated.get("source") or "own run",
        "log": telling_lines(log, found.engine),
    }
    run = report_run(FieldReport.model_validate_json(json.dumps(fields)))
    comparisons = tuple(compare(run_measurements(run, catalog), field_models(catalog)))
    compared = {part for comparison in comparisons for part in comparison.measurement.metric.split("+")}
    if "kv_cache_bytes" in compared:
        compared |= VLLM_CACHE
    return DraftedReport(
        name=re.sub(r"[^a-z0-9.]+", "-", f"{fields['date']}-{model.slug}-{quant.slug}-{found.engine}".lower()),
        text=_text(fields),
        model=model,
        unknown=tuple(key for key, value in fields.items() if value.startswith(FILL_IN)),
        comparisons=comparisons,
        left=_left(found, compared),
    )


def _left(found: LogFigures, compared: set[str]) -> tuple[Figure, ...]:
    totals = (found.total(name) for name in found.names if name not in compared)
    return tuple(total for total in totals if total)


def _model(name: str | None, catalog: Catalog) -> Model:
    if name is None:
        raise LogError("the log doesn't say which model it is: give --model")
    try:
        return catalog.model(name)
    except UnknownName as error:
        raise LogError(f"{error}: give --model") from error


def _quantization(name: str | None, catalog: Catalog) -> Quantization:
    if name is None:
        raise LogError("the log doesn't say which quantization it is: give --quant")
    try:
        return catalog.quantization(name)
    except UnknownName as error:
        raise LogError(f"{error}: give --quant") from error


def _text(fields: Mapping[str, Any]) -> str:
    """The report as YAML, its log as it was printed."""
    lines = (f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields.items() if key != "log")
    log = "".join(f"  {line}\n" for line in fields["log"].splitlines())
    text = f"{SCHEMA_LINE}{''.join(lines)}log: |2\n{log}"
    if yaml.safe_load(text)["log"] != fields["log"]:
        raise LogError("the log holds signs that no YAML file can: remove them")
    return text
