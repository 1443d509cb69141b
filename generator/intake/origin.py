"""What a place outside says of a model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.intake.gguf_config import config_from_gguf
from generator.intake.gguf_header import read_header


class OriginError(Exception):
    """A place that gives no model; says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A config, and whatever else its place tells; None for what it doesn't.

    release : month, YYYY-MM
    parameters : of the published checkpoint
    sources : one line each, as a data file's ``sources`` lists them
    """

    config: Mapping[str, Any]
    name: str | None
    repository: str | None
    sources: tuple[str, ...]
    license: str | None = None
    license_url: str | None = None
    release: str | None = None
    parameters: int | None = None


def from_config_file(path: Path) -> Origin:
    """A local ``config.json``. Raises OriginError where it isn't a JSON object."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise OriginError(f"{path}: can't be read as text: {error}") from error
    except json.JSONDecodeError as error:
        raise OriginError(f"{path}: is not JSON: {error}") from error
    repository = config.get("_name_or_path") if isinstance(config, dict) else None
    named = isinstance(repository, str) and repository.count("/") == 1
    return Origin(as_config(config, str(path)), None, repository if named else None, ())


def from_gguf_file(path: Path) -> Origin:
    """A GGUF file's header. Raises GgufError where it can't be read or mapped to a config."""
    header = read_header(path)
    url = header.metadata.get("general.repo_url") or header.metadata.get("general.source.url") or ""
    repository = url.removeprefix("https://huggingface.co/") if url.startswith("https://huggingface.co/") else None
    return Origin(
        config=config_from_gguf(header),
        name=header.metadata.get("general.name"),
        repository=repository,
        sources=(f"metadata of {path.name} ({header.architecture}, {len(header.tensors)} tensors)",),
        license=header.metadata.get("general.license"),
        license_url=header.metadata.get("general.license.link"),
    )


def as_config(value: object, where: str) -> dict[str, Any]:
    """``value`` as a config. Raises OriginError where it is no JSON object or names no ``model_type``."""
    if not isinstance(value, dict):
        raise OriginError(f"{where}: must hold a JSON object, the model's config")
    if not isinstance(value.get("model_type"), str):
        raise OriginError(f"{where}: model_type is required: a Hugging Face config names it")
    return value
