"""YAML and Markdown files as Python values that still know their line numbers."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from generator.catalog.fields import FieldPath
from generator.catalog.problems import ABSENT, Problem

_MARKDOWN = re.compile(r"\A---\n(?P<front>.*?)^---\n(?P<body>.*)\Z", re.DOTALL | re.MULTILINE)
_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?")
_PLAIN, _OTHER = "plain", "other"
"""Marks of nodes: scalars without quotes, and all that nobody has put a tag on."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Composes nodes and leaves what they mean to ``_value``: PyYAML's own way there takes most of a first start."""

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: tuple[bool, bool]) -> str:
        return _PLAIN if kind is yaml.ScalarNode and implicit[0] else _OTHER

    def descend_resolver(self, current_node: yaml.Node | None, current_index: object) -> None:
        """Nothing: no mark depends on a node's place."""

    def ascend_resolver(self) -> None:
        """Nothing."""


class UnreadableFile(Exception):
    """A file that can't be parsed; holds the `Problem` to report."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


class Document(Struct, frozen=True):
    """One data file; its text is parsed again for line numbers, which only problems ask for.

    file : path as shown in messages
    body : the Markdown below the front matter, empty for YAML files
    body_line : 1-based line on which the body starts
    """

    file: str
    body: str
    body_line: int
    _text: str
    _first_line: int

    def has(self, words: str) -> bool:
        """Whether the text of the YAML has these words."""
        return words in self._text

    def line_of(self, path: FieldPath) -> int:
        """Line of the deepest part of `path` that the file has; a key's own line for mappings."""
        node: yaml.Node = _composed(self._text)
        line = node.start_mark.line
        for part in path:
            if isinstance(node, yaml.MappingNode):
                match = next(((k, v) for k, v in node.value if k.value == str(part)), None)
                if match is None:
                    break
                line, node = match[0].start_mark.line, match[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line
            else:
                break
        return self._first_line + int(line)

    def problem(self, path: FieldPath, value: Any, message: str) -> Problem:
        """A `Problem` at the line of `path`."""
        return Problem(self.file, self.line_of(path), dotted(path), value, message)


class Parsed(Struct, frozen=True):
    """What a file holds: the YAML mapping (of a Markdown file: its front matter), and where it stands."""

    data: dict[str, Any]
    document: Document


def dotted(path: FieldPath) -> str:
    """`("devices", 3, "name")` as `devices[3].name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_yaml(path: Path, shown: str) -> Parsed:
    """Parse a YAML file that holds one mapping.

    Raises UnreadableFile where the text isn't UTF-8, isn't YAML, repeats a key or is no mapping.
    """
    return _parse(_text(path, shown), shown, first_line=1, body="", body_line=0)


def read_markdown(path: Path, shown: str) -> Parsed:
    """Parse a Markdown file with YAML front matter between two `---` lines.

    Raises UnreadableFile as `read_yaml` does, or where the front matter is missing.
    """
    return parse_markdown(_text(path, shown), shown)


def read_front_matter(path: Path, shown: str) -> dict[str, Any]:
    """The fields of a YAML file, or of a Markdown file's front matter, unvalidated. Raises UnreadableFile."""
    return (read_markdown if path.suffix == ".md" else read_yaml)(path, shown).data


def parse_markdown(text: str, shown: str) -> Parsed:
    """The same for the text of a file. Raises UnreadableFile."""
    match = _MARKDOWN.match(text)
    if match is None:
        raise UnreadableFile(Problem(shown, 1, "", ABSENT, "must start with YAML front matter between two '---' lines"))
    body_line = text.count("\n", 0, match.start("body")) + 1
    return _parse(match["front"], shown, first_line=2, body=match["body"], body_line=body_line)


def _text(path: Path, shown: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableFile(Problem(shown, None, "", ABSENT, f"must be UTF-8 text ({error.reason})")) from error
    except OSError as error:
        raise UnreadableFile(Problem(shown, None, "", ABSENT, f"can't be read ({error.strerror})")) from error


def _parse(text: str, shown: str, *, first_line: int, body: str, body_line: int) -> Parsed:
    try:
        root = _composed(text)
        data = _value(root) if root is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else first_line + mark.line
        raise UnreadableFile(Problem(shown, line, "", ABSENT, f"is not valid YAML: {error.problem}")) from error
    except yaml.YAMLError as error:
        raise UnreadableFile(Problem(shown, None, "", ABSENT, f"is not valid YAML: {error}")) from error
    except _RepeatedKey as error:
        message = f"repeats a field already given on line {first_line + error.first.start_mark.line}"
        line = first_line + error.again.start_mark.line
        raise UnreadableFile(Problem(shown, line, error.again.value, ABSENT, message)) from error
    if not isinstance(data, dict):
        raise UnreadableFile(Problem(shown, first_line, "", ABSENT, "must hold a mapping of fields"))
    return Parsed(data, Document(shown, body, body_line, text, first_line))


def _composed(text: str) -> Any:
    """The root node of a text, None where it has none. Raises yaml.YAMLError."""
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


class _RepeatedKey(Exception):
    """A mapping gives a key twice."""

    def __init__(self, first: yaml.Node, again: yaml.Node) -> None:
        super().__init__(first, again)
        self.first, self.again = first, again


def _value(node: yaml.Node) -> Any:
    """What a node means; keys are text. Raises yaml.MarkedYAMLError where it can't be told, and _RepeatedKey."""
    if node.tag not in (_PLAIN, _OTHER):
        raise yaml.MarkedYAMLError(problem=f"the tag {node.tag} has no meaning here", problem_mark=node.start_mark)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node.value) if node.tag == _PLAIN else node.value
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="a field's name must be text", problem_mark=key.start_mark)
        if key.value in found:
            raise _RepeatedKey(next(first for first, _ in node.value if first.value == key.value), key)
        found[sys.intern(key.value)] = _value(value)  # thousands of files have the same few
    return found


def _scalar(text: str) -> Any:
    """A scalar without quotes, by the words of YAML 1.2: `1e-05` is a number; `no`, `1:30`, `2026-01-05` are text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] in "-+.0123456789":
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
    return text
