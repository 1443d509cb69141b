"""YAML as the data files mean it."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.catalog.document import Parsed, read_yaml


@pytest.fixture
def parsed(tmp_path: Path):
    def parse(text: str) -> Parsed:
        path = tmp_path / "file.yaml"
        path.write_text(text, encoding="utf-8")
        return read_yaml(path, "file.yaml")

    return parse


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-05", 0.00001),
        ("1.0e-06", 0.000001),
        ("10000000.0", 10_000_000.0),
        ("8192", 8192),
        ("-3", -3),
        ("true", True),
        ("null", None),
        ("", None),
        ("no", "no"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("012", "012"),
        ("2026-01-05", "2026-01-05"),
        ("'8192'", "8192"),
    ],
)
def test_scalars_mean_what_a_config_json_would(parsed, written: str, value: object):
    found = parsed(f"field: {written}\n").data["field"]
    assert found == value
    assert type(found) is type(value)


def test_lines_are_found_through_lists_and_nested_fields(parsed):
    document = parsed("a:\n  - b: 1\n    c: 2\n  - b: 3\nd:\n  e:\n    f: 4\n").document
    assert document.line_of(("a", 0, "c")) == 3
    assert document.line_of(("a", 1, "b")) == 4
    assert document.line_of(("d", "e", "f")) == 7
    assert document.line_of(("d", "missing")) == 5
