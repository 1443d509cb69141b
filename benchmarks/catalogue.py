"""A synthetic catalogue of any size: real configs varied, in families as large as real ones, on the real hardware.

Model and generation decide what a variation is like, so that every run writes the same files.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from generator.catalog import Catalog, Model
from generator.catalog.fields import CONTEXT_LIMIT
from generator.memory.architecture import from_config
from generator.memory.errors import MemoryModelError

COPIED = ("cloud", "engines", "faq", "hardware", "quantization", "accuracy.json", "quality.yaml", "speed.json")
"""What a fork with its own models takes over."""

OWN_SHAPE = 5
"""Of so many variations one has its base's very config, as tuned models have."""

WIDTH_STEP = 256
"""Elements that a layer's width is a multiple of, so that every block of every quantization fits."""

QUANTIZATIONS = ("Q4_K_M", "MLX 4-bit")
"""What introductions speak of: of models that llama.cpp has, and of others."""

FACTS = ("organization", "license", "modality", "mtp_in_gguf")

BODY = """
{name} has {{{{ parameters() }}}} parameters, {{{{ weights("{quant}") }}}} of weights at {quant}, and keeps
{{{{ kv_per_token() }}}} of cache a token.

## FAQ

### Does {name} fit an 8 GB card?

With 2K at {quant} it takes {{{{ total("{quant}", "2K") }}}} and {{{{ fits("{quant}", "2K", "8GB") }}}} an 8 GB card.

### What does it take without quantization?

At 2K it takes {{{{ total("BF16", "2K") }}}} at BF16, of which the cache is {{{{ kv_cache("2K") }}}}.
"""


def write_catalogue(data: Path, real: Catalog, bases: Sequence[str], models: int, folder: Path) -> None:
    """Write data files with ``models`` models.

    data : the real data files, of ``real``. bases : slugs of the models that are varied, the first generation as
    they are, each further one with other names, families and mostly other configs.
    """
    folder.mkdir(parents=True)
    for name in COPIED:
        source = data / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    (folder / "models").mkdir()
    (folder / "families").mkdir()
    families = set()
    for number in range(models):
        generation, place = divmod(number, len(bases))
        base = real.models[bases[place]]
        family = _in_generation(base.family, generation)
        _write(folder / f"models/{_in_generation(base.slug, generation)}.md", *_model(base, generation))
        if family not in families:
            families.add(family)
            kin = real.families[base.family]
            name = f"{kin.name} {generation}"
            _write(
                folder / f"families/{family}.md", {"name": name, "organization": kin.organization}, f"\nAll {name}.\n"
            )
    _write_references(data, bases[:models], folder)


def _in_generation(slug: str, generation: int) -> str:
    return f"{slug}-g{generation}" if generation else slug


def _write(path: Path, front: dict[str, Any], body: str) -> None:
    """One Markdown file; JSON values are YAML."""
    lines = "".join(f"{name}: {json.dumps(value)}\n" for name, value in front.items())
    path.write_text(f"---\n{lines}---\n{body}", encoding="utf-8")


def _model(base: Model, generation: int) -> tuple[dict[str, Any], str]:
    """Front matter and body of a variation; that of generation 0 has the base's own figures."""
    name = f"{base.name} G{generation}" if generation else base.name
    month = (generation + len(base.slug)) % 12 + 1
    front: dict[str, Any] = {
        "name": name,
        "family": _in_generation(base.family, generation),
        "release": f"{2020 + generation % 7}-{month:02}" if generation else base.release,
        "hf_repo": f"{base.hf_repo}-G{generation}" if generation else base.hf_repo,
        "aliases": [f"{base.slug} edition {generation}"],
        "sources": ["a variation for the benchmark"],
        **{fact: getattr(base, fact) for fact in FACTS},
    }
    body = BODY.format(name=name, quant=QUANTIZATIONS[not from_config(base.config).gguf])
    if generation and generation % OWN_SHAPE == 0:
        return front | {"shape_of": base.slug}, body
    longer = base.context_max * (1 + generation % 2)
    context = longer if longer <= CONTEXT_LIMIT else base.context_max
    return front | {"context_max": context, "config": varied(base.config, generation)}, body


def varied(config: dict[str, Any], generation: int) -> dict[str, Any]:
    """A config with another vocabulary, depth and width, as far as the engines run it; the same for generation 0."""
    if not generation:
        return config
    for changes in _changes(config.get("text_config", config), generation):
        inner = config.get("text_config", config) | changes
        found = config | {"text_config": inner} if "text_config" in config else inner
        try:
            if from_config(found).gguf == from_config(config).gguf:
                return found
        except MemoryModelError:
            continue
    return config


def _changes(inner: dict[str, Any], generation: int) -> Iterator[dict[str, Any]]:
    """What varies, the most first: lists with an entry for each layer keep the depth as it is."""
    vocabulary = {"vocab_size": inner["vocab_size"] + WIDTH_STEP * generation} if "vocab_size" in inner else {}
    width = inner.get("intermediate_size")
    wider = {"intermediate_size": width + WIDTH_STEP * (generation % 13)} if isinstance(width, int) else {}
    layers = inner.get("num_hidden_layers")
    if isinstance(layers, int) and not any(
        isinstance(value, list) and len(value) == layers for value in inner.values()
    ):
        yield vocabulary | wider | {"num_hidden_layers": layers + 2 * (generation % 5)}
    yield vocabulary | wider
    yield vocabulary


def _write_references(data: Path, kept: Sequence[str], folder: Path) -> None:
    """The files that name models, without those that aren't there."""
    site = yaml.safe_load((data / "site.yaml").read_text(encoding="utf-8"))
    for field in ("common_models", "example_models"):
        site[field] = [slug for slug in site[field] if slug in kept] or [kept[0]]
    _dump(folder / "site.yaml", site)
    comparisons = yaml.safe_load((data / "compare.yaml").read_text(encoding="utf-8"))
    comparisons["models"] = [sides for sides in comparisons["models"] if set(sides) <= set(kept)]
    _dump(folder / "compare.yaml", comparisons)
    quality = yaml.safe_load((folder / "quality.yaml").read_text(encoding="utf-8"))
    quality["measurements"] = [each for each in quality["measurements"] if each["model"] in kept]
    if quality["measurements"]:
        _dump(folder / "quality.yaml", quality)
    else:
        (folder / "quality.yaml").unlink()
    glossary = yaml.safe_load((data / "glossary.yaml").read_text(encoding="utf-8"))
    for term in glossary["terms"]:
        term["see"] = [path for path in term["see"] if path.startswith(("/methodology/", "/quantization/"))]
    _dump(folder / "glossary.yaml", glossary)


def _dump(path: Path, content: Any) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
