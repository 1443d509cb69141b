"""Field types that several data files share, and what each accepts in words."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

SLUG_PATTERN = r"^[a-z0-9][a-z0-9._-]*$"
MONTH_PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
DATE_PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
REPOSITORY_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$"
URL_PATTERN = r"^https?://[^\s<>\"]+$"
SOURCE_PATTERN = r"^(own run|https?://[^\s<>\"]+)$"
CONTEXT_PATTERN = r"^[1-9][0-9]*[km]$"

PATTERN_WORDS = {
    SLUG_PATTERN: "must be lower case and use only a-z, 0-9, '.', '_' and '-', starting with a letter or digit",
    MONTH_PATTERN: "must be a month written YYYY-MM",
    DATE_PATTERN: "must be a day written YYYY-MM-DD, in quotes",
    REPOSITORY_PATTERN: "must be a Hugging Face repository written owner/name",
    URL_PATTERN: "must be a URL starting with http:// or https://",
    SOURCE_PATTERN: "must be a URL, or: own run",
    CONTEXT_PATTERN: "must be a context size such as 32k or 1m",
}
"""What each pattern asks for, as messages say it."""

_MARKUP = re.compile(r"<[A-Za-z/!?]|&[A-Za-z#][A-Za-z0-9]*;")
_CONTEXT = re.compile(r"([1-9][0-9]*)([km]?)", re.IGNORECASE)
_MULTIPLIERS = {"": 1, "k": 2**10, "m": 2**20}

CONTEXT_LIMIT = 10 * 2**20
"""The largest context that has a page, tokens (10m)."""

# First path segments of the site itself: a model of that name would hide a page.
RESERVED_SLUGS = frozenset(
    [
        "404",
        "404.html",
        "about",
        "accuracy",
        "api",
        "assets",
        "calculator",
        "changelog",
        "cloud",
        "compare",
        "contact",
        "data",
        "families",
        "favicon.ico",
        "feed.xml",
        "glossary",
        "go",
        "gpus",
        "hardware",
        "index.html",
        "llms.txt",
        "methodology",
        "models",
        "quantization",
        "robots.txt",
        "sitemap.xml",
        "sitemaps",
        "static",
        "vram",
    ]
)
# Second path segments below a model.
RESERVED_QUANTIZATION_SLUGS = frozenset({"compare", "fine-tune", "index.html", "on"})


class Frozen(BaseModel):
    """Base of every catalogue type: frozen, exact types, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


def _one_line(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    if text != text.strip() or "\n" in text:
        raise ValueError("must be one line without spaces around it")
    return _plain(text)


def _plain(text: str) -> str:
    if _MARKUP.search(text):
        raise ValueError("must be plain text without HTML")
    return text


Line = Annotated[str, AfterValidator(_one_line)]
"""One line of plain text: no HTML, no line break, not empty."""

Prose = Annotated[str, AfterValidator(_plain)]
"""Text of any length without HTML."""

Slug = Annotated[str, Field(pattern=SLUG_PATTERN)]
Month = Annotated[str, Field(pattern=MONTH_PATTERN)]
Repository = Annotated[str, Field(pattern=REPOSITORY_PATTERN)]
Url = Annotated[str, Field(pattern=URL_PATTERN)]
PositiveInt = Annotated[int, Field(gt=0)]
PositiveFloat = Annotated[float, Field(gt=0)]
Sources = Annotated[tuple[Line, ...], Field(min_length=1)]

FieldPath = tuple[str | int, ...]
"""Where a value stands in a file: keys and list positions from the top."""


def context_tokens(text: str) -> int:
    """Tokens of a context size: "32k" or "32K" is 32768, "10m" is 10485760, "40960" is itself.

    Raises ValueError for anything else.
    """
    match = _CONTEXT.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is no context size; write tokens, or a number with K or M such as 32K")
    return int(match[1]) * _MULTIPLIERS[match[2].lower()]


def config_problems(config: dict[str, Any], path: FieldPath = ()) -> list[tuple[FieldPath, Any]]:
    """Paths and values of model dimensions that can't be: not a whole number above zero.

    Only names whose meaning is the same in every Hugging Face config are looked at; a list gives a value per
    layer, where zero stands for a layer without the part.
    """
    wrong: list[tuple[FieldPath, Any]] = []
    for key, value in config.items():
        here = (*path, key)
        if isinstance(value, dict):
            wrong += config_problems(value, here)
        elif key in _DIMENSIONS and isinstance(value, list):
            wrong += [((*here, i), v) for i, v in enumerate(value) if not _is_whole(v, least=0)]
        elif key in _DIMENSIONS and value is not None and not _is_whole(value, least=_DIMENSIONS[key]):
            wrong.append((here, value))
    return wrong


# Least value of each. Latent attention without a rotary part says head_dim 0.
_DIMENSIONS = {
    "hidden_size": 1,
    "intermediate_size": 1,
    "max_position_embeddings": 1,
    "num_attention_heads": 1,
    "num_hidden_layers": 1,
    "num_key_value_heads": 1,
    "vocab_size": 1,
    "head_dim": 0,
}


def _is_whole(value: Any, *, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
