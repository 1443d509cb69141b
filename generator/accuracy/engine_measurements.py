"""Measured rows of vLLM, Transformers and MLX that name a figure of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from generator.accuracy.measurement import Measurement

FILES = {"vllm": "engines/vllm.jsonl", "transformers": "engines/transformers.jsonl", "mlx": "engines/mlx.jsonl"}
CACHES = "kv_cache_bytes+recurrent_state_bytes"

QUANTIZATIONS = {
    "vllm": {
        "bf16": "bf16",
        "fp8-block128": "fp8",
        "native:fp8": "fp8",
        "fp8-static-pertensor": "fp8-per-tensor",
        "awq-int4-g128": "awq-int4",
        "gptq-int4-g128": "gptq-int4",
        "ct-nvfp4": "nvfp4",
        "native:mxfp4": "mxfp4",
    },
    "transformers": {
        "bf16": "bf16",
        "fp8-block128": "fp8",
        "mxfp4 (GPU kernels)": "mxfp4",
        "bnb-nf4": "bnb-nf4",
        "bnb-nf4-dq": "bnb-nf4-dq",
        "bnb-int8": "bnb-int8",
    },
    "mlx": {"bf16": "bf16", "mxfp4": "mxfp4", "nvfp4": "nvfp4"}
    | {f"q{bits}_g64": f"mlx-{bits}bit" for bits in (3, 4, 5, 6, 8)},
}
"""Our names of the quantizations that we have, by engine."""

VLLM_GPUS = ("H100", "RTX 4090", "RTX 5090")
VLLM_SETTINGS = (None, "default", "kv fp8", "max_num_batched_tokens=2048")

MLX_CACHE_TYPES = {16: None, 8: "q8_0", 4: "q4_0"}
MLX_PREFILL_STEP = 2048


def engine_measurements(reference: Path) -> Iterator[Measurement]:
    """All rows of these engines with default settings: vLLM on one GPU, mlx-lm's prompt chunk.

    What Transformers keeps allocated counts, not what its views span. Of MLX's quantized caches those
    count that are quantized at the context measured. Refusals that an engine gave are left out.
    """
    for engine, name in FILES.items():
        with (reference / name).open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                found = _READERS[engine](row)
                if found is not None:
                    metric, value, quant, settings = found
                    context = int(row.get("n_ctx") or row.get("max_model_len") or 1)
                    version = row["engine_version"]
                    yield Measurement(engine, version, row["model"], metric, value, quant, context, settings)


Found = tuple[str, int, str, dict[str, Any]]


def _weights(engine: str, row: Mapping[str, Any]) -> Found | None:
    quant = QUANTIZATIONS[engine].get(row["quant"])
    return ("weights_bytes", row["value"], quant, {}) if quant else None


def _vllm(row: Mapping[str, Any]) -> Found | None:
    comparable = any(name in row["gpu"] for name in VLLM_GPUS) and row.get("tp") == 1
    if not comparable or row.get("setting") not in VLLM_SETTINGS:
        return None
    if row["metric"] == "weights_bytes_per_rank":
        return _weights("vllm", row) if "H100" in row["gpu"] else None
    if row["metric"] == "kv_bytes_one_request":
        fp8 = row.get("setting") == "kv fp8" or row.get("kv_cache_dtype") == "fp8"
        return (
            CACHES,
            row["value"],
            "bf16",
            {
                "kv_type": "fp8" if fp8 else "bf16",
                "max_num_batched_tokens": row["max_num_batched_tokens"],
                "max_num_seqs": row["max_num_seqs"],
            },
        )
    return None


def _transformers(row: Mapping[str, Any]) -> Found | None:
    if row["metric"] == "weights_bytes":
        return _weights("transformers", row)
    if row["metric"] == "kv_bytes" and row["cache"] in ("DynamicCache", "QuantizedCache(fp8)"):
        kv_type = "bf16" if row["cache"] == "DynamicCache" else "fp8"
        return CACHES, row["storage_bytes"], "bf16", {"kv_type": kv_type, "batch": row["batch"]}
    return None


def _mlx(row: Mapping[str, Any]) -> Found | None:
    if row["metric"] == "weights_bytes":
        return _weights("mlx", row)
    if row["metric"] != "kv_bytes" or row["prefill_step_size"] != MLX_PREFILL_STEP:
        return None
    if row["kv_bits"] != 16 and row["n_ctx"] < row["quantized_kv_start"]:
        return None
    return CACHES, row["value"], "bf16", {"kv_type": MLX_CACHE_TYPES[row["kv_bits"]], "batch": row["batch"]}


_READERS = {"vllm": _vllm, "transformers": _transformers, "mlx": _mlx}
