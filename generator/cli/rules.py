"""`rules`: what a web host must know of the site."""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.common import read_catalog
from generator.publish.hosts import RULES
from generator.publish.moves import host_facts


@click.command()
@click.argument("host", type=click.Choice(list(RULES)))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("site"),
    show_default=True,
    help="The site, which knows the pages that builds removed.",
)
@click.pass_obj
def rules(data: Path, host: str, out: Path) -> None:
    """Print the rules of HOST: where the form, typed names and old addresses lead, caching, security."""
    click.echo(RULES[host](host_facts(read_catalog(data), out)), nl=False)
