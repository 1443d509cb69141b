"""vLLM: weights a GPU, what is left for the cache, and how many tokens that holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from generator.engine_logs.figures import Figure, first, printed_size

_NUMBER = r"(?P<number>[\d.]+) ?(?P<unit>Gi?B)"
_SIZES = (
    (re.compile(rf"Model loading took:? {_NUMBER}"), "weights_bytes"),
    (re.compile(rf"Loading model weights took {_NUMBER}"), "weights_bytes"),
    (re.compile(rf"model weights take {_NUMBER}"), "weights_bytes"),
    (re.compile(rf"Available KV cache memory: {_NUMBER}"), "available_kv_cache_bytes"),
    (re.compile(rf"memory reserved for KV Cache is {_NUMBER}"), "available_kv_cache_bytes"),
)
_TOKENS = re.compile(r"GPU KV cache size: ([\d,]+) tokens")
_BLOCKS = re.compile(r"# (?:GPU|cuda) blocks: (\d+)")
BLOCK_TOKENS = 16
"""Tokens of a block on CUDA devices unless ``block_size`` says otherwise."""

_SETTINGS: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
    ("context", r"max_(?:seq_len|model_len)[=:' ]+(\d+)", int),
    ("tensor_parallel", r"tensor_parallel_size[=:' ]+(\d+)", int),
    ("kv_type", r"kv_cache_dtype[=:' ]+(\w+)", lambda text: "bf16" if text == "auto" else text.split("_")[0]),
)
_QUANTS = {"fp8": "fp8", "awq": "awq-int4", "awq_marlin": "awq-int4", "mxfp4": "mxfp4"}


def figures(log: str) -> Iterator[Figure]:
    """Every figure once: workers of a tensor-parallel run print the same ones."""
    seen: set[str] = set()
    for number, line in enumerate(log.splitlines(), 1):
        for figure in _line_figures(number, line, log):
            if figure.name not in seen:
                seen.add(figure.name)
                yield figure


def _line_figures(number: int, line: str, log: str) -> Iterator[Figure]:
    for pattern, name in _SIZES:
        match = pattern.search(line)
        if match:
            # Until 2025 vLLM divided by 2^30 and printed "GB".
            value, rounding = printed_size(match["number"], "GiB")
            yield Figure(name, value, rounding, "", number, line.strip())
    tokens, blocks = _TOKENS.search(line), _BLOCKS.search(line)
    if tokens:
        yield Figure("kv_cache_tokens", int(tokens[1].replace(",", "")), 0, "", number, line.strip())
    elif blocks:
        size = int(first(r"block_size[=:' ]+(\d+)", log) or BLOCK_TOKENS)
        yield Figure("kv_cache_tokens", int(blocks[1]) * size, 0, "", number, line.strip())


def settings(log: str) -> dict[str, Any]:
    """What the engine's config line says."""
    found = {name: (first(pattern, log), convert) for name, pattern, convert in _SETTINGS}
    return {name: convert(text) for name, (text, convert) in found.items() if text is not None}


def version(log: str) -> str | None:
    """``0.24.0``."""
    return first(r"\(v(\d[\w.+-]*)\)", log) or first(r"vLLM (?:API server )?version v?(\d[\w.+-]*)", log)


def model(log: str) -> str | None:
    """The repository or path that was loaded."""
    return first(r"\bmodel='([^']+)'", log) or first(r"Starting to load model (\S+?)\.{3}", log)


def quant(log: str) -> str | None:
    """Our name of the quantization, None where the log says none or one without a name of ours."""
    text = first(r"quantization=(\w+)", log)
    if text == "None":
        return "bf16" if first(r"dtype=(torch\.bfloat16)", log) else None
    return _QUANTS.get(text or "")
