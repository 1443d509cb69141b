"""`rules`: what a web host must know of the site."""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.common import read_catalog
from generator.cli.failure import Failure
from generator.cli.place import folder_or_url
from generator.publish.hosts import RULES
from generator.publish.output.moves import FolderSite, host_facts
from generator.publish.output.stage import OutputError


@click.command()
@click.argument("host", type=click.Choice(list(RULES)))
@click.option(
    "--out",
    callback=folder_or_url,
    default="site",
    metavar="FOLDER|URL",
    show_default=True,
    help="The site, which knows the pages that builds removed.",
)
@click.pass_obj
def rules(data: Path, host: str, out: str | Path) -> None:
    """Print the rules of HOST: where the form, typed names and old addresses lead, caching, security."""
    catalog = read_catalog(data)
    if isinstance(out, Path):
        facts = host_facts(catalog, FolderSite(out))
    else:
        from generator.publish.output.store_site import StoreSite  # needs libraries that only stores need

        try:
            facts = host_facts(catalog, StoreSite(out))
        except OutputError as error:
            raise Failure(str(error)) from error
    click.echo(RULES[host](facts), nl=False)
