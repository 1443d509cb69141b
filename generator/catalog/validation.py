"""From a parsed file to a catalogue type, with every fault told in our own words."""

from __future__ import annotations

import json
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from generator.catalog.document import Document, Parsed
from generator.catalog.fields import PATTERN_WORDS, FieldPath
from generator.catalog.problems import ABSENT, Problem, did_you_mean

T = TypeVar("T", bound=BaseModel)

_WANTED = {
    "bool_type": "must be true or false",
    "dict_type": "must be a mapping of fields",
    "float_type": "must be a number",
    "int_type": "must be an integer",
    "int_from_float": "must be an integer",
    "model_type": "must be a mapping of fields",
    "string_type": "must be text",
    "too_short": "must hold at least one entry",
    "tuple_type": "must be a list",
}


def validated(kind: type[T], parsed: Parsed) -> T | list[Problem]:
    """The file's data as `kind`, or every problem with it."""
    try:
        # As JSON text: strict types then still let a list be a tuple.
        return kind.model_validate_json(json.dumps(parsed.data))
    except ValidationError as error:
        details = error.errors(include_url=False)
        return [_problem(kind, parsed.document, detail) for detail in details if not _follows_from_entries(detail)]


def _follows_from_entries(detail: ErrorDetails) -> bool:
    """Whether a list counts as too short only because its entries are wrong, which is told already."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _problem(kind: type[BaseModel], document: Document, detail: ErrorDetails) -> Problem:
    path, value = detail["loc"], detail["input"]
    message = _message(kind, detail)
    if detail["type"] == "missing" or (detail["type"] == "value_error" and isinstance(value, dict)):
        value = ABSENT
    return document.problem(path, value, message)


def _message(kind: type[BaseModel], detail: ErrorDetails) -> str:
    error, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if error == "missing":
        return "is required"
    if error == "extra_forbidden":
        known = _fields_at(kind, detail["loc"][:-1])
        return f"unknown field{did_you_mean(detail['loc'][-1], known) or '; known are ' + ', '.join(known)}"
    if error == "value_error":
        return str(context["error"])
    if error == "literal_error":
        return f"must be one of {context['expected']}{_nearest_literal(context['expected'], value)}"
    if error == "string_pattern_mismatch":
        pattern = context["pattern"]
        return PATTERN_WORDS.get(pattern, f"must match {pattern}")
    if error == "greater_than" and context["gt"] == 0:
        return f"must be a positive {'integer' if isinstance(value, int) else 'number'}"
    if error == "less_than_equal":
        return f"must be at most {context['le']}"
    if error == "greater_than_equal":
        return f"must be at least {context['ge']}"
    message = _WANTED.get(error, detail["msg"])
    if error == "string_type" and isinstance(value, int | float):
        message += ", in quotes"
    return message


def _nearest_literal(expected: str, value: Any) -> str:
    return did_you_mean(value, [part.strip("' ") for part in expected.replace(" or ", ", ").split(",")])


def _fields_at(kind: type[BaseModel], path: FieldPath) -> tuple[str, ...]:
    """Field names of the type that stands at `path` inside `kind`."""
    current: Any = kind
    for part in path:
        if isinstance(part, str):
            current = current.model_fields[part].annotation
        while not (isinstance(current, type) and issubclass(current, BaseModel)) and get_args(current):
            current = get_args(current)[0]
    return tuple(current.model_fields)
