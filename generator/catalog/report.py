"""A field report: what an engine printed on somebody's machine."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.catalog.fields import SOURCE_PATTERN, Frozen, Line, Month, PositiveInt, Slug


class ReportSettings(Frozen):
    """Settings of the run that its log doesn't print; what the log prints needs no repeating.

    context : tokens, of the whole server where n_seq_max is given
    n_outputs_max : rows of logits reserved, "all" for one a token of the micro-batch
    """

    context: PositiveInt | None = None
    n_seq_max: PositiveInt | None = None
    ubatch: PositiveInt | None = None
    kv_type: Line | None = None
    flash_attention: bool | None = None
    kv_unified: bool | None = None
    swa_full: bool | None = None
    n_outputs_max: PositiveInt | Literal["all"] | None = None
    tensor_parallel: PositiveInt | None = None


class FieldReport(Frozen):
    """Content of a `data/reference/reports/*.yaml` file: one run, its figures being those in its log."""

    engine: Literal["llama.cpp", "ollama", "vllm"]
    engine_version: Line
    model: Slug
    quant: Annotated[Line, Field(description="a quantization of the catalogue, by its name")]
    settings: Annotated[ReportSettings, Field(default_factory=ReportSettings)]
    device: Annotated[Line, Field(description="device, driver and operating system")]
    date: Month
    source: Annotated[str, Field(pattern=SOURCE_PATTERN, description="an address, or: own run")]
    note: Line | None = None
    log: Annotated[str, Field(min_length=1, description="the engine's log from loading to the first request")]
