"""`rules`: what a web host must know of the site."""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.common import read_catalog
from generator.publish.hosts import RULES


@click.command()
@click.argument("host", type=click.Choice(list(RULES)))
@click.pass_obj
def rules(data: Path, host: str) -> None:
    """Print the rules of HOST: where the form and old names lead, caching, security."""
    click.echo(RULES[host](read_catalog(data).alias_paths()), nl=False)
