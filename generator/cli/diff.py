"""`diff`: which figures changed between two versions."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from generator import review_tables
from generator.cli.common import Failure, print_table
from generator.memory.errors import MemoryModelError
from generator.quantities import parse_tokens
from generator.review.diff import CONTEXTS, QUANTIZATIONS
from generator.review.diff import diff as difference
from generator.review.versions import VersionError, version


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--quant", "quants", multiple=True, default=QUANTIZATIONS, show_default=True, help="Repeatable.")
@click.option(
    "--context", "contexts", multiple=True, default=[str(tokens) for tokens in CONTEXTS], show_default=True,
    help="Tokens of one sequence, repeatable: 32768, 32K.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def diff(data: Path, old: str, new: str, quants: tuple[str, ...], contexts: tuple[str, ...], as_json: bool) -> None:
    """Tell which figures differ between OLD and NEW: data folders, or git revisions with the code they had."""
    try:
        tokens = [parse_tokens(context) for context in contexts]
        with version(old, data) as before, version(new, data) as after:
            found = difference(before, after, quants, tokens)
    except (VersionError, MemoryModelError) as error:
        raise Failure(str(error)) from error
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2))
        return
    if found.models:
        print_table(review_tables.changes_table(found))
    if found.devices:
        print_table(review_tables.devices_table(found))
    click.echo(review_tables.diff_summary(found))
