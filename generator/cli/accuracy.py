"""`accuracy`: our figures beside every measured one."""

from __future__ import annotations

from pathlib import Path

import click

from generator import tables
from generator.accuracy.table import table
from generator.cli.common import ACCURACY_FILE, print_table, read_catalog


@click.command()
@click.option("--write", is_flag=True, help="Also write the table to data/accuracy.json, which pages and bands read.")
@click.option("--json", "as_json", is_flag=True, help="The table as JSON.")
@click.pass_obj
def accuracy(data: Path, write: bool, as_json: bool) -> None:
    """Print our figure against every measured row, by engine, kind of architecture and figure."""
    found = table(data / "reference", read_catalog(data))
    if write:
        (data / ACCURACY_FILE).write_text(found.dumps(), encoding="utf-8")
    if as_json:
        click.echo(found.dumps(), nl=False)
    else:
        print_table(tables.accuracy_table("Our figures against measured ones", found.table))
        print_table(tables.accuracy_table("Our figures against those that others reported", found.reported))
