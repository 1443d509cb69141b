"""A page of each kind, which stands for the others of its kind."""

from __future__ import annotations

from pathlib import Path

KINDS = {
    "home": "/",
    "models": "/models/",
    "models, sorted": "/models/smallest/",
    "model": "/llama-4-scout/",
    "model at a quantization": "/llama-4-scout/q4_k_m/",
    "scenario": "/llama-4-scout/q4_k_m/10m/",
    "families": "/families/",
    "family": "/families/qwen/",
    "GPUs": "/gpus/",
    "GPU": "/gpus/rtx-4090/",
    "every model on a GPU": "/gpus/rtx-4090/models/",
    "GPUs together": "/gpus/2x-rtx-3090/",
    "memory size": "/vram/24gb/",
    "model that fits a GPU": "/qwen3-32b/on/rtx-4090/",
    "model that doesn't": "/deepseek-r1/on/rtx-4090/",
    "comparisons": "/compare/",
    "models compared": "/compare/qwen3-4b-vs-qwen3-8b-vs-qwen3-14b/",
    "quantizations compared": "/compare/q4_k_m-vs-q8_0/",
    "quantizations": "/quantization/",
    "quantization": "/quantization/q4_k_m/",
    "cloud": "/cloud/",
    "methodology": "/methodology/",
    "accuracy": "/accuracy/",
    "glossary": "/glossary/",
    "data": "/data/",
    "changelog": "/changelog/",
    "calculator": "/calculator/",
    "form without rules": "/go/",
    "not found": "/404.html",
}
"""Paths by what people would call the kind."""


def file_of(site: Path, path: str) -> Path:
    """The file that a host answers ``path`` with."""
    return site / path[1:] / "index.html" if path.endswith("/") else site / path[1:]
