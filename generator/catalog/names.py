"""The names that people type: how they are compared, which a model answers to, which paths lead to its page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from generator.catalog.model import Model

_SEPARATORS = re.compile(r"[\s:_/@-]+")
_BESIDE_A_NUMBER = re.compile(r"-(?:(?<=[a-z]-)(?=[0-9])|(?<=[0-9]-)(?=[a-z]))")
_NO_SLUG = re.compile(r"[^a-z0-9._-]+")


def normalized(name: str) -> str:
    """What two spellings of one name have in common: `Llama 3.1 8B`, `llama-3.1-8b` and `llama3.1:8b` are one.

    Case and the kind of separator don't count, nor whether one stands between a word and a number.
    """
    return _BESIDE_A_NUMBER.sub("", _SEPARATORS.sub("-", name.lower()))


def spellings(
    names: Iterable[str], separator: str, sign: Callable[[str], str] = re.escape, before: Iterable[str] = ()
) -> str:
    """A regular expression, of lower case, of all that is ``normalized`` to one of ``names``.

    separator : expression of one separator, which may stand around a name too.
    sign : gives the expression of any other character.
    before : words that may stand before a name.
    """
    words = f"(?:(?:{'|'.join(before)}){separator}*)*" if before else ""
    return f"^{separator}*{words}(?:{'|'.join(_spelling(name, separator, sign) for name in names)}){separator}*$"


def _spelling(name: str, separator: str, sign: Callable[[str], str]) -> str:
    parts = []
    for letter, following in zip(name, f"{name[1:]} ", strict=True):
        parts.append(f"{separator}+" if letter == "-" else sign(letter))
        if (letter.isalpha() and following.isdigit()) or (letter.isdigit() and following.isalpha()):
            parts.append(f"{separator}*")
    return "".join(parts)


def slugified(name: str) -> str:
    """A name as the path segment that people would type for it; of a repository the part after its owner."""
    return _NO_SLUG.sub("-", name.rpartition("/")[2].lower()).strip("-._")


def model_names(model: Model) -> tuple[str, ...]:
    """Every name a model answers to, its slug first."""
    return (model.slug, *model.aliases, model.name, model.hf_repo)


def alias_slugs(model: Model) -> tuple[str, ...]:
    """Path segments of a model's aliases and repository that aren't its own slug, each once."""
    found = dict.fromkeys(slugified(name) for name in (*model.aliases, model.hf_repo))
    return tuple(slug for slug in found if slug != model.slug)
