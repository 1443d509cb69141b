"""`diff`: which figures changed between two versions."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from generator import review_tables
from generator.cli.common import Failure, print_table
from generator.memory.errors import MemoryModelError
from generator.quantities import parse_tokens
from generator.review.changelog import add_revision, revision
from generator.review.diff import CONTEXTS, QUANTIZATIONS
from generator.review.diff import diff as difference
from generator.review.versions import VersionError, version

CHANGELOG_FILE = "changelog.yaml"


def today() -> str:
    """The day, UTC."""
    return datetime.now(UTC).date().isoformat()


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--quant", "quants", multiple=True, default=QUANTIZATIONS, show_default=True, help="Repeatable.")
@click.option(
    "--context", "contexts", multiple=True, default=[str(tokens) for tokens in CONTEXTS], show_default=True,
    help="Tokens of one sequence, repeatable: 32768, 32K.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--log", "why", metavar="WHY", help="Put it into the changelog of figures, with this reason.")
@click.option("--date", default=today, help="The day that the entry carries, YYYY-MM-DD; today by default.")
@click.pass_obj
def diff(
    data: Path,
    old: str,
    new: str,
    quants: tuple[str, ...],
    contexts: tuple[str, ...],
    as_json: bool,
    why: str | None,
    date: str,
) -> None:
    """Tell which figures differ between OLD and NEW: data folders, or git revisions with the code they had."""
    try:
        tokens = [parse_tokens(context) for context in contexts]
        with version(old, data) as before, version(new, data) as after:
            found = difference(before, after, quants, tokens)
    except (VersionError, MemoryModelError) as error:
        raise Failure(str(error)) from error
    if why:
        add_revision(data / CHANGELOG_FILE, revision(found, date, why, quants, tokens))
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2))
        return
    if found.models:
        print_table(review_tables.changes_table(found))
    if found.devices:
        print_table(review_tables.devices_table(found))
    click.echo(review_tables.diff_summary(found))
