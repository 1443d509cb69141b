"""What runs on other people's machines measure of our figures, where their settings are complete enough to compare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generator.accuracy.engine_measurements import CACHES
from generator.accuracy.field_runs import FieldFigure, FieldRun, field_runs
from generator.accuracy.measurement import MeasuredModel, Measurement
from generator.catalog import Catalog, Model, UnknownName
from generator.memory.architecture import from_config
from generator.memory.kinds import mixer_kind

NEW_BUILD, OLD_BUILD = 9849, 8164
"""The oldest build among the reports that reserves outputs for slots only and masks in F16, and the newest that
reserves one for every token of the micro-batch and masks in F32; of builds between, compute buffers aren't compared."""

OLD_YEARS = ("2024", "2025")
UNQUANTIZED = {"bfloat16": "BF16"}
"""What else reports call a quantization of vLLM."""

WEIGHTS = ("weights_file_bytes", "weights_device_bytes", "weights_host_bytes")
CONTEXT_METRICS = {
    "kv_cache_bytes": "kv_cache_bytes",
    "recurrent_state_bytes": "recurrent_state_bytes",
    "context_bytes": CACHES,
}
LINEAR_KINDS = ("full attention", "multi-head latent attention")
SLOTS = "slots"
RUN_SETTINGS = ("kv_type", "flash_attention", "ubatch", "n_seq_max", "kv_unified", "swa_full", "n_outputs_max")
_BUILD = re.compile(r"\bb(\d{4,5})\b")


def field_models(catalog: Catalog) -> dict[str, MeasuredModel]:
    """Configs by the names that field measurements use."""
    return {_key(slug): MeasuredModel(model.config, model.mtp_in_gguf) for slug, model in catalog.models.items()}


def field_measurements(reference: Path, catalog: Catalog) -> Iterator[Measurement]:
    """Every figure of every run whose model, quantization and settings are known."""
    for run in field_runs(reference, catalog.reports):
        yield from run_measurements(run, catalog)


def run_measurements(run: FieldRun, catalog: Catalog) -> Iterator[Measurement]:
    """The figures of one run that can be compared; none where the catalogue doesn't have its model."""
    try:
        model = catalog.model(run.model)
    except UnknownName:
        return
    engine = "vllm" if run.engine == "vllm" else "llama.cpp"
    found = _READERS[engine](run, model, _quant(run, engine, catalog))
    for metric, figure, quant, context, settings in found:
        key = _key(model.slug)
        yield Measurement(engine, run.version, key, metric, figure.value, quant, context, settings, figure.rounding)


def _key(slug: str) -> str:
    return f"models/{slug}"


Found = tuple[str, FieldFigure, str, int, dict[str, Any]]


def _llama_cpp(run: FieldRun, model: Model, quant: str | None) -> Iterator[Found]:
    """Figures of llama.cpp, by itself or inside Ollama, whose compute buffers are its own."""
    if quant and run.whole:
        for name in WEIGHTS:
            if name in run.figures:
                yield name, run.figures[name], quant, 1, {}
    settings = {name: run.settings[name] for name in RUN_SETTINGS if run.settings.get(name) is not None}
    context, mix = run.settings.get("context"), quant or "F16"
    if context is None or "kv_type" not in settings:
        return
    for name, metric in CONTEXT_METRICS.items():
        if name in run.figures and not _cached_values(run, model):
            yield metric, run.figures[name], mix, context, settings
    outputs = settings.get("n_outputs_max") or _outputs(run)
    if run.engine == "ollama" or not run.whole or not outputs or not {"ubatch", "flash_attention"} <= settings.keys():
        return
    for name in ("compute_bytes", "compute_host_bytes"):
        if name in run.figures and (name == "compute_bytes" or _outputs(run) == SLOTS):
            yield (
                name,
                run.figures[name],
                mix,
                context,
                settings | ({} if outputs == SLOTS else {"n_outputs_max": outputs}),
            )


def _cached_values(run: FieldRun, model: Model) -> bool:
    """Whether the build still cached values beside the compressed vector of latent attention, as in early 2025."""
    return "kv_lora_rank" in model.config and run.version.startswith(OLD_YEARS)


def _outputs(run: FieldRun) -> str | None:
    """Rows of logits that the build reserves: ``slots``, ``all``, or None where the build isn't known."""
    match = _BUILD.search(run.version)
    if match:
        build = int(match[1])
        return SLOTS if build >= NEW_BUILD else "all" if build <= OLD_BUILD else None
    return "all" if any(year in run.version for year in OLD_YEARS) else None


def _quant(run: FieldRun, engine: str, catalog: Catalog) -> str | None:
    """The catalogue's quantization of that name that the engine runs; files of other mixes aren't compared."""
    name = (run.quant or "").removesuffix(" (QAT)")
    try:
        found = catalog.quantization(UNQUANTIZED.get(name, name))
    except UnknownName:
        return None
    return found.name if engine in found.engines else None


def _vllm(run: FieldRun, model: Model, quant: str | None) -> Iterator[Found]:
    """Weights of models without an encoder, which vLLM loads too, and the room for tokens of layers that keep all.

    Where layers keep a window or a state, a token has no size of its own.
    """
    if run.settings.get("tensor_parallel", 1) != 1:
        return
    if quant and "weights_bytes" in run.figures and model.modality == "text":
        yield "weights_bytes", run.figures["weights_bytes"], quant, 1, {}
    room, tokens = run.figures.get("available_kv_cache_bytes"), run.figures.get("kv_cache_tokens")
    if room and tokens and mixer_kind(from_config(model.config)) in LINEAR_KINDS:
        yield CACHES, room, quant or "BF16", tokens.value, {"kv_type": run.settings.get("kv_type") or "bf16"}


_READERS = {"llama.cpp": _llama_cpp, "vllm": _vllm}
