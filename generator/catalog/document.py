"""YAML and Markdown files as Python values that still know their line numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from generator.catalog.fields import FieldPath
from generator.catalog.problems import ABSENT, Problem

_MARKDOWN = re.compile(r"\A---\n(?P<front>.*?)^---\n(?P<body>.*)\Z", re.DOTALL | re.MULTILINE)
_DIGITS = list("-+.0123456789")
_SCALARS = (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", _DIGITS),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?", _DIGITS),
)


def _scalar_loader() -> Any:
    """A loader with YAML 1.2 scalars: `1e-05` is a number; `no`, `1:30` and `2026-01-05` are text."""
    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader: Any = type("ScalarLoader", (base,), {"yaml_implicit_resolvers": {}})
    for name, pattern, first in _SCALARS:
        loader.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(rf"(?:{pattern})\Z"), first)
    return loader


_Loader = _scalar_loader()


class UnreadableFile(Exception):
    """A file that can't be parsed; holds the `Problem` to report."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class Document:
    """One parsed data file; its text is parsed again for line numbers, which only problems ask for.

    file : path as shown in messages
    data : the YAML mapping (of a Markdown file: its front matter)
    body : the Markdown below the front matter, empty for YAML files
    body_line : 1-based line on which the body starts
    """

    file: str
    data: dict[str, Any]
    body: str
    body_line: int
    _text: str
    _first_line: int

    def line_of(self, path: FieldPath) -> int:
        """Line of the deepest part of `path` that the file has; a key's own line for mappings."""
        node = _composed(self._text)
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


def dotted(path: FieldPath) -> str:
    """`("devices", 3, "name")` as `devices[3].name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_yaml(path: Path, shown: str) -> Document:
    """Parse a YAML file that holds one mapping.

    Raises UnreadableFile where the text isn't UTF-8, isn't YAML, repeats a key or is no mapping.
    """
    return _parse(_text(path, shown), shown, first_line=1, body="", body_line=0)


def read_markdown(path: Path, shown: str) -> Document:
    """Parse a Markdown file with YAML front matter between two `---` lines.

    Raises UnreadableFile as `read_yaml` does, or where the front matter is missing.
    """
    return parse_markdown(_text(path, shown), shown)


def read_front_matter(path: Path, shown: str) -> dict[str, Any]:
    """The fields of a YAML file, or of a Markdown file's front matter, unvalidated. Raises UnreadableFile."""
    return (read_markdown if path.suffix == ".md" else read_yaml)(path, shown).data


def parse_markdown(text: str, shown: str) -> Document:
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


def _parse(text: str, shown: str, *, first_line: int, body: str, body_line: int) -> Document:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        data = loader.construct_document(root) if root is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else first_line + mark.line
        raise UnreadableFile(Problem(shown, line, "", ABSENT, f"is not valid YAML: {error.problem}")) from error
    except yaml.YAMLError as error:
        raise UnreadableFile(Problem(shown, None, "", ABSENT, f"is not valid YAML: {error}")) from error
    finally:
        loader.dispose()
    if not isinstance(data, dict):
        raise UnreadableFile(Problem(shown, first_line, "", ABSENT, "must hold a mapping of fields"))
    _refuse_repeated_keys(root, shown, first_line)
    return Document(shown, data, body, body_line, text, first_line)


def _composed(text: str) -> yaml.Node:
    """The nodes of a text that was parsed before."""
    loader = _Loader(text)
    try:
        root: yaml.Node = loader.get_single_node()
        return root
    finally:
        loader.dispose()


def _refuse_repeated_keys(node: yaml.Node, shown: str, first_line: int) -> None:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeated_keys(item, shown, first_line)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = first_line + key.start_mark.line
        if key.value in seen:
            message = f"repeats a field already given on line {seen[key.value]}"
            raise UnreadableFile(Problem(shown, line, str(key.value), ABSENT, message))
        seen[key.value] = line
        _refuse_repeated_keys(value, shown, first_line)
