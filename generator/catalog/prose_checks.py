"""Rules about prose that need more than one file: which figures can be asked for, which links lead to a page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Self

from msgspec import Struct

from generator.catalog.document import Document
from generator.catalog.fields import RESERVED_SLUGS, context_tokens
from generator.catalog.gathered import Gathered
from generator.catalog.problems import ABSENT, Problem, did_you_mean
from generator.catalog.prose import FULL_CONTEXT, FigureCall, figure_calls

KV_TYPES = ("f32", "f16", "bf16", "fp8", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl")
"""Cache types that prose may ask a figure for."""

_MEMORY = re.compile(r"[1-9][0-9]*(?:\.[0-9]+)?GB")
_COUNT = re.compile(r"[1-9][0-9]{0,3}")
_LINK = re.compile(r"\]\((/[^)\s]*)\)")


def prose_problems(found: Gathered) -> Iterator[Problem]:
    """Calls for figures that can't be answered, and links that lead nowhere."""
    known = _Known.of(found)
    smallest = min(known.limits.values(), default=None)
    documents: list[tuple[Document, bool, int | None]] = []
    documents += [(one.document, True, one.entry.context_max) for one in found.models]
    documents += [(one.document, True, one.entry.min_context_tokens or smallest) for one in found.faqs]
    documents += [(one.document, False, None) for one in found.families]
    answerable: defaultdict[tuple[bool, int | None], set[str]] = defaultdict(set)
    for document, has_model, own_limit in documents:
        yield from _links(document, found)
        passed = answerable[has_model, own_limit]
        for call in figure_calls(document.file, document.body, document.body_line, passed):
            if isinstance(call, Problem):
                yield call
                continue
            other = call.arguments.get("model")
            if other is None and not has_model:
                message = 'must name its model, model="...": the page is of no single one'
                yield call_problem(document.file, call, message)
            limit = own_limit if other is None else known.limits.get(other)
            messages = [*_argument_problems(call, known, limit)]
            yield from (call_problem(document.file, call, message) for message in messages)
            if not messages and (other or has_model):
                passed.add(call.text)


class _Known(Struct, frozen=True):
    """What prose may refer to. `schemes` is None where a file of theirs couldn't be read."""

    models: frozenset[str]
    limits: dict[str, int]
    schemes: frozenset[str] | None

    @classmethod
    def of(cls, found: Gathered) -> Self:
        schemes = frozenset(one.entry.name for one in found.quantizations)
        return cls(
            models=frozenset(found.slugs["models"]),
            limits={one.entry.slug: one.entry.context_max for one in found.models},
            schemes=None if "quantization" in found.unread else schemes,
        )


def _argument_problems(call: FigureCall, known: _Known, limit: int | None) -> Iterator[str]:
    for name, value in call.arguments.items():
        if name == "model" and value not in known.models:
            yield f"no model '{value}'{did_you_mean(value, sorted(known.models))}"
        elif name == "quant" and known.schemes is not None and value not in known.schemes:
            yield f"no quantization '{value}'{did_you_mean(value, sorted(known.schemes))}"
        elif name == "kv_type" and value not in KV_TYPES:
            yield f"no cache type '{value}'; known are {', '.join(KV_TYPES)}"
        elif name == "memory" and not _MEMORY.fullmatch(value):
            yield f"'{value}' is no memory size; write it as \"24GB\""
        elif name == "count" and not _COUNT.fullmatch(value):
            yield f"'{value}' is no count; write it as \"4\""
        elif name == "context" and value != FULL_CONTEXT:
            yield from _context_problems(value, limit)


def _context_problems(value: str, limit: int | None) -> Iterator[str]:
    try:
        tokens = context_tokens(value)
    except ValueError as error:
        yield str(error)
        return
    if limit is not None and tokens > limit:
        yield f"the context {value} is beyond the model's {limit} tokens"


def call_problem(file: str, call: FigureCall, message: str) -> Problem:
    """A problem with one call for a figure."""
    return Problem(file, call.line, "", ABSENT, f"{{{{ {call.text} }}}}: {message}")


def _links(document: Document, found: Gathered) -> Iterator[Problem]:
    """Links within the site whose page doesn't exist; addresses elsewhere aren't looked at."""
    for match in _LINK.finditer(document.body):
        parts = match[1].strip("/").split("/")
        known = found.slugs["families"] if parts[0] == "families" and len(parts) > 1 else found.slugs["models"]
        name = parts[1] if known is found.slugs["families"] else parts[0]
        if name in known or (known is found.slugs["models"] and name in RESERVED_SLUGS):
            continue
        line = document.body_line + document.body.count("\n", 0, match.start())
        hint = did_you_mean(name, sorted(known))
        yield Problem(document.file, line, "", ABSENT, f"the link to {match[1]} leads to no page{hint}")
