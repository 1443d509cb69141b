"""A new `data/models/<slug>.md`, with everything that is known and a marked line for everything that isn't."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from generator import formats
from generator.catalog import CONTEXT_LIMIT, FILL_IN, Catalog, Model
from generator.intake.origin import Origin, OriginError
from generator.intake.published_format import published_format
from generator.intake.shape import layout, overrides, same_shape
from generator.memory.architecture import Architecture, from_config
from generator.memory.errors import MemoryModelError
from generator.memory.estimate import estimator
from generator.requests import DEFAULTS, UNQUANTIZED

WIDTH = 120
SHORT_CONTEXT = 8192
CARDS_GB = (8, 16, 24, 48, 80)
"""Cards that the first question asks about: the smallest that may hold the model, or the largest."""

NOT_KNOWN = {
    "family": "a file of data/families without .md (--family)",
    "organization": "who publishes the model (--organization)",
    "release": "month of the release, YYYY-MM (--release)",
    "hf_repo": "the Hugging Face repository, owner/name (--repository)",
    "sources": "where config and facts were read (--facts-from)",
}
"""What a marked line asks for, by field."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A new data file.

    slug : its name without ``.md``
    unknown : fields left as marked lines, which `check` refuses until they are filled in
    notes : what a person should look at besides, one sentence each
    """

    slug: str
    text: str
    unknown: tuple[str, ...]
    notes: tuple[str, ...]
    architecture: Architecture


def model_file(origin: Origin, given: Mapping[str, str | None], catalog: Catalog) -> ModelFile:
    """The data file of a model.

    given : what a person says about ``slug``, ``name``, ``license``, or a field of ``NOT_KNOWN``; it goes before
        what the origin says

    Raises OriginError where nobody says what the model is called, MemoryModelError where the core can't read its
    config.
    """
    config, dropped = _finite(origin.config)
    architecture = from_config(config)
    stated = {key: value for key, value in given.items() if value}
    repository = stated.get("hf_repo") or origin.repository
    name = stated.get("name") or origin.name
    if not name:
        raise OriginError("a config doesn't say what the model is called: give --name")
    known = {
        "family": _family(architecture, repository, catalog),
        "organization": _organization(repository, catalog),
        "release": origin.release,
        "hf_repo": origin.repository,
        "license": origin.license,
    } | stated
    facts = {key: known.get(key) or f"{FILL_IN}: {asked}" for key, asked in NOT_KNOWN.items()}
    shape = same_shape(architecture, catalog)
    sources = [*origin.sources, *([stated["sources"]] if "sources" in stated else [])] or [facts["sources"]]
    front: dict[str, Any] = {
        "name": name,
        "family": facts["family"],
        "organization": facts["organization"],
        "license": known["license"],
        "license_url": origin.license_url,
        "release": facts["release"],
        "hf_repo": facts["hf_repo"],
        **_shape_fields(architecture, config, shape),
        "parameters_published": origin.parameters,
        "parameters_published_source": origin.parameters and "Hugging Face safetensors count",
        "published_formats": _published_formats(config, repository, sources[0], catalog),
        "sources": sources,
        "config": None if shape else config,
    }
    lines = (_field(key, value) for key, value in front.items() if value is not None or key == "license")
    return ModelFile(
        slug=stated.get("slug") or slug_of(repository.split("/")[1] if repository else name),
        text=f"---\n{''.join(lines)}---\n\n{_body(name, architecture)}",
        unknown=tuple(key for key, value in front.items() if FILL_IN in str(value)),
        notes=tuple(_notes(origin, architecture, known["license"], dropped, shape)),
        architecture=architecture,
    )


def slug_of(name: str) -> str:
    """A file name for a model called ``name``: lower case, of a-z, 0-9, dots and hyphens."""
    return re.sub(r"[^a-z0-9._]+", "-", name.lower()).strip("-._") or "model"


def _shape_fields(architecture: Architecture, config: dict[str, Any], shape: Model | None) -> dict[str, Any]:
    context = min(architecture.context_max, CONTEXT_LIMIT)
    if shape is None:
        return {"modality": "vision" if "vision_config" in config else "text", "context_max": context}
    return {
        "shape_of": shape.slug,
        "config_overrides": overrides(config, shape.config) or None,
        "context_max": None if context == shape.context_max else context,
    }


def _published_formats(
    config: dict[str, Any], repository: str | None, source: str, catalog: Catalog
) -> list[dict[str, str]] | None:
    """The checkpoint itself, where its maker publishes it quantized in a way that the catalogue describes."""
    scheme = published_format(config)
    if scheme not in catalog.quantizations or repository is None:
        return None
    return [{"quantization": str(scheme), "repo": repository, "source": f"{source}, its quantization_config"}]


def _family(architecture: Architecture, repository: str | None, catalog: Catalog) -> str | None:
    """The family of the same maker's newest model of this architecture, or the only family that has it."""
    alike = [model for model in catalog.models.values() if _model_type(model) == architecture.model_type]
    own = [model for model in alike if _owner(model.hf_repo) == _owner(repository)]
    if own:
        return max(own, key=lambda model: model.release).family
    families = {model.family for model in alike}
    return families.pop() if len(families) == 1 else None


def _organization(repository: str | None, catalog: Catalog) -> str | None:
    """The organization that the catalogue names for other repositories of the same owner."""
    made = (model.organization for model in catalog.models.values() if _owner(model.hf_repo) == _owner(repository))
    return next(made, None)


def _owner(repository: str | None) -> str:
    return (repository or "").split("/")[0].lower()


def _model_type(model: Model) -> str | None:
    try:
        return from_config(model.config).model_type
    except MemoryModelError:
        return None


def _finite(config: Mapping[str, Any], prefix: str = "") -> tuple[dict[str, Any], list[str]]:
    """The config without fields that hold an infinite number, which YAML files here can't, and their names."""
    kept: dict[str, Any] = {}
    dropped: list[str] = []
    for key, value in config.items():
        if isinstance(value, Mapping):
            kept[key], inner = _finite(value, f"{prefix}{key}.")
            dropped += inner
        elif any(
            isinstance(v, float) and not math.isfinite(v) for v in (value if isinstance(value, list) else [value])
        ):
            dropped.append(f"{prefix}{key}")
        else:
            kept[key] = value
    return kept, dropped


def _field(key: str, value: Any) -> str:
    """One front matter field as YAML, written as the files beside it are."""
    if key == "release":
        return f"{key}: {json.dumps(value, ensure_ascii=False)}\n"
    if key == "sources":
        return f"{key}:\n" + "".join(f"  - {json.dumps(source, ensure_ascii=False)}\n" for source in value)
    if key == "published_formats":
        lines = (
            f"{name}: {json.dumps(text) if name == 'source' else text}\n" for one in value for name, text in one.items()
        )
        return f"{key}:\n  - " + "    ".join(lines)
    if key in ("config", "config_overrides"):
        return f"{key}:\n" + "".join(f"  {line}\n" for k, v in value.items() for line in _yaml(k, v).splitlines())
    return _yaml(key, value)


def _yaml(key: str, value: Any) -> str:
    """A key in block style, its value on the same line as far as it fits."""
    style = None if isinstance(value, dict | list) and value else False
    text: str = yaml.safe_dump({key: value}, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=style)
    return text


def _body(name: str, architecture: Architecture) -> str:
    longest = min(architecture.context_max, CONTEXT_LIMIT)
    short, long = _context(min(longest, SHORT_CONTEXT)), _context(longest)
    quant, engine = (str(DEFAULTS["quant"]), "llama.cpp") if architecture.gguf else (UNQUANTIZED, "vllm")
    needed = estimator(architecture, quant, engine).at(min(longest, SHORT_CONTEXT)).total_bytes
    size = next((gb for gb in CARDS_GB if gb * formats.GB > needed), CARDS_GB[-1])
    card = f"{'an' if size in (8, 80) else 'a'} {size} GB card"
    return f"""\
{layout(architecture)} A token of context adds {{{{ kv_per_token() }}}} to the cache of {name}.

## FAQ

### Does {name} fit {card}?

At {quant} with {short} of context {name} takes {{{{ total("{quant}", "{short}") }}}} and \
{{{{ fits("{quant}", "{short}", "{size}GB") }}}} {card}.

### What does the whole context of {name} cost?

With {long} the cache of {name} holds {{{{ kv_cache("{long}") }}}}. The smallest device for that at {quant}: \
{{{{ smallest_device("{quant}", "{long}") }}}}.
"""


def _context(tokens: int) -> str:
    return formats.context(tokens).replace(",", "")


def _notes(
    origin: Origin, architecture: Architecture, license_name: str | None, dropped: list[str], shape: Model | None
) -> Iterator[str]:
    """What a person should look at."""
    yield "Read the introduction and the two questions: they say what the config says. Add what is particular."
    if license_name is None:
        yield "No licence was found: fill in license, as its maker names it."
    if origin.parameters and abs(origin.parameters - architecture.parameters()) > 0:
        yield (
            f"The checkpoint counts {formats.number(origin.parameters)} parameters, the language model "
            f"{formats.number(architecture.parameters())}: say in parameters_published_includes what it holds besides."
        )
    if architecture.mtp_layers:
        yield "It has multi-token-prediction blocks: set mtp_in_gguf: true where published GGUF files carry them."
    if "quantization_config" in origin.config and published_format(origin.config) is None:
        yield "Its maker ships it quantized (quantization_config) in a way without a name here: see published_formats."
    if not architecture.gguf:
        yield "llama.cpp has no form of it: it gets pages for the other engines only."
    if shape is not None:
        yield f"It has the shape of {shape.slug}, so its config isn't repeated; config_overrides holds what differs."
    if dropped:
        yield f"Left out of the config, being infinite: {', '.join(dropped)}."
