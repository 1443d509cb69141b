"""Slugs and paths of the site: one place that knows what lives where."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

KI = 1024
MI = 1024 * 1024


@lru_cache(maxsize=256)
def context_slug(tokens: int) -> str:
    """``32768`` -> ``32k``, ``10485760`` -> ``10m``; what is no whole Ki stays a plain number."""
    if tokens % MI == 0:
        return f"{tokens // MI}m"
    if tokens % KI == 0:
        return f"{tokens // KI}k"
    return str(tokens)


def model_path(model: str) -> str:
    return f"/{model}/"


def quantization_path(model: str, quantization: str) -> str:
    """All contexts of one model at one quantization."""
    return f"/{model}/{quantization}/"


def scenario_path(model: str, quantization: str, tokens: int) -> str:
    return f"/{model}/{quantization}/{context_slug(tokens)}/"


def api_path(model: str) -> str:
    """A model's figures for scripts."""
    return f"/api/v1/{model}.json"


def families_path(letter: str) -> str:
    """``/families/under-q/``: families by their first letter or digit."""
    return f"{FAMILIES_PATH}under-{letter.lower()}/"


def family_path(family: str) -> str:
    return f"/families/{family}/"


def format_path(quantization: str) -> str:
    """What a quantization is, whatever the model."""
    return f"/quantization/{quantization}/"


def comparison_path(slugs: Iterable[str]) -> str:
    """Models or quantizations side by side: ``/compare/qwen3-8b-vs-llama-3.1-8b/``."""
    return f"/compare/{'-vs-'.join(slugs)}/"


def device_path(device: str) -> str:
    """What runs on one device, or on a group such as ``2x-rtx-3090``."""
    return f"/gpus/{device}/"


def device_models_path(device: str) -> str:
    """Every model that runs on a device or group."""
    return f"/gpus/{device}/models/"


def on_device_path(model: str, device: str) -> str:
    """One model on one device or group."""
    return f"/{model}/on/{device}/"


def device_kind(vendor: str, segment: str) -> str:
    """The place on the index of devices of those of one kind."""
    return f"{vendor}-{segment}"


def memory_path(gigabytes: int | str) -> str:
    """What runs in a memory size; a host's rules put a number they caught in place of it."""
    return f"/vram/{gigabytes}gb/"


MODELS_PATH = "/models/"
FORMATS_PATH = "/quantization/"
COMPARISONS_PATH = "/compare/"
GLOSSARY_PATH = "/glossary/"
GPUS_PATH = "/gpus/"
CLOUD_PATH = "/cloud/"
FAMILIES_PATH = "/families/"
METHODOLOGY_PATH = "/methodology/"
ACCURACY_PATH = "/accuracy/"
CALCULATOR_PATH = "/calculator/"
GO_PATH = "/go/"
CHANGELOG_PATH = "/changelog/"
FEED_PATH = "/feed.xml"
LLMS_PATH = "/llms.txt"
DATA_PATH = "/data/"
API_MODELS_PATH = "/api/v1/models.json"
