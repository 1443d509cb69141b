"""`serve`: the built site on this machine."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import click

from generator.cli.common import read_catalog
from generator.cli.failure import Failure
from generator.publish.output.moves import FolderSite, host_facts
from generator.web.server import PortTaken, Server
from generator.web.site import SiteFiles, site_app


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0 for any.")
@click.option(
    "--out",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("site"),
    show_default=True,
    help="The site.",
)
@click.pass_obj
def serve(data: Path, host: str, port: int, out: Path) -> None:
    """Serve the built site: pages, the form's choice, typed names and old addresses, as a host would."""
    facts = host_facts(read_catalog(data), FolderSite(out))
    try:
        server = Server(site_app(SiteFiles(out, lambda: facts), lambda: facts), host, port)
    except PortTaken as error:
        raise Failure(str(error)) from error
    click.echo(f"{server.address} shows {out}")
    with suppress(KeyboardInterrupt):
        asyncio.run(server.run_here())
