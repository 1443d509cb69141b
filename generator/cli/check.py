"""`check` and `schemas`: what is wrong with the data, and what editors need to say so while one types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from msgspec.structs import asdict

from generator.catalog import ABSENT, CatalogError, Problem, schema_problems, write_schemas
from generator.cli.common import Failure, read_checked


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    """Check all data files: fields, references, sources, counts, prose, schemas; tell everything that is wrong."""
    data: Path = context.obj
    found, problems = read_checked(data)
    problems = CatalogError([*problems, *schema_problems(data / "schema", data.name)]).problems
    counts = {"models": len(found.models), "devices": len(found.devices), "quantizations": len(found.quantizations)}
    if as_json:
        click.echo(json.dumps(counts | {"problems": [_as_dict(problem) for problem in problems]}, indent=2))
        context.exit(1 if problems else 0)
    if problems:
        raise Failure(str(CatalogError(problems)))
    click.echo(f"{', '.join(f'{count} {kind}' for kind, count in counts.items())}: no problems")


def _as_dict(problem: Problem) -> dict[str, Any]:
    """The problem's fields; no ``value`` where the file has none."""
    fields = asdict(problem)
    return {name: value for name, value in fields.items() if value is not ABSENT}


@click.command()
@click.pass_obj
def schemas(data: Path) -> None:
    """Write data/schema/: a JSON Schema for each kind of data file, which editors complete and check by."""
    for path in write_schemas(data / "schema"):
        click.echo(path)
