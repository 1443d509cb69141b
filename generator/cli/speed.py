"""`speed`: every measured speed beside what bandwidth and compute allow."""

from __future__ import annotations

from pathlib import Path

import click

from generator import tables
from generator.accuracy.speeds import compare_speeds, dumps, efficiencies, measured_speeds
from generator.cli.common import print_table, read_catalog

SPEED_FILE = "speed.json"


@click.command()
@click.option("--write", is_flag=True, help="Also write the table to data/speed.json, which pages read.")
@click.pass_obj
def speed(data: Path, write: bool) -> None:
    """Print how near measured speeds come to their bounds, by phase, vendor and kind of model."""
    # Whatever is wrong with the file that is to be written anew.
    catalog = read_catalog(data, leave_out=SPEED_FILE)
    found = efficiencies(compare_speeds(measured_speeds(data / "reference"), catalog))
    if write:
        (data / SPEED_FILE).write_text(dumps(found), encoding="utf-8")
    print_table(tables.speed_table(found))
