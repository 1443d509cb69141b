"""Programs of templates as they are kept: what renders pages needs no template, and nothing of Jinja."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Mapping
from typing import Any

from generator.render.texts import EscapedTexts, fresh, marked

FUNCTION = "printed"
"""The function of a program that renders a page."""

Printed = tuple[tuple[bytes, ...], set[str]]
"""The parts of a page's HTML, and the addresses that it leads to."""

Tools = Mapping[str, Mapping[str, Any]]
"""What templates call, by name: ``filters`` and ``globals``."""

Shared = dict[str, tuple[str, str]]
"""By its name in a program, the group and name of a tool."""


def packed(source: str, shared: Shared) -> bytes:
    """A program compiled, for the same version of Python, with what it shares with the tools."""
    return marshal.dumps((compile(source, FUNCTION, "exec"), shared))


def function_of(program: bytes, tools: Tools, escaped: EscapedTexts) -> Callable[..., Printed]:
    """The function that renders, of a packed program.

    escaped : what is known of texts.
    """
    code, shared = marshal.loads(program)
    namespace: dict[str, Any] = {"joined": b"".join, "escaped": escaped}
    namespace |= {"fresh": fresh, "marked": marked, "Texts": EscapedTexts}
    namespace |= {found: tools[group][name] for found, (group, name) in shared.items()}
    exec(code, namespace)
    function: Callable[..., Printed] = namespace[FUNCTION]
    return function
