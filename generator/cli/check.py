"""`check`: everything that is wrong with the data."""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.common import Failure, read_bands, read_catalog
from generator.scenarios import Atlas


@click.command()
@click.pass_obj
def check(data: Path) -> None:
    """Check the data files: schema, cross-references, and that the core can read every model."""
    catalog = read_catalog(data)
    problems = Atlas(catalog, read_bands(data)).problems()
    if problems:
        raise Failure("\n".join(str(problem) for problem in problems))
    click.echo(
        f"{len(catalog.models)} models, {len(catalog.devices)} devices, "
        f"{len(catalog.quantizations)} quantizations: no problems"
    )
