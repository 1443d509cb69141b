"""The catalogue's name of the quantization that a checkpoint is stored in, from its ``quantization_config``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FOUR_BITS = {"awq": "awq-int4", "gptq": "gptq-int4"}
GROUP = 128
"""Weights that share a scale in the catalogue's four-bit schemes."""

NVFP4_FORMATS = ("nvfp4-pack-quantized",)


def published_format(config: Mapping[str, Any]) -> str | None:
    """Slug of the scheme, None where the checkpoint isn't quantized or in a way that has no name here."""
    quantization = config.get("quantization_config")
    if not isinstance(quantization, Mapping):
        return None
    method = quantization.get("quant_method")
    if method == "fp8":
        return "fp8" if quantization.get("weight_block_size") == [128, 128] else "fp8-per-tensor"
    if method in FOUR_BITS and (quantization.get("bits"), quantization.get("group_size")) == (4, GROUP):
        return FOUR_BITS[method]
    if method == "modelopt" and quantization.get("quant_algo") == "NVFP4":
        return "nvfp4"
    if method == "compressed-tensors" and quantization.get("format") in NVFP4_FORMATS:
        return "nvfp4"
    return "mxfp4" if method == "mxfp4" else None
