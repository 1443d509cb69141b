"""`diff` between data folders and between git revisions."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from generator.cli import main
from tests.catalog.conftest import VARIANT, DataFolder
from tests.reference import ROOT
from tests.test_check import CONFIG, MODEL, WHOLE_CONFIG

ONE = ("--quant", "F16", "--context", "8K")


def whole(folder: Path) -> DataFolder:
    """A data folder whose model the core can read."""
    data = DataFolder(folder)
    data.edit(MODEL, CONFIG, WHOLE_CONFIG)
    data.write("accuracy.json", "[]\n")
    return data


@pytest.fixture
def old(tmp_path: Path) -> DataFolder:
    return whole(tmp_path / "old")


@pytest.fixture
def new(tmp_path: Path) -> DataFolder:
    return whole(tmp_path / "new")


def diff(old: DataFolder, new: DataFolder, *options: str) -> Result:
    return CliRunner().invoke(main, ["diff", str(old.root), str(new.root), *options])


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_equal_data_has_no_differences_and_computes_nothing(old: DataFolder, new: DataFolder) -> None:
    found = told(diff(old, new, "--json"))
    assert found.pop("computed") == 0
    assert set(map(str, found.values())) == {"[]"}


def test_prose_and_names_change_no_figure(old: DataFolder, new: DataFolder) -> None:
    new.edit(MODEL, "name: Tiny 1B", "name: Tiny One")
    new.edit(MODEL, "Tiny stores", "This model stores")
    assert told(diff(old, new, "--json"))["computed"] == 0


def test_figures_that_changed_are_told_once_for_what_they_depend_on(old: DataFolder, new: DataFolder) -> None:
    new.edit(MODEL, "num_key_value_heads: 8", "num_key_value_heads: 4")
    found = told(diff(old, new, "--quant", "F16", "--quant", "Q8_0", "--context", "8K", "--context", "4K", "--json"))
    cache = [change for change in found["models"] if change["figure"] == "KV cache"]
    # 16 layers x 2 x KV heads x 64 values x 2 bytes a token.
    assert [(c["quant"], c["context"], c["old"], c["new"]) for c in cache] == [
        (None, 8192, 8192 * 32768, 8192 * 16384),
        (None, 4096, 4096 * 32768, 4096 * 16384),
    ]
    parameters = [change for change in found["models"] if change["figure"] == "parameters"]
    # 2 x 4 heads x 64 x 2048 values less in each of 16 layers.
    assert [c["old"] - c["new"] for c in parameters] == [16 * 2 * 4 * 64 * 2048]
    weights = [(change["quant"], change["context"]) for change in found["models"] if change["figure"] == "weights"]
    assert weights == [("F16", None), ("Q8_0", None)]
    assert {change["quant"] for change in found["models"] if change["figure"] == "total"} == {"F16", "Q8_0"}


def test_models_and_devices_that_came_went_or_changed_are_named(old: DataFolder, new: DataFolder) -> None:
    new.write("models/tiny-1b-chat.md", VARIANT)
    new.edit("hardware/cards.yaml", "memory_mib_reported: 24564", "memory_mib_reported: 24576")
    result = diff(old, new)
    assert result.exit_code == 0, result.output
    assert "new models: tiny-1b-chat" in result.output
    row = next(line for line in result.output.splitlines() if "card-24" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "card-24", "memory_mib_reported", "24,564", "24,576", "+12 (+0.05%)"
    ]  # fmt: skip
    assert told(diff(new, old, "--json"))["removed"] == ["tiny-1b-chat"]


def test_the_longest_context_of_a_variant_is_that_of_its_shape(old: DataFolder, new: DataFolder) -> None:
    for data in (old, new):
        data.write("models/tiny-1b-chat.md", VARIANT)
    new.edit("models/tiny-1b-chat.md", "shape_of: tiny-1b", "shape_of: tiny-1b\ncontext_max: 16384")
    longest = [c for c in told(diff(old, new, *ONE, "--json"))["models"] if c["figure"] == "longest context"]
    assert [(c["subject"], c["old"], c["new"]) for c in longest] == [("tiny-1b-chat", 8192, 16384)]


def test_git_revisions_are_compared_each_with_its_own_code(tmp_path: Path) -> None:
    repository = tmp_path / "project"
    shutil.copytree(ROOT / "generator", repository / "generator", ignore=shutil.ignore_patterns("__pycache__"))
    data = whole(repository / "data")

    def commit() -> None:
        git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com"]
        subprocess.run(["git", "init", "-q"], cwd=repository, check=True)
        subprocess.run(["git", "add", "-A"], cwd=repository, check=True)
        subprocess.run([*git, "commit", "-qm", "A version"], cwd=repository, check=True)

    commit()
    formats = repository / "generator/memory/quantization.py"
    code = formats.read_text(encoding="utf-8")
    assert '("q8_0", 32, 34)' in code
    formats.write_text(code.replace('("q8_0", 32, 34)', '("q8_0", 32, 68)'), encoding="utf-8")
    commit()
    arguments = ["--data", str(data.root), "diff", "HEAD~1", "HEAD", "--quant", "Q8_0", "--context", "8K", "--json"]
    weights = [c for c in told(CliRunner().invoke(main, arguments))["models"] if c["figure"] == "weights"]
    assert [c["new"] > 1.9 * c["old"] for c in weights] == [True]
    assert CliRunner().invoke(main, ["--data", str(data.root), "diff", "HEAD", "HEAD"]).output.startswith("0 figures")


@pytest.mark.parametrize(
    ("new_name", "message"),
    [("no-such-revision", "no-such-revision: is neither a folder nor a git revision"), ("broken", "broken: ")],
)
def test_a_version_that_cannot_be_read_is_named(old: DataFolder, tmp_path: Path, new_name: str, message: str) -> None:
    broken = whole(tmp_path / "broken")
    broken.edit(MODEL, "modality: text", "modality: texts")
    broken.edit(MODEL, "hidden_size: 2048", "hidden_size: 1024")
    name = str(broken.root) if new_name == "broken" else new_name
    result = CliRunner().invoke(main, ["--data", str(ROOT / "data"), "diff", str(old.root), name, *ONE])
    assert result.exit_code == 1
    assert message in result.output
    if new_name == "broken":
        assert 'modality = "texts": must be one of' in result.output


def test_a_context_that_is_none_is_refused(old: DataFolder, new: DataFolder) -> None:
    result = diff(old, new, "--context", "lots")
    assert result.exit_code == 1
    assert "must be a number of tokens" in result.output
