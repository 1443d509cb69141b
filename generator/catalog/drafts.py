"""Files that aren't finished: marked lines for what nobody has filled in yet, and files that aren't written yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.catalog.document import Parsed, UnreadableFile, parse_markdown
from generator.catalog.fields import FieldPath
from generator.catalog.model import ModelFacts
from generator.catalog.problems import Problem
from generator.catalog.prose import split_faq, text_problems
from generator.catalog.shapes import shape_problems
from generator.catalog.validation import validated

FILL_IN = "FILL IN"
"""What a value starts with that is still to be filled in."""


def blanks(parsed: Parsed) -> tuple[Problem, ...]:
    """A problem for each value of the front matter that is still to be filled in."""
    document = parsed.document
    if not document.has(FILL_IN):
        return ()
    return tuple(document.problem(path, value, "is still to be filled in") for path, value in _marked(parsed.data, ()))


def _marked(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, str]]:
    if isinstance(value, str) and value.startswith(FILL_IN):
        yield path, value
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _marked(inner, (*path, key))


def draft_problems(text: str, shown: str) -> tuple[Problem, ...]:
    """What is wrong with the text of a model's file by itself, apart from what is marked as still to be filled in."""
    try:
        parsed = parse_markdown(text, shown)
    except UnreadableFile as error:
        return (error.problem,)
    facts, document = validated(ModelFacts, parsed), parsed.document
    found = facts if isinstance(facts, list) else [*shape_problems(facts, document)]
    found += split_faq(shown, document.body, document.body_line)[2]
    found += text_problems(shown, document.body, document.body_line)
    return tuple(problem for problem in found if not str(problem.value).startswith(FILL_IN))
