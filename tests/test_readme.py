"""The README's options, examples and tables, held to what the program says."""

from __future__ import annotations

import pytest
from click import Context
from click.testing import CliRunner

from generator.cli import main
from generator.pages.about.accuracy import accuracy_page
from tests.reference import DATA, ROOT
from tests.sample_site import atlas

README = (ROOT / "README.md").read_text(encoding="utf-8")
EVERY_COMMAND = [main.get_command(Context(main), name) for name in main.list_commands(Context(main))]


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=lambda command: command.name)
def test_every_option_is_told(command) -> None:
    options = [name for parameter in command.params for name in parameter.opts if name.startswith("--")]
    assert [name for name in options if name not in README] == []


def test_the_example_estimate_is_what_the_command_prints() -> None:
    prompt = "$ python -m generator estimate "
    call, shown = README.split(prompt, 1)[1].split("```", 1)[0].split("\n", 1)
    printed = CliRunner().invoke(main, ["--data", str(DATA), "estimate", *call.split()]).output
    assert shown.splitlines() == [line.rstrip() for line in printed.splitlines()]


def test_the_table_of_agreement_is_the_accuracy_pages() -> None:
    told = [row.split(" | ") for row in README.split("| engine | figure |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]]
    shown = accuracy_page(atlas()).body.sections[0].tables[0].rows
    assert [[cell.strip("| ") for cell in row] for row in told] == [list(row.texts) for row in shown]
