"""Measured rows of llama.cpp that name a figure of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from generator.accuracy.measurement import Measurement

FILES = ("llamacpp.jsonl", "new2026/llamacpp.jsonl")
MTP_SUFFIX = " +MTP"
VERSION = "llama.cpp 0c1e57098"


def llama_cpp_measurements(reference: Path) -> Iterator[Measurement]:
    """All rows of llama.cpp that name a figure of ours.

    Weights rows of files with other sources than a 16-bit GGUF are left out: their mixes start
    from other types. Buffers of runs on the CPU backend are left out too: no device is split off.
    """
    for name in FILES:
        with (reference / name).open(encoding="utf-8") as lines:
            for line in lines:
                yield from _llama_cpp(json.loads(line))


def _llama_cpp(row: Mapping[str, Any]) -> Iterator[Measurement]:
    model, metric = row["model"], row["metric"]
    on_device = row.get("backend") == "RPC-device"
    with_mtp = model.endswith(MTP_SUFFIX)

    def measurement(figure: str, value: int, quant: str = "F16", **settings: Any) -> Measurement:
        context = row.get("n_ctx") or 256
        return Measurement(
            "llama.cpp", VERSION, model.removesuffix(MTP_SUFFIX), figure, value, quant, context, settings
        )

    if metric == "weights_bytes" and row.get("source") == "F16 gguf":
        settings = {"imatrix": bool(row["imatrix"])} | ({"mtp_in_file": True} if with_mtp else {})
        yield measurement("weights_file_bytes", row["value"], row["quant"], **settings)
    elif metric == "weights_device_bytes":
        yield measurement("weights_device_bytes", row["value"], "AS_CONVERTED")
    elif metric == "weights_host_bytes":
        yield measurement("weights_host_bytes", row["value"], "AS_CONVERTED")
    elif "n_seq_max" in row and row.get("kv_type") and "real" not in model and row.get("value") is not None:
        run = {
            "kv_type": row["kv_type"],
            "flash_attention": row["flash_attn"],
            "swa_full": row["swa_full"],
            "ubatch": row["n_ubatch"],
            "n_seq_max": row["n_seq_max"],
            "kv_unified": row["kv_unified"],
            "n_outputs_max": row.get("n_outputs_max") or "all",
        }
        if metric == "kv_bytes":
            yield measurement("kv_cache_bytes+recurrent_state_bytes", row["value"], **run)
        elif metric == "output_bytes":
            yield measurement("output_bytes", row["value"], **run)
        elif metric == "compute_bytes" and on_device:
            yield measurement("compute_bytes", row["value"], **run)
            yield measurement("compute_host_bytes", row["compute_host_bytes"], **run)
