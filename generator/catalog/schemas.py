"""JSON Schemas of the data files, for editors that complete and check while one types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from generator.catalog.changelog import ChangelogFile
from generator.catalog.cloud import CloudFile
from generator.catalog.comparison import Comparisons
from generator.catalog.engine import EngineFile
from generator.catalog.family import FamilyFacts
from generator.catalog.faq import FaqFacts
from generator.catalog.glossary import GlossaryFile
from generator.catalog.hardware import HardwareFile
from generator.catalog.model import ModelFacts
from generator.catalog.problems import ABSENT, Problem
from generator.catalog.quality import QualityFile
from generator.catalog.quantization import QuantizationFile
from generator.catalog.redirects import Redirects
from generator.catalog.report import FieldReport
from generator.catalog.site import Site

_KINDS: dict[str, type[BaseModel]] = {
    "cloud": CloudFile,
    "compare": Comparisons,
    "engine": EngineFile,
    "faq": FaqFacts,
    "family": FamilyFacts,
    "changelog": ChangelogFile,
    "glossary": GlossaryFile,
    "hardware": HardwareFile,
    "model": ModelFacts,
    "quality": QualityFile,
    "quantization": QuantizationFile,
    "redirects": Redirects,
    "report": FieldReport,
    "site": Site,
}

_REMEDY = "write it with `python -m generator schemas`"


def schemas() -> dict[str, dict[str, Any]]:
    """File name to JSON Schema, one for each kind of data file."""
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {f"{kind}.schema.json": {"$schema": draft, **model.model_json_schema()} for kind, model in _KINDS.items()}


def schema_problems(directory: Path, shown: str) -> Iterator[Problem]:
    """Schemas in `directory` (shown as `<shown>/schema`) that are missing or not those of the code."""
    for name, schema in schemas().items():
        path, place = directory / name, f"{shown}/schema/{name}"
        if not path.is_file():
            yield Problem(place, None, "", ABSENT, f"is missing; {_REMEDY}")
        elif path.read_text(encoding="utf-8") != _text(schema):
            yield Problem(place, None, "", ABSENT, f"isn't what the code says; {_REMEDY}")


def write_schemas(directory: Path | str) -> tuple[Path, ...]:
    """Write every schema into `directory`, which is created where missing; returns the files' paths."""
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas().items():
        path = folder / name
        path.write_text(_text(schema), encoding="utf-8")
        written.append(path)
    return tuple(written)


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
