"""Markdown bodies: splitting off the FAQ, and what their text may hold.

Prose never states a memory figure; it calls for one, `{{ total("Q4_K_M", "32K") }}`. The calls are read here,
not evaluated: the catalogue knows their names and arguments, the figures come from the core.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from generator.catalog.model import Question
from generator.catalog.problems import ABSENT, Problem, did_you_mean

FIGURES: dict[str, tuple[str, ...]] = {
    "total": ("quant", "context"),
    "total_gib": ("quant", "context"),
    "total_of_users": ("quant", "context", "count"),
    "total_without_flash_attention": ("quant", "context"),
    "total_with_full_windows": ("quant", "context"),
    "total_with_micro_batch": ("quant", "context", "count"),
    "total_by_engine": ("quant", "context"),
    "fullest_of": ("quant", "context", "count"),
    "gpu_beside_experts": ("quant", "context"),
    "ram_with_experts": ("quant", "context"),
    "weights": ("quant",),
    "weights_on_gpu": ("quant",),
    "bits_per_weight": ("quant",),
    "prediction_block": ("quant",),
    "kv_cache": ("context",),
    "kv_per_token": (),
    "usual_kv": ("context",),
    "recurrent_state": (),
    "parameters": (),
    "parameters_active": (),
    "vision_parameters": (),
    "vision_weights": (),
    "context_max": (),
    "largest_context": ("quant", "memory"),
    "fits": ("quant", "context", "memory"),
    "smallest_device": ("quant", "context"),
    "context_by_card": ("quant",),
    "quantization_by_card": ("context",),
}
"""Functions that prose may call, with their positional arguments."""

FULL_CONTEXT = "full"
"""What prose calls a model's own maximum as a context."""

OPTIONS = ("kv_type", "model")
"""Keyword arguments that every figure takes."""

_CALL = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_STRAY = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_MARKUP = re.compile(r"<[A-Za-z/!?][^>\n]*>?")
# A size followed by a device noun names a device ("a 24 GB card"); any other is a figure, and so is a speed.
_BARE_FIGURE = re.compile(
    r"(?<![\w.])\d[\d.,]*[\s-]?"
    r"(?:(?:[KMGT]i?B|(?:kilo|mega|giga|tera)bytes?)\b"
    r"(?![\s-](?:GPU|card|board|accelerator|device|machine|Mac|laptop|desktop|workstation)s?\b)"
    r"|(?:tokens?\s?(?:/|per|a|each)\s?s(?:ec(?:ond)?)?|tok/s|t/s)\b)",
    re.IGNORECASE,
)
_FAQ_HEADING = re.compile(r"^## FAQ[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.*?)[ \t]*$", re.MULTILINE)


class FigureCall(Struct, frozen=True):
    """One call for a figure: its function, its arguments by name, and the line it stands on."""

    text: str
    function: str
    arguments: Mapping[str, str]
    line: int


def split_faq(file: str, body: str, first_line: int) -> tuple[str, tuple[Question, ...], list[Problem]]:
    """Split a model's body into introduction and questions.

    Returns the Markdown above `## FAQ`, one `Question` for each `###` below it, and what is wrong.
    """
    heading = _FAQ_HEADING.search(body)
    if heading is None:
        return body.strip(), (), [Problem(file, first_line, "", ABSENT, "must have a '## FAQ' section")]
    introduction = body[: heading.start()].strip()
    problems = []
    if not introduction:
        problems.append(Problem(file, first_line, "", ABSENT, "must introduce the model above '## FAQ'"))
    headings = [m for m in _HEADING.finditer(body, heading.end()) if len(m[1]) <= 3]
    questions = []
    for match, following in zip(headings, [*headings[1:], None], strict=True):
        line = first_line + body.count("\n", 0, match.start())
        answer = body[match.end() : following.start() if following else len(body)].strip()
        if len(match[1]) != 3:
            message = f"'{match[0]}' stands below '## FAQ', where only '###' may"
            problems.append(Problem(file, line, "", ABSENT, message))
        elif not answer:
            problems.append(Problem(file, line, "", ABSENT, f"the question '{match[2]}' has no answer"))
        else:
            questions.append(Question(question=match[2], answer=answer, line=line))
    if not questions and not problems:
        line = first_line + body.count("\n", 0, heading.start())
        problems.append(Problem(file, line, "", ABSENT, "must have at least one '###' question below '## FAQ'"))
    return introduction, tuple(questions), problems


def text_problems(file: str, text: str, first_line: int) -> list[Problem]:
    """HTML, stray template marks and bare memory figures in Markdown."""

    def at(match: re.Match[str], message: str) -> Problem:
        return Problem(file, first_line + text.count("\n", 0, match.start()), "", ABSENT, message)

    # Blanked to the same length, so that positions still tell lines.
    outside = _CALL.sub(_blanked, text)
    problems = [at(m, f"'{m[0]}' is HTML; write Markdown") for m in _MARKUP.finditer(outside)]
    problems += [at(m, f"'{m[0]}' has no partner; figures are written {{{{ ... }}}}") for m in _STRAY.finditer(outside)]
    problems += [
        at(m, f'\'{m[0]}\' is a bare figure; call for it, e.g. {{{{ total("Q4_K_M", "32K") }}}}')
        for m in _BARE_FIGURE.finditer(outside)
    ]
    return problems


def _blanked(call: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", call[0]) if "\n" in call[0] else " " * len(call[0])


def figure_calls(file: str, text: str, first_line: int, passed: Container[str] = ()) -> Iterator[FigureCall | Problem]:
    """Every `{{ ... }}` in the text, as a call or as what is wrong with it.

    passed : texts of calls that nobody needs to see again.
    """
    for match in _CALL.finditer(text):
        text_inside = match[1].strip()
        if text_inside in passed:
            continue
        line = first_line + text.count("\n", 0, match.start())
        parsed = _parsed(text_inside)
        if isinstance(parsed, str):
            yield Problem(file, line, "", ABSENT, f"{{{{ {text_inside} }}}}: {parsed}")
        else:
            yield FigureCall(text_inside, *parsed, line)


def filled(text: str, figures: Iterable[str]) -> str:
    """The text with a figure in place of each call."""
    given = iter(figures)
    return _CALL.sub(lambda _: next(given), text)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> tuple[str, Mapping[str, str]] | str:
    """The function and the arguments of a call, or what is wrong with it."""
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return "is no call for a figure"
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return "is no call for a figure"
    name = node.func.id
    if name not in FIGURES:
        hint = did_you_mean(name, tuple(FIGURES)) or f"; known are {', '.join(FIGURES)}"
        return f"no figure is called '{name}'{hint}"
    expected = FIGURES[name]
    if len(node.args) != len(expected):
        return f"{name} takes {_signature(name)}"
    arguments = dict(zip(expected, node.args, strict=True))
    for keyword in node.keywords:
        if keyword.arg not in OPTIONS:
            return f"{name} takes {_signature(name)}"
        arguments[keyword.arg] = keyword.value
    values = {}
    for key, value in arguments.items():
        if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
            return f"{key} must be text in quotes"
        values[key] = value.value
    return name, values


def _signature(name: str) -> str:
    return f"({', '.join([*FIGURES[name], *(f'{option}=' for option in OPTIONS)])})"
